"""A link lost too long and a peer silent too long are faults: once, and ended."""

from contextlib import asynccontextmanager
from datetime import timedelta

import trio

from router.sources.faults import Faults
from router.sources.watch import Watch
from tests.sources.doors import FakeDoor

LINK, SILENT = "source s link", "source s silent"


@asynccontextmanager
async def watching(**options):
    door = FakeDoor()
    plain = {"faults": Faults(door), "link_timeout": timedelta(minutes=2), "expect": None}
    watch = Watch("s", door, **(plain | options))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch.run)
        yield watch, door
        nursery.cancel_scope.cancel()


async def test_a_link_that_never_came_up_is_a_fault_with_the_last_reason(autojump_clock):
    async with watching() as (watch, door):
        watch.down("refused")
        await trio.sleep(119)
        assert door.faults() == []
        await trio.sleep(2)
        assert door.faults() == [LINK]
        assert door.texts() == ["source s: no connection for 2m, still trying: refused"]


async def test_a_short_loss_is_no_fault(autojump_clock):
    async with watching() as (watch, door):
        for _ in range(10):
            watch.up()
            await trio.sleep(60)
            watch.down("dropped")
            await trio.sleep(100)
        assert door.faults() == []


async def test_a_link_that_works_for_a_moment_again_and_again_is_lost(autojump_clock):
    async with watching() as (watch, door):
        for _ in range(30):
            watch.up()
            await trio.sleep(1)
            watch.down("thrown out")
            await trio.sleep(5)
        assert door.faults() == [LINK]
        assert LINK not in door.ended()


async def test_a_moment_that_brought_a_message_counts(autojump_clock):
    async with watching() as (watch, door):
        for _ in range(30):
            watch.up()
            watch.heard()
            await trio.sleep(1)
            watch.down("dropped")
            await trio.sleep(5)
        assert door.faults() == []


async def test_the_fault_ends_when_the_link_lasts(autojump_clock):
    async with watching() as (watch, door):
        await trio.sleep(200)
        watch.up()
        await trio.sleep(9)
        assert door.ended() == []
        await trio.sleep(2)
        assert door.ended() == [LINK]


async def test_silence_is_a_fault_although_the_link_lives(autojump_clock):
    async with watching(expect=timedelta(hours=1)) as (watch, door):
        watch.up()
        await trio.sleep(1800)
        watch.heard()
        await trio.sleep(3590)
        assert door.faults() == []
        await trio.sleep(20)
        assert door.faults() == [SILENT]
        assert "1h" in door.texts()[0]
        watch.heard()
        await trio.sleep(1)
        assert SILENT in door.ended()


async def test_what_an_earlier_run_received_counts(autojump_clock):
    door = FakeDoor()
    async with watching(expect=timedelta(hours=1), last_received=door.now() - timedelta(minutes=59)) as (_, told):
        await trio.sleep(61)
        assert told.faults() == [SILENT]


async def test_a_time_in_the_future_is_no_reason_to_wait_longer(autojump_clock):
    door = FakeDoor()
    async with watching(expect=timedelta(hours=1), last_received=door.now() + timedelta(days=9)) as (_, told):
        await trio.sleep(3601)
        assert SILENT in told.faults()
