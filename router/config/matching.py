"""Match blocks -> conditions; everything wrong in a block is told at its place.

What must not be here: rules (`build_rules`), and how a condition is held against an event (`core.match`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Final, cast

from router.config.durations import duration_hint, parse_duration
from router.config.match_hints import LABELS, Field, field_hint, label_hint, operator_problem
from router.config.names import did_you_mean, one_of
from router.config.nodes import WrittenFloat, WrittenInt
from router.config.number_hints import number_hint, split_by_comma
from router.config.patterns import compile_search
from router.config.report import Part, PathItem, Report, shown
from router.config.validate import unknown_name
from router.core.fields import fold_word, kind_of, tokens
from router.core.hours import Hours
from router.core.match import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Equal,
    Everything,
    InHours,
    LevelIs,
    Not,
    Number,
    NumberOperator,
    Pattern,
    PatternKind,
    Present,
)
from router.core.model import LEVELS

Path = tuple[PathItem, ...]

STATUSES: Final = ("firing", "resolved")
_PATTERNS: Final = frozenset({"glob", "regex"})
_LIST: Final = "expected a list with at least one block"


@dataclass(frozen=True, slots=True)
class Matching:
    """Compiles blocks. Names in `written_hours` that are not in `hours` are written wrongly: told already.

    `known` are the values that a field can have, where all are known: another one is a warning, and an error for the
    fields in `closed`. `labels` are those that events can have (`None`: nobody knows); another one is a warning.
    """

    report: Report
    hours: Mapping[str, Hours]
    written_hours: frozenset[str] = frozenset()
    known: Mapping[str, frozenset[str]] = attribute(default_factory=dict)
    closed: frozenset[str] = frozenset()
    labels: frozenset[str] | None = None

    def block(self, data: Any, part: Part, path: Path) -> Condition:
        """The condition of a block. When something in it is wrong the result must not be used."""
        if not isinstance(data, dict):
            self._error(part, path, "wrong-type", f"expected a match block, not {part.what(*path)}", "for example {}")
            return Everything()
        found = tuple(self._entry(key, value, part, (*path, key)) for key, value in data.items())
        return _joined(AllOf, found) if found else Everything()

    def _entry(self, key: str, value: Any, part: Part, path: Path) -> Condition:
        match key:
            case "any" | "all":
                return self._blocks(key, value, part, path)
            case "not":
                return Not(self.block(value, part, path))
            case "during" | "outside":
                return self._in_hours(key, value, part, path)
            case _:
                return self._field(key, value, part, path)

    def _blocks(self, key: str, value: Any, part: Part, path: Path) -> Condition:
        if not isinstance(value, list) or not value:
            self._error(part, path, "wrong-type", _LIST, f"write {key}: [{{…}}, {{…}}]")
            return Everything()
        found = tuple(self.block(item, part, (*path, number)) for number, item in enumerate(value))
        return _joined(AnyOf if key == "any" else AllOf, found)

    def _in_hours(self, key: str, value: Any, part: Part, path: Path) -> Condition:
        names = value if isinstance(value, list) and value else [value]
        found: list[Condition] = []
        for number, name in enumerate(names):
            place = (*path, number) if isinstance(value, list) else path
            if isinstance(name, str) and name in self.hours:
                found.append(InHours("during" if key == "during" else "outside", name, self.hours[name]))
            elif not isinstance(name, str):
                self._error(part, place, "wrong-type", "expected the name of hours", did_you_mean("", self.hours))
            elif name not in self.written_hours:
                message, hint = unknown_name("hours", part.written(*place), list(self.hours))
                self._error(part, place, "unknown-hours", message, hint)
        return _joined(AnyOf if key == "during" else AllOf, tuple(found))

    def _field(self, field: str, value: Any, part: Part, path: Path) -> Condition:
        kind = kind_of(field)
        if kind is None:
            spot = part.key_spot(*path)
            hint = field_hint(field, value)
            self.report.error(spot, "unknown-field", f"unknown field `{shown(field)}`", suggestion=hint)
            return Everything()
        if kind == "label" and self.labels is not None and field.removeprefix(LABELS) not in self.labels:
            hint = label_hint(field, self.labels)
            self.report.warn(part.key_spot(*path), "unknown-label", "no event has this label", suggestion=hint)
        return self._test(Field(field, kind), value, part, path)

    def _test(self, field: Field, value: Any, part: Part, path: Path) -> Condition:
        """A value, a list of values and operators (any of them), or operators (all of them)."""
        if isinstance(value, dict):
            return self._operators(field, value, part, path)
        if not isinstance(value, list):
            return self._equal(field, (value,), part, (path,), written=_plain(value))
        if not value:
            self._error(part, path, "empty", "expected at least one value: an empty list matches nothing", "")
            return Everything()
        return self._any_of(field, value, part, path)

    def _any_of(self, field: Field, value: list[Any], part: Part, path: Path) -> Condition:
        single = [(item, (*path, number)) for number, item in enumerate(value) if not isinstance(item, dict)]
        found: list[Condition] = []
        if single:
            written = [_plain(item) for item, _ in single]
            places = tuple(place for _, place in single)
            found.append(self._equal(field, tuple(item for item, _ in single), part, places, written=written))
        for number, item in enumerate(value):
            if isinstance(item, dict):
                found.append(self._operators(field, item, part, (*path, number)))
        return _joined(AnyOf, tuple(found))

    def _equal(
        self, field: Field, values: tuple[Any, ...], part: Part, paths: tuple[Path, ...], *, written: Any
    ) -> Condition:
        texts: list[str] = []
        for value, path in zip(values, paths, strict=True):
            text = _text_of(value)
            if text is None:
                hint = f"write {field.name}: {{present: false}} for an event without it" if value is None else ""
                self._error(part, path, "wrong-type", f"expected a value, not {part.what(*path)}", hint)
            elif self._can_equal(field, text, part, path):
                self._warn_odd(field, text, part, path)
                texts.append(text)
        return Equal(field.name, tuple(texts), written)

    def _can_equal(self, field: Field, text: str, part: Part, path: Path) -> bool:
        """Told when the field can never have the value."""
        words = LEVELS if field.kind == "level" else STATUSES if field.name == "status" else ()
        if words:
            good = text.casefold() in words
            expected, hint = one_of(words), did_you_mean(part.written(*path), words)
        else:
            good = bool(tokens(field.name, (text,)))
            expected = "a time as ISO 8601" if field.kind == "time" else "a number"
            hint = number_hint(part.written(*path)) if field.kind == "number" and field.name != "delay" else ""
        if not good:
            self._error(part, path, "bad-value", f"`{field.name}` is never this: expected {expected}", hint)
        return good

    def _warn_odd(self, field: Field, text: str, part: Part, path: Path) -> None:
        """A value that can be read, but that no event has, or none that rules see."""
        if field.name == "status" and text.casefold() == "resolved":
            message = "recoveries are never held against rules: this matches nothing"
            self.report.warn(part.spot(*path), "never-matches", message)
        known = self.known.get(field.name)
        if known is not None and fold_word(text) not in {fold_word(word) for word in known}:
            tell = self.report.error if field.name in self.closed else self.report.warn
            hint = did_you_mean(part.written(*path), known)
            tell(part.spot(*path), "never-matches", f"no event has this {field.name}", suggestion=hint)

    def _operators(self, field: Field, tests: dict[str, Any], part: Part, path: Path) -> Condition:
        if not tests:
            self._error(part, path, "empty", f"expected an operator: {one_of(sorted(field.operators))}", "")
            return Everything()
        if field.kind == "number" and (hint := split_by_comma(tests)):
            self._error(part, path, "bad-value", "a comma ends the number here", hint)
            return Everything()
        found = tuple(self._operator(field, name, value, part, (*path, name)) for name, value in tests.items())
        return _joined(AllOf, found)

    def _operator(self, field: Field, name: str, value: Any, part: Part, path: Path) -> Condition:
        if name == "not":
            return Not(self._test(field, value, part, path))
        if name not in field.operators:
            code, message, hint = operator_problem(field, name)
            self.report.error(part.key_spot(*path), code, message, suggestion=hint)
            return Everything()
        if name == "present":
            return self._present(field, value, part, path)
        if name in _PATTERNS:
            return self._patterns(field, name, value, part, path)
        return self._compare(field, name, value, part, path)

    def _present(self, field: Field, value: Any, part: Part, path: Path) -> Condition:
        if not isinstance(value, bool):
            self._error(part, path, "wrong-type", f"expected true or false, not {part.what(*path)}", "")
        return Present(field.name, wanted=value is True)

    def _patterns(self, field: Field, name: str, value: Any, part: Part, path: Path) -> Condition:
        if isinstance(value, list) and value:
            each = [self._pattern(field, name, item, part, (*path, number)) for number, item in enumerate(value)]
            return _joined(AnyOf, tuple(each))
        return self._pattern(field, name, value, part, path)

    def _pattern(self, field: Field, name: str, value: Any, part: Part, path: Path) -> Condition:
        text = _text_of(value)
        if not text:
            self._error(part, path, "wrong-type", f"expected a {name} as a text, not {part.what(*path)}", "")
            return Everything()
        kind: PatternKind = "glob" if name == "glob" else "regex"
        try:
            search = compile_search(kind, text)
        except ValueError as error:
            self._error(part, path, f"bad-{name}", f"this {name} cannot be used: {error}", "")
            return Everything()
        return Pattern(field.name, kind, text, search, text)

    def _compare(self, field: Field, name: str, value: Any, part: Part, path: Path) -> Condition:
        if field.kind == "level":
            return self._compare_level(name, value, part, path)
        if name == "between":
            return self._between(field, value, part, path)
        bound = self._number(field, value, part, path)
        return Number(field.name, cast("NumberOperator", name), (bound,), _plain(value))

    def _compare_level(self, name: str, value: Any, part: Part, path: Path) -> Condition:
        word = value.casefold() if isinstance(value, str) else ""
        if word not in LEVELS:
            hint = did_you_mean(part.written(*path), LEVELS)
            self._error(part, path, "bad-value", f"expected {one_of(LEVELS)}", hint)
            return Everything()
        return LevelIs(cast("Comparison", name), word, value)

    def _between(self, field: Field, value: Any, part: Part, path: Path) -> Condition:
        if not isinstance(value, list) or len(value) != 2:
            self._error(part, path, "wrong-type", "expected two numbers, the lower one first", "for example [2, 8]")
            return Everything()
        low, high = (self._number(field, item, part, (*path, number)) for number, item in enumerate(value))
        if low > high:
            self._error(
                part, path, "bad-value", "the first number is above the second: nothing is between", "swap them"
            )
        return Number(field.name, "between", (low, high), [_plain(item) for item in value])

    def _number(self, field: Field, value: Any, part: Part, path: Path) -> float:
        """The bound, in the field's unit; a `delay` may be written as a duration."""
        if isinstance(value, int | float) and not isinstance(value, bool) and _finite(value):
            return float(value)
        if field.name == "delay" and isinstance(value, str):
            try:
                return parse_duration(value).total_seconds()
            except ValueError:
                pass
        expected = "a number of seconds or a duration such as 10m" if field.name == "delay" else "a number"
        written = part.written(*path) if isinstance(value, str) else ""
        hint = duration_hint(written) if field.name == "delay" else number_hint(written, str(path[-1]))
        self._error(part, path, "wrong-type", f"expected {expected}, not {part.what(*path)}", hint)
        return math.nan

    def _error(self, part: Part, path: Path, code: str, message: str, hint: str) -> None:
        self.report.error(part.spot(*path), code, message, suggestion=hint)


def _joined(join: Callable[[tuple[Condition, ...]], Condition], conditions: tuple[Condition, ...]) -> Condition:
    return conditions[0] if len(conditions) == 1 else join(conditions)


def _plain(value: Any) -> Any:
    """The value as a person should see it: an id keeps its leading zeros, a number is a number."""
    match value:
        case WrittenInt():
            return int(value) if str(int(value)) == value.text else value.text
        case WrittenFloat():
            return float(value)
        case _:
            return value


def _text_of(value: Any) -> str | None:
    match value:
        case WrittenInt() | WrittenFloat():
            return value.text
        case bool():
            return "true" if value else "false"
        case str() if value.strip():
            return value
        case _:
            return None


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
