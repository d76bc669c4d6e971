"""The dispatcher with a fake engine and a fake notifier, on a clock that jumps to what comes next."""

import logging
from datetime import timedelta
from threading import Event as ThreadEvent

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from router.core.inputs import DeliveryReported, HandedOver, SendOutcome
from router.dispatch import dispatch, in_thread
from router.errors import Secret
from router.notifiers import Message, SendResult
from tests.dispatch_desk import DETAIL, START, Desk, FakeEngine, FakeNotifier, channel, desk, page


@pytest.fixture
def clock(autojump_clock: MockClock) -> MockClock:
    return autojump_clock


async def test_a_page_is_handed_over_before_it_is_sent_and_reported_after(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.commit = trio.Event()
        it.engine.put(page("p1"))
        await wait_all_tasks_blocked()
        assert it.notifier.sent == []
        it.engine.commit.set()
        await wait_all_tasks_blocked()
        assert it.engine.inputs == [HandedOver(("p1",)), DeliveryReported("p1", "accepted")]
        assert it.notifier.sent[0].alert_id == "a1"


async def test_what_is_due_together_is_handed_over_together(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=5), channel("sms")) as it:
        it.engine.put(page("p1"), page("p2"), page("p3", channel="sms"))
        await wait_all_tasks_blocked()
        assert it.engine.inputs[0] == HandedOver(("p1", "p2", "p3"))


async def test_a_second_hand_over_does_not_wait_for_the_first(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.commit = trio.Event()
        it.engine.put(page("p1"))
        await wait_all_tasks_blocked()
        slow, it.engine.commit = it.engine.commit, trio.Event()
        it.engine.commit.set()
        it.engine.put(page("p2"))
        await wait_all_tasks_blocked()
        assert it.notifier.titles == ["p2"]
        slow.set()
        await wait_all_tasks_blocked()
        assert it.notifier.titles == ["p2", "p1"]


async def test_a_page_waits_until_it_is_due(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.put(page("p1", after=100, status="retrying"))
        await trio.sleep(99.9)
        assert it.notifier.sent == []
        await trio.sleep(0.2)
        assert it.notifier.titles == ["p1"]


async def test_a_clock_that_is_set_forward_is_noticed_within_30_seconds(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.put(page("p1", after=3600))
        await wait_all_tasks_blocked()
        it.engine.offset = timedelta(hours=1)
        await trio.sleep(31)
        assert it.notifier.titles == ["p1"]


async def test_a_page_that_was_withdrawn_during_the_commit_is_not_sent(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.commit = trio.Event()
        it.engine.put(page("p1"), page("p2"))
        await wait_all_tasks_blocked()
        del it.engine.rows["p1"]
        it.engine.commit.set()
        await wait_all_tasks_blocked()
        assert it.notifier.titles == ["p2"]
        it.engine.put(page("p3"), page("p4"))
        await wait_all_tasks_blocked()
        assert sorted(it.notifier.titles) == ["p2", "p3", "p4"]


async def test_a_page_that_the_engine_does_not_hand_over_is_not_sent_until_it_changes(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.ignored.add("p1")
        it.engine.put(page("p1"))
        await trio.sleep(100)
        assert (it.engine.inputs, it.notifier.sent) == ([HandedOver(("p1",))], [])
        it.engine.ignored.clear()
        it.engine.put(page("p1", status="retrying"))
        await wait_all_tasks_blocked()
        assert it.engine.outcomes == {"p1": "accepted"}


async def test_the_text_sent_is_the_one_in_force_at_the_commit(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.commit = trio.Event()
        it.engine.put(page("p1"))
        await wait_all_tasks_blocked()
        it.engine.put(page("p1", html="<b>new</b>"))
        it.engine.commit.set()
        await wait_all_tasks_blocked()
        assert [message.html for message in it.notifier.sent] == ["<b>new</b>"]


async def test_a_page_is_sent_once_while_its_report_is_under_way(clock: MockClock) -> None:
    async with desk() as it:
        it.seconds["p1"] = 10
        it.engine.put(page("p1"))
        for _ in range(5):
            await trio.sleep(1)
            it.engine.changed.set()
        await trio.sleep(10)
        assert it.notifier.titles == ["p1"]


async def test_a_critical_page_overtakes_a_queue(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1)) as it:
        names = [f"p{number}" for number in range(5)]
        it.seconds = dict.fromkeys([*names, "critical"], 1.0)
        it.engine.put(*(page(name, created_at=START + timedelta(milliseconds=int(name[1]))) for name in names))
        await trio.sleep(0.5)
        it.engine.put(page("critical", priority=0, created_at=START + timedelta(minutes=1)))
        await trio.sleep(10)
        assert it.notifier.titles == ["p0", "critical", "p1", "p2", "p3", "p4"]


async def test_no_more_sends_run_than_the_channel_allows(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=3)) as it:
        it.seconds = {f"p{number}": 1.0 for number in range(10)}
        it.engine.put(*(page(name) for name in it.seconds))
        await trio.sleep(10)
        assert (it.most, len(it.notifier.sent)) == (3, 10)


async def test_a_hung_channel_delays_no_other(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=8), channel("sms")) as it:
        hung = [f"h{number}" for number in range(20)]
        it.seconds = dict.fromkeys(hung, 1e6)
        it.engine.put(*(page(name) for name in hung))
        await wait_all_tasks_blocked()
        for number in range(100):
            it.engine.put(page(f"p{number}", channel="sms"))
            before = trio.current_time()
            await wait_all_tasks_blocked()
            assert it.notifier.titles[-1] == f"p{number}"
            assert trio.current_time() == before


async def test_no_answer_in_time_is_unknown_and_the_slot_stays_taken(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1, timeout=timedelta(seconds=20))) as it:
        it.seconds = {"p1": 60}
        it.engine.put(page("p1"), page("p2", created_at=START + timedelta(seconds=1)))
        await trio.sleep(20.5)
        assert it.engine.reports == [DeliveryReported("p1", "unknown", "no answer after 20 s", seconds=20.0)]
        assert it.notifier.titles == []
        await trio.sleep(40)
        assert it.notifier.titles == ["p1", "p2"]
        assert it.engine.outcomes == {"p1": "unknown", "p2": "accepted"}
        assert len(it.engine.reports) == 2


async def test_a_page_held_by_busy_threads_for_two_minutes_counts_as_failed(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1)) as it:
        it.seconds = {"p1": 1e6}
        it.engine.put(page("p1"), page("p2", created_at=START + timedelta(seconds=1)))
        await trio.sleep(119)
        assert "p2" not in it.engine.outcomes
        await trio.sleep(2)
        report = it.engine.reports[-1]
        assert (report.notification_id, report.outcome, report.held) == ("p2", "failed", True)
        assert report.detail.startswith("held for more than 120 s by channel mail")
        await trio.sleep(300)
        assert len(it.engine.reports) == 2


async def test_a_held_page_is_reported_once_also_when_the_engine_is_slow(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1)) as it:
        it.seconds = {"p1": 1e6}
        it.engine.put(page("p1"), page("p2", created_at=START + timedelta(seconds=1)))
        await trio.sleep(100)
        it.engine.room = trio.Event()
        await trio.sleep(500)
        it.engine.room.set()
        await trio.sleep(100)
        assert [report.notification_id for report in it.engine.reports].count("p2") == 1


async def test_a_rate_lets_a_burst_through_and_then_its_pace(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=9, rate=(2, timedelta(seconds=20)))) as it:
        it.engine.put(*(page(f"p{number}") for number in range(5)))
        await trio.sleep(0.1)
        assert len(it.notifier.sent) == 2
        await trio.sleep(10)
        assert len(it.notifier.sent) == 3
        await trio.sleep(20)
        assert len(it.notifier.sent) == 5


async def test_a_page_held_by_the_rate_for_two_minutes_counts_as_failed(clock: MockClock) -> None:
    async with desk(channel("mail", rate=(1, timedelta(minutes=5)))) as it:
        it.engine.put(page("p1"), page("p2"))
        await trio.sleep(121)
        assert it.engine.outcomes == {"p1": "accepted", "p2": "failed"}
        assert it.engine.reports[-1].held


async def test_pages_that_were_due_before_the_start_are_not_held(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1)) as it:
        it.seconds = {"p1": 5.0}
        it.engine.put(page("p1", after=-7200), page("p2", after=-7200))
        await trio.sleep(10)
        assert it.engine.outcomes == {"p1": "accepted", "p2": "accepted"}


@pytest.mark.parametrize("outcome", ["accepted", "refused", "failed", "unknown"])
async def test_the_notifiers_outcome_is_reported(clock: MockClock, outcome: SendOutcome) -> None:
    async with desk() as it:
        it.notifier.answers["p1"] = SendResult(outcome, DETAIL)
        it.seconds["p1"] = 2.5
        it.engine.put(page("p1"))
        await trio.sleep(5)
        assert it.engine.reports == [DeliveryReported("p1", outcome, DETAIL, seconds=2.5)]


async def test_a_notifier_that_breaks_is_a_failed_send_without_secrets(
    clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(channel("mail", url="json://user:s3cretS3cret@host")) as it:
        it.notifier.answers["p1"] = ZeroDivisionError("at s3cretS3cret")
        it.engine.put(page("p1"), page("p2"))
        await wait_all_tasks_blocked()
        assert it.engine.outcomes == {"p1": "failed", "p2": "accepted"}
        details = {report.notification_id: report.detail for report in it.engine.reports}
        assert details == {"p1": "the notifier broke: ZeroDivisionError", "p2": ""}
    assert "ZeroDivisionError: at •••" in caplog.text
    assert "s3cret" not in caplog.text


async def test_a_machine_without_threads_is_a_failed_send(clock: MockClock) -> None:
    async def no_thread(*_: object) -> SendResult:
        raise RuntimeError("can't start new thread")

    async with desk(run_sync=no_thread) as it:
        it.engine.put(page("p1"))
        await wait_all_tasks_blocked()
        assert it.engine.reports[0].detail == "no thread for it: can't start new thread"


async def test_the_address_is_filled_in(clock: MockClock) -> None:
    async with desk(channel("sms", url="twilio://sid:token@+1/{address}")) as it:
        it.addresses["alice", "sms"] = Secret("+49 170/1")
        it.engine.put(page("p1", channel="sms", person="alice"))
        await wait_all_tasks_blocked()
        assert it.notifier.sent[0].url == Secret("twilio://sid:token@+1/%2B49%20170%2F1")


async def test_a_channel_that_is_gone_is_refused_with_a_reason(clock: MockClock) -> None:
    async with desk() as it:
        it.engine.put(page("p1", channel="pager"))
        await wait_all_tasks_blocked()
        detail = "there is no channel pager in the rules any more"
        assert it.engine.inputs == [HandedOver(("p1",)), DeliveryReported("p1", "refused", detail)]


async def test_an_address_that_is_gone_is_refused_and_frees_the_slot(clock: MockClock) -> None:
    async with desk(channel("sms", url="twilio://sid:token@+1/{address}", concurrency=1)) as it:
        it.addresses["bob", "sms"] = Secret("+1")
        it.engine.put(page("p1", channel="sms", person="alice"), page("p2", channel="sms", person="bob"))
        await wait_all_tasks_blocked()
        assert it.engine.reports[0].detail == "alice has no address for sms in the rules any more"
        assert it.engine.outcomes == {"p1": "refused", "p2": "accepted"}


async def test_a_reload_counts_at_once(clock: MockClock) -> None:
    async with desk(channel("mail", concurrency=1)) as it:
        it.seconds = {f"p{number}": 10.0 for number in range(4)}
        it.engine.put(*(page(name) for name in it.seconds))
        await trio.sleep(1)
        it.channels["mail"] = channel("mail", url="json://elsewhere", concurrency=3)
        it.engine.changed.set()
        await trio.sleep(1)
        assert it.running == 3
        await trio.sleep(20)
        assert it.notifier.sent[-1].url == Secret("json://elsewhere")


async def test_a_stop_takes_nothing_new_and_lets_running_sends_end(clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        async with desk(channel("mail", concurrency=1)) as it:
            it.seconds = {"p1": 2}
            it.engine.put(page("p1"), page("p2"))
            await trio.sleep(1)
            it.stop.set()
            await trio.sleep(1.9)
            assert it.engine.outcomes == {"p1": "accepted"}
            assert it.notifier.titles == ["p1"]
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(("takes", "stops_after"), [(0.0, 0.0), (2.0, 2.0), (60.0, 3.0)])
async def test_a_stop_ends_within_its_grace(clock: MockClock, takes: float, stops_after: float) -> None:
    engine, notifier, stop = FakeEngine(), FakeNotifier(), trio.Event()
    it = Desk(engine, notifier, {"mail": channel("mail")}, {}, stop, seconds={"p1": takes})
    engine.put(page("p1"))
    async with trio.open_nursery() as nursery:
        await nursery.start(
            lambda task_status: dispatch(
                engine,
                notifier,
                channels=lambda: it.channels,
                addresses=dict,
                stop=stop,
                run_sync=it.run_sync,
                task_status=task_status,
            )
        )
        await wait_all_tasks_blocked()
        stop.set()
        began = trio.current_time()
    assert trio.current_time() - began == pytest.approx(stops_after)
    assert len(engine.reports) == (takes <= 3)


async def test_hung_threads_hold_up_neither_other_channels_nor_the_end() -> None:
    """Real threads: eight hang, a ninth send goes through, and the dispatcher still returns."""
    release = ThreadEvent()

    class Hanging(FakeNotifier):
        def send(self, message: Message) -> SendResult:
            if message.channel == "mail":
                release.wait(10)
            return super().send(message)

    engine, notifier, stop = FakeEngine(), Hanging(), trio.Event()
    channels = {"mail": channel("mail", concurrency=8), "sms": channel("sms")}
    engine.put(*(page(f"h{number}") for number in range(8)), page("p1", channel="sms"))
    try:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    lambda: dispatch(
                        engine,
                        notifier,
                        channels=lambda: channels,
                        addresses=dict,
                        stop=stop,
                        grace=0.0,
                        run_sync=in_thread,
                    )
                )
                while "p1" not in engine.outcomes:
                    await trio.sleep(0.001)
                stop.set()
    finally:
        release.set()
    assert engine.outcomes == {"p1": "accepted"}


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("router.dispatch").setLevel(logging.WARNING)
