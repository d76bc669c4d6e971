"""What every SQL store shares: the statements, and how a batch of decisions becomes rows, each written once.

Parameters are `?` or, in `TRIM`, `:name`. What must not be here: a connection, a transaction, one dialect's own words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from router.core.changes import (
    CancelTimer,
    Change,
    ForgetAlert,
    PutAlert,
    PutNotification,
    PutRecovery,
    PutTally,
    Record,
    SetTimer,
)
from router.core.inputs import Acknowledged, EventReceived, Input, MessageRejected, ResolveRequested, said_id
from router.core.model import Alert, Notification, Recovery, Tally, Timer
from router.stores.codec import body, detail_text, digest, instant_of, micros
from router.stores.store import Entry, Request

Write = tuple[str, list[tuple[Any, ...]]]
"""A statement and the rows to run it with; parameters stand in the order of the statement's question marks."""

PUT_ALERT: Final = """
    INSERT INTO alerts (id, status, fault, forgotten, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, fault = excluded.fault, forgotten = excluded.forgotten,
        resolved_at = excluded.resolved_at, body = excluded.body"""
FORGET_ALERT: Final = "UPDATE alerts SET forgotten = 1 WHERE id = ?"
SET_TIMER: Final = """
    INSERT INTO timers (id, kind, due, alert_id, route) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, due = excluded.due, alert_id = excluded.alert_id,
        route = excluded.route"""
CANCEL_TIMER: Final = "DELETE FROM timers WHERE id = ?"
PUT_NOTIFICATION: Final = """
    INSERT INTO notifications (id, alert, active, created_at, body)
    VALUES (?, coalesce((SELECT seq FROM alerts WHERE id = ?), 0), ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET alert = excluded.alert, active = excluded.active,
        created_at = excluded.created_at, body = excluded.body"""
PUT_RECOVERY: Final = """
    INSERT INTO recoveries (key, seen_at, body) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET seen_at = excluded.seen_at, body = excluded.body"""
PUT_TALLY: Final = """
    INSERT INTO tallies (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"""
ADD_RECORD: Final = """
    INSERT INTO timeline (alert, at, what, detail)
    VALUES (coalesce((SELECT seq FROM alerts WHERE id = ?), 0), ?, ?, ?)"""
ADD_JOURNAL: Final = """
    INSERT INTO journal (at, kind, said, body) VALUES (?, ?, ?, ?) ON CONFLICT (said) DO NOTHING"""
ANSWER: Final = "UPDATE requests SET answered_at = ? WHERE id = ? AND answered_at IS NULL"
HEARD: Final = """
    INSERT INTO sources (name, heard_at) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET heard_at = max(heard_at, excluded.heard_at)"""
ASK: Final = """
    INSERT INTO requests (id, verb, alert_id, by_name, asked_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""

LOAD_ALERTS: Final = "SELECT body FROM alerts WHERE forgotten = 0 ORDER BY seq"
LOAD_TIMERS: Final = "SELECT id, kind, due, alert_id, route FROM timers"
LOAD_NOTIFICATIONS: Final = "SELECT body FROM notifications WHERE active = 1 ORDER BY seq"
LOAD_RECOVERIES: Final = "SELECT body FROM recoveries"
LOAD_TALLIES: Final = "SELECT body FROM tallies"
OPEN_REQUESTS: Final = """
    SELECT id, verb, alert_id, by_name, asked_at FROM requests WHERE answered_at IS NULL ORDER BY seq"""
JOURNAL: Final = """
    SELECT seq, at, kind, body FROM journal WHERE seq > ? AND at >= ? AND at < ? ORDER BY seq LIMIT ?"""
SEEN: Final = "SELECT said FROM journal WHERE said IN ({})"
"""With as many question marks as there are digests."""
JOURNAL_START: Final = "SELECT min(seq) FROM journal WHERE at >= ?"

_OVER: Final = """
    SELECT seq FROM alerts WHERE status = 'resolved' AND forgotten = 1 AND resolved_at < :before AND NOT EXISTS (
        SELECT 1 FROM notifications WHERE notifications.alert = alerts.seq AND active = 1)
    ORDER BY resolved_at LIMIT 100"""
# ruff: noqa: S608 -- the parts put into the statements below stand in this file
TRIM: Final = (
    "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE at < :before ORDER BY at LIMIT :limit)",
    "DELETE FROM timeline WHERE seq IN (SELECT seq FROM timeline WHERE alert = 0 AND at < :before LIMIT :limit)",
    f"DELETE FROM timeline WHERE seq IN (SELECT seq FROM timeline WHERE alert IN ({_OVER}) LIMIT :limit)",
    f"DELETE FROM notifications WHERE seq IN (SELECT seq FROM notifications WHERE alert IN ({_OVER}) LIMIT :limit)",
    f"DELETE FROM alerts WHERE seq IN (SELECT seq FROM alerts WHERE seq IN ({_OVER}) LIMIT :limit)",
    """DELETE FROM notifications WHERE seq IN (
        SELECT seq FROM notifications WHERE active = 0 AND alert = 0 AND created_at < :before LIMIT :limit)""",
    "DELETE FROM recoveries WHERE key IN (SELECT key FROM recoveries WHERE seen_at < :before LIMIT :limit)",
    "DELETE FROM requests WHERE seq IN (SELECT seq FROM requests WHERE answered_at < :before LIMIT :limit)",
)
"""In order, each with what the ones before left of the limit: so an alert's turn comes only when nothing of it is left.

A hundred alerts at a time, so that no bite looks at all that is over.
"""


@dataclass(slots=True)
class Batch:
    """The rows of several decisions, the last one of each id only; lines of the journal and the timeline all."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    forgotten: dict[str, bool] = field(default_factory=dict)
    timers: dict[str, Timer | None] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    recoveries: dict[str, Recovery] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    answered: list[tuple[Any, ...]] = field(default_factory=list)
    heard: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Batch":
        """The batch of these entries, in their order."""
        batch = cls()
        for entry in entries:
            batch._add_input(entry)
            for change in entry.decision.changes:
                batch._add_change(change)
        return batch

    def _add_input(self, entry: Entry) -> None:
        given = entry.input
        at = micros(entry.at)
        if not entry.decision.trace.counted:
            self.journal.append((at, type(given).__name__, _said(given), body(given)))
        if isinstance(given, Acknowledged | ResolveRequested) and given.request_id:
            self.answered.append((at, given.request_id))
        source = source_of(given)
        if source is not None:
            self.heard[source] = entry.at

    def _add_change(self, change: Change) -> None:
        match change:
            case PutAlert(alert):
                self.alerts[alert.id] = alert
                self.forgotten[alert.id] = False
            case ForgetAlert(alert_id):
                self.forgotten[alert_id] = True
            case SetTimer(timer):
                self.timers[timer.id] = timer
            case CancelTimer(timer_id):
                self.timers[timer_id] = None
            case PutNotification(notification):
                self.notifications[notification.id] = notification
            case PutRecovery(recovery):
                self.recoveries[recovery.key] = recovery
            case PutTally(tally):
                self.tallies[tally.name] = tally
            case Record():
                self.records.append(change)

    def writes(self) -> Iterator[Write]:
        """The statements to run, none without rows."""
        return ((statement, rows) for statement, rows in self._writes() if rows)

    def _writes(self) -> Iterator[Write]:
        yield ADD_JOURNAL, self.journal
        yield PUT_ALERT, [_alert_row(alert, self.forgotten[alert.id]) for alert in self.alerts.values()]
        yield FORGET_ALERT, [(each,) for each, gone in self.forgotten.items() if gone and each not in self.alerts]
        yield CANCEL_TIMER, [(each,) for each, timer in self.timers.items() if timer is None]
        yield SET_TIMER, [_timer_row(timer) for timer in self.timers.values() if timer is not None]
        yield PUT_NOTIFICATION, [_notification_row(each) for each in self.notifications.values()]
        yield PUT_RECOVERY, [(each.key, micros(each.seen_at), body(each)) for each in self.recoveries.values()]
        yield PUT_TALLY, [(each.name, body(each)) for each in self.tallies.values()]
        yield (
            ADD_RECORD,
            [(each.alert_id, micros(each.at), each.what, detail_text(each.detail)) for each in self.records],
        )
        yield ANSWER, self.answered
        yield HEARD, [(source, micros(at)) for source, at in self.heard.items()]


def source_of(given: Input) -> str | None:
    """The source that said something, `None` for an input that no source said."""
    match given:
        case EventReceived(event):
            return event.source
        case MessageRejected():
            return given.source
        case _:
            return None


def request_row(request: Request) -> tuple[Any, ...]:
    """The parameters of `ASK`."""
    return (request.id, request.verb, request.alert_id, request.by, micros(request.asked_at))


def request_of(row: tuple[Any, ...]) -> Request:
    """The request of a row of `OPEN_REQUESTS`."""
    request_id, verb, alert_id, by, asked_at = row
    return Request(request_id, verb, alert_id, by, instant_of(asked_at))


def _alert_row(alert: Alert, forgotten: bool) -> tuple[Any, ...]:  # noqa: FBT001 -- a column, not a switch
    over = None if alert.resolved_at is None else micros(alert.resolved_at)
    return (alert.id, alert.status, int(bool(alert.fault)), int(forgotten), over, body(alert))


def timer_of(row: tuple[Any, ...]) -> Timer:
    """The timer of a row of `LOAD_TIMERS`."""
    timer_id, kind, due, alert_id, route = row
    return Timer(timer_id, kind, instant_of(due), alert_id, route)


def _said(given: Input) -> bytes | None:
    said = said_id(given)
    return None if said is None else digest(said)


def _timer_row(timer: Timer) -> tuple[Any, ...]:
    return (timer.id, timer.kind, micros(timer.due), timer.alert_id, timer.route)


def _notification_row(page: Notification) -> tuple[Any, ...]:
    return (page.id, page.alert_id, int(page.active), micros(page.created_at), body(page))
