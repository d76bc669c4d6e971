"""Bytes of a payload to an event, guarded: whatever a source sends, the answer is an event or the reason why not.

What must not be here: field names of a format (`saveris`, `sentilo`, `json_fields`), and links.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from router.core.model import Event
from router.core.settings import Format, Reading
from router.sources import json_fields, saveris, sentilo
from router.sources.mapping import Unreadable, believable, level_of, rekey

__all__ = ["FORMATS", "Mapped", "Unreadable", "decode", "guess_format", "level_of", "read", "read_payload", "rekey"]

_BOM: Final = b"\xef\xbb\xbf"
_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder().decode


class Mapped(Protocol):
    """How a format makes an event of a JSON object. Pure; doubts what it does not know rather than refuse it."""

    def __call__(
        self, reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime
    ) -> Event | Unreadable:
        """`raw` is the payload's text, `arrived_at` when it came."""
        ...


FORMATS: Final[Mapping[Format, Mapped]] = {
    "saveris": saveris.event_of,
    "sentilo": sentilo.event_of,
    "json": json_fields.event_of,
}


def read(reading: Reading, body: bytes, arrived_at: datetime) -> Event | Unreadable:
    """The event in these bytes (one JSON object, UTF-8) as the source's `format` and `key` say."""
    decoded = decode(body)
    if isinstance(decoded, Unreadable):
        return decoded
    payload, raw = decoded
    return read_payload(reading, payload, raw=raw, arrived_at=arrived_at)


def read_payload(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event | Unreadable:
    """The event in a decoded payload. Never raises: a mapping that fails is a payload that cannot be read."""
    try:
        event = FORMATS[reading.format](reading, payload, raw=raw, arrived_at=arrived_at)
        if isinstance(event, Event):
            event = believable(event)
            return rekey(event, reading.key) if reading.key else event
    except Exception as error:  # noqa: BLE001  # one of the five guards: stored as rejected and told, whatever it was
        return Unreadable(f"the mapping of format {reading.format} failed: {type(error).__name__}")
    return event


def decode(body: bytes) -> tuple[dict[str, Any], str] | Unreadable:
    """The JSON object in these bytes, with its text."""
    data = body.removeprefix(_BOM)
    try:
        payload = _decode(data)
        raw = data.decode()
    except msgspec.DecodeError as error:
        return Unreadable(f"not JSON: {error}" if data.strip() else "empty body")
    except UnicodeDecodeError as error:
        return Unreadable(f"not UTF-8: byte {error.start} of {len(data)}")
    except RecursionError:
        return Unreadable("JSON nested too deeply")
    if not isinstance(payload, dict):
        return Unreadable(f"a JSON {_JSON_NAMES.get(type(payload), 'value')} where an object was expected")
    return payload, raw


_JSON_NAMES: Final[Mapping[type, str]] = {
    list: "array",
    str: "string",
    bool: "truth value",
    int: "number",
    float: "number",
    type(None): "null",
}


def guess_format(payload: Mapping[str, Any]) -> Format | None:
    """The format that a payload's shape tells (for `dry-run` without `--source`), `None` when it tells none."""
    if sentilo.is_push(payload):
        return "sentilo"
    if saveris.is_alarm(payload) or saveris.is_measurement(payload):
        return "saveris"
    return None
