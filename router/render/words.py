"""How things are said to people: numbers, units, times, lengths of time, names, kinds of trouble, endings, and SMS.

What must not be here: Jinja, files, or anything that looks at a clock. Every function is total: odd input gives odd
words, never an error, because a page must not be lost over its wording.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from router.core.model import Alert, Event

_SEPARATORS: Final = re.compile(r"[\s_-]+")
_UNITS: Final = {
    "celsius": "°C",
    "pu degree celsius": "°C",
    "fahrenheit": "°F",
    "pu degree fahrenheit": "°F",
    "%rf": "% RH",
    "%rh": "% RH",
    "pu percent humidity": "% RH",
    "pu pressure hectopascal": "hPa",
    "unknown": "",
}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEVEL_WORDS: Final = {"critical": "ALARM", "warning": "WARNING", "info": "Info"}


def word_set(text: str) -> frozenset[str]:
    """The words of a text: how a long list of names is written here."""
    return frozenset(text.split())


def plain_words(text: str | None) -> str:
    """A source's word in one spelling: lower case; `_`, `-` and runs of spaces are one space; `None` is empty."""
    return _SEPARATORS.sub(" ", text).strip().lower() if text else ""


def number(value: float) -> str:
    """A number as people write it: at most two decimals (three digits below 1), no trailing zeros."""
    if not math.isfinite(value) or abs(value) >= 1e15:
        return f"{value:g}"
    text = f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"
    text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return "0" if text == "-0" else text


def unit_sign(unit: str | None) -> str:
    """The sign for a source's unit: `CELSIUS` is `°C`; an unknown unit stays as it is."""
    if not unit:
        return ""
    return _UNITS.get(plain_words(unit), unit)


def amount(value: float | None, unit: str | None = None) -> str:
    """A value with its unit (`9.3 °C`); empty when there is no value."""
    if value is None:
        return ""
    sign = unit_sign(unit)
    return f"{number(value)} {sign}" if sign else number(value)


def duration(length: timedelta) -> str:
    """A length of time in its two largest parts: `45 s`, `32 min`, `2 h 5 min`, `3 d 4 h`; its sign is dropped."""
    seconds = abs(int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def ago(at: datetime, now: datetime) -> str:
    """How far an instant is from now: `32 min ago`, `in 5 min`, `just now` for less than ten seconds."""
    if abs(at - now) < timedelta(seconds=10):
        return "just now"
    return f"{duration(now - at)} ago" if at < now else f"in {duration(at - now)}"


def clock_time(at: datetime, zone: tzinfo) -> str:
    """The time of day in the zone: `21:59`."""
    return f"{at.astimezone(zone):%H:%M}"


def calendar_date(at: datetime, zone: tzinfo) -> str:
    """The day in the zone: `Mon 17 Mar 2025` (English whatever the machine's locale)."""
    local = at.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def full_time(at: datetime, zone: tzinfo) -> str:
    """Day, time and zone: `Mon 17 Mar 2025 21:59 CET`."""
    return f"{calendar_date(at, zone)} {at.astimezone(zone):%H:%M %Z}"


def when(at: datetime, zone: tzinfo, now: datetime) -> str:
    """As short as is clear: `21:59` today, `Sun 16 Mar 21:59` within half a year, else with the year."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = calendar_date(at, zone)
    return f"{day if abs(at - now) > timedelta(days=183) else day.rpartition(' ')[0]} {local:%H:%M}"


def names(targets: Iterable[str], people: Mapping[str, str]) -> str:
    """Targets as people know them: `alice via sms`, `alice via mail`, `hall` -> `Alice Ito (sms, mail), hall`."""
    ways: dict[str, list[str]] = {}
    for target in targets:
        person, _, channel = target.partition(" via ")
        ways.setdefault(people.get(person, person), []).extend([channel] if channel else [])
    return ", ".join(f"{name} ({', '.join(dict.fromkeys(by))})" if by else name for name, by in ways.items())


class Trouble(NamedTuple):
    """A kind of trouble: its `name`, how it is said after a value or alone, and what to do when nobody wrote more."""

    name: str
    words: str
    advice: str


_LIMIT_ADVICE: Final = "Go and look: read the value there yourself."
TROUBLES: Final = {
    "upper limit": Trouble(
        "upper limit",
        "above the upper limit",
        f"{_LIMIT_ADVICE} Is the door shut, is the unit running? If it does not recover, move what is stored there.",
    ),
    "lower limit": Trouble(
        "lower limit",
        "below the lower limit",
        f"{_LIMIT_ADVICE} Check the unit's setting. If it does not recover, move what must not get this low.",
    ),
    "battery": Trouble(
        "battery",
        "battery nearly empty",
        "Change the battery soon. When it is flat, no alarm comes from this device.",
    ),
    "power": Trouble(
        "power",
        "external power lost",
        "Check plug, fuse and mains. The device runs on its battery; what it watches may be without power too.",
    ),
    "timeout": Trouble(
        "timeout",
        "no contact with the device",
        "Nothing is measured there now as far as we know. Go and read the value yourself; check the device's power, "
        "network and gateway.",
    ),
    "sensor": Trouble(
        "sensor",
        "sensor broken",
        "Nothing is measured there now. Go and read the value yourself, check the sensor's plug, replace the sensor.",
    ),
    "calibration": Trouble(
        "calibration",
        "calibration too old",
        "Have the sensor calibrated or replaced. It still measures, but its values are no longer proven.",
    ),
    "stuck": Trouble(
        "stuck",
        "value does not change",
        "The sensor may be stuck or cut off. Go and read the value yourself.",
    ),
}
OTHER: Final = Trouble("other", "", "Go and look, or call whoever looks after this place.")
_CLUES: Final = (
    (("upper limit", "obere grenze", "mact upper limit"), "upper limit"),
    (("lower limit", "untere grenze", "mact lower limit"), "lower limit"),
    (("battery",), "battery"),
    (("power supply", "external power", "lost power"), "power"),
    (("connection timeout", "no connection", "not communicated"), "timeout"),
    (("sensor is broken", "broken sensor", "sensor broken"), "sensor"),
    (("calibration",), "calibration"),
)
_EXACT: Final = {
    "gt": "upper limit",
    "gte": "upper limit",
    "lt": "lower limit",
    "lte": "lower limit",
    "frozen": "stuck",
}


@lru_cache(maxsize=256)
def trouble(condition_type: str | None) -> Trouble:
    """The kind of trouble behind a condition type: the words of Saveris (facts: alarm_condition_type) and Sentilo."""
    words = plain_words(condition_type)
    if words in _EXACT:
        return TROUBLES[_EXACT[words]]
    for clues, name in _CLUES:
        if any(clue in words for clue in clues):
            return TROUBLES[name]
    return OTHER


class Ending(NamedTuple):
    """How an alert ended: a `word` for the title, a `sentence`, and whether somebody should still `look`."""

    word: str
    sentence: str
    look: bool


def ending(alert: Alert, event: Event) -> Ending:
    """What may honestly be said about the end. Only the source's own word makes it "back to normal"."""
    recovery = event if event.status == "resolved" else alert.recovery
    if recovery is None:
        return _closed(alert)
    reason = clean(recovery.reason or "", 300).strip()
    if not reason:
        return Ending("Over", _sentence(alert.resolution) or "The source says that it is over.", look=False)
    words, quoted = plain_words(reason), f"The source says: “{reason}”."
    if "supervision" in words and "ended" in words:
        return Ending("No longer watched", f"{quoted} This does not mean that it is back to normal.", look=True)
    if "no longer exist" in words:
        return Ending("Over", f"{quoted} The limit may have been changed or removed.", look=False)
    return Ending("Back to normal" if "adhered" in words else "Over", quoted, look=False)


def _closed(alert: Alert) -> Ending:
    """The end of an alert whose source said nothing: a person, a timer, or (for a fault) ourselves."""
    said = _sentence(alert.resolution) or "Closed without a word from the source."
    if alert.fault:
        return Ending("Over", said, look=False)
    by_person = plain_words(alert.resolution).startswith("resolved by ")
    return Ending("Closed", f"{said} The source has not said that it is back to normal.", look=not by_person)


def _sentence(text: str) -> str:
    text = clean(text, 300).strip().rstrip(".")
    return f"{text[0].upper()}{text[1:]}." if text else ""


def clean(text: str, limit: int) -> str:
    """Text from outside, fit to be shown: no control or direction-changing characters, at most `limit` long."""
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# GSM 03.38, the alphabet of a 160-character SMS; those of the extension table count double.
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE: Final = frozenset("^{}\\[~]|€")
_GSM_ALL: Final = _GSM | _GSM_DOUBLE
_GSM_INSTEAD: Final = str.maketrans(
    {
        "°": "", "–": "-", "—": "-", "−": "-", "·": ",", "…": "...", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'",
        "\u00a0": " ", "\u202f": " ", "×": "x", "≥": ">=", "≤": "<=", "³": "3", "²": "2", "µ": "u", "μ": "u", "→": "->",
        "•": "-", "`": "'", "´": "'", "\t": " ",
    }
)  # fmt: skip


def gsm(text: str) -> str:
    """Text for an SMS: typographic signs and foreign accents give way to letters of the 160-character alphabet.

    What has no such letter (Cyrillic, Chinese) stays: a longer SMS is better than an unreadable name.
    """
    text = text.translate(_GSM_INSTEAD)
    return text if _GSM_ALL.issuperset(text) else "".join(c if c in _GSM_ALL else _unaccented(c) for c in text)


def _unaccented(char: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return bare if bare and all(c in _GSM for c in bare) else char


def gsm_length(text: str) -> int:
    """How many places of a 160-character SMS the text takes; outside the alphabet one SMS holds only 70 characters."""
    if _GSM.issuperset(text):
        return len(text)
    if _GSM_ALL.issuperset(text):
        return len(text) + sum(map(text.count, _GSM_DOUBLE))
    return math.ceil(len(text) * 160 / 70)


def sms(parts: Iterable[str], vital: int = 1, last: str = "") -> str:
    """Parts joined into one SMS: the first `vital` always (cut at 300 places), the others as far as they fit.

    `last`, what has to be typed or followed, ends it on a line of its own, whole: the parts are cut for it.
    One SMS holds 160 places; when the vital parts and `last` need a second one, the others may fill it up to 300.
    """
    end = f"\n{_one_line(last)}" if last.strip() else ""
    texts = [_one_line(part) for part in parts]
    text = " ".join(part for part in texts[:vital] if part)
    while text and gsm_length(text + end) > 300:
        text = text[: -max(1, (gsm_length(text + end) - 300) // 3)].rstrip()
    limit = 160 if gsm_length(text + end) <= 160 else 300
    for part in texts[vital:]:
        if part and gsm_length(f"{text} {part}{end}") <= limit:
            text = f"{text} {part}"
    return (text + end).strip()


def _one_line(text: str) -> str:
    return gsm(" ".join(text.split()))
