"""A decision in the making: what it has written is seen by what comes later, and the state is not touched."""

import pytest

from router.core.changes import CancelTimer, PutAlert, SetTimer
from router.core.draft import Draft, timer_id_of
from tests.core.playbook import Playbook, clock, firing, freezer_rules


def draft() -> tuple[Draft, str]:
    book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3"))
    simulation = book.simulation
    return Draft(simulation.rules, simulation.state, simulation.now), book.alert("f3").id


def test_what_was_changed_is_read_again_and_the_state_stays() -> None:
    made, alert_id = draft()
    made.change(alert_id, count=7)
    assert made.known(alert_id).count == 7
    assert made.latest("f3") == made.alert(alert_id)
    assert made.state.alerts[alert_id].count == 1
    assert made.changes() == (PutAlert(made.known(alert_id)),)


def test_an_unknown_alert_is_our_mistake() -> None:
    with pytest.raises(AssertionError, match="no alert x"):
        draft()[0].known("x")


def test_timers_of_this_decision_are_seen_with_the_others() -> None:
    made, alert_id = draft()
    made.set_timer("forget", clock("10:01"), alert_id=alert_id)
    assert [timer.kind for timer in made.timers_of(alert_id)] == ["forget", "step"]
    made.cancel_timers(alert_id, "step")
    made.cancel_timer("no such timer")
    assert [timer.kind for timer in made.timers_of(alert_id)] == ["forget"]
    kinds = [type(change) for change in made.changes()]
    assert kinds == [SetTimer, CancelTimer]


def test_a_timer_set_and_cancelled_in_one_decision_was_never_there() -> None:
    made, alert_id = draft()
    made.set_timer("forget", clock("10:01"), alert_id=alert_id)
    made.cancel_timer(timer_id_of("forget", alert_id))
    assert made.changes() == ()


def test_a_page_that_has_come_to_an_end_is_no_longer_among_the_alert_s_pages() -> None:
    made, alert_id = draft()
    first, second = made.pages_of(alert_id)
    from router.core.model import changed

    made.put_page(changed(first, status="sent"))
    assert made.pages_of(alert_id) == [second]
    assert made.page(first.id) == changed(first, status="sent")
