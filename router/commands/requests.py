"""`ack` and `resolve`: leave a request in the store, wait a moment for the router, and say what became of it.

What must not be here: deciding what an acknowledgement does; the router does, whenever it runs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from router.commands.output import Format, Look, Tint, json_line, line, notice
from router.commands.places import UnknownAlertError, alert_of, find_alert, opened
from router.commands.words import heading
from router.core.model import Alert
from router.stores import Request, Store, Verb

PATIENCE: Final = 3.0
"""Seconds to wait for a running router: it looks for requests every half second."""
STEP: Final = 0.1
Outcome = Literal["acknowledged", "resolved", "already acknowledged", "already resolved", "stored", "unknown"]
_LOOKS: Final[dict[Outcome, Look]] = {"stored": "warn", "unknown": "bad"}


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as this command needs it."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Asked:
    """One id as typed, and what became of it. `request` is empty when nothing needs to be asked."""

    typed: str
    alert: Alert | None = None
    request: Request | None = None
    outcome: Outcome = "unknown"
    why: str = ""


def run(
    rules: Path,
    store_url: str | None,
    verb: Verb,
    ids: Sequence[str],
    *,
    by: str,
    format_: Format,
    clock: Clock | None = None,
) -> int:
    """Ask for every alert; 0 when all requests are stored or met, 1 when an id leads to no alert."""
    clock = clock or Clock()
    with opened(store_url, rules) as store:
        asked = [_ask(store, verb, typed, by=by, now=clock.now()) for typed in dict.fromkeys(ids)]
        _wait(store, asked, clock)
        for one in asked:
            _settle(store, one)
            _show(one, verb, by=by, format_=format_)
    if any(one.outcome == "stored" for one in asked):
        notice(
            Tint("The router has not taken this up yet: it is not running, or busy. ", "warn"),
            "What is stored takes effect as soon as it runs (alarm-router serve).",
        )
    return 1 if any(one.outcome == "unknown" for one in asked) else 0


def _ask(store: Store, verb: Verb, typed: str, *, by: str, now: datetime) -> Asked:
    try:
        alert = alert_of(store, find_alert(store, typed))
    except UnknownAlertError as error:
        return Asked(typed, why=str(error))
    if not alert.open:
        return Asked(typed, alert, outcome="already resolved")
    request = Request(uuid4().hex, verb, alert.id, by, now)
    store.ask(request)
    again = verb == "acknowledge" and alert.status == "acknowledged" and alert.acknowledged_by == by
    return Asked(typed, alert, request, "already acknowledged" if again else "stored")


def _wait(store: Store, asked: Sequence[Asked], clock: Clock) -> None:
    """Until every request is met, but not longer than `PATIENCE`."""
    waiting = [one.request.id for one in asked if one.request is not None]
    until = clock.monotonic() + PATIENCE
    while waiting:
        waiting = [request_id for request_id in waiting if store.history.answered(request_id) is None]
        if not waiting or clock.monotonic() >= until:
            return
        clock.sleep(STEP)


def _settle(store: Store, one: Asked) -> None:
    """What the router made of the request."""
    if one.request is None or one.alert is None:
        return
    if store.history.answered(one.request.id) is None:
        one.outcome = "stored"
        return
    one.alert = alert_of(store, one.alert.id)
    if one.request.verb == "resolve" or not one.alert.open:
        met = one.alert.resolution == f"resolved by {one.request.by}"
        one.outcome = "resolved" if one.request.verb == "resolve" and met else "already resolved"
    elif one.outcome == "stored":
        one.outcome = "acknowledged"


def _show(one: Asked, verb: Verb, *, by: str, format_: Format) -> None:
    if format_ == "json":
        alert_id = one.alert.id if one.alert else None
        status = one.alert.status if one.alert else None
        json_line(
            {"id": alert_id, "typed": one.typed, "verb": verb, "by": by, "outcome": one.outcome, "status": status}
        )
    if one.alert is None:
        notice(Tint("error: ", "bad"), one.why)
    elif format_ == "text":
        word = _said(one, verb, by)
        line(
            Tint(one.alert.id, "strong"),
            "  ",
            Tint(word, _LOOKS.get(one.outcome, "good")),
            f"  {heading(one.alert.event)}",
        )


def _said(one: Asked, verb: Verb, by: str) -> str:
    if one.outcome == "stored":
        return f"request to {verb} stored"
    if one.outcome == "already resolved" and one.alert is not None and one.alert.resolution:
        return f"already resolved ({one.alert.resolution.removeprefix('resolved ')})"
    return f"{one.outcome} by {by}" if one.outcome != "already resolved" else one.outcome
