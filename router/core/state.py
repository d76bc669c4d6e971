"""The rows in memory: one partition's open alerts, timers, outbox and memories, and how changes are applied to them.

What must not be here: a decision. `apply` writes what `decide` returned, in order, and nothing else.
`State` is the one mutable thing of the core; only the engine (or a simulation) holds it, `decide` reads it.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from router.core.changes import (
    CancelTimer,
    Change,
    ForgetAlert,
    PutAlert,
    PutNotification,
    PutRecovery,
    PutTally,
    SetTimer,
)
from router.core.model import Alert, Notification, Recovery, Tally, Timer

KEEP_RECOVERY = timedelta(days=31)
"""A raise that comes longer after its own recovery is taken for a new one anyway (`alarms.CLOCK_BEHIND`)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a store hands over at start: all that is still needed to decide."""

    alerts: tuple[Alert, ...] = ()
    timers: tuple[Timer, ...] = ()
    notifications: tuple[Notification, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    tallies: tuple[Tally, ...] = ()


@dataclass(slots=True)
class State:
    """Indexes over the rows. `seen` holds what sources said already (`inputs.said_id`), as far as needed now.

    `by_key` is the newest alert of a key (open, or resolved not long ago); `measured` the alerts that a sensor's
    measurements keep open, by the key of its readings; `outbox` the active notifications.
    """

    alerts: dict[str, Alert] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    measured: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    outbox: dict[str, Notification] = field(default_factory=dict)
    recoveries: dict[str, Recovery] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    _due: list[tuple[datetime, str]] = field(default_factory=list)
    _older: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _timers_of: dict[str, set[str]] = field(default_factory=dict)
    _pages_of: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Rows) -> "State":
        """The state that these rows describe."""
        state = cls()
        state.apply(PutAlert(alert) for alert in rows.alerts)
        state.apply(SetTimer(timer) for timer in rows.timers)
        state.apply(PutNotification(notification) for notification in rows.notifications)
        state.apply(PutRecovery(each) for each in sorted(rows.recoveries, key=lambda recovery: recovery.seen_at))
        state.apply(PutTally(tally) for tally in rows.tallies)
        return state

    def rows(self) -> Rows:
        """The rows of this state, in the order in which they came."""
        return Rows(
            alerts=tuple(self.alerts.values()),
            timers=tuple(self.timers.values()),
            notifications=tuple(self.outbox.values()),
            recoveries=tuple(self.recoveries.values()),
            tallies=tuple(self.tallies.values()),
        )

    def timers_of(self, alert_id: str) -> list[Timer]:
        """The alert's timers, earliest first."""
        found = (self.timers[timer_id] for timer_id in self._timers_of.get(alert_id, ()))
        return sorted(found, key=lambda timer: (timer.due, timer.id))

    def pages_of(self, alert_id: str) -> list[Notification]:
        """The alert's active notifications, oldest first."""
        found = (self.outbox[page_id] for page_id in self._pages_of.get(alert_id, ()))
        return sorted(found, key=lambda page: (page.created_at, page.id))

    def due(self, now: datetime) -> list[Timer]:
        """The timers due at `now`, earliest first."""
        found: set[str] = set()
        places = [0]
        while places:  # a heap: what stands below a place is never earlier than the place itself
            place = places.pop()
            if place < len(self._due) and self._due[place][0] <= now:
                found.add(self._due[place][1])
                places += (2 * place + 1, 2 * place + 2)
        live = (timer for timer in map(self.timers.get, found) if timer is not None and timer.due <= now)
        return sorted(live, key=lambda timer: (timer.due, timer.id))

    def next_due(self) -> Timer | None:
        """The earliest timer, `None` when there is none."""
        while self._due:
            due, timer_id = self._due[0]
            timer = self.timers.get(timer_id)
            if timer is not None and timer.due == due:
                return timer
            heapq.heappop(self._due)
        return None

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the changes, in order."""
        for change in changes:
            match change:
                case PutAlert(alert):
                    self._put_alert(alert)
                case SetTimer(timer):
                    self._set_timer(timer)
                case CancelTimer(timer_id):
                    self._cancel_timer(timer_id)
                case PutNotification(notification):
                    self._put_notification(notification)
                case PutRecovery(recovery):
                    self._put_recovery(recovery)
                case PutTally(tally):
                    self.tallies[tally.name] = tally
                case ForgetAlert(alert_id):
                    self._forget(alert_id)
                case _:  # a Record is for the store only
                    pass

    def _put_recovery(self, recovery: Recovery) -> None:
        """The newest stand last; those too old to say anything about a raise are forgotten."""
        self.recoveries.pop(recovery.key, None)
        self.recoveries[recovery.key] = recovery
        for key, other in list(islice(self.recoveries.items(), 2)):
            if other.seen_at < recovery.seen_at - KEEP_RECOVERY:
                del self.recoveries[key]

    def _put_alert(self, alert: Alert) -> None:
        if alert.id not in self.alerts:  # an older alert of the key that is still written must not take its place
            older = self.by_key.get(alert.key)
            if older is not None:
                self._older[alert.key] = (*self._older.get(alert.key, ()), older)
            self.by_key[alert.key] = alert.id
            if alert.measured is not None:
                self.measured[alert.event.key] = (*self.measured.get(alert.event.key, ()), alert.id)
        self.alerts[alert.id] = alert

    def _forget(self, alert_id: str) -> None:
        alert = self.alerts.pop(alert_id, None)
        if alert is None:
            return
        older = self._older.get(alert.key, ())
        if self.by_key[alert.key] != alert_id:
            _drop(self._older, alert.key, alert_id)
        elif older:
            self.by_key[alert.key] = older[-1]
            _drop(self._older, alert.key, older[-1])
        else:
            del self.by_key[alert.key]
        if alert.measured is not None:
            _drop(self.measured, alert.event.key, alert_id)

    def _set_timer(self, timer: Timer) -> None:
        self.timers[timer.id] = timer
        heapq.heappush(self._due, (timer.due, timer.id))
        if len(self._due) > 4 * len(self.timers) + 64:
            self._due = [(live.due, live.id) for live in self.timers.values()]
            heapq.heapify(self._due)
        self._timers_of.setdefault(timer.alert_id, set()).add(timer.id)

    def _cancel_timer(self, timer_id: str) -> None:
        timer = self.timers.pop(timer_id, None)
        if timer is not None:
            _discard(self._timers_of, timer.alert_id, timer_id)

    def _put_notification(self, notification: Notification) -> None:
        if notification.active:
            self.outbox[notification.id] = notification
            self._pages_of.setdefault(notification.alert_id, set()).add(notification.id)
        elif self.outbox.pop(notification.id, None) is not None:
            _discard(self._pages_of, notification.alert_id, notification.id)


def _drop(index: dict[str, tuple[str, ...]], key: str, value: str) -> None:
    left = tuple(other for other in index[key] if other != value)
    if left:
        index[key] = left
    else:
        del index[key]


def _discard(index: dict[str, set[str]], key: str, value: str) -> None:
    members = index[key]
    members.discard(value)
    if not members:
        del index[key]


def next_due(state: State) -> datetime | None:
    """When the clock must wake next: the instant of the earliest timer, `None` when nothing is due ever."""
    timer = state.next_due()
    return None if timer is None else timer.due
