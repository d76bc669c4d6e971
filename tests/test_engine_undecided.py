"""A decision that fails costs one input: timers do not spin, pages do not hang, alarms do not vanish."""

from datetime import UTC, datetime, timedelta

from router.core.changes import PutNotification, SetTimer
from router.core.inputs import DeliveryReported, EventReceived, FaultEnded, HandedOver, TimerDue
from router.core.model import Event, Notification, Timer
from router.core.state import State
from router.engine_undecided import LATER, fault_of, rows_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENT = Event("1", "plant", "alarm", "firing", "key of f3", NOW, condition_type="Upper limit", serial_number="56")


def page(name: str) -> Notification:
    return Notification(name, "a1", "ops", "ops", "raised", "t", "b", NOW, NOW, status="underway", attempts=1)


def state(*rows: SetTimer | PutNotification) -> State:
    made = State()
    made.apply(rows)
    return made


def test_a_timer_rings_again_later_and_not_at_once():
    timer = Timer("step:a1:r", "step", NOW - timedelta(hours=1), "a1", "r")
    [change] = rows_after(state(SetTimer(timer)), TimerDue(timer.id), NOW)
    assert isinstance(change, SetTimer)
    assert change.timer.due == NOW + LATER
    assert change.timer.kind == "step"


def test_a_page_whose_report_failed_is_tried_again_unless_it_was_accepted():
    rows = state(PutNotification(page("n1")))
    [again] = rows_after(rows, DeliveryReported("n1", "unknown", "no answer"), NOW)
    [sent] = rows_after(rows, DeliveryReported("n1", "accepted"), NOW)
    assert isinstance(again, PutNotification)
    assert isinstance(sent, PutNotification)
    found = again.notification
    assert (found.status, found.due, found.uncertain) == ("retrying", NOW + LATER, True)
    assert sent.notification.status == "sent"


def test_pages_whose_hand_over_failed_are_tried_again():
    rows = state(PutNotification(page("n1")))
    [put] = rows_after(rows, HandedOver(("n1", "gone")), NOW)
    assert isinstance(put, PutNotification)
    assert put.notification.due == NOW + LATER


def test_what_is_not_there_any_more_changes_nothing():
    for given in (TimerDue("t"), DeliveryReported("n", "failed"), FaultEnded("x")):
        assert rows_after(State(), given, NOW) == ()


def test_an_alarm_that_could_not_be_decided_is_told_with_its_facts_until_a_person_ends_it():
    fault = fault_of(EventReceived(EVENT), "KeyError in EventReceived")
    assert fault.lasting
    assert fault.cause == "decision failed key of f3"
    assert "Upper limit at 56" in fault.text
    assert not fault_of(FaultEnded("x"), "KeyError").lasting
