"""A clock that is set back makes nobody wait longer."""

from datetime import UTC, datetime, timedelta

from router.core.changes import PutNotification, SetTimer
from router.core.model import Notification, Timer
from router.core.state import State
from router.engine_clock import SteadyWatch, brought_forward, fault_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE = Notification("n1", "a1", "ops", "ops", "raised", "t", "b", NOW, NOW)


def test_a_clock_that_goes_on_stands_still_or_jumps_forward_was_not_set_back():
    watch = SteadyWatch(NOW, 0.0)
    for wall, steady in ((NOW + HOUR, 3600.0), (NOW + 3 * HOUR, 3601.0), (NOW + 3 * HOUR, 3630.0)):
        assert watch.set_back(wall, steady) == timedelta(0)


def test_a_clock_set_back_is_noticed_once():
    watch = SteadyWatch(NOW, 0.0)
    assert watch.set_back(NOW - 2 * HOUR, 30.0) == 2 * HOUR + timedelta(seconds=30)
    assert watch.set_back(NOW - 2 * HOUR, 30.0) == timedelta(0)


def test_a_clock_set_back_while_nobody_looked_shows_by_the_rows():
    state = State()
    state.apply([PutNotification(PAGE)])
    assert SteadyWatch.over(state, NOW - HOUR, 5.0).set_back(NOW - HOUR, 5.0) == HOUR
    assert SteadyWatch.over(State(), NOW, 5.0).set_back(NOW, 5.0) == timedelta(0)


def test_timers_and_pages_are_due_so_much_earlier():
    state = State()
    state.apply([SetTimer(Timer("step:a1:r", "step", NOW + HOUR, "a1", "r")), PutNotification(PAGE)])
    state.apply(brought_forward(state, HOUR))
    assert state.timers["step:a1:r"].due == NOW
    assert state.outbox["n1"].due == NOW - HOUR
    assert "60 min" in fault_of(HOUR).text
