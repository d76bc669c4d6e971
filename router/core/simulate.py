"""What would happen: inputs played against a state, with every timer in its turn and every send accepted at once.

What must not be here: a decision of its own. It calls `decide` like the engine does, only with made-up time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from router.core.changes import Decision
from router.core.decide import decide
from router.core.inputs import DeliveryReported, EventReceived, HandedOver, Input, TimerDue, said_id
from router.core.model import Event, Notification
from router.core.rules import Rules
from router.core.state import State, next_due

Outcome = Callable[[Notification], DeliveryReported]


def accepted(page: Notification) -> DeliveryReported:
    """Every send is accepted."""
    return DeliveryReported(page.id, "accepted")


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt of the simulation: when, what, and how it ended."""

    at: datetime
    page: Notification
    report: DeliveryReported


@dataclass(slots=True)
class Simulation:
    """A state that inputs are played on. `outcome` says how each send ends; `sent` lists all attempts in order."""

    rules: Rules
    now: datetime
    state: State = field(default_factory=State)
    outcome: Outcome = accepted
    sent: list[Sent] = field(default_factory=list)

    def play(self, input_: Input) -> Decision:
        """Decide one input now, then everything that it puts into the outbox for now."""
        decision = self._decide(input_)
        self._deliver()
        return decision

    def advance(self, until: datetime) -> None:
        """Let time pass: each timer and each retry in its turn, up to and including `until`."""
        while True:
            at = self._next()
            if at is None or at > until:
                break
            self.now = max(self.now, at)
            self._ring()
            self._deliver()
        self.now = max(self.now, until)

    def _next(self) -> datetime | None:
        instants = [page.due for page in self.state.outbox.values() if page.status != "underway"]
        timer = next_due(self.state)
        return min((*instants, timer) if timer else instants, default=None)

    def _ring(self) -> None:
        for timer in self.state.due(self.now):
            if timer.id in self.state.timers:
                self._decide(TimerDue(timer.id))

    def _deliver(self) -> None:
        while True:
            ready = [p for p in self.state.outbox.values() if p.status != "underway" and p.due <= self.now]
            if not ready:
                return
            page = min(ready, key=lambda page: (page.priority, page.created_at))
            self._decide(HandedOver((page.id,)))
            report = self.outcome(page)
            self.sent.append(Sent(self.now, page, report))
            self._decide(report)

    def _decide(self, input_: Input) -> Decision:
        decision = decide(self.rules, self.state, input_, self.now)
        self.state.apply(decision.changes)
        said = said_id(input_)
        if said is not None and not decision.trace.counted:
            self.state.seen.add(said)
        return decision


@dataclass(frozen=True, slots=True)
class Timeline:
    """One event decided alone against an empty state, and all that would be told if nobody acknowledged."""

    decision: Decision
    sent: tuple[Sent, ...]


def timeline(rules: Rules, event: Event, *, at: datetime) -> Timeline:
    """Play one event and let nobody acknowledge, until nothing new can happen (only the 4-hourly reminder is left)."""
    simulation = Simulation(rules, at)
    decision = simulation.play(EventReceived(event))
    while _something_new(simulation):
        due = next_due(simulation.state)
        assert due is not None
        simulation.advance(due)
    return Timeline(decision, tuple(simulation.sent))


def _something_new(simulation: Simulation) -> bool:
    """Whether a timer is left that tells anybody something not yet told."""
    for timer in simulation.state.timers.values():
        alert = simulation.state.alerts.get(timer.alert_id)
        if timer.kind in {"step", "resolve_after"} or (
            timer.kind == "tally" and simulation.state.tallies[timer.route].held
        ):
            return True
        reminded = "exhausted" in simulation.state.tallies
        if timer.kind == "exhausted" and alert is not None and alert.open and alert.routes and not reminded:
            return True
    return False
