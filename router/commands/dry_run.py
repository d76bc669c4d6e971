"""`dry-run`: one decision per event; nothing is sent, nothing is stored, no secret is read.

What must not be here: deciding (`router.core`), or how an answer is shown (`answers`, `answers_text`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from router.app.loading import Loaded, load
from router.commands.answers import answer, as_json, difference
from router.commands.answers_text import Wishes, show
from router.commands.output import Format, Tint, json_line, notice
from router.commands.payloads import Unread, events_of, read_file, split
from router.config.names import did_you_mean
from router.errors import RouterError


class BadTimeError(RouterError):
    """`--at` is no time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for. `expect` is empty when nothing is expected."""

    rules: Path
    events: str
    source: str | None = None
    at: str | None = None
    expect: Sequence[str] = ()
    wishes: Wishes = field(default_factory=Wishes)


def run(asked: Asked, *, format_: Format, now: datetime) -> int:
    """Decide each event: 0 fine, 1 another rule than expected, 2 a payload could not be read."""
    loaded = load(asked.rules, secrets="placeholder")
    zone = ZoneInfo(loaded.settings.timezone)
    at = now if asked.at is None else instant(asked.at, zone)
    _warn_of_unknown_rules(asked.expect, loaded)
    items = list(events_of(split(read_file(asked.events), asked.events), loaded, source=asked.source, at=at))
    code = 0
    for number, item in enumerate(items, 1):
        if isinstance(item, Unread):
            notice(
                Tint(f"{item.place}: ", "strong"), Tint("error: ", "bad"), f"this payload cannot be read: {item.reason}"
            )
            code = 2
            continue
        found = answer(loaded, item, at=at)
        if format_ == "json":
            json_line(as_json(found))
        else:
            count = f"{number} of {len(items)}  " if len(items) > 1 else ""
            show(found, loaded.rules, number=count, zone=zone, wishes=asked.wishes)
        differs = difference(found, asked.expect) if asked.expect else ""
        if differs:
            notice(Tint("✗ ", "bad"), f"event {number} ({item.id}): {differs}")
            code = code or 1
    return code


def instant(text: str, zone: ZoneInfo) -> datetime:
    """The instant that an ISO 8601 text names, in UTC; without offset in the zone. Raises `BadTimeError`."""
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadTimeError(f"--at {text}: expected a time such as 2026-11-22T10:00 or 2026-11-22T10:00:00Z") from error


def _warn_of_unknown_rules(expected: Sequence[str], loaded: Loaded) -> None:
    for name in expected:
        if name != "none" and name not in loaded.rules.by_name:
            notice(
                Tint("warning: ", "warn"),
                f"--expect: no rule is called {name!r} ({did_you_mean(name, loaded.rules.by_name)})",
            )
