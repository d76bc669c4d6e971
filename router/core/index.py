"""Which rules may match an event, found without holding every rule against it.

Each rule is filed under one necessary part of its match: values that a field must have one of, or a pattern. The index
may name too many rules, never too few: the decision holds each candidate against the event anyway.
What must not be here: regular expressions (a `PatternIndex` is given), and the order or meaning of matches.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from router.core.fields import Token, is_reading, kind_of, text_reader, token_reader
from router.core.match import AllOf, AnyOf, Condition, Equal, Pattern, PatternKind
from router.core.model import Event
from router.core.rules import Rule

PatternIndex = Callable[[Sequence[tuple[PatternKind, str]]], Callable[[str], Iterable[int]]]
"""Takes patterns, gives a function from a text to the numbers (from 0) of those that may match it; pure."""
Candidates = Callable[[Event], tuple[int, ...] | list[int]]

_COMMON: Final = frozenset({"source", "status", "kind", "severity", "level", "reason"})
"""Fields with few values: however seldom a rule names one of them, many events have it."""
_PATTERN_COST: Final = 8
"""Finding a rule by its pattern costs about as much as holding this many rules against the event."""


class _Value(NamedTuple):
    """The field's token is this one."""

    field: str
    token: Token


class _Text(NamedTuple):
    """The field's text matches this pattern."""

    field: str
    kind: PatternKind
    pattern: str


_Key = _Value | _Text
_Anchor = frozenset[_Key]
"""Keys of which an event must have at least one for the rule to match; an empty one can never match."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Where to look: positions of rules by a field's token, by its patterns, and those that must always be tried."""

    always: tuple[int, ...]
    values: tuple[tuple[Callable[[Event], Token | None], Mapping[Token | None, tuple[int, ...]]], ...]
    texts: tuple[tuple[Callable[[Event], str | None], Callable[[str], Iterable[int]], tuple[tuple[int, ...], ...]], ...]

    def find(self, event: Event) -> tuple[int, ...] | list[int]:
        """The positions that the event lights, ascending."""
        found: list[tuple[int, ...]] = []
        for read, by_token in self.values:
            positions = by_token.get(read(event))
            if positions is not None:
                found.append(positions)
        for read_text, hits, by_pattern in self.texts:
            text = read_text(event)
            if text is not None:
                found.extend(by_pattern[number] for number in hits(text))
        if not found:
            return self.always
        if len(found) == 1:  # no rule is filed under a key and tried always too, so that no position comes twice
            return sorted(self.always + found[0]) if self.always else found[0]
        return sorted({*self.always, *chain.from_iterable(found)})


def build_index(rules: Sequence[Rule], patterns: PatternIndex | None = None) -> Candidates:
    """A function from an event to the positions in `rules` that may match it, ascending.

    Without `patterns`, a rule filed under a pattern is a candidate for every event that has the field. Measurements,
    Sentilo data and orders find only rules that name `kind`.
    """
    patterns = patterns or _any_may_match
    uses = Counter(key for rule in rules for key in _keys(rule.match))
    anchors = [_anchor(rule.match, uses) for rule in rules]
    alarms = _table(enumerate(anchors), patterns)
    named = ((position, anchor) for position, anchor in enumerate(anchors) if rules[position].measures)
    readings = _table(named, patterns)

    def candidates(event: Event) -> tuple[int, ...] | list[int]:
        return readings.find(event) if is_reading(event) else alarms.find(event)

    return candidates


def _any_may_match(patterns: Sequence[tuple[PatternKind, str]]) -> Callable[[str], Iterable[int]]:
    return lambda text: range(len(patterns))


def _keys(condition: Condition) -> Iterator[_Key]:
    """Every key that could find a rule with this condition."""
    match condition:
        case Equal():
            yield from (_Value(condition.field, token) for token in condition.tokens)
        case Pattern():
            yield _Text(condition.field, condition.kind, condition.pattern)
        case AllOf(conditions) | AnyOf(conditions):
            for inner in conditions:
                yield from _keys(inner)


def _anchor(condition: Condition, uses: Mapping[_Key, int]) -> _Anchor | None:
    """The most selective keys of which the condition needs one; `None` when it can hold without any."""
    match condition:
        case Equal() | Pattern():
            return frozenset(_keys(condition))
        case AllOf(conditions):
            found = [anchor for inner in conditions if (anchor := _anchor(inner, uses)) is not None]
            return min(found, key=lambda anchor: _cost(anchor, uses), default=None)
        case AnyOf(conditions):
            needed: set[_Key] = set()
            for inner in conditions:
                anchor = _anchor(inner, uses)
                if anchor is None:
                    return None
                needed |= anchor
            return frozenset(needed)
        case _:
            return None


def _cost(anchor: _Anchor, uses: Mapping[_Key, int]) -> tuple[int, int]:
    """How many rules the worst of the keys brings with it, then how many events are likely to have it."""
    worst = max((uses[key] + (_PATTERN_COST if isinstance(key, _Text) else 0) for key in anchor), default=0)
    return worst, max((_rank(key.field) for key in anchor), default=0)


def _rank(field: str) -> int:
    if field in _COMMON:
        return 2
    return {"id": 0, "label": 0, "raw": 3}.get(kind_of(field) or "", 1)  # raw: the payload must be parsed to know


def _table(anchors: Iterable[tuple[int, _Anchor | None]], patterns: PatternIndex) -> _Table:
    """File each position under the keys of its anchor."""
    always: list[int] = []
    values: dict[str, dict[Token | None, list[int]]] = {}
    texts: dict[str, dict[tuple[PatternKind, str], list[int]]] = {}
    for position, anchor in anchors:
        if anchor is None:
            always.append(position)
            continue
        for key in anchor:
            if isinstance(key, _Value):
                values.setdefault(key.field, {}).setdefault(key.token, []).append(position)
            else:
                texts.setdefault(key.field, {}).setdefault((key.kind, key.pattern), []).append(position)
    return _Table(
        tuple(always),
        tuple((token_reader(field), _frozen(by_token)) for field, by_token in values.items()),
        tuple(
            (text_reader(field), patterns(tuple(by_pattern)), tuple(tuple(found) for found in by_pattern.values()))
            for field, by_pattern in texts.items()
        ),
    )


def _frozen(by_token: Mapping[Token | None, list[int]]) -> dict[Token | None, tuple[int, ...]]:
    return {token: tuple(positions) for token, positions in by_token.items()}
