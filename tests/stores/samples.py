"""Rows and entries to store, with every field set somewhere."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from router.core.changes import Change, Decision, Trace
from router.core.inputs import EventReceived, Input
from router.core.model import Alert, Event, Notification, Recovery, Route, Timer, Told
from router.stores import Access, Entry, Request, Store

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)


Opener = Callable[[Access], Store]
"""Opens the same store again and again; what it opened is closed at the end of the test."""


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(name: str = "e1", **values: Any) -> Event:
    known: dict[str, Any] = {
        "id": name,
        "source": "cold-chain",
        "kind": "measurement alarm",
        "status": "firing",
        "key": f"key of {name}",
        "arrived_at": NOW,
        "severity": "Alarm",
        "level": "critical",
        "value": 9.3,
        "unit": "°C",
        "started_at": later(-60),
        "labels": {"site": "Berlin", "room": "3"},
        "raw": '{"alarm_value": "9.3"}',
        "doubts": ("alarm_status: Alarmed",),
    }
    return Event(**(known | values))


def alert(name: str = "a1", **values: Any) -> Alert:
    known: dict[str, Any] = {
        "id": name,
        "key": f"key of {name}",
        "status": "firing",
        "event": event(f"event of {name}", key=f"key of {name}", raw=""),
        "opened_at": NOW,
        "updated_at": later(1),
        "started_at": later(-60),
        "routes": (Route("freezer limits", 41, "freezers", 1, 0, reached=True),),
        "told": (Told("sms", "alice"), Told("lab-slack")),
    }
    return Alert(**(known | values))


def resolved(name: str = "a1", at: datetime = NOW) -> Alert:
    return alert(name, status="resolved", resolved_at=at, resolution="back to normal", recovery=event("over"))


def timer(name: str = "a1/step", alert_id: str = "a1", due: datetime = NOW) -> Timer:
    return Timer(name, "step", due, alert_id, "freezer limits")


def page(name: str = "p1", alert_id: str = "a1", **values: Any) -> Notification:
    known: dict[str, Any] = {
        "id": name,
        "alert_id": alert_id,
        "target": "alice via sms",
        "channel": "sms",
        "reason": "raised",
        "title": "Freezer 3",
        "body": "too warm",
        "created_at": NOW,
        "due": NOW,
        "person": "alice",
        "tried": ("sms",),
    }
    return Notification(**(known | values))


def recovery(key: str = "k1", at: datetime = NOW) -> Recovery:
    return Recovery(key, event(f"recovery of {key}", key=key, status="resolved", raw=""), at)


def entry(given: Input | None = None, *changes: Change, at: datetime = NOW, counted: bool = False) -> Entry:
    return Entry(at, given or EventReceived(event()), Decision(changes, Trace("opened", counted=counted)))


def request(name: str = "r1", **values: Any) -> Request:
    known: dict[str, Any] = {"id": name, "verb": "acknowledge", "alert_id": "a1", "by": "bob", "asked_at": NOW}
    return Request(**(known | values))
