"""What holds whatever happens: the core played at random, with every law that people rely on asked after each input.

`pytest tests/core/test_invariants.py --hypothesis-profile=search` looks much further; what it finds becomes a test of
its own beside the file that was wrong.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition
from hypothesis.stateful import rule as action

from router.core.changes import PutNotification
from router.core.decide import decide
from router.core.inputs import (
    Acknowledged,
    DeliveryReported,
    EventReceived,
    FaultEnded,
    FaultOccurred,
    HandedOver,
    Input,
    MessageRejected,
    ResolveRequested,
    RulesReplaced,
    Started,
    TimerDue,
    said_id,
)
from router.core.match import AllOf, Number
from router.core.model import PAGING, Alert, Event, Notification
from router.core.notices import FALLBACK_FAILED
from router.core.rules import ResolveAfter, Rules, SourceRules
from router.core.state import State, next_due
from tests.core.playbook import FREEZERS, clock, policy, rule, rules, step, where

READING = where(kind="measurement")
KEYS = ("f1", "f2", "f3")
DOOR = policy("door", step("alice via mail+sms"), step("slack", wait=5), step("bob", wait=5), ack_timeout=None)
NIGHT = policy(
    "night",
    step("bob", "slack"),
    step("alice", wait=1),
    repeat_times=2,
    repeat_wait=timedelta(minutes=10),
    when_resolved="nobody",
    when_acknowledged="told",
    reopen=timedelta(0),
)
SOURCES = {"city": SourceRules(ResolveAfter(timedelta(minutes=30)))}


def value(operator: Any, limit: float) -> Number:
    return Number("value", operator, (limit,), limit)


SUMMER = rules(
    rule("warm", "night", match=AllOf((READING, value("above", 8))), measures=True, lasts=timedelta(minutes=5)),
    rule("door", "door", match=where(severity="Door"), further=True),
    rule("bench", ignore="commissioning", match=where(severity="Bench")),
    rule("freezer", "freezers", match=where(severity="Alarm")),
    rule("city", "night", match=where(source="city", severity="Door")),
    policies=(FREEZERS, DOOR, NIGHT),
    sources=SOURCES,
)
WINTER = rules(
    rule("door", "door", match=where(severity="Door"), lasts=timedelta(minutes=2)),
    rule("cold", "night", match=where(severity="Alarm"), further=True),
    rule("bench", "night", match=where(severity="Bench")),
    rule("warm", "night", match=AllOf((READING, value("above", 9))), measures=True, clear=value("below", 6)),
    policies=(replace(DOOR, steps=DOOR.steps[:2]), replace(NIGHT, steps=NIGHT.steps[:1], repeat_times=0)),
    fallback=("ops", "bob"),
)
ALL_RULES = {"summer": SUMMER, "winter": WINTER, "none": rules(fallback=("alice", "slack"))}

UNTOLD = f"fault/{FALLBACK_FAILED}"
indexes = st.integers(0, 30)
outcomes = st.sampled_from(["accepted", "accepted", "refused", "failed", "unknown"])


class Router(RuleBasedStateMachine):
    """A router whose world does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = clock("10:00")
        self.rules = SUMMER
        self.state = State()
        self.journal: list[tuple[Rules, Input, Any]] = []
        self.events: list[Input] = []
        self.heard: dict[str, Any] = {}
        self.sent = 0

    # --- the world

    @action(
        key=st.sampled_from(KEYS),
        severity=st.sampled_from(["Alarm", "Door", "Bench", "Else"]),
        status=st.sampled_from(["firing", "firing", "resolved"]),
        minutes=st.integers(0, 20),
        city=st.booleans(),
        timed=st.booleans(),
    )
    def alarm(self, key: str, severity: str, status: Any, minutes: int, city: bool, timed: bool) -> None:
        began = self.now - timedelta(minutes=minutes) if timed else None
        self._said(key, status=status, severity=severity, source="city" if city else "plant", started_at=began)

    @action(key=st.sampled_from(KEYS), measured=st.sampled_from([5.0, 8.5, 9.5, 25.0]), late=st.sampled_from([0, 0, 3]))
    def reading(self, key: str, measured: float, late: int) -> None:
        began = self.now - timedelta(minutes=late)
        self._said(f"{key}/value", kind="measurement", value=measured, started_at=began, source="plant")

    @action(index=indexes)
    def doubtful_or_unreadable(self, index: int) -> None:
        if index % 2:
            self._said("f1/value", kind="measurement", doubts=(f"status: {index % 4}",))
        else:
            self._decide(MessageRejected(f"m{len(self.journal)}", "plant", "no JSON", "?", self.now))

    @precondition(lambda self: self.events)
    @action(index=indexes)
    def redelivered(self, index: int) -> None:
        again = self.events[index % len(self.events)]
        self.state.seen = {str(said_id(again))}
        decision = decide(self.rules, self.state, again, self.now)
        assert (decision.changes, decision.trace.verdict) == ((), "duplicate")
        self.state.seen.clear()

    @precondition(lambda self: self.state.alerts)
    @action(index=indexes, by=st.sampled_from(["alice", "Bob Marsh"]), resolved=st.booleans())
    def somebody_says(self, index: int, by: str, resolved: bool) -> None:
        alert_id = list(self.state.alerts)[index % len(self.state.alerts)]
        self._decide(ResolveRequested(alert_id, by) if resolved and index % 3 == 0 else Acknowledged(alert_id, by))

    @action(seconds=st.sampled_from([0, 1, 20, 60, 300, 900, 4 * 3600]))
    def time_passes(self, seconds: int) -> None:
        until = self.now + timedelta(seconds=seconds)
        while (due := next_due(self.state)) is not None and due <= until:
            self.now = max(self.now, due)
            self._ring()
        self.now = until

    @action(hours=st.sampled_from([0.05, 1, 9]))
    def the_machine_sleeps(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self._ring()

    @precondition(lambda self: self.state.outbox)
    @action(index=indexes, outcome=outcomes, held=st.sampled_from([False, False, False, True]))
    def a_send_ends(self, index: int, outcome: Any, held: bool) -> None:
        page = list(self.state.outbox.values())[index % len(self.state.outbox)]
        if held and outcome == "failed" and page.status != "underway":
            self._decide(DeliveryReported(page.id, "failed", "held", held=True))
            return
        if page.status != "underway":
            self._decide(HandedOver((page.id,)))
        self._decide(DeliveryReported(page.id, outcome, "so it went"))

    @precondition(lambda self: self.state.outbox)
    @action(index=indexes)
    def a_send_begins(self, index: int) -> None:
        self._decide(HandedOver((list(self.state.outbox)[index % len(self.state.outbox)],)))

    @action()
    def every_send_is_accepted(self) -> None:
        while self.state.outbox:
            for page in list(self.state.outbox.values()):
                self._decide(HandedOver((page.id,)))
                self._decide(DeliveryReported(page.id, "accepted"))

    @action()
    def the_router_restarts(self) -> None:
        self.state = State.of(self.state.rows())
        self._decide(Started())
        self._decide(RulesReplaced("same"))

    @action(chosen=st.sampled_from(sorted(ALL_RULES)))
    def other_rules(self, chosen: str) -> None:
        self.rules = ALL_RULES[chosen]
        self._decide(RulesReplaced("other"))

    @action(cause=st.sampled_from(["source plant link", "store"]), ended=st.booleans(), lasting=st.booleans())
    def trouble_of_our_own(self, cause: str, ended: bool, lasting: bool) -> None:
        self._decide(FaultEnded(cause) if ended else FaultOccurred(cause, "lost", lasting))

    # --- the laws

    @invariant()
    def nobody_is_paged_for_what_is_over_or_taken(self) -> None:
        for page in self.state.outbox.values():
            alert = self.state.alerts[page.alert_id]
            if page.reason in PAGING and page.status != "underway" and alert.status != "firing":
                assert alert.status == "acknowledged", page
                assert (page.step, page.round) == (1, 0), page
                assert alert.acknowledged_at is not None
                assert page.created_at >= alert.acknowledged_at

    @invariant()
    def whatever_is_open_will_be_looked_at_again(self) -> None:
        for alert in self.state.alerts.values():
            kinds = {timer.kind for timer in self.state.timers_of(alert.id)}
            routes = {timer.route for timer in self.state.timers_of(alert.id) if timer.kind == "step"}
            if alert.status == "resolved":
                assert "forget" in kinds, alert
                assert kinds <= {"forget", "gather"}, kinds
            elif alert.fault:
                assert kinds & {"gather", "remind"} or alert.key == UNTOLD, alert
            elif alert.status == "firing":
                assert "ack_timeout" not in kinds
                assert ("exhausted" in kinds) == alert.exhausted, (alert, kinds)
                assert {route.rule for route in alert.routes if not route.exhausted} == routes, (alert, kinds)
            else:
                assert "exhausted" not in kinds
                assert "ack_timeout" in kinds or self._may_be_kept(alert), alert

    def _may_be_kept(self, alert: Alert) -> bool:
        return any(self.rules.policies[route.policy].ack_timeout is None for route in alert.routes)

    @invariant()
    def what_waits_belongs_to_something(self) -> None:
        for timer in self.state.timers.values():
            if timer.kind == "tally":
                assert self.state.tallies[timer.route].held
            else:
                assert timer.alert_id in self.state.alerts, timer
        for tally in self.state.tallies.values():
            assert bool(tally.held) == (f"tally::{tally.name}" in self.state.timers), tally
            assert all(alert_id in self.state.alerts for alert_id in tally.alerts)

    @invariant()
    def the_rows_are_all_there_is(self) -> None:
        other = State.of(self.state.rows())
        for name in ("alerts", "by_key", "measured", "timers", "outbox", "_older", "_timers_of", "_pages_of"):
            assert getattr(other, name) == getattr(self.state, name), name

    def teardown(self) -> None:
        self._replayed_the_journal_gives_the_same_rows()
        self._in_a_day_without_trouble_everything_firing_is_heard_of_and_nothing_storms()

    def _replayed_the_journal_gives_the_same_rows(self) -> None:
        state = State()
        for rules_, input_, now in self.journal:
            state.apply(decide(rules_, state, input_, now).changes)
        assert state.rows() == self.state.rows()

    def _in_a_day_without_trouble_everything_firing_is_heard_of_and_nothing_storms(self) -> None:
        self.every_send_is_accepted()
        before, until = self.sent, self.now + timedelta(hours=24)
        while (due := next_due(self.state)) is not None and due <= until:
            self.now = max(self.now, due)
            self._ring()
            self.every_send_is_accepted()
        for alert in self.state.alerts.values():
            if alert.status == "firing" and alert.key != UNTOLD:
                told = self.heard[alert.id]
                assert until - told <= timedelta(hours=4, minutes=10), alert
        assert self.sent - before <= 100 + 30 * len(self.state.alerts)

    # --- how it is played

    def _said(self, key: str, **fields: Any) -> None:
        given: dict[str, Any] = {"kind": "alarm", "status": "firing", "source": "plant", "started_at": None}
        event = Event(id=f"e{len(self.journal)}", key=key, arrived_at=self.now, **(given | fields))
        self.events.append(EventReceived(event))
        if self._decide(EventReceived(event)) == "unmatched":
            self.events.pop()

    def _decide(self, input_: Input) -> str:
        decision = decide(self.rules, self.state, input_, self.now)
        assert decision == decide(self.rules, self.state, input_, self.now), "the same arguments, another decision"
        new = [c.notification for c in decision.changes if isinstance(c, PutNotification)]
        fresh = [_whom(page) for page in new if page.id not in self.state.outbox and page.status == "waiting"]
        assert len(fresh) == len(set(fresh)), f"told twice at one moment: {fresh}"
        for page in new:
            if page.status == "sent":
                self._heard(page)
        assert not (decision.trace.counted and decision.changes)
        self.state.apply(decision.changes)
        self.journal.append((self.rules, input_, self.now))
        return decision.trace.verdict

    def _heard(self, page: Notification) -> None:
        self.sent += 1
        for alert_id in self.state.alerts:
            if alert_id == page.alert_id or alert_id in page.body:
                self.heard[alert_id] = self.now

    def _ring(self) -> None:
        for _ in range(200):
            due = self.state.due(self.now)
            if not due:
                return
            for timer in due:
                self._decide(TimerDue(timer.id))
        raise AssertionError("timers that never come to rest")


def _whom(page: Notification) -> tuple[object, ...]:
    return (page.alert_id, page.channel, page.person, page.reason in PAGING, page.gathered)


TestRouter = Router.TestCase
TestRouter.settings = settings(max_examples=25, stateful_step_count=40)
