"""What there is to see: the story's words, the alerts as the router has them, and what people received.

What must not be here: how it is drawn (`view`, `plain`). `receive` is called from other threads, all else from trio's.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final, Literal

from router.core.model import Alert, AlertStatus, Notification
from router.core.rules import Rules
from router.core.state import State
from router.core.steps import next_place
from router.demo.catchers import Kind, Received
from router.render.views import EventView

_RECENT: Final = 500
_ROWS: Final = 60
EntryKind = Literal["story", "sensor", "alert", "received"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what happened. `received` is set when somebody got something; `who` is their name then."""

    at: datetime
    kind: EntryKind
    text: str = ""
    received: Received | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One alert. `then` is what comes next, or how it ended; `trouble` says which text does not get through."""

    id: str
    at: datetime
    where: str
    what: str
    status: AlertStatus
    critical: bool
    fault: bool
    then: str
    trouble: str = ""


@dataclass(slots=True, eq=False)
class Board:
    """Everything to show. `names` says who has a phone number or an address; `latest` is the story's clock.

    The counters count everything; `rows` and `received()` hold what is new enough to be looked at.
    """

    latest: Callable[[], datetime]
    clock_time: Callable[[datetime], str]
    names: Mapping[str, str]
    entries: list[Entry] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    texts: Counter[Kind] = field(default_factory=Counter)
    alerts: int = 0
    faults: int = 0
    acknowledged: int = 0
    _one_at_a_time: Lock = field(default_factory=Lock)

    def say(self, text: str) -> None:
        """The story goes on."""
        self.entries.append(Entry(self.latest(), "story", text))

    def sensor(self, text: str) -> None:
        """A sensor has told the broker something."""
        self.entries.append(Entry(self.latest(), "sensor", text))

    def receive(self, received: Received) -> None:
        """Somebody got a text; from any thread."""
        with self._one_at_a_time:
            self.texts[received.kind] += 1
        self.entries.append(Entry(self.latest(), "received", "", received, self.names.get(received.to, received.to)))

    def received(self) -> list[Entry]:
        """What people got of late, oldest first."""
        return [entry for entry in self.entries[-_RECENT:] if entry.received is not None]

    def look(self, state: State, rules: Rules) -> None:
        """Take over what the router knows; a change of an alert becomes an entry."""
        for alert in tuple(state.alerts.values()):
            row = self._row(alert, state, rules)
            before = self.rows.get(row.id)
            self.rows[row.id] = row
            self.alerts += before is None and not row.fault
            self.faults += before is None and row.fault
            if before is None or (before.status, before.then, before.trouble) != (row.status, row.then, row.trouble):
                self.acknowledged += row.status == "acknowledged" and (before is None or before.status == "firing")
                text = f"{row.where}: {row.what} – {row.status}" + (f", {row.then}" if row.then else "")
                self.entries.append(Entry(self.latest(), "alert", text + (f" ({row.trouble})" if row.trouble else "")))

        for old in sorted(self.rows.values(), key=lambda row: (row.status != "resolved", row.at))[:-_ROWS]:
            del self.rows[old.id]

    def _row(self, alert: Alert, state: State, rules: Rules) -> Row:
        event = EventView(alert.event)
        what = f"{event.amount}, {event.what}" if event.amount else event.what
        return Row(
            id=alert.id,
            at=alert.opened_at,
            where="The router itself" if alert.fault else event.labels["name"] or event.where,
            what=(event.message or what) if alert.fault else what,
            status=alert.status,
            critical=alert.event.level == "critical",
            fault=bool(alert.fault),
            then=self._then(alert, state, rules),
            trouble=_trouble(state.pages_of(alert.id)),
        )

    def _then(self, alert: Alert, state: State, rules: Rules) -> str:
        if alert.status == "resolved":
            return f"over {self.clock_time(alert.resolved_at or alert.updated_at)}"
        if alert.status == "acknowledged":
            return f"{alert.acknowledged_by} has it"
        if alert.fault:
            return "fallback told"
        if alert.unrouted:
            return "no rule matches, fallback told"
        return ", ".join(self._next(alert, state, rules)) or "everybody was told"

    def _next(self, alert: Alert, state: State, rules: Rules) -> list[str]:
        """For each route the step it is at, who is next and when."""
        due = {timer.route: timer.due for timer in state.timers_of(alert.id) if timer.kind == "step"}
        told = []
        for route in alert.routes:
            place = next_place(policy, route) if (policy := rules.policies.get(route.policy)) else None
            if policy is None or place is None or route.rule not in due:
                told.append(f"step {route.step}")
                continue
            names = [
                rules.people[contact.person].name if contact.person else contact.channel
                for target in policy.steps[place.step - 1].notify
                for contact in target.contacts
            ]
            who = " and ".join(dict.fromkeys(names))
            told.append(f"step {route.step}, next {who} at {self.clock_time(due[route.rule])}")
        return told


def _trouble(pages: list[Notification]) -> str:
    page = next((page for page in pages if page.attempts > 1 or page.status == "retrying"), None)
    return "" if page is None else f"no answer for {page.target} yet, try {page.attempts}"
