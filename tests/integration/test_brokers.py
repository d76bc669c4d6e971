"""Our source against two brokers that are not ours: nothing is lost, nothing confirmed too early."""

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import trio

from router.core.inputs import EventReceived
from router.core.settings import Reading, StompSettings
from router.errors import Secret
from router.sources.backoff import Backoff
from router.sources.link import LinkEndedError, Manner, Timeouts, with_link
from router.sources.stomp import StompSource
from router.sources.stomp_events import Connected, MessageReceived
from router.sources.stomp_protocol import Session
from tests.integration.relay import open_relay
from tests.sources.doors import FakeDoor

ENOUGH = 15.0
"""Seconds after which a test has failed; nothing waits so long when all is well."""


def alarm(uuid, **more):
    plain = {"uuid": uuid, "alarm_status": "Alarm", "alarm_type": "measurement alarm", "serial_number": uuid}
    return json.dumps(plain | more).encode()


def settings_of(broker, queue, **changes):
    plain = StompSettings(
        name="plant",
        url=broker.url,
        destinations=(queue,),
        reading=Reading("plant"),
        login=broker.login,
        passcode=Secret(broker.passcode),
        host="/",
        heartbeat=timedelta(seconds=2),
    )
    return replace(plain, **changes)


class World:
    def __init__(self, door, relay):
        self.door, self.relay = door, relay


@asynccontextmanager
async def world(broker, queue, **changes):
    """Our source reads from the broker through a wire that can be cut."""
    door = FakeDoor()
    with trio.move_on_after(ENOUGH) as limit:
        async with trio.open_nursery() as nursery, open_relay(nursery, broker.url) as relay:
            source = StompSource(
                settings_of(broker, queue, **({"url": relay.url} | changes)),
                door,
                backoff=Backoff(first=0.05, longest=0.5),
                timeouts=Timeouts(handshake=5, send=5, close=1),
            )
            nursery.start_soon(source.run)
            yield World(door, relay)
            nursery.cancel_scope.cancel()
    if limit.cancelled_caught:
        pytest.fail(f"not within {ENOUGH:g} s; came: {door.ids()}, told: {door.texts()}")


def names(number, first=0):
    return [f"a{each:03}" for each in range(first, first + number)]


def publish(broker, queue, ids, **headers):
    with broker.wire() as wire:
        wire.publish(queue, [alarm(uuid) for uuid in ids], headers)


@pytest.mark.parametrize("ack", ["client", "client-individual", "auto"])
async def test_alarms_arrive_whole_and_in_order(broker, queue, ack):
    publish(broker, queue, names(50))
    async with world(broker, queue, ack=ack) as it:
        await it.door.until(lambda: len(it.door.ids()) == 50)
        assert it.door.ids() == names(50)
        assert it.door.faults() == []


async def test_one_acknowledgement_confirms_all_before_it_and_no_more(broker, queue):
    """Prefetch 60: the broker gives number 61 only when it has understood our acknowledgement of the first sixty."""
    publish(broker, queue, names(100))
    async with world(broker, queue, prefetch=60) as it:
        it.door.commits_at_once = False
        await it.door.until(lambda: len(it.door.ids()) == 60)
        it.door.commit(60)
        await it.door.until(lambda: len(it.door.ids()) == 100)
        it.relay.cut()
        await it.door.until(lambda: len(it.door.ids()) == 140)
        assert sorted(it.door.ids()[100:]) == names(40, first=60)


@pytest.mark.parametrize("ack", ["client", "client-individual"])
async def test_what_was_not_committed_comes_again_after_a_lost_link(broker, queue, ack):
    publish(broker, queue, names(5))
    async with world(broker, queue, ack=ack) as it:
        it.door.commits_at_once = False
        await it.door.until(lambda: len(it.door.ids()) == 5)
        it.relay.cut()
        await it.door.until(lambda: len(it.door.ids()) == 10)
        assert sorted(it.door.ids()[5:]) == names(5)
        it.door.commit()
        publish(broker, queue, ["last"])
        await it.door.until(lambda: "last" in it.door.ids())
        it.door.commit()
    assert sorted(it.door.ids()) == sorted([*names(5), *names(5), "last"])


async def test_what_was_committed_does_not_come_again(broker, queue):
    publish(broker, queue, names(20))
    async with world(broker, queue, prefetch=10) as it:
        await it.door.until(lambda: len(it.door.ids()) == 20)
        publish(broker, queue, names(10, first=20))
        await it.door.until(lambda: len(it.door.ids()) == 30)
        # number 30 was given only after the first 20 had been confirmed: they are gone for good
        it.relay.cut()
        publish(broker, queue, ["last"])
        await it.door.until(lambda: "last" in it.door.ids())
        assert set(it.door.ids()[30:]) <= {*names(10, first=20), "last"}


async def test_prefetch_leaves_the_rest_to_others(broker, queue):
    async with world(broker, queue, prefetch=3) as it:
        it.door.commits_at_once = False
        publish(broker, queue, names(10))
        await it.door.until(lambda: len(it.door.ids()) == 3)
        with broker.wire() as wire:
            others = await trio.to_thread.run_sync(wire.take, queue, 7)
        assert [json.loads(body)["uuid"] for body in others] == names(7, first=3)
        assert it.door.ids() == names(3)


async def test_a_broker_that_goes_silent_is_left_and_found_again(broker, queue):
    async with world(broker, queue, heartbeat=timedelta(seconds=1)) as it:
        publish(broker, queue, ["before"])
        await it.door.until(lambda: it.door.ids() == ["before"])
        before = it.relay.opened
        it.relay.hold()
        await it.relay.until(lambda: it.relay.opened > before)
        it.relay.let_go()
        publish(broker, queue, ["after"])
        await it.door.until(lambda: "after" in it.door.ids())


async def test_poison_is_kept_as_rejected_and_does_not_come_again(broker, queue):
    with broker.wire() as wire:
        wire.publish(queue, [b"{not json", b'{"uuid": "\xb0C"}', b"x" * 150_000, alarm("good")])
    async with world(broker, queue, max_body=100_000, prefetch=4) as it:
        await it.door.until(it.door.ids)
        assert len(it.door.rejected()) == 3
        publish(broker, queue, names(4))
        await it.door.until(lambda: len(it.door.ids()) == 5)
        it.relay.cut()
        publish(broker, queue, ["last"])
        await it.door.until(lambda: "last" in it.door.ids())
        assert len(it.door.rejected()) == 3


async def test_a_body_with_every_kind_of_octet_arrives_whole(broker, queue):
    text = "Kühlzelle 3 – 冷凍庫 🧊 \u0000 \\n : \r\n 8.4 °C"
    with broker.wire() as wire:
        wire.publish(queue, [alarm("whole", alarm_condition_type=text)])
    async with world(broker, queue) as it:
        await it.door.until(it.door.ids)
        (event,) = [item.event for item in it.door.inputs if isinstance(item, EventReceived)]
        assert json.loads(event.raw)["alarm_condition_type"] == text


async def test_header_escapes_come_back_as_they_were(broker, queue):
    odd = {"odd": "a:b\\c\nd", "na:me\\": "x", "umlaut": "Kühlraum"}
    publish(broker, queue, ["a"], **odd)
    message = await first_message(broker, queue)
    assert {name: message.headers.get(name) for name in odd} == odd


async def test_a_queue_whose_name_needs_escapes_is_read_and_confirmed(broker, queue):
    queue += ":with colons:"
    publish(broker, queue, names(3))
    async with world(broker, queue, prefetch=1) as it:
        await it.door.until(lambda: it.door.ids() == names(3))


async def first_message(broker, queue) -> MessageReceived:
    """What our own session hears of the first message."""

    async def listen(link):
        session = Session()
        secret = Secret(broker.passcode)
        await link.send(session.connect({"host": "/", "login": broker.login, "passcode": secret}, now=0))
        while True:
            for event in session.receive(await link.receive(), now=0):
                if isinstance(event, Connected):
                    await link.send(session.subscribe("s", queue, ack="auto", now=0))
                if isinstance(event, MessageReceived):
                    return event

    manner = Manner()
    with trio.fail_after(ENOUGH):
        while True:
            try:
                return await with_link(broker.url, listen, manner=manner)
            except LinkEndedError:
                await trio.sleep(0.05)


async def test_a_wrong_password_is_a_fault_that_says_so_and_hides_it(rabbit, queue):
    wrong = Secret("not-the-password")
    async with world(rabbit, queue, passcode=wrong, link_timeout=timedelta(seconds=1)) as it:
        await it.door.until(it.door.faults)
        assert it.door.faults() == ["source plant link"]
        assert "Access refused" in it.door.texts()[0] or "Bad CONNECT" in it.door.texts()[0]
        assert "not-the-password" not in it.door.texts()[0]
