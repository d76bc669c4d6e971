"""What every store must do. A store joins by a class that inherits `StoreContract` and has the fixture `opener`."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.core.changes import (
    CancelTimer,
    Change,
    ForgetAlert,
    PutAlert,
    PutNotification,
    PutRecovery,
    PutTally,
    Record,
    SetTimer,
)
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
from router.core.model import NO_LABELS, Tally
from router.core.state import Rows, State
from router.stores import Counts, Store, StoreInUseError
from tests.stores.contract_history import HistoryContract
from tests.stores.samples import NOW, Opener, alert, entry, event, later, page, recovery, request, resolved, timer

INPUTS: tuple[Input, ...] = (
    EventReceived(event()),
    EventReceived(event("bare", labels=NO_LABELS, value=None, level="info", doubts=())),
    EventReceived(event("odd", value=math.inf, delay=-0.1, message='"\x00\n€😀', labels={"": ""})),
    MessageRejected("m1", "cold-chain", "no JSON", "{\x00", NOW),
    Acknowledged("a1", "bob", "page"),
    ResolveRequested("a1", "bob", "link", "r9"),
    TimerDue("a1/step"),
    HandedOver(("p1", "p2")),
    DeliveryReported("p1", "unknown", "no answer in 20 s", 20.25, held=True),
    FaultOccurred("source cold-chain link", "no link", lasting=False),
    FaultEnded("source cold-chain link", "link is back"),
    RulesReplaced("abc"),
    Started(),
)

names = st.sampled_from(["a", "b", "c"])
instants = st.integers(0, 10**6).map(lambda number: NOW + timedelta(microseconds=number))
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda name, count: PutAlert(alert(name, count=count)), names, st.integers(1, 5)),
    st.builds(lambda name: PutAlert(resolved(name)), names),
    st.builds(lambda name: PutAlert(alert(name, fault="lasting", routes=(), measured="m")), names),
    st.builds(ForgetAlert, names),
    st.builds(lambda name, due: SetTimer(timer(name, name, due)), names, instants),
    st.builds(CancelTimer, names),
    st.builds(
        lambda name, status: PutNotification(page(name, status=status)),
        names,
        st.sampled_from(["waiting", "underway", "retrying", "sent", "failed", "withdrawn"]),
    ),
    st.builds(lambda key, at: PutRecovery(recovery(key, at)), names, instants),
    st.builds(lambda name, used: PutTally(Tally(name, NOW, used, alerts=("a", "b"))), names, st.integers(0, 5)),
    st.builds(lambda name, at: Record(name, at, "updated", {"value": 1}), names, instants),
)


def by_id(rows: Rows) -> dict[str, dict[str, Any]]:
    return {
        "alerts": {row.id: row for row in rows.alerts},
        "timers": {row.id: row for row in rows.timers},
        "notifications": {row.id: row for row in rows.notifications},
        "recoveries": {row.key: row for row in rows.recoveries},
        "tallies": {row.name: row for row in rows.tallies},
    }


class StoreContract(HistoryContract):
    @pytest.fixture
    def store(self, opener: Opener) -> Iterator[Store]:
        store = opener("serve")
        yield store
        store.close()

    # --- rows

    def test_a_new_store_holds_nothing(self, store: Store) -> None:
        assert store.load() == Rows()
        assert list(store.journal()) == []
        assert store.requests() == []
        assert store.history.counts() == Counts()
        assert list(store.history.alerts("all", "both")) == []

    def test_what_was_committed_is_there_after_reopening(self, store: Store, opener: Opener) -> None:
        rows = Rows((alert(),), (timer(),), (page(),), (recovery(),), (Tally("unrouted", NOW, 2, 1, ("a1",)),))
        store.commit(
            [
                entry(
                    None,
                    PutAlert(rows.alerts[0]),
                    SetTimer(rows.timers[0]),
                    PutNotification(rows.notifications[0]),
                    PutRecovery(rows.recoveries[0]),
                    PutTally(rows.tallies[0]),
                )
            ]
        )
        store.close()
        assert opener("serve").load() == rows

    def test_finished_notifications_and_forgotten_alerts_are_not_loaded(self, store: Store) -> None:
        store.commit([entry(None, PutAlert(resolved()), PutNotification(page()))])
        store.commit([entry(TimerDue("x"), ForgetAlert("a1"), PutNotification(page(status="sent")))])
        assert store.load() == Rows()
        assert store.history.alert("a1") is not None

    def test_an_alert_put_after_being_forgotten_is_loaded_again(self, store: Store) -> None:
        store.commit([entry(None, PutAlert(resolved()), ForgetAlert("a1"))])
        assert store.load().alerts == ()
        store.commit([entry(TimerDue("x"), PutAlert(alert()))])
        assert store.load().alerts == (alert(),)

    def test_alerts_load_in_the_order_in_which_they_opened(self, store: Store) -> None:
        store.commit([entry(None, *(PutAlert(alert(name)) for name in "zma"))])
        store.commit([entry(TimerDue("x"), PutAlert(alert("z", count=2)))])
        assert [loaded.id for loaded in store.load().alerts] == ["z", "m", "a"]

    def test_the_last_change_of_a_row_in_a_batch_wins(self, store: Store) -> None:
        store.commit(
            [
                entry(None, PutAlert(alert()), SetTimer(timer()), PutNotification(page())),
                entry(TimerDue("x"), PutAlert(alert(count=2)), CancelTimer("a1/step")),
                entry(TimerDue("y"), PutNotification(page(status="sent"))),
            ]
        )
        assert store.load() == Rows(alerts=(alert(count=2),))

    def test_equal_words_of_loaded_alerts_are_one_object(self, store: Store) -> None:
        store.commit([entry(None, PutAlert(alert("a")), PutAlert(alert("b")))])
        one, other = store.load().alerts
        assert one.event.severity is other.event.severity
        assert one.event.labels is other.event.labels
        assert one.routes[0].rule is other.routes[0].rule

    def test_an_empty_commit_is_fine(self, store: Store) -> None:
        store.commit([])
        assert list(store.journal()) == []

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(batches=st.lists(st.lists(st.lists(changes, max_size=4), max_size=3), max_size=3))
    def test_load_equals_the_state_that_applied_the_same_changes(
        self, fresh: Callable[[], Store], batches: list[list[list[Change]]]
    ) -> None:
        store, state = fresh(), State()
        for batch in batches:
            store.commit([entry(TimerDue("x"), *each) for each in batch])
            for each in batch:
                state.apply(each)
        assert by_id(store.load()) == by_id(state.rows())
        store.close()

    # --- journal

    def test_every_kind_of_input_comes_back_exactly(self, store: Store) -> None:
        store.commit([entry(given, at=later(number)) for number, given in enumerate(INPUTS)])
        lines = list(store.journal())
        assert [line.input for line in lines] == list(INPUTS)
        assert [line.at for line in lines] == [later(number) for number in range(len(INPUTS))]
        assert [line.seq for line in lines] == sorted({line.seq for line in lines})

    def test_no_kind_of_input_is_forgotten_in_the_test_above(self) -> None:
        assert {type(each) for each in INPUTS} == set(Input.__args__)  # type: ignore[attr-defined]

    def test_the_journal_can_be_cut_by_time_and_by_seq(self, store: Store) -> None:
        store.commit([entry(TimerDue(str(number)), at=later(number)) for number in range(1200)])
        some = list(store.journal(later(10), later(1190)))
        assert [line.input for line in some] == [TimerDue(str(number)) for number in range(10, 1190)]
        assert list(store.journal(later(10), later(1190), after=some[4].seq)) == some[5:]
        assert list(store.journal(later(5000))) == []

    def test_a_counted_input_leaves_no_line_but_its_changes(self, store: Store) -> None:
        store.commit([entry(None, PutRecovery(recovery()), counted=True)])
        assert list(store.journal()) == []
        assert store.load().recoveries == (recovery(),)

    def test_an_event_said_twice_is_journalled_once_but_its_changes_are_kept(self, store: Store) -> None:
        store.commit([entry(None), entry(None, Record("", NOW, "duplicate", {}))])
        store.commit([entry(None)])
        assert len(list(store.journal())) == 1
        assert [record.what for record in store.history.timeline(NOW)] == ["duplicate"]

    def test_seen_tells_which_messages_are_journalled(self, store: Store) -> None:
        heard = [EventReceived(event(str(number))) for number in range(600)]
        rejected = MessageRejected("700", "cold-chain", "no JSON", "{", NOW)
        store.commit([entry(each) for each in (*heard, rejected)])
        ids = {said_id(each) or "" for each in (*heard, rejected)}
        assert store.seen({*ids, "cold-chain/700", "other/1"}) == ids
        assert store.seen([]) == set()

    def test_times_before_1970_and_far_ahead_come_back(self, store: Store) -> None:
        for at in (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)):
            store.commit([entry(TimerDue("x"), SetTimer(timer(due=at)), at=at)])
            assert store.load().timers[0].due == at
            assert at in [line.at for line in store.journal()]

    # --- what a text may hold

    @pytest.mark.parametrize("text", ["lone \ud800 half", "nul \x00", "😀" * 1000])
    def test_no_text_stops_the_store(self, store: Store, text: str) -> None:
        loud = event(text, message=text)
        changed = (PutAlert(alert(text, event=loud)), Record("", NOW, text, {"text": text, "more": [text]}))
        store.commit([entry(EventReceived(loud), *changed), entry(EventReceived(event("next")))])
        storable = text.replace("\ud800", "\ufffd")
        assert [line.input.event.message for line in store.journal()] == [storable, None]  # type: ignore[union-attr]
        assert store.load().alerts[0].id == storable

    def test_a_huge_whole_number_is_stored_as_a_float(self, store: Store) -> None:
        store.commit([entry(EventReceived(event(value=10**30)))])
        assert next(store.journal()).input.event.value == 1e30  # type: ignore[union-attr]

    # --- requests

    def test_a_request_of_another_process_arrives_and_is_gone_once_met(self, store: Store, opener: Opener) -> None:
        assert store.requests() == []
        command = opener("beside")
        command.ask(request())
        command.ask(request())
        command.ask(request("r2", verb="resolve"))
        asked = store.requests()
        assert asked == [request(), request("r2", verb="resolve")] == store.requests()
        assert command.history.answered("r1") is None
        store.commit([entry(asked[0].input, at=later(2))])
        assert store.requests() == [request("r2", verb="resolve")]
        assert command.requests() == [request("r2", verb="resolve")]
        store.commit([entry(asked[0].input, at=later(9))])
        assert command.history.answered("r1") == later(2)

    def test_a_request_becomes_the_input_that_answers_it(self) -> None:
        assert request().input == Acknowledged("a1", "bob", "command", "r1")
        assert request(verb="resolve").input == ResolveRequested("a1", "bob", "command", "r1")

    def test_a_request_left_while_nothing_ran_is_there_at_the_next_start(self, store: Store, opener: Opener) -> None:
        assert store.requests() == []
        store.ask(request())
        assert store.requests() == [request()]
        store.close()
        assert opener("serve").requests() == [request()]

    def test_a_request_that_arrives_between_two_commits_is_noticed(self, store: Store, opener: Opener) -> None:
        command = opener("beside")
        for number in range(3):
            store.commit([entry(TimerDue(str(number)))])
            command.ask(request(f"r{number}"))
            assert len(store.requests()) == number + 1

    # --- who may

    def test_a_second_serve_is_refused_until_the_first_is_gone(self, store: Store, opener: Opener) -> None:
        with pytest.raises(StoreInUseError):
            opener("serve")
        store.commit([entry(None)])
        store.close()
        assert len(list(opener("serve").journal())) == 1

    def test_a_command_reads_what_serve_has_just_committed(self, store: Store, opener: Opener) -> None:
        command = opener("beside")
        store.commit([entry(None, PutAlert(alert()))])
        assert [row.id for row in command.history.alerts()] == ["a1"]
        assert command.load() == store.load()

    def test_a_command_may_not_commit(self, store: Store, opener: Opener) -> None:
        store.commit([entry(None)])
        with pytest.raises(AssertionError):
            opener("beside").commit([entry(None)])

    def test_closing_twice_is_fine(self, store: Store) -> None:
        store.close()
        store.close()
