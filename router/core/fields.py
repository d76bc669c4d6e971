"""The fields of an event that a rule can name: what kind each is, and how it is read for comparing.

An empty text counts as absent (sources send `""` for "no sensor", an inventory has blank cells), so does a JSON null.
What must not be here: operators (`match`), and how a payload becomes an event (the sources).
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

from router.core.model import Event

FieldKind = Literal["word", "id", "level", "number", "time", "text", "label", "raw"]
"""`word`: the source's words, separators fold. `id`, `text`, `label`: separators count. `raw`: a JSON value."""
Token = str | int | float | datetime
"""What equality compares: two values are equal when their tokens are."""
Scalar = str | int | float | bool | None

FIELDS: Final[Mapping[str, FieldKind]] = MappingProxyType(
    {
        "id": "id",
        "source": "id",
        "kind": "word",
        "status": "id",
        "severity": "word",
        "level": "level",
        "condition_type": "word",
        "reason": "word",
        "source_uuid": "id",
        "serial_number": "id",
        "tenant": "id",
        "value": "number",
        "unit": "word",
        "quantity": "word",
        "quantity_detail": "word",
        "delay": "number",
        "started_at": "time",
        "processed_at": "time",
        "message": "text",
    }
)
"""Every known field but `labels.*` and `raw.*`, which are known by their prefix."""
PREFIXES: Final[Mapping[str, FieldKind]] = MappingProxyType({"labels.": "label", "raw.": "raw"})

_TEXTS: Final = frozenset({"equals", "glob", "regex", "present"})
_COMPARISONS: Final = frozenset({"above", "below", "at_least", "at_most"})
_NUMBERS: Final = _COMPARISONS | {"between", "equals", "present"}
OPERATORS: Final[Mapping[FieldKind, frozenset[str]]] = MappingProxyType(
    {
        "word": _TEXTS,
        "id": _TEXTS,
        "text": _TEXTS,
        "time": _TEXTS,
        "level": _COMPARISONS | {"equals", "present"},
        "number": _NUMBERS,
        "label": _TEXTS | _NUMBERS,
        "raw": _TEXTS | _NUMBERS,
    }
)
"""The operators that make sense for a kind of field. Equality and patterns see a time as `2026-03-29T01:00:00Z`."""
READINGS: Final = frozenset({"measurement", "sentilo data", "sentilo order"})
"""The kinds of event that are no alarms: a rule sees them only if its match names `kind`."""


def kind_of(field: str) -> FieldKind | None:
    """What kind of field this name is, `None` for a name that no event can have."""
    for prefix, kind in PREFIXES.items():
        if field.startswith(prefix):
            return kind if len(field) > len(prefix) else None
    return FIELDS.get(field)


@lru_cache(maxsize=4096)
def fold_word(text: str) -> str:
    """A source's word without case, and with `_`, `-` and runs of spaces as one space."""
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split())


@lru_cache(maxsize=1024)
def _is_reading(kind: str) -> bool:
    return fold_word(kind) in READINGS


def is_reading(event: Event) -> bool:
    """The event is a measurement, Sentilo data or a Sentilo order: not an alarm."""
    return _is_reading(event.kind)


def field_value(event: Event, field: str) -> Scalar:
    """The event's value as a person should see it: times as ISO 8601 in UTC, JSON objects and lists as JSON text."""
    value: object = _value_reader(field)(event)
    match value:
        case datetime():
            return iso(value)
        case str() | int() | float() | None:
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def iso(value: datetime) -> str:
    """ISO 8601 in UTC with `Z`, seconds or finer."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def token_reader(field: str) -> Callable[[Event], Token | None]:
    """How to read a field for equality; the reader returns `None` for an absent field."""
    get = _value_reader(field)
    match kind_of(field):
        case "word":
            return lambda event: None if (text := get(event)) is None else fold_word(text)
        case "number" | "time":
            return get
        case "raw":
            return lambda event: _json_token(get(event))
        case _:
            return lambda event: None if (text := get(event)) is None else text.casefold()


def tokens(field: str, values: Iterable[str]) -> frozenset[Token]:
    """The tokens that equal one of the written values. A value that the field can never have (also `""`) adds none."""
    kind = kind_of(field)
    return frozenset(token for value in values if value for token in _written_tokens(kind, value))


@lru_cache(maxsize=1024)
def text_reader(field: str) -> Callable[[Event], str | None]:
    """How to read a field for a pattern: the raw text; `None` for an absent field."""

    def text(event: Event) -> str | None:
        value = field_value(event, field)
        return value if value is None or isinstance(value, str) else json.dumps(value)

    match kind_of(field):
        case "word" | "id" | "text" | "label" | "level":
            return _value_reader(field)
        case _:
            return text


@lru_cache(maxsize=1024)
def number_reader(field: str) -> Callable[[Event], float | None]:
    """How to read a field for comparing numbers: also numbers that a source writes as text; `None` for no number."""
    get = _value_reader(field)
    return lambda event: to_number(get(event))


def to_number(value: object) -> float | None:
    """The finite number that this is or spells, else `None`; true and false are none, nor is a decimal comma."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or (isinstance(value, str) and "_" in value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _value_reader(field: str) -> Callable[[Event], Any]:
    """How to get the plain value; `None` when absent or an empty text."""
    if field.startswith("labels."):
        label = field.removeprefix("labels.")
        return lambda event: event.labels.get(label) or None
    if field.startswith("raw."):
        path = tuple(field.removeprefix("raw.").split("."))
        return lambda event: _raw_value(event.raw, path)
    if FIELDS[field] in {"number", "time"}:
        return attrgetter(field)
    get = attrgetter(field)
    return lambda event: get(event) or None


def _raw_value(raw: str, path: tuple[str, ...]) -> Any:
    value = _parsed(raw)
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            return None
    return None if value == "" else value


@lru_cache(maxsize=8)
def _parsed(raw: str) -> Any:
    """The payload as JSON, parsed once for all rules that look into it; `None` when it is no JSON.

    A text hashes once and is found again by identity, so asking twice for one event costs next to nothing.
    """
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _json_token(value: Any) -> Token | None:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case str():
            return value.casefold()
        case _:
            return None


def _written_tokens(kind: FieldKind | None, value: str) -> tuple[Token, ...]:
    match kind:
        case "word":
            return (fold_word(value),)
        case "number":
            return _numbers(value)
        case "time":
            return _times(value)
        case "raw":
            return (value.casefold(), *_numbers(value))
        case _:
            return (value.casefold(),)


def _numbers(text: str) -> tuple[Token, ...]:
    try:
        return (int(text),)  # exact: an id written as a number may have more digits than a float
    except ValueError:
        number = to_number(text)
        return () if number is None else (number,)


def _times(text: str) -> tuple[Token, ...]:
    """The instant that this ISO 8601 text names; without an offset it is UTC, as times are shown."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return ()
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC),)
