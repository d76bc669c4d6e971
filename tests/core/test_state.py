"""The rows in memory: indexes that say the same after every change, and what is due."""

from datetime import timedelta

from router.core.changes import CancelTimer, ForgetAlert, PutAlert, PutNotification, Record, SetTimer
from router.core.model import Alert, Timer, changed
from router.core.state import Rows, State, next_due
from tests.core.playbook import DAY, Playbook, clock, firing, freezer_rules, recovered


def alert(id_: str, key: str = "k", *, measured: str | None = None) -> Alert:
    event = Playbook(freezer_rules()).event(key, "firing")
    return Alert(id_, key, "firing", event, DAY, DAY, DAY, measured=measured)


def timer(id_: str, minutes: int) -> Timer:
    return Timer(id_, "step", DAY + timedelta(minutes=minutes))


def test_the_newest_alert_of_a_key_is_found_also_after_an_older_one_is_written() -> None:
    state = State()
    state.apply([PutAlert(alert("old")), PutAlert(alert("new")), PutAlert(changed(alert("old"), count=2))])
    assert state.by_key == {"k": "new"}


def test_when_the_newest_is_forgotten_the_one_before_it_is_found() -> None:
    state = State()
    state.apply(PutAlert(alert(id_)) for id_ in ("1", "2", "3", "4"))
    state.apply([ForgetAlert("2"), ForgetAlert("4")])
    assert state.by_key == {"k": "3"}
    state.apply([ForgetAlert("3")])
    assert state.by_key == {"k": "1"}
    state.apply([ForgetAlert("1"), ForgetAlert("1")])
    assert state == State()


def test_what_a_sensor_keeps_open_is_found_until_it_is_forgotten() -> None:
    state = State()
    state.apply([PutAlert(alert("1", measured="a")), PutAlert(alert("2", measured="b"))])
    assert state.measured == {"k": ("1", "2")}
    state.apply([ForgetAlert("1")])
    assert state.measured == {"k": ("2",)}
    state.apply([ForgetAlert("2")])
    assert state.measured == {}


def test_timers_come_due_in_order_and_a_replaced_one_once() -> None:
    state = State()
    assert next_due(state) is None
    state.apply([SetTimer(timer("b", 2)), SetTimer(timer("a", 1)), SetTimer(timer("c", 9)), SetTimer(timer("c", 3))])
    assert next_due(state) == clock("0:01")
    assert [each.id for each in state.due(clock("0:03"))] == ["a", "b", "c"]
    state.apply([CancelTimer("a"), CancelTimer("a")])
    assert [each.id for each in state.due(clock("0:02"))] == ["b"]
    assert next_due(state) == clock("0:02")


def test_a_timer_moved_to_later_is_not_due_at_its_old_time() -> None:
    state = State()
    state.apply([SetTimer(timer("a", 1)), SetTimer(timer("a", 5))])
    assert state.due(clock("0:04")) == []
    assert next_due(state) == clock("0:05")


def test_what_was_replaced_does_not_pile_up() -> None:
    state = State()
    state.apply(SetTimer(timer("a", minute)) for minute in range(1000))
    assert len(state._due) < 100
    assert next_due(state) == clock("0:00") + timedelta(minutes=999)


def test_rows_give_the_state_again() -> None:
    book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).unsent(firing("f4"))
    state = book.simulation.state
    again = State.of(state.rows())
    assert (again.alerts, again.timers, again.outbox) == (state.alerts, state.timers, state.outbox)
    assert again.pages_of(book.alert("f3").id) == state.pages_of(book.alert("f3").id)
    assert State.of(Rows()) == State()


def test_a_notification_that_came_to_its_end_is_not_kept() -> None:
    book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3"))
    sent = changed(book.page("slack"), status="sent")
    state = State()
    state.apply([PutNotification(book.page("slack")), PutNotification(sent), PutNotification(sent)])
    assert state == State()


def test_a_record_is_for_the_store_only() -> None:
    state = State()
    state.apply([Record("a", DAY, "opened", {})])
    assert state == State()


def test_recoveries_too_old_to_matter_are_forgotten_so_that_memory_is_bounded() -> None:
    book = Playbook(freezer_rules())
    for day in range(100):
        book.at(f"{day}d 10:00", recovered(f"f{day}"))
    assert len(book.simulation.state.recoveries) <= 33
    assert "f99" in book.simulation.state.recoveries


def test_a_recovery_heard_again_is_among_the_newest() -> None:
    book = Playbook(freezer_rules()).at("10:00", recovered("f1")).at("30d 10:00", recovered("f1"))
    book.at("40d 10:00", recovered("f2"))
    assert set(book.simulation.state.recoveries) == {"f1", "f2"}
