"""The conditions of a rule: does an event meet them, and why (not).

A condition is a value; holding it against an event changes nothing. An absent field meets nothing but
`Present(wanted=False)` and `Not`.
What must not be here: rules (`explain` holds whole rules against an event), YAML, finding candidates (`index`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from router.core.changes import Because
from router.core.fields import (
    FIELDS,
    Token,
    field_value,
    is_reading,
    kind_of,
    number_reader,
    text_reader,
    token_reader,
    tokens,
)
from router.core.hours import Hours
from router.core.model import LEVELS, Event, Level

__all__ = [
    "FIELDS",
    "AllOf",
    "AnyOf",
    "Condition",
    "Equal",
    "Everything",
    "InHours",
    "LevelIs",
    "Not",
    "Number",
    "Pattern",
    "Present",
    "field_value",
    "is_reading",
    "kind_of",
    "names_kind",
]

Comparison = Literal["above", "below", "at_least", "at_most"]
NumberOperator = Literal["above", "below", "at_least", "at_most", "between", "equals"]
PatternKind = Literal["glob", "regex"]

_COMPARE: Final[Mapping[str, Callable[[float, tuple[float, ...]], bool]]] = MappingProxyType(
    {
        "above": lambda value, bounds: value > bounds[0],
        "below": lambda value, bounds: value < bounds[0],
        "at_least": lambda value, bounds: value >= bounds[0],
        "at_most": lambda value, bounds: value <= bounds[0],
        "between": lambda value, bounds: bounds[0] <= value <= bounds[1],
        "equals": lambda value, bounds: value == bounds[0],
    }
)


class Condition(Protocol):
    """Something that an event (and the hour) meets or not."""

    def holds(self, event: Event, now: datetime) -> bool:
        """Does the event meet it at `now`?"""
        ...

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """Each single comparison in it, in the order written, whether or not it decided."""
        ...


@dataclass(frozen=True, slots=True)
class Everything:
    """`match: {}`."""

    def holds(self, event: Event, now: datetime) -> bool:
        """Always."""
        return True

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """There is nothing to compare."""
        return ()


@dataclass(frozen=True, slots=True)
class Equal:
    """The field equals one of the values (see `fields` for what is equal). `written` is what stands in the file."""

    field: str
    values: tuple[str, ...]
    written: Any = None
    tokens: frozenset[Token] = attribute(init=False, repr=False, compare=False)
    _read: Callable[[Event], Token | None] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tokens(self.field, self.values))
        object.__setattr__(self, "_read", token_reader(self.field))

    def holds(self, event: Event, now: datetime) -> bool:
        """The event has the field and its value is one of these."""
        return self._read(event) in self.tokens

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison."""
        word = "equals" if len(self.values) == 1 else "any of"
        return _because(self, event, word=word, matched=self.holds(event, now))


@dataclass(frozen=True, slots=True)
class Number:
    """The field is a number, or spells one, and compares so with the bounds (two for `between`, both inclusive)."""

    field: str
    operator: NumberOperator
    bounds: tuple[float, ...]
    written: Any = None
    _read: Callable[[Event], float | None] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        assert len(self.bounds) == (2 if self.operator == "between" else 1), self.bounds
        object.__setattr__(self, "_read", number_reader(self.field))

    def holds(self, event: Event, now: datetime) -> bool:
        """The event has a number there, and it is within the bounds."""
        value = self._read(event)
        return value is not None and _COMPARE[self.operator](value, self.bounds)

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison."""
        return _because(self, event, word=self.operator, matched=self.holds(event, now))


@dataclass(frozen=True, slots=True)
class LevelIs:
    """The event's level compares so with this one: info < warning < critical."""

    operator: Comparison
    level: Level
    written: Any = None

    @property
    def field(self) -> str:
        """Always `level`."""
        return "level"

    def holds(self, event: Event, now: datetime) -> bool:
        """By rank, not by word."""
        return _COMPARE[self.operator](LEVELS.index(event.level), (LEVELS.index(self.level),))

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison."""
        return _because(self, event, word=self.operator, matched=self.holds(event, now))


@dataclass(frozen=True, slots=True)
class Pattern:
    """The field's text matches the pattern. `search` is the compiled form and says whether a text matches."""

    field: str
    kind: PatternKind
    pattern: str
    search: Callable[[str], bool] = attribute(repr=False, compare=False)
    written: Any = None
    _read: Callable[[Event], str | None] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_read", text_reader(self.field))

    def holds(self, event: Event, now: datetime) -> bool:
        """The event has the field and its text matches."""
        text = self._read(event)
        return text is not None and self.search(text)

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison."""
        return _because(self, event, word=self.kind, matched=self.holds(event, now))


@dataclass(frozen=True, slots=True)
class Present:
    """The event has the field, or, with `wanted=False`, lacks it."""

    field: str
    wanted: bool = attribute(kw_only=True)

    @property
    def written(self) -> bool:
        """What stands in the file."""
        return self.wanted

    def holds(self, event: Event, now: datetime) -> bool:
        """Is it there as wanted?"""
        return (field_value(event, self.field) is not None) is self.wanted

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison."""
        return _because(self, event, word="present", matched=self.holds(event, now))


@dataclass(frozen=True, slots=True)
class InHours:
    """The decision falls into the hours (`during`) or not (`outside`)."""

    operator: Literal["during", "outside"]
    name: str
    hours: Hours

    def holds(self, event: Event, now: datetime) -> bool:
        """By the wall clock of the hours' own zone at `now`."""
        return self.hours.covers(now) is (self.operator == "during")

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """One comparison; the value is `now` in the hours' zone."""
        local = self.hours.local(now).isoformat(timespec="seconds")
        return (Because("now", self.operator, self.name, local, self.holds(event, now)),)


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition

    def holds(self, event: Event, now: datetime) -> bool:
        """The opposite."""
        return not self.condition.holds(event, now)

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """Each comparison of the condition turned round."""
        return tuple(_opposite(because) for because in self.condition.explain(event, now))


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition holds; so it does when there is none."""

    conditions: tuple[Condition, ...]

    def holds(self, event: Event, now: datetime) -> bool:
        """The first that fails ends it."""
        for condition in self.conditions:  # noqa: SIM110  # all() with a generator costs twice as much, once per candidate
            if not condition.holds(event, now):
                return False
        return True

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """All comparisons of all conditions."""
        return tuple(because for condition in self.conditions for because in condition.explain(event, now))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds; with none it never does."""

    conditions: tuple[Condition, ...]

    def holds(self, event: Event, now: datetime) -> bool:
        """The first that holds ends it."""
        return any(condition.holds(event, now) for condition in self.conditions)

    def explain(self, event: Event, now: datetime) -> tuple[Because, ...]:
        """All comparisons of all conditions; some may have failed although the whole holds."""
        return tuple(because for condition in self.conditions for because in condition.explain(event, now))


def names_kind(condition: Condition) -> bool:
    """The condition names `kind` positively (not inside `not`), so that its rule sees measurements too."""
    match condition:
        case Equal() | Pattern():
            return condition.field == "kind"
        case Present():
            return condition.field == "kind" and condition.wanted
        case AllOf(conditions) | AnyOf(conditions):
            return any(names_kind(inner) for inner in conditions)
        case _:
            return False


def _because(
    leaf: Equal | Number | LevelIs | Pattern | Present, event: Event, *, word: str, matched: bool
) -> tuple[Because, ...]:
    return (Because(leaf.field, word, leaf.written, field_value(event, leaf.field), matched),)


def _opposite(because: Because) -> Because:
    word = because.operator
    word = word.removeprefix("not ") if word.startswith("not ") else f"not {word}"
    return replace(because, operator=word, matched=not because.matched)
