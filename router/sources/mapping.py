"""What the mappings of all formats share: levels, numbers, instants, keys, and the value for "cannot be read".

What must not be here: a field name of any one format, and bytes (`payload` decodes them).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from router.core.fields import field_value, fold_word, kind_of
from router.core.model import Event, Level, changed

_LEVELS: Final[Mapping[str, Level]] = {
    **dict.fromkeys(("alarm", "critical", "fatal", "emergency", "page"), "critical"),
    **dict.fromkeys(("info", "ok", "none"), "info"),
}
_LONG: Final = 200
"""Words longer than this are not worth remembering (nor keeping in a cache)."""
_MILLISECONDS_FROM: Final = 1e11
"""Epoch numbers from here on are milliseconds: as seconds this is the year 5138, as milliseconds 1973."""
_TIMES: Final = ("started_at", "changed_at", "processed_at")
_EARLIEST: Final = datetime(2001, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=366)
"""How far a source's clock may be ahead of ours: more is a clock without a battery, or a number misread."""
_OURS: Final = "fault/"
"""The keys of alerts about ourselves begin so: no payload may take the place of one, for it would silence the fault."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The payload is no event; `reason` is fit for a user and holds no part of the payload that could be a secret."""

    reason: str


def fold(word: str) -> str:
    """The word as it is compared: without case, separators as one space."""
    return fold_word(word) if len(word) <= _LONG else word[:_LONG]


@lru_cache(maxsize=64)
def _folded_levels(items: tuple[tuple[str, Level], ...]) -> Mapping[str, Level]:
    return {fold(word): level for word, level in items}


def level_of(word: str | None, overrides: Mapping[str, Level]) -> Level:
    """Our level for the source's word; `overrides` (the source's `levels:`) win, an unknown word is a warning."""
    folded = fold(word) if word else ""
    if overrides and (found := _folded_levels(tuple(overrides.items())).get(folded)) is not None:
        return found
    return _LEVELS.get(folded, "warning")


def text_of(value: Any) -> str | None:
    """The value as a text; `None` when absent or empty. Numbers and truth values are written as JSON writes them."""
    if type(value) is str:  # nearly always: this is asked a dozen times per payload
        return value.strip() or None
    if value is None or isinstance(value, dict | list):
        return None
    try:
        return str(value).lower() if isinstance(value, bool) else str(value)
    except ValueError:  # an integer of thousands of digits
        return None


def number_of(value: Any) -> float | None:
    """The finite number that this is or spells; a decimal comma counts as a point. `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value) if not isinstance(value, str) or not _odd(value) else _with_comma(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _odd(text: str) -> bool:
    """Holds what `float` takes for something else than a machine means (`1_000`), or does not take (`9,3`)."""
    return "_" in text or "," in text


def _with_comma(text: str) -> float:
    if "_" in text or "." in text or text.count(",") != 1:
        raise ValueError("not a number")
    return float(text.replace(",", "."))


def instant_of(value: Any) -> datetime | None:
    """The instant that an ISO 8601 text (UTC without an offset) or epoch seconds or milliseconds name, else `None`."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
        except ValueError:
            return _epoch(number_of(value))
        return _utc(parsed)
    return _epoch(number_of(value))


def _utc(parsed: datetime) -> datetime | None:
    if parsed.tzinfo is UTC:
        return parsed
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        return None


def _epoch(number: float | None) -> datetime | None:
    if number is None:
        return None
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def believable(event: Event) -> Event:
    """The event without times that cannot be: they would end or hide other alarms of its key, and fit no calendar.

    Years 1 and 9999 are programs' words for "none"; 1970 and 2000 are what a clock without a battery says.
    """
    latest = event.arrived_at + _AHEAD
    odd = [name for name in _TIMES if (at := getattr(event, name)) is not None and not _EARLIEST <= at <= latest]
    if not odd:
        return event
    doubts = (*event.doubts, *(f"{name}: a time that cannot be" for name in odd))
    return changed(event, doubts=doubts, **dict.fromkeys(odd))


def digest(*parts: str | bytes) -> str:
    """A hash of the parts (32 hexadecimal characters) that stands for them as an id; their borders count."""
    hashed = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hashed.update(len(data).to_bytes(8, "big"))
        hashed.update(data)
    return hashed.hexdigest()


def join_key(parts: Sequence[str | None]) -> str:
    """A key of these parts, each in its place, absent ones empty. Different parts never give the same key."""
    key = "|".join([part or "" for part in parts])
    if key.count("|") == len(parts) - 1 and "\\" not in key:
        return key
    return "|".join([(part or "").replace("\\", "\\\\").replace("|", "\\|") for part in parts])


def rekey(event: Event, fields: tuple[str, ...]) -> Event:
    """The event with the key that a source's `key:` asks for.

    When the event has none of these fields its own key stays: else every such event would be one and the same trouble.
    """
    parts = [_key_part(event, field) for field in fields]
    if not any(parts):
        return event
    key = join_key(parts)
    return replace(event, key=f"\\{key}" if key.startswith(_OURS) else key)


def _key_part(event: Event, field: str) -> str | None:
    value = field_value(event, field) if kind_of(field) is not None else None
    return None if value is None else str(value)
