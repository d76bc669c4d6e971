"""The past as commands and pages read it, out of any SQL store.

What must not be here: a write, or how a connection is got: the store gives a way to a short, consistent read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

from router.core.changes import Record
from router.core.model import Alert
from router.stores.codec import ALERT, NOTIFICATION, detail_of, instant_of, micros
from router.stores.sql import timer_of
from router.stores.store import About, AlertHistory, Attempt, Counts, NotificationHistory, Which

Rows = list[tuple[Any, ...]]
Read = Callable[[str, Sequence[Any]], Rows]
"""Runs a statement and returns all its rows."""

PAGE: Final = 500
LAST: Final = 2**63 - 1

_OF: Final[dict[tuple[Which, About], str]] = {
    ("open", "alarms"): "status <> 'resolved' AND fault = 0",
    ("open", "faults"): "status <> 'resolved' AND fault = 1",
    ("open", "both"): "status <> 'resolved' AND fault IN (0, 1)",
    ("all", "alarms"): "fault = 0",
    ("all", "faults"): "fault = 1",
    ("all", "both"): "TRUE",
}
FIND: Final = "SELECT id FROM alerts WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
ALERT_ROW: Final = "SELECT seq, body FROM alerts WHERE id = ?"
TIMELINE: Final = "SELECT at, what, detail FROM timeline WHERE alert = ? ORDER BY seq"
LOOSE_TIMELINE: Final = """
    SELECT at, what, detail FROM timeline WHERE alert = 0 AND at >= ? ORDER BY at, seq LIMIT ?"""
PAGES_OF: Final = "SELECT body FROM notifications WHERE alert = ? ORDER BY created_at, seq"
TIMERS_OF: Final = "SELECT id, kind, due, alert_id, route FROM timers WHERE alert_id = ? ORDER BY due, id"
SOURCES: Final = "SELECT name, heard_at FROM sources"
COUNTS: Final = """
    SELECT (SELECT count(*) FROM alerts WHERE status <> 'resolved' AND fault = 0),
        (SELECT count(*) FROM alerts WHERE status = 'acknowledged' AND fault = 0),
        (SELECT count(*) FROM alerts WHERE status <> 'resolved' AND fault = 1),
        (SELECT count(*) FROM notifications WHERE active = 1),
        (SELECT count(*) FROM requests WHERE answered_at IS NULL)"""
ANSWERED: Final = "SELECT answered_at FROM requests WHERE id = ? AND answered_at IS NOT NULL"


class SqlHistory:
    """`store.History` over the tables of `sql`; `reading` opens a short, consistent view and closes it again."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Read]]) -> None:
        self._reading = reading

    def alerts(self, which: Which = "open", about: About = "alarms", *, limit: int | None = None) -> Iterator[Alert]:
        """Alerts, the last opened first; read in pages, so that a slow terminal holds nothing up."""
        statement = f"SELECT seq, body FROM alerts WHERE {_OF[which, about]} AND seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 -- from the table above
        left = LAST if limit is None else limit
        before = LAST
        while left > 0:
            wanted = min(left, PAGE)
            with self._reading() as read:
                rows = read(statement, (before, wanted))
            yield from ALERT.many(body for _, body in rows)
            if len(rows) < wanted:
                return
            before = rows[-1][0]
            left -= wanted

    def find(self, prefix: str, limit: int = 20) -> tuple[str, ...]:
        """The ids that begin with `prefix`, sorted."""
        with self._reading() as read:
            return tuple(found for (found,) in read(FIND, (prefix, prefix + "\U0010ffff", limit)))

    def alert(self, alert_id: str) -> AlertHistory | None:
        """Everything about one alert, in one view."""
        with self._reading() as read:
            found = read(ALERT_ROW, (alert_id,))
            if not found:
                return None
            seq, body = found[0]
            records = read(TIMELINE, (seq,))
            pages = read(PAGES_OF, (seq,))
            timers = read(TIMERS_OF, (alert_id,))
        timeline = _records(alert_id, records)
        attempts = _attempts(timeline)
        return AlertHistory(
            alert=ALERT.one(body),
            timeline=timeline,
            notifications=tuple(
                NotificationHistory(page, tuple(attempts.get(page.id, ())))
                for page in NOTIFICATION.many(body for (body,) in pages)
            ),
            timers=tuple(timer_of(row) for row in timers),
        )

    def timeline(self, since: datetime, limit: int = 1000) -> tuple[Record, ...]:
        """What concerns no alert, oldest first."""
        with self._reading() as read:
            return _records("", read(LOOSE_TIMELINE, (micros(since), limit)))

    def last_received(self) -> dict[str, datetime]:
        """When each source was last heard."""
        with self._reading() as read:
            return {name: instant_of(at) for name, at in read(SOURCES, ())}

    def counts(self) -> Counts:
        """How much is open."""
        with self._reading() as read:
            alarms, acknowledged, faults, outbox, requests = read(COUNTS, ())[0]
        return Counts(alarms - acknowledged, acknowledged, faults, outbox, requests)

    def answered(self, request_id: str) -> datetime | None:
        """When the engine met the request."""
        with self._reading() as read:
            rows = read(ANSWERED, (request_id,))
        return instant_of(rows[0][0]) if rows else None


def _records(alert_id: str, rows: Rows) -> tuple[Record, ...]:
    return tuple(Record(alert_id, instant_of(at), what, detail_of(detail)) for at, what, detail in rows)


def _attempts(timeline: Sequence[Record]) -> dict[str, list[Attempt]]:
    """The tries of each notification: records `attempt` with `notification`, `outcome`, `detail` and `number`."""
    found: dict[str, list[Attempt]] = {}
    for record in timeline:
        if record.what == "attempt":
            detail = record.detail
            number = detail.get("number")
            attempt = Attempt(
                at=record.at,
                outcome=str(detail.get("outcome", "unknown")),
                detail=str(detail.get("detail", "")),
                number=number if isinstance(number, int) else 0,
            )
            found.setdefault(str(detail.get("notification", "")), []).append(attempt)
    return found
