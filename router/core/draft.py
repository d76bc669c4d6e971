"""One decision in the making: reads the state, keeps what is to change beside it, never touches the state itself.

What must not be here: what any input means. The functions that decide read and write rows through a `Draft`, so that
later ones see what earlier ones of the same decision have written.
"""

from datetime import datetime
from typing import Any

from router.core.changes import CancelTimer, Change, ForgetAlert, PutAlert, PutNotification, PutTally, Record, SetTimer
from router.core.inputs import FaultEnded, FaultOccurred
from router.core.model import Alert, Notification, Tally, Timer, changed
from router.core.rules import Policy, Rule, Rules
from router.core.state import State


class Draft:
    """The rows of `state` with this decision's changes laid over them; `changes()` is what a `Decision` returns.

    `faults` collects what went wrong with ourselves on the way (a template that failed, a channel that gave up); the
    last step of a decision turns them into alerts. `stamp` is `now` as a text, for ids.
    """

    __slots__ = ("_alerts", "_others", "_pages", "_tallies", "_timers", "faults", "now", "rules", "stamp", "state")

    def __init__(self, rules: Rules, state: State, now: datetime) -> None:
        self.rules = rules
        self.state = state
        self.now = now
        self.stamp = str(now)
        self.faults: list[FaultOccurred | FaultEnded] = []
        self._alerts: dict[str, Alert] = {}
        self._timers: dict[str, Timer | None] = {}
        self._pages: dict[str, Notification] = {}
        self._tallies: dict[str, Tally] = {}
        self._others: list[Change] = []

    # --- alerts

    def alert(self, alert_id: str) -> Alert | None:
        """The alert as it stands after what was decided so far."""
        return self._alerts.get(alert_id) or self.state.alerts.get(alert_id)

    def known(self, alert_id: str) -> Alert:
        """As `alert`, for an id that must be there."""
        alert = self.alert(alert_id)
        assert alert is not None, f"no alert {alert_id}"
        return alert

    def latest(self, key: str) -> Alert | None:
        """The newest alert of a key: open, or resolved so lately that it is still in memory."""
        for alert in reversed(self._alerts.values()):
            if alert.key == key:
                return alert
        alert_id = self.state.by_key.get(key)
        return None if alert_id is None else self.alert(alert_id)

    def put(self, alert: Alert) -> Alert:
        """Write the alert; returns it."""
        self._alerts[alert.id] = alert
        return alert

    def change(self, alert_id: str, **fields: Any) -> Alert:
        """Write the alert with these fields replaced; returns it."""
        return self.put(changed(self.known(alert_id), **fields))

    def forget(self, alert_id: str) -> None:
        """The alert leaves the memory (not the store)."""
        self._others.append(ForgetAlert(alert_id))

    # --- timers

    def timer(self, timer_id: str) -> Timer | None:
        """The timer, `None` when it is not set."""
        if timer_id in self._timers:
            return self._timers[timer_id]
        return self.state.timers.get(timer_id)

    def timers_of(self, alert_id: str) -> list[Timer]:
        """The alert's timers, earliest first."""
        if not self._timers:
            return self.state.timers_of(alert_id)
        found = {timer.id: timer for timer in self.state.timers_of(alert_id)}
        found |= {t.id: t for t in self._timers.values() if t is not None and t.alert_id == alert_id}
        live = (timer for timer in found.values() if self.timer(timer.id) is not None)
        return sorted(live, key=lambda timer: (timer.due, timer.id))

    def set_timer(self, kind: str, due: datetime, *, alert_id: str = "", route: str = "") -> None:
        """Set the timer of that kind for that alert (and route); an earlier one with the same id is replaced."""
        timer_id = timer_id_of(kind, alert_id, route)
        self._timers[timer_id] = Timer(id=timer_id, kind=kind, due=due, alert_id=alert_id, route=route)

    def cancel_timer(self, timer_id: str) -> None:
        """Cancel the timer if it is set."""
        if self.timer(timer_id) is not None:
            self._timers[timer_id] = None

    def cancel_timers(self, alert_id: str, *kinds: str) -> None:
        """Cancel the alert's timers of these kinds."""
        for timer in self.timers_of(alert_id):
            if timer.kind in kinds:
                self._timers[timer.id] = None

    # --- notifications

    def page(self, page_id: str) -> Notification | None:
        """The active notification with that id, as it stands; a finished one of this decision too."""
        return self._pages.get(page_id) or self.state.outbox.get(page_id)

    def pages_of(self, alert_id: str) -> list[Notification]:
        """The alert's active notifications, oldest first."""
        if not self._pages:
            return self.state.pages_of(alert_id)
        found = {page.id: page for page in self.state.pages_of(alert_id)}
        found |= {page.id: page for page in self._pages.values() if page.alert_id == alert_id}
        active = (page for page in found.values() if page.active)
        return sorted(active, key=lambda page: (page.created_at, page.id))

    def put_page(self, page: Notification) -> Notification:
        """Write the notification; returns it."""
        self._pages[page.id] = page
        return page

    # --- the rest

    def tally(self, name: str) -> Tally | None:
        """The tally of that name, `None` when nothing was ever counted under it."""
        return self._tallies.get(name) or self.state.tallies.get(name)

    def put_tally(self, tally: Tally) -> None:
        """Write the tally."""
        self._tallies[tally.name] = tally

    def rule(self, name: str) -> Rule | None:
        """The rule of that name as it reads now."""
        return self.rules.by_name.get(name)

    def policy(self, name: str) -> Policy | None:
        """The policy of that name as it reads now."""
        return self.rules.policies.get(name)

    def record(self, alert_id: str, what: str, **detail: Any) -> None:
        """Add a line to the alert's timeline; `detail` holds JSON values only."""
        self._others.append(Record(alert_id=alert_id, at=self.now, what=what, detail=detail))

    def add(self, change: Change) -> None:
        """Add a change that needs no overlay."""
        self._others.append(change)

    def changes(self) -> tuple[Change, ...]:
        """Everything decided: alerts first, then timers, notifications, and the rest in the order it was added."""
        changes: list[Change] = [PutAlert(alert) for alert in self._alerts.values()]
        for timer_id, timer in self._timers.items():
            if timer is not None:
                changes.append(SetTimer(timer))
            elif timer_id in self.state.timers:
                changes.append(CancelTimer(timer_id))
        changes.extend(PutNotification(page) for page in self._pages.values())
        changes.extend(PutTally(tally) for tally in self._tallies.values())
        changes.extend(self._others)
        return tuple(changes)


def timer_id_of(kind: str, alert_id: str, route: str = "") -> str:
    """The id of a timer: what it is for."""
    return f"{kind}:{alert_id}:{route}" if route else f"{kind}:{alert_id}"
