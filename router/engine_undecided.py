"""What follows an input whose decision failed by a mistake of ours: rows that keep all else going, and the fault.

A failed decision must cost one input, never more: a timer that stayed due would be rung without end, a page whose
report was lost would wait for ever, and an alarm that opened no alert must still reach somebody with its facts.
What must not be here: deciding anything anew.
"""

from datetime import datetime, timedelta
from typing import Final

from router.core.changes import Change, PutNotification, SetTimer
from router.core.inputs import DeliveryReported, EventReceived, FaultOccurred, HandedOver, Input, TimerDue
from router.core.model import Event, Notification, changed
from router.core.state import State

CAUSE: Final = "decision failed"
LATER: Final = timedelta(minutes=5)
"""How long after a failed decision its timer rings again, and its page is tried again."""


def rows_after(state: State, given: Input, now: datetime) -> tuple[Change, ...]:
    """The rows to write instead of the decision's own: what hung on the input is put off, not lost."""
    match given:
        case TimerDue(timer_id) if timer_id in state.timers:
            return (SetTimer(changed(state.timers[timer_id], due=now + LATER)),)
        case DeliveryReported() if given.notification_id in state.outbox:
            return (PutNotification(_reported(state.outbox[given.notification_id], given, now)),)
        case HandedOver(ids):
            return tuple(
                PutNotification(changed(state.outbox[each], due=now + LATER)) for each in ids if each in state.outbox
            )
        case _:
            return ()


def _reported(page: Notification, given: DeliveryReported, now: datetime) -> Notification:
    if given.outcome == "accepted":
        return changed(page, status="sent")
    uncertain = page.uncertain or given.outcome == "unknown"
    return changed(page, status="retrying", due=now + LATER, uncertain=uncertain, detail=given.detail)


def fault_of(given: Input, why: str) -> FaultOccurred:
    """The fault to tell: an alarm's own with its facts, lasting until a person ends it; one for all else."""
    text = f"an input could not be decided and is kept in the journal: {why}"
    if isinstance(given, EventReceived) and given.event.status == "firing":
        facts = f"{facts_of(given.event)} (source {given.event.source})"
        advice = "No policy runs for it: see to it, then resolve this"
        return FaultOccurred(f"{CAUSE} {given.event.key}", f"{text}. The alarm: {facts}. {advice}")
    return FaultOccurred(CAUSE, text, lasting=False)


def facts_of(event: Event) -> str:
    """The event in one line, made without a template: how bad, what, where, and the value."""
    where = ", ".join(event.labels.values()) or event.source_uuid or event.serial_number or "unknown place"
    value = "" if event.value is None else f", {event.value:g} {event.unit or ''}".rstrip()
    what = event.message or event.condition_type or event.kind
    return f"{event.severity or event.level}: {what[:200]} at {where[:200]}{value}"
