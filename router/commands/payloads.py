"""A file of payloads as sources send them: one, an array, or JSON lines; whose they are; and the events they tell.

What must not be here: how a payload becomes an event (the sources), and what is done with it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from router.app.loading import Loaded
from router.commands.output import notice
from router.config.names import did_you_mean
from router.core.model import Event
from router.core.settings import Format, Reading, SaverisSettings, SourceSettings, StompSettings
from router.errors import RouterError
from router.sources.payload import Unreadable, decode, guess_format, read

STDIN: Final = "-"
_decoder: Final = json.JSONDecoder()


class PayloadError(RouterError):
    """The payloads cannot be had, or nobody can say whose they are."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one payload and where they begin; `problem` says why there is none."""

    place: str
    body: bytes = b""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A payload that is no event, and why."""

    place: str
    reason: str


def read_file(name: str) -> bytes:
    """The bytes of the file, or of standard input for `-`."""
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PayloadError(f"{name}: cannot read the payloads: {reason}") from error


def split(content: bytes, name: str) -> Iterator[Payload]:
    """The payloads in a file's content, in order; what is not JSON is a payload with a problem."""
    name = "standard input" if name == STDIN else name
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Payload(f"{name}:{line}", problem="not UTF-8")
        return
    lines = [(number, each) for number, each in enumerate(text.split("\n"), 1) if each.strip()]
    if not lines:
        yield Payload(name, problem="there is nothing in it")
    elif _is_object(lines[0][1]):
        for number, each in lines:
            yield from _values(each, name, first=number)
    else:
        yield from _values(text, name)


def events_of(
    payloads: Iterator[Payload], loaded: Loaded, *, source: str | None, at: datetime
) -> Iterator[Event | Unread]:
    """The events, with what the inventory knows; `at` is when they arrive.

    `source` names the one whose format it is; without it each payload's shape tells. Raises `PayloadError` when nobody
    can say whose a payload is.
    """
    named = None if source is None else _named(source, loaded)
    told: set[str] = set()
    for payload in payloads:
        if payload.problem:
            yield Unread(payload.place, payload.problem)
            continue
        reading = named or _told_by_shape(payload, loaded, told)
        event = read(reading, payload.body, at)
        yield Unread(payload.place, event.reason) if isinstance(event, Unreadable) else loaded.enrich(event)


def _is_object(text: str) -> bool:
    try:
        return isinstance(_decoder.decode(text), dict)
    except (ValueError, RecursionError):
        return False


def _values(text: str, name: str, *, first: int = 1) -> Iterator[Payload]:
    """The JSON values that stand in the text one after the other, arrays taken apart. The first mistake ends it."""
    position = _skip_space(text, 0)
    while position < len(text):
        try:
            value, end = _decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            place = f"{name}:{first + error.lineno - 1}:{error.colno}"
            yield Payload(place, problem=f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}")
            return
        except RecursionError:
            yield Payload(name, problem="not JSON: nested too deeply")
            return
        line = first + text.count("\n", 0, position)
        yield from _payloads_in(value, text[position:end], f"{name}:{line}")
        position = _skip_space(text, end)


def _payloads_in(value: Any, text: str, place: str) -> Iterator[Payload]:
    if not isinstance(value, list):
        yield Payload(place, text.encode("utf-8", "surrogatepass"))
        return
    if not value:
        yield Payload(place, problem="the array is empty")
    try:
        items = msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        yield Payload(place, problem=f"not JSON: {error}")
        return
    for number, item in enumerate(items, 1):
        yield Payload(f"{place} (item {number} of the array)", bytes(item))


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _readings(loaded: Loaded) -> dict[str, Reading]:
    return {name: _reading(source) for name, source in loaded.settings.sources.items()}


def _reading(source: SourceSettings) -> Reading:
    return source.stomp.reading if isinstance(source, SaverisSettings) else source.reading


def _named(source: str, loaded: Loaded) -> Reading:
    readings = _readings(loaded)
    if source not in readings:
        raise PayloadError(f"no source is called {source!r} ({did_you_mean(source, readings)})")
    return readings[source]


def _told_by_shape(payload: Payload, loaded: Loaded, told: set[str]) -> Reading:
    """Whose payload it is by its shape; of several that send such, the one whose type it is, or the first written.

    `told` are the notices given already.
    """
    readings = _readings(loaded)
    shape = _shape(payload)
    fitting = [reading for reading in readings.values() if reading.format == (shape or "json")]
    names = ", ".join(reading.source for reading in fitting)
    if len(fitting) > 1 and shape is None:
        raise PayloadError(
            f"{payload.place}: {names} all read JSON, each its own way; say whose it is with --source NAME"
        )
    if fitting:
        sources = loaded.settings.sources
        chosen = next((one for one in fitting if not isinstance(sources[one.source], StompSettings)), fitting[0])
        if len(fitting) > 1 and names not in told:
            told.add(names)
            notice(f"{names} send such payloads; taken as from {chosen.source} (--source NAME takes another)")
        return chosen
    if len(readings) == 1:
        return next(iter(readings.values()))
    if shape is not None:
        return Reading(source=shape, format=shape)
    raise PayloadError(f"{payload.place}: its shape does not tell whose payload it is; say --source NAME")


def _shape(payload: Payload) -> Format | None:
    decoded = decode(payload.body)
    return None if isinstance(decoded, Unreadable) else guess_format(decoded[0])
