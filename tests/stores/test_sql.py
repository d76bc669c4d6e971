"""A batch of decisions as rows, each written once."""

from typing import Any

from router.core.changes import CancelTimer, ForgetAlert, PutAlert, PutNotification, PutTally, Record, SetTimer
from router.core.inputs import Acknowledged, EventReceived, MessageRejected, TimerDue, said_id
from router.core.model import Tally
from router.stores import sql
from router.stores.codec import digest, micros
from router.stores.sql import Batch, request_of, request_row, timer_of
from tests.stores.samples import NOW, alert, entry, event, later, page, request, timer


def writes(*entries: Any) -> dict[str, list[tuple[Any, ...]]]:
    return dict(Batch.of(entries).writes())


def test_nothing_to_write_is_no_statement() -> None:
    assert writes() == {}
    assert set(writes(entry(TimerDue("x")))) == {sql.ADD_JOURNAL}


def test_an_id_is_written_once_with_its_last_value() -> None:
    written = writes(
        entry(TimerDue("1"), PutAlert(alert()), PutNotification(page()), PutTally(Tally("t", NOW))),
        entry(TimerDue("2"), PutAlert(alert(count=2)), PutNotification(page(status="sent")), PutTally(Tally("t", NOW))),
    )
    assert len(written[sql.PUT_ALERT]) == len(written[sql.PUT_NOTIFICATION]) == len(written[sql.PUT_TALLY]) == 1
    assert len(written[sql.ADD_JOURNAL]) == 2
    assert written[sql.PUT_NOTIFICATION][0][2] == 0


def test_a_timer_set_and_cancelled_is_only_deleted_and_the_other_way_round_only_set() -> None:
    set_last = writes(entry(TimerDue("x"), CancelTimer("a1/step"), SetTimer(timer())))
    cancelled_last = writes(entry(TimerDue("x"), SetTimer(timer()), CancelTimer("a1/step")))
    assert sql.CANCEL_TIMER not in set_last
    assert timer_of(set_last[sql.SET_TIMER][0]) == timer()
    assert cancelled_last[sql.CANCEL_TIMER] == [("a1/step",)]
    assert sql.SET_TIMER not in cancelled_last


def test_an_alert_forgotten_in_its_own_batch_is_one_row() -> None:
    both = writes(entry(TimerDue("x"), PutAlert(alert()), ForgetAlert("a1"), ForgetAlert("a2")))
    assert both[sql.PUT_ALERT][0][3] == 1
    assert both[sql.FORGET_ALERT] == [("a2",)]
    again = writes(entry(TimerDue("x"), ForgetAlert("a1"), PutAlert(alert())))
    assert again[sql.PUT_ALERT][0][3] == 0
    assert sql.FORGET_ALERT not in again


def test_a_journal_line_has_the_digest_of_what_a_source_said() -> None:
    rejected = MessageRejected("m1", "plant", "no JSON", "{", NOW)
    written = writes(entry(EventReceived(event())), entry(rejected), entry(TimerDue("x")))
    assert [row[1:3] for row in written[sql.ADD_JOURNAL]] == [
        ("EventReceived", digest(str(said_id(EventReceived(event()))))),
        ("MessageRejected", digest("rejected:plant/m1")),
        ("TimerDue", None),
    ]
    assert written[sql.HEARD] == [("cold-chain", micros(NOW)), ("plant", micros(NOW))]


def test_a_counted_input_is_heard_but_not_journalled() -> None:
    assert set(writes(entry(EventReceived(event()), counted=True))) == {sql.HEARD}


def test_only_an_input_that_answers_a_request_marks_one() -> None:
    written = writes(entry(request().input, at=later(3)), entry(Acknowledged("a1", "bob", "page")))
    assert written[sql.ANSWER] == [(micros(later(3)), "r1")]


def test_alerts_are_written_before_what_refers_to_them() -> None:
    order = list(writes(entry(None, Record("a1", NOW, "x", {}), PutNotification(page()), PutAlert(alert()))))
    assert order.index(sql.PUT_ALERT) < order.index(sql.PUT_NOTIFICATION) < order.index(sql.ADD_RECORD)


def test_a_request_survives_as_a_row() -> None:
    assert request_of(request_row(request())) == request()
