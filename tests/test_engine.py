"""Decide, commit, reply: nothing is confirmed before it is committed, and no store or mistake stops the loop.

The clock jumps (`autojump_clock`); no thread works here, so that it never jumps while something is under way.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from router.core.inputs import Acknowledged, EventReceived, FaultOccurred, HandedOver
from router.core.model import Event
from router.core.rules import Facts, Rules, Text
from router.core.state import State
from router.engine import Engine, Stuck
from router.errors import StoreUnavailableError
from router.stores import Entry, Store, open_store
from tests.core.playbook import DAY, freezer_rules, rules


class Flaky:
    """The real store, whose commits can be made to fail; remembers what it was given."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.failures = 0
        self.commits: list[list[Entry]] = []

    def commit(self, entries: Sequence[Entry]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailableError("disk full")
        self.commits.append(list(entries))
        self.store.commit(entries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


async def inline(call: Callable[..., Any], *args: Any) -> Any:
    await trio.lowlevel.checkpoint()
    return call(*args)


def now() -> datetime:
    """The test's wall clock goes with trio's."""
    return DAY + timedelta(seconds=trio.current_time())


def event(sensor: str, number: int = 1, **fields: Any) -> Event:
    given: dict[str, Any] = {
        "id": f"{sensor}-{number}",
        "source": "plant",
        "kind": "measurement alarm",
        "status": "firing",
        "key": sensor,
        "arrived_at": now(),
        "level": "critical",
    }
    return Event(**(given | fields))


class House:
    """An engine that runs on a real SQLite file."""

    def __init__(self, path: Path, rules_: Rules) -> None:
        self.path = path
        self.rules = rules_
        self.stuck: list[Stuck] = []
        self.clock: Callable[[], datetime] = now

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Engine]:
        async def on_stuck(stuck: Stuck) -> None:
            self.stuck.append(stuck)

        store = open_store(f"sqlite:///{self.path}/alarms.db", "serve")
        try:
            self.store = Flaky(store)
            engine = Engine(self.rules, self.store, self.clock, inline, on_stuck, State.of(store.load()))
            async with trio.open_nursery() as nursery:
                await nursery.start(engine.run)
                yield engine
                engine.finish()
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, freezer_rules())


async def test_an_input_is_confirmed_only_after_its_commit(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        committed_then: list[int] = []
        before = len(house.store.commits)
        await engine.submit(EventReceived(event("f3")), lambda: committed_then.append(len(house.store.commits)))
        await engine.decided(HandedOver(()))
        assert committed_then == [before + 1]


async def test_confirmations_come_in_the_order_of_submission(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        order: list[int] = []
        for number in range(50):
            await engine.submit(EventReceived(event("f3", number)), lambda number=number: order.append(number))  # type: ignore[misc]
        await engine.decided(HandedOver(()))
        assert order == list(range(50))


async def test_what_waits_is_committed_together(house: House, autojump_clock: trio.testing.MockClock) -> None:
    async with house.open() as engine:
        before = len(house.store.commits)
        for number in range(200):
            await engine.submit(EventReceived(event("f3", number)))
        await engine.decided(HandedOver(()))
        assert len(house.store.commits) - before < 5


async def test_a_full_mailbox_makes_the_submitter_wait(house: House, autojump_clock: trio.testing.MockClock) -> None:
    async with house.open() as engine:
        house.store.failures = 5
        async with trio.open_nursery() as nursery:
            for number in range(2600):
                nursery.start_soon(engine.submit, EventReceived(event("f3", number)))
            await trio.testing.wait_all_tasks_blocked()
            assert engine.waiting == 2000
        await engine.decided(HandedOver(()))
        assert engine.state.alerts[engine.state.by_key["f3"]].count == 2600


async def test_an_event_that_is_in_the_journal_decides_nothing_after_a_restart(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        decision = await engine.decided(EventReceived(event("f3")))
        assert decision.trace.verdict == "opened"
    async with house.open() as engine:
        again = await engine.decided(EventReceived(event("f3")))
        assert again.trace.verdict == "duplicate"
        assert len(engine.outbox()) == 2


async def test_the_same_event_twice_in_one_batch_decides_once(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        await engine.submit(EventReceived(event("f3")))
        await engine.submit(EventReceived(event("f3")))
        await engine.decided(HandedOver(()))
        assert engine.state.alerts[engine.state.by_key["f3"]].count == 1


async def test_a_store_that_refuses_is_tried_again_and_nothing_is_confirmed_meanwhile(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        house.store.failures = 4
        confirmed = trio.Event()
        await engine.submit(EventReceived(event("f3")), confirmed.set)
        with trio.move_on_after(0.5):
            await confirmed.wait()
        assert not confirmed.is_set()
        await confirmed.wait()
        assert not house.stuck


async def test_after_30_seconds_people_are_told_without_the_store_once_then_hourly(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        house.store.failures = 100
        await engine.submit(EventReceived(event("f3")))
        await trio.sleep(29)
        await engine.submit(EventReceived(event("f4")))
        assert not house.stuck
        await trio.sleep(300)
        [told] = house.stuck
        assert (told.reason, told.waiting, [each.key for each in told.events]) == ("disk full", 2, ["f3", "f4"])
        house.store.failures = 100_000
        await trio.sleep(3600)
        assert len(house.stuck) == 2
        house.store.failures = 0
        await engine.decided(HandedOver(()))
        cause = engine.state.by_key["fault/store"]
        assert "told directly" in str(engine.state.alerts[cause].event.message)


async def test_a_store_that_does_not_answer_at_all_is_told_too(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        answers = trio.Event()

        async def hangs(call: Callable[..., Any], *args: Any) -> Any:
            await answers.wait()
            return await inline(call, *args)

        engine.run_sync = hangs
        await engine.submit(EventReceived(event("f3")))
        await trio.sleep(100)
        [told] = house.stuck
        assert (told.reason, told.waiting) == ("it does not answer", 1)
        assert trio.current_time() - engine.pulse < 5  # it waits; a restart would not help
        answers.set()
        await engine.decided(HandedOver(()))
        assert "f3" in engine.state.by_key


async def test_a_decision_that_fails_is_kept_told_and_not_the_end(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    def breaks(facts: Facts) -> Text:
        if facts.reason == "raised":
            raise ZeroDivisionError
        return Text(facts.reason, facts.reason)

    house.rules = rules(*house.rules.rules, policies=tuple(house.rules.policies.values()), render=breaks)
    async with house.open() as engine:
        decision = await engine.decided(EventReceived(event("f3")))
        assert decision.trace.verdict == "failed"
        assert "f3" not in engine.state.by_key
        await engine.decided(FaultOccurred("x", "y"))
        assert engine.state.alerts[engine.state.by_key["fault/decision failed f3"]].open
        [record] = house.store.store.history.timeline(DAY - timedelta(days=1))
        assert "ZeroDivisionError" in record.detail["traceback"]


async def test_a_timer_whose_decision_fails_does_not_spin(house: House, autojump_clock: trio.testing.MockClock) -> None:
    def breaks(facts: Facts) -> Text:
        if facts.reason == "escalated":
            raise ZeroDivisionError
        return Text(facts.reason, facts.reason)

    house.rules = rules(*house.rules.rules, policies=tuple(house.rules.policies.values()), render=breaks)
    async with house.open() as engine, trio.open_nursery() as nursery:
        nursery.start_soon(engine.ring)
        await engine.decided(EventReceived(event("f3")))
        await trio.sleep(301)
        before = len(house.store.commits)
        await trio.sleep(60)
        assert len(house.store.commits) <= before + 1
        assert engine.state.timers
        nursery.cancel_scope.cancel()


async def test_the_clock_posts_each_due_timer_once_and_a_late_one_too(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine, trio.open_nursery() as nursery:
        nursery.start_soon(engine.ring)
        await engine.decided(EventReceived(event("f3")))
        await trio.sleep(301)
        alert = engine.state.alerts[engine.state.by_key["f3"]]
        assert alert.routes[0].step == 2
        await engine.decided(Acknowledged(alert.id, "bob"))
        nursery.cancel_scope.cancel()
    async with house.open() as engine, trio.open_nursery() as nursery:
        await trio.sleep(9000)  # the acknowledgement ran out long ago
        nursery.start_soon(engine.ring)
        await trio.sleep(1)
        assert engine.state.alerts[alert.id].status == "firing"
        nursery.cancel_scope.cancel()


async def test_a_clock_set_back_makes_nobody_wait_longer(house: House, autojump_clock: trio.testing.MockClock) -> None:
    async with house.open() as engine, trio.open_nursery() as nursery:
        nursery.start_soon(engine.ring)
        await engine.decided(EventReceived(event("f3")))
        engine.now = lambda: now() - timedelta(hours=2)
        await trio.sleep(301)
        alert = engine.state.alerts[engine.state.by_key["f3"]]
        assert alert.routes[0].step == 2
        assert engine.state.by_key["fault/clock"]
        dues = {timer.id: timer.due for timer in engine.state.timers.values()}
        nursery.cancel_scope.cancel()
    house.clock = lambda: now() - timedelta(hours=2)
    async with house.open() as engine:  # a restart does not hurry what is set by the right clock
        assert {timer.id: timer.due for timer in engine.state.timers.values()} == dues


async def test_other_rules_are_in_force_from_the_next_input_on(
    house: House, autojump_clock: trio.testing.MockClock
) -> None:
    async with house.open() as engine:
        await engine.replace_rules(rules())
        decision = await engine.decided(EventReceived(event("f3")))
        assert decision.trace.verdict == "unrouted"


async def test_waiters_hear_that_the_outbox_changed(house: House, autojump_clock: trio.testing.MockClock) -> None:
    async with house.open() as engine:
        await engine.submit(EventReceived(event("f3")))
        await engine.wait_changed()
        assert len(engine.outbox()) == 2


async def test_finish_decides_what_waits(house: House, autojump_clock: trio.testing.MockClock) -> None:
    confirmed = trio.Event()
    async with house.open() as engine:
        await engine.submit(EventReceived(event("f3")), confirmed.set)
    assert confirmed.is_set()
