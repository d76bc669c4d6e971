"""`format: json`: any JSON object to an event, by the source's `fields:` (event field -> dotted path, map, default).

What must not be here: a format of any one product.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from router.core.model import LEVELS, NO_LABELS, Event, Level
from router.core.settings import FieldPath, Reading
from router.sources.mapping import Unreadable, digest, fold, instant_of, join_key, level_of, number_of, text_of

_T = TypeVar("_T")
_FIRING: Final = frozenset({"firing", "alarm", "open", "active", "raised", "problem"})
_RESOLVED: Final = frozenset({"resolved", "ok", "closed", "cleared", "recovered"})
_MISSING: Final = object()


def event_of(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event | Unreadable:
    """The event that this payload tells; `raw` is its text.

    A field that is not mapped, or whose path leads nowhere and that has no default, is absent. An unknown `status` is
    firing and doubted. Without an `id` the hash of the payload stands for it; when no time is mapped either, the hash
    of payload and arrival: the same words next week are a new alarm, and a redelivered one merely counts once more.
    """
    found = {name: value for name, path in reading.fields.items() if (value := _look_up(payload, path)) is not None}
    doubts: list[str] = []
    text = _Texts(found)
    kind, condition, quantity = text("kind") or "alarm", text("condition_type"), text("quantity")
    source_uuid, serial, tenant = text("source_uuid"), text("serial_number"), text("tenant")
    severity = text("severity")
    return Event(
        id=text("id") or digest(raw if _tells_when(found) else f"{raw} {arrived_at.isoformat()}"),
        source=reading.source,
        kind=kind,
        status="resolved" if _is_over(text("status"), doubts) else "firing",
        key=join_key((reading.source, tenant, source_uuid or serial, kind, condition, quantity)),
        arrived_at=arrived_at,
        severity=severity,
        level=_level(text("level"), severity, reading),
        condition_type=condition,
        reason=text("reason"),
        source_uuid=source_uuid,
        serial_number=serial,
        tenant=tenant,
        value=_converted(found, "value", number_of, doubts),
        unit=text("unit"),
        quantity=quantity,
        quantity_detail=text("quantity_detail"),
        delay=_converted(found, "delay", number_of, doubts),
        started_at=_converted(found, "started_at", instant_of, doubts),
        changed_at=_converted(found, "changed_at", instant_of, doubts),
        processed_at=_converted(found, "processed_at", instant_of, doubts),
        message=text("message"),
        labels=_labels(found),
        raw=raw,
        doubts=tuple(doubts),
    )


def _tells_when(found: Mapping[str, Any]) -> bool:
    return any(
        instant_of(found[name]) is not None for name in ("started_at", "changed_at", "processed_at") if name in found
    )


class _Texts:
    """Reads mapped values as texts."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    def __call__(self, name: str) -> str | None:
        value = self._found.get(name)
        if isinstance(value, dict | list):
            return msgspec.json.encode(value).decode() if value else None
        return text_of(value)


def _look_up(payload: dict[str, Any], path: FieldPath) -> Any:
    """The value at the path, its word translated; the default when nothing stands there."""
    value = _at(payload, path.path)
    if value is None or value == "":
        return path.default
    if path.map and (word := text_of(value)) is not None:
        return _translations(path).get(fold(word), value)
    return value


def _translations(path: FieldPath) -> dict[str, str]:
    return {fold(word): meaning for word, meaning in path.map.items()}


def _at(payload: dict[str, Any], path: str) -> Any:
    """What stands at a dotted path; an object's own key wins over its parts, so `a.b` finds `{"a.b": 1}` too."""
    if path in payload:
        return payload[path]
    value: Any = payload
    for part in path.split("."):
        value = _step(value, part)
        if value is _MISSING:
            return None
    return value


def _step(value: Any, part: str) -> Any:
    match value:
        case dict():
            return value.get(part, _MISSING)
        case list() if part.isascii() and part.isdecimal() and int(part) < len(value):
            return value[int(part)]
        case _:
            return _MISSING


def _is_over(word: str | None, doubts: list[str]) -> bool:
    """Known words of our own and of common senders; anything else is firing, and said to be unknown."""
    if word is None:
        return False
    folded = fold(word)
    if folded not in _FIRING and folded not in _RESOLVED:
        doubts.append(f"status: {word[:80]}")
    return folded in _RESOLVED


def _level(word: str | None, severity: str | None, reading: Reading) -> Level:
    """A mapped `level` in our own words wins; else what the source's word means."""
    folded = fold(word) if word else ""
    for level in LEVELS:
        if folded == level:
            return level
    return level_of(word or severity, reading.levels)


def _converted(
    found: Mapping[str, Any], name: str, convert: Callable[[Any], _T | None], doubts: list[str]
) -> _T | None:
    value = found.get(name)
    if value is None or value == "":
        return None
    converted = convert(value)
    if converted is None:
        doubts.append(f"{name}: cannot be read")
    return converted


def _labels(found: Mapping[str, Any]) -> Mapping[str, str]:
    labels = {
        name.removeprefix("labels."): text
        for name, value in found.items()
        if name.startswith("labels.") and (text := text_of(value)) is not None
    }
    return MappingProxyType(labels) if labels else NO_LABELS
