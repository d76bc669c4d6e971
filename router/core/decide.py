"""The one decision: `decide(rules, state, input, now) -> Decision`, a pure function of its arguments.

What must not be here: how each input is decided (the modules imported below, one idea each). Laws:

1. `state` is only read; the caller applies the changes, in order, before it decides the next input.
2. Nothing is sent, waited for, drawn by lot or read from a clock: `now` is an argument, ids derive from their cause.
3. The same arguments give the same decision, so that replaying the journal gives the same rows.
4. What a source said is decided once: a message whose id is in `state.seen` decides nothing.
"""

from datetime import datetime, timedelta

from router.core import alarms, delivery, escalate, notices, readings, reload, takeover
from router.core.changes import Decision, Trace
from router.core.draft import Draft
from router.core.fields import is_reading
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
from router.core.model import Alert, Event, Timer, changed
from router.core.rules import Rules
from router.core.state import State


def decide(rules: Rules, state: State, input_: Input, now: datetime) -> Decision:
    """What this input changes, and why.

    Args:
        rules: the compiled rules file.
        state: the rows in memory; not touched.
        input_: what happened.
        now: the instant of the decision, aware, UTC.
    """
    draft = Draft(rules, state, now)
    trace = _decide(draft, input_)
    notices.settle_faults(draft)
    changes = draft.changes()
    if trace.counted and changes:  # a reading that no rule matched, but with a doubt that is a fault: it is journalled
        trace = changed(trace, counted=False)
    return Decision(changes, trace)


def _decide(draft: Draft, input_: Input) -> Trace:
    if draft.state.seen and said_id(input_) in draft.state.seen:
        return Trace("duplicate")
    match input_:
        case EventReceived(event):
            return _event(draft, event)
        case DeliveryReported():
            return delivery.delivery_reported(draft, input_)
        case HandedOver():
            return delivery.handed_over(draft, input_)
        case TimerDue(timer_id):
            return _timer(draft, timer_id)
        case Acknowledged():
            return _acknowledged(draft, input_)
        case ResolveRequested():
            return _resolve_requested(draft, input_)
        case MessageRejected():
            return _rejected(draft, input_)
        case _:
            return _about_ourselves(draft, input_)


def _about_ourselves(draft: Draft, input_: FaultOccurred | FaultEnded | RulesReplaced | Started) -> Trace:
    match input_:
        case FaultOccurred():
            return Trace(f"fault {notices.fault_occurred(draft, input_)}")
        case FaultEnded():
            return Trace(f"fault {notices.fault_ended(draft, input_)}")
        case RulesReplaced():
            return reload.rules_replaced(draft)
        case _:  # Started
            return delivery.after_restart(draft)


def _event(draft: Draft, event: Event) -> Trace:
    for doubt in event.doubts:
        text = f"source {event.source} said something unknown ({doubt}); the event was taken as {event.status}"
        draft.faults.append(FaultOccurred(f"unknown word {event.source} {doubt}", text, lasting=False))
    return readings.reading_received(draft, event) if is_reading(event) else alarms.alarm_received(draft, event)


def _rejected(draft: Draft, input_: MessageRejected) -> Trace:
    draft.record("", "rejected", id=input_.id, source=input_.source, why=input_.reason)
    text = f"source {input_.source} sent a message that cannot be read; it is kept: {input_.reason}"
    draft.faults.append(FaultOccurred(f"rejected input {input_.source}", text, lasting=False))
    return Trace("rejected")


def _acknowledged(draft: Draft, input_: Acknowledged) -> Trace:
    alert = draft.alert(input_.alert_id)
    if alert is None:
        return Trace("no such alert")
    verdict = takeover.acknowledge(draft, alert, by=input_.by, via=input_.via)
    return Trace(verdict, alert_ids=(alert.id,))


def _resolve_requested(draft: Draft, input_: ResolveRequested) -> Trace:
    alert = draft.alert(input_.alert_id)
    if alert is None:
        return Trace("no such alert")
    if not alert.open:
        return Trace("already resolved", alert_ids=(alert.id,))
    takeover.resolve(draft, alert, how=f"resolved by {input_.by}", by=input_.by)
    return Trace("resolved", alert_ids=(alert.id,))


def _timer(draft: Draft, timer_id: str) -> Trace:
    timer = draft.timer(timer_id)
    if timer is None or timer.due > draft.now:
        return Trace("no such timer")
    late = draft.now - timer.due
    if timer.kind == "step":
        _steps_due(draft, timer.alert_id)
    else:
        _ring(draft, timer)
    alert_ids = (timer.alert_id,) if timer.alert_id else ()
    return Trace(f"timer {timer.kind}", alert_ids=alert_ids, late=max(late.total_seconds(), 0.0))


def _steps_due(draft: Draft, alert_id: str) -> None:
    """Every step of the alert that is due runs in one decision: one contact method is told once per moment."""
    for timer in draft.timers_of(alert_id):
        if timer.kind == "step" and timer.due <= draft.now:
            draft.cancel_timer(timer.id)
            escalate.run_step(draft, alert_id, timer.route, late=draft.now - timer.due)


def _ring(draft: Draft, timer: Timer) -> None:
    if timer.kind == "tally":
        notices.tell_held(draft, timer)
    elif timer.kind == "exhausted":
        escalate.tell_exhausted(draft, timer)
    elif timer.kind == "gather":
        notices.gather_fault(draft, timer)
    elif timer.kind == "remind":
        notices.remind_fault(draft, timer)
    else:
        draft.cancel_timer(timer.id)
        alert = draft.known(timer.alert_id)
        if timer.kind == "forget":
            _forget(draft, alert)
        elif timer.kind == "ack_timeout":
            takeover.ack_ran_out(draft, alert)
        else:
            takeover.silence_ran_out(draft, alert)


def _forget(draft: Draft, alert: Alert) -> None:
    """Leave the memory, but not before every text of the alert, also a gathered one, has come to an end."""
    if draft.pages_of(alert.id) or notices.is_held_back(draft, alert):
        draft.set_timer("forget", draft.now + timedelta(minutes=5), alert_id=alert.id)
        return
    draft.cancel_timers(alert.id, "gather")
    draft.forget(alert.id)
