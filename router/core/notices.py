"""What `fallback` is told: single notices up to a number a minute, then gathered; and faults about ourselves.

What must not be here: who notices a fault. A fault is an alert with the key `fault/<cause>`; it is told at once, then
at most once per 10 minutes with a count, every 4 h while it lasts, and when it is over. A fallback target that fails
raises no further fault (`delivery` sees to it), so that nothing here can loop.
"""

from collections.abc import Sequence
from datetime import timedelta

from router.core.draft import Draft, timer_id_of
from router.core.ids import derived_id
from router.core.inputs import FaultEnded, FaultOccurred
from router.core.model import Alert, Event, Reason, Tally, Timer, Told, changed
from router.core.telling import Saying, contacts_of, tell, with_told

SINGLY = 5
WINDOW = timedelta(minutes=1)
GATHER_FAULT = timedelta(minutes=10)
REMIND_FAULT = timedelta(hours=4)
KEEP_FAULT = timedelta(minutes=11)
LISTED = 20
OURSELVES = "alarm-router"
FALLBACK_FAILED = "fallback"
"""The cause of the fault that cannot be told to anybody: no fallback target accepts. It is logged and shown instead."""


def tell_fallback(draft: Draft, alert: Alert, *, reason: Reason, name: str) -> None:
    """Tell `fallback` of one alert: singly up to five a minute (for each `name`), then held back and gathered."""
    tally = draft.tally(name)
    if tally is None or (not tally.held and draft.now >= tally.since + WINDOW):
        tally = Tally(name, since=draft.now)
    elif draft.now < tally.since:  # the clock was set back: nothing is held until it gets there again
        tally = changed(tally, since=draft.now)
    if tally.used < SINGLY:
        draft.put_tally(changed(tally, used=tally.used + 1))
        _tell(draft, alert, Saying(reason=reason, fallback=True))
        return
    listed = tally.alerts if len(tally.alerts) >= LISTED else tuple(dict.fromkeys((*tally.alerts, alert.id)))
    draft.put_tally(changed(tally, held=tally.held + 1, alerts=listed))
    draft.set_timer("tally", tally.since + WINDOW, route=name)
    draft.record(
        alert.id, "gathered", why=f"more than {SINGLY} notices a minute", until=(tally.since + WINDOW).isoformat()
    )


def tell_held(draft: Draft, timer: Timer) -> None:
    """The window of a tally is over: tell what was held back in one text; the next window gathers again."""
    tally = draft.tally(timer.route)
    assert tally is not None, f"no tally {timer.route}"
    draft.cancel_timer(timer.id)
    alerts = [draft.known(alert_id) for alert_id in tally.alerts]
    number = "1 further notice" if tally.held == 1 else f"{tally.held} further notices"
    what = "alarms that no rule matches" if timer.route == "unrouted" else "faults of the router itself"
    left_out = tally.held - len(alerts) if len(alerts) == LISTED else 0
    tell_gathered(draft, alerts, text=f"{number} about {what}", left_out=left_out)
    for alert in alerts:
        if alert.open and not alert.fault:
            count_as_told(draft, alert)
    draft.put_tally(Tally(tally.name, since=draft.now, used=SINGLY))


def is_held_back(draft: Draft, alert: Alert) -> bool:
    """A notice about the alert waits to be gathered."""
    return any(alert.id in tally.alerts for tally in draft.state.tallies.values())


def count_as_told(draft: Draft, alert: Alert) -> None:
    """`fallback` hears of the alert in a gathered text, so it will hear of its end too."""
    listeners = (Told(contact.channel, contact.person) for contact in contacts_of(draft.rules.fallback))
    draft.put(with_told(draft.known(alert.id), *listeners))


def tell_gathered(draft: Draft, alerts: Sequence[Alert], *, text: str, left_out: int = 0) -> None:
    """Tell `fallback` of several alerts in one text; its row belongs to the first of them."""
    lines = [line_about(draft, alert) for alert in alerts[:LISTED]]
    left_out += len(alerts[LISTED:])
    if left_out > 0:
        lines.append(f"and {left_out} more: `alarm-router alerts` lists all")
    event = _event(draft, cause="gathered", text=text, key=alerts[0].key)
    _tell(draft, alerts[0], Saying(reason="fault", event=event, gathered=tuple(lines), fallback=True))


def line_about(draft: Draft, alert: Alert) -> str:
    """One line that tells an alert from others: how bad, what, where, since when, its id."""
    event = alert.event
    what = event.message or event.condition_type or event.kind
    where = ", ".join(event.labels.values()) or event.source_uuid or event.serial_number or event.source
    since = alert.started_at.astimezone(draft.rules.zone).strftime("%Y-%m-%d %H:%M %Z")
    return f"{event.level}: {what} at {where}, {alert.status}, since {since}, alert {alert.id}"


def _tell(draft: Draft, alert: Alert, saying: Saying) -> None:
    tell(draft, alert, contacts=contacts_of(draft.rules.fallback), saying=saying)


def _event(draft: Draft, *, cause: str, text: str, key: str) -> Event:
    return Event(
        id=derived_id(cause, draft.stamp),
        source=OURSELVES,
        kind="fault",
        status="firing",
        key=key,
        arrived_at=draft.now,
        condition_type=cause,
        message=text,
    )


# --- faults


def settle_faults(draft: Draft) -> None:
    """Turn the faults that this decision met into alerts; telling of a fault may meet further ones."""
    while draft.faults:
        fault = draft.faults.pop(0)
        if isinstance(fault, FaultOccurred):
            fault_occurred(draft, fault)
        else:
            fault_ended(draft, fault)


def fault_occurred(draft: Draft, fault: FaultOccurred) -> str:
    """Open, reopen or count the fault; returns a named reason (`opened`, `counted`)."""
    key = f"fault/{fault.cause}"
    event = _event(draft, cause=fault.cause, text=fault.text, key=key)
    alert = draft.latest(key)
    if alert is None:
        _open_fault(draft, fault, event)
        return "opened"
    if not alert.open:
        alert = _back_again(draft, alert)
    alert = draft.put(changed(alert, event=event, count=alert.count + 1, updated_at=draft.now))
    if alert.said_at is not None:
        gather_at = alert.said_at + GATHER_FAULT
        if draft.now >= gather_at:
            _say(draft, alert)
        elif draft.timer(timer_id_of("gather", alert.id)) is None:
            draft.set_timer("gather", gather_at, alert_id=alert.id)
    return "counted"


def _open_fault(draft: Draft, fault: FaultOccurred, event: Event) -> None:
    alert = Alert(
        id=derived_id(event.key, draft.stamp),
        key=event.key,
        status="firing",
        event=event,
        opened_at=draft.now,
        updated_at=draft.now,
        started_at=draft.now,
        fault="lasting" if fault.lasting else "passing",
    )
    draft.put(alert)
    draft.record(alert.id, "opened", cause=fault.cause, text=fault.text)
    if fault.cause != FALLBACK_FAILED:
        _say(draft, alert)


def _back_again(draft: Draft, alert: Alert) -> Alert:
    """A fault that ended a moment ago is the same fault: counted, and told with the next gathering, not at once.

    `resolved_at` stays until then: it says that `fallback` was last told of the end.
    """
    draft.cancel_timer(timer_id_of("forget", alert.id))
    draft.record(alert.id, "reopened")
    return changed(alert, status="firing", acknowledged_by=None, acknowledged_at=None)


def _say(draft: Draft, alert: Alert) -> None:
    """Tell how the fault stands now, with its count."""
    over = not alert.open
    alert = changed(alert, said=alert.count, said_at=draft.now, resolved_at=alert.resolved_at if over else None)
    draft.put(alert)
    draft.cancel_timer(timer_id_of("gather", alert.id))
    if not over:
        draft.set_timer("remind", draft.now + REMIND_FAULT, alert_id=alert.id)
    tell_fallback(draft, alert, reason="resolved" if over else "fault", name="faults")


def gather_fault(draft: Draft, timer: Timer) -> None:
    """Ten minutes after the last telling: tell how often the fault has occurred since."""
    alert = draft.known(timer.alert_id)
    _say(draft, alert)


def remind_fault(draft: Draft, timer: Timer) -> None:
    """Four hours after the last telling: tell that it lasts; a passing fault that did not occur again is over."""
    alert = draft.known(timer.alert_id)
    draft.cancel_timer(timer.id)
    if alert.fault == "passing" and draft.now >= alert.updated_at + REMIND_FAULT:
        end_fault(draft, alert, how="it has not occurred again for 4 h")
    elif alert.status == "firing":
        _say(draft, alert)
    else:
        draft.set_timer("remind", draft.now + REMIND_FAULT, alert_id=alert.id)


def fault_ended(draft: Draft, fault: FaultEnded) -> str:
    """End the fault if it is open; returns a named reason (`resolved`, `nothing open`)."""
    alert = draft.latest(f"fault/{fault.cause}")
    if alert is None or not alert.open:
        return "nothing open"
    end_fault(draft, alert, how=fault.text or "it is over")
    return "resolved"


def end_fault(draft: Draft, alert: Alert, *, how: str) -> None:
    """Resolve the fault and tell `fallback` that it is over, unless it was never told that it was there."""
    told_firing = alert.said_at is not None and alert.resolved_at is None
    over = changed(alert, status="resolved", resolved_at=draft.now, updated_at=draft.now, resolution=how)
    draft.put(over)
    draft.cancel_timers(alert.id, "remind")
    draft.set_timer("forget", draft.now + KEEP_FAULT, alert_id=alert.id)
    draft.record(alert.id, "resolved", how=how)
    if told_firing:
        tell_fallback(draft, over, reason="resolved", name="faults")
