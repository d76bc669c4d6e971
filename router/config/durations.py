"""Durations as people write them (`30s 5m 2h 1d`, also `1h30m`), and rates (`10/min`).

What must not be here: what a duration is used for.
"""

import re
from datetime import timedelta
from typing import Final

LONGEST: Final = timedelta(days=3660)
EXPECTED: Final = "expected a duration such as 30s, 5m, 2h or 1d"
EXPECTED_RATE: Final = "expected a rate such as 10/min, 1/s or 200/h"

_PATTERN: Final = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_PART: Final = re.compile(r"([0-9]+)([wdhms])")
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_RATE: Final = re.compile(r"([0-9]{1,6})\s*/\s*([a-z]+)")
_RATE_UNITS: Final = {"s": "s", "sec": "s", "m": "m", "min": "m", "h": "h", "hour": "h", "d": "d", "day": "d"}
_WORDS: Final = re.compile(r"(\d+)\s*(s|sec|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """The duration; `ValueError` saying what was expected for anything else."""
    parts = _PART.findall(text) if _PATTERN.fullmatch(text) else []
    units = [unit for _, unit in parts]
    if not parts or units != sorted(set(units), key="wdhms".index):
        raise ValueError(EXPECTED)
    total = sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta(0))
    if total > LONGEST:
        raise ValueError(f"{EXPECTED}, ten years at most")
    return total


def duration_hint(written: str) -> str:
    """What to write instead of something that is no duration, empty when nobody can tell."""
    if re.fullmatch(r"\d+", written):
        return f"add a unit: {written}s, {written}m, {written}h or {written}d"
    if found := _WORDS.fullmatch(written.strip()):
        return f"write {found[1]}{found[2][0].lower()}"
    return ""


def parse_rate(text: str) -> tuple[int, timedelta]:
    """So many per so long; `ValueError` for anything else."""
    found = _RATE.fullmatch(text)
    unit = _RATE_UNITS.get(found[2]) if found else None
    if found is None or unit is None or int(found[1]) == 0:
        raise ValueError(EXPECTED_RATE)
    return int(found[1]), _UNITS[unit]


def spoken(duration: timedelta) -> str:
    """The shortest way to write it: `90s` -> `1m30s`."""
    left = int(duration.total_seconds())
    text = ""
    for unit in "dhms":
        count, left = divmod(left, int(_UNITS[unit].total_seconds()))
        text += f"{count}{unit}" if count else ""
    return text or "0s"
