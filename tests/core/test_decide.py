"""The one decision as a whole: pure, decided once, and timers that are not due decide nothing."""

from router.core.decide import decide
from router.core.inputs import TimerDue
from tests.core.playbook import Playbook, clock, firing, freezer_rules, recovered


def test_it_reads_the_state_and_leaves_it() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    state = book.simulation.state
    before = (state.rows(), repr(state))
    inputs = [firing("f3", id="n")(book), recovered("f3")(book), TimerDue(state.timers_of(book.alert("f3").id)[0].id)]
    for input_ in inputs:
        assert decide(book.simulation.rules, state, input_, clock("11:00")).changes
    assert (state.rows(), repr(state)) == before


def test_a_timer_that_is_gone_or_not_yet_due_decides_nothing() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    [timer] = book.simulation.state.timers_of(book.alert("f3").id)
    for input_ in (TimerDue("gone"), TimerDue(timer.id)):
        book.at("10:01", input_).is_("no such timer")
        assert book.decision is not None
        assert book.decision.changes == ()


def test_an_alert_is_kept_in_memory_until_its_last_text_has_come_to_an_end() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).failing("slack").at("10:01", recovered("f3"))
    book.at("10:30")
    assert "f3" in book.simulation.state.by_key
    book.failing().at("11:00")
    assert "f3" not in book.simulation.state.by_key


def test_an_alert_that_somebody_resolved_leaves_no_timer_behind() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3")).at("10:10")
    assert book.simulation.state.rows().timers == ()
