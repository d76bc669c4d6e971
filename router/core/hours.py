"""Named hours of the week (`office-hours: [Mon-Fri 08:00-17:00]`): does an instant fall into them?

Hours go by the clock on the wall of their zone. So `22:00-06:00` is seven hours long in the night when clocks go
forward and nine when they go back; a span within the hour that is skipped does not take place that day, one within the
hour that comes twice takes place twice; an end that the wall clock skips ends with the skip.
What must not be here: rotations and shifts of people (they go by calendar dates), and what hours are used for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: Final = {
    **{day: number for number, day in enumerate(DAYS)},
    **{
        day: number
        for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    },
}
_DAY: Final = 24 * 60
_TIME: Final = r"\d{1,2}:\d\d"
_RANGES: Final = rf"{_TIME}-{_TIME}(?:,{_TIME}-{_TIME})*"
_DATE: Final = r"\d{4}-\d\d-\d\d"
_WORD: Final = r"[^\W\d]+"
_ACROSS: Final = re.compile(rf"({_WORD}) ({_TIME})-({_WORD}) ({_TIME})")
_DATES: Final = re.compile(rf"({_DATE})(?:-({_DATE}))?(?: ({_RANGES}))?")
_WEEKLY: Final = re.compile(rf"({_WORD}(?:[-,]{_WORD})*)(?: ({_RANGES}))?")
_DAILY: Final = re.compile(rf"({_RANGES})")
_ZONE: Final = re.compile(r"(.*\S)\s+([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|UTC)")
_EXAMPLES: Final = (
    "expected for example Mon-Fri 08:00-17:00, Sat,Sun 00:00-24:00, 22:00-06:00, Mon 22:00 - Tue 06:00 or 2026-12-24, "
    "each with a zone after it if need be"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on, for `length` (both minutes by the wall clock), on certain days.

    The day is the one on which the span starts: one of `weekdays` (Monday is 0), from `first` to `last` where given.
    """

    zone: ZoneInfo
    start: int
    length: int
    weekdays: frozenset[int] = frozenset(range(7))
    first: date = date.min
    last: date = date.max

    def covers(self, wall: datetime) -> bool:
        """Does this wall-clock time fall into the span? The end is outside."""
        minute = wall.hour * 60 + wall.minute
        for back in range((self.start + self.length - 1) // _DAY + 1):
            if self._starts_on(wall.date(), back) and self.start <= minute + back * _DAY < self.start + self.length:
                return True
        return False

    def _starts_on(self, today: date, back: int) -> bool:
        if today.toordinal() <= back:
            return False
        day = today - timedelta(days=back)
        return day.weekday() in self.weekdays and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Hours:
    """A union of spans. `zone` is that of the spans that name none, and of times shown to people."""

    spans: tuple[Span, ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, lines: Sequence[str], zone: str) -> "Hours":
        """The hours that these lines describe; `ValueError` with a text for the user when one cannot be read."""
        home = _zone(zone)
        return cls(tuple(span for line in lines for span in _spans(line, home)), home)

    def covers(self, now: datetime) -> bool:
        """Does the instant fall into one of the spans?"""
        return any(span.covers(now.astimezone(span.zone)) for span in self.spans)

    def local(self, now: datetime) -> datetime:
        """The instant in the hours' zone."""
        return now.astimezone(self.zone)


def _spans(line: str, home: ZoneInfo) -> list[Span]:
    text, zone = _without_zone(line.strip(), home)
    text = re.sub(r"\s*([-,])\s*", r"\1", text.replace("–", "-").replace("—", "-"))
    text = re.sub(r"\s+", " ", text)
    try:
        return _read(text, zone)
    except ValueError as error:
        raise ValueError(f'"{line}": {error}') from None


def _without_zone(line: str, home: ZoneInfo) -> tuple[str, ZoneInfo]:
    found = _ZONE.fullmatch(line)
    return (found[1], _zone(found[2])) if found else (line, home)


def _read(text: str, zone: ZoneInfo) -> list[Span]:
    if found := _ACROSS.fullmatch(text):
        return [_across(found, zone)]
    if found := _DATES.fullmatch(text):
        first, last = _date(found[1]), _date(found[2] or found[1])
        if last < first:
            raise ValueError(f"{last} is before {first}")
        return [Span(zone, start, length, first=first, last=last) for start, length in _ranges(found[3])]
    if found := _WEEKLY.fullmatch(text):
        weekdays = _weekdays(found[1])
        return [Span(zone, start, length, weekdays=weekdays) for start, length in _ranges(found[2])]
    if found := _DAILY.fullmatch(text):
        return [Span(zone, start, length) for start, length in _ranges(found[1])]
    raise ValueError(_EXAMPLES)


def _across(found: re.Match[str], zone: ZoneInfo) -> Span:
    """`Mon 22:00 - Tue 06:00`: once a week, up to a whole week long."""
    first, start, last, end = _weekday(found[1]), _minutes(found[2]), _weekday(found[3]), _minutes(found[4])
    length = ((last - first) * _DAY + end - start) % (7 * _DAY) or 7 * _DAY
    return Span(zone, start, length, weekdays=frozenset({first}))


def _ranges(text: str | None) -> list[tuple[int, int]]:
    """Start and length of each `08:00-12:00`; one that ends before it starts goes over midnight; none = all day."""
    if text is None:
        return [(0, _DAY)]
    ranges = []
    for part in text.split(","):
        start, end = (_minutes(time) for time in part.split("-"))
        if start in {end, _DAY}:
            raise ValueError(f"{part} is empty: the whole day is 00:00-24:00")
        ranges.append((start, end - start if end > start else end + _DAY - start))
    return ranges


def _minutes(text: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if minutes > 59 or hours * 60 + minutes > _DAY:
        raise ValueError(f"{text} is no time of the day: expected 00:00 to 24:00")
    return hours * 60 + minutes


def _weekdays(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, *rest = (_weekday(name) for name in part.split("-"))
        if len(rest) > 1:
            raise ValueError(_EXAMPLES)
        last = rest[0] if rest else first
        days.update(day % 7 for day in range(first, last + 1 if last >= first else last + 8))
    return frozenset(days)


def _weekday(name: str) -> int:
    day = _NAMES.get(name.casefold())
    if day is None:
        near = get_close_matches(name.casefold(), DAYS, 1, cutoff=0.5)
        hint = f"did you mean {near[0].capitalize()}?" if near else "expected Mon Tue Wed Thu Fri Sat Sun"
        raise ValueError(f"unknown day {name}: {hint}")
    return day


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name}: expected a name such as Europe/Berlin or UTC") from None
