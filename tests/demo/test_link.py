"""One client's link to the embedded broker: welcome, heart-beats, and clients that misbehave."""

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from router.demo.broker import Broker, open_broker
from router.demo.manners import Manners
from router.sources.stomp_events import Connected, ErrorReceived, MessageReceived, ReceiptReceived
from router.sources.stomp_frames import HeartBeat, Limits
from router.sources.stomp_protocol import Timing
from tests.demo.peers import UPGRADE, A, client_of, link_to, port_of, turn


@pytest.fixture
async def broker(nursery: trio.Nursery) -> AsyncIterator[Broker]:
    async with open_broker(nursery) as broker:
        yield broker


# ---- connecting


async def test_a_client_is_welcomed_with_its_version_and_the_stomp_subprotocol(broker: Broker) -> None:
    async with link_to(broker) as peer:
        await peer.say(peer.session.connect({"host": "h"}, now=0))
        connected = await peer.hear(Connected)
        assert connected.version == "1.2"
        assert peer.socket.subprotocol == "v12.stomp"
    assert (broker.attempts, broker.connected) == (1, 1)


async def test_a_1_1_broker_is_spoken_to_in_1_1(broker: Broker) -> None:
    broker.manners.versions = ("1.1",)
    broker.publish(A, b"x", {"name": "a:b"})
    async with client_of(broker) as peer:
        assert peer.session.version == "1.1"
        await peer.subscribe()
        message = await peer.hear(MessageReceived)
        assert message.headers["name"] == "a:b"
        await peer.say(peer.session.ack(message, now=0))
        await broker.until(lambda: not broker.pending(A))


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({"Authorization": "Bearer right"}, True),
        ({"login": "alice", "passcode": "right"}, True),
        ({"Authorization": "Bearer wrong"}, False),
        ({"login": "alice", "passcode": "wrong"}, False),
        ({"login": "bob", "passcode": ""}, False),
        ({}, False),
    ],
)
async def test_only_known_clients_come_in(broker: Broker, headers: dict[str, str], welcome: bool) -> None:
    broker.manners.tokens = frozenset({"right"})
    broker.manners.logins = {"alice": "right"}
    async with link_to(broker) as peer:
        await peer.say(peer.session.connect(headers, now=0))
        if welcome:
            await peer.hear(Connected)
        else:
            assert (await peer.hear(ErrorReceived)).message == "invalid authorization"
            assert await peer.ended() == 1002


async def test_no_version_in_common_is_an_error(broker: Broker) -> None:
    broker.manners.versions = ("1.1",)
    async with link_to(broker) as peer:
        peer.session.connect({}, now=0)
        await peer.say(b"CONNECT\naccept-version:1.2\nhost:h\n\n\0")
        assert (await peer.hear(ErrorReceived)).headers["version"] == "1.1"


# ---- heart-beats, with a clock that only the test turns


async def test_heart_beats_are_sent_at_the_larger_of_both_intervals(
    broker: Broker, mock_clock: trio.testing.MockClock
) -> None:
    broker.manners.heart_beat = (4, 4)
    async with client_of(broker, Timing(send_every=0, hear_every=2)) as peer, trio.open_nursery() as nursery:
        beats: list[HeartBeat] = []

        async def listen() -> None:
            while True:
                beats.append(await peer.hear(HeartBeat))

        nursery.start_soon(listen)
        for seconds, expected in ((3.9, 0), (0.2, 1), (3.7, 1), (0.3, 2)):
            await turn(mock_clock, seconds)
            assert len(beats) == expected
        nursery.cancel_scope.cancel()


async def test_a_client_that_misses_its_heart_beats_loses_the_link(
    broker: Broker, mock_clock: trio.testing.MockClock
) -> None:
    broker.manners.heart_beat = (4, 4)
    async with client_of(broker, Timing(send_every=1, hear_every=0)) as peer:
        await turn(mock_clock, 9.9)
        await peer.say(b"\n")
        await turn(mock_clock, 0)
        await turn(mock_clock, 9.9)
        assert broker.links
        mock_clock.jump(0.2)
        assert await peer.ended() == 1006


# ---- bad clients

BAD = [
    b"CONNECTED\nversion:1.2\n\n\0",
    b"FOO\n\n\0",
    b"SUBSCRIBE\nid:1\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/queue/a\nack:perhaps\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/queue/a\nprefetch-count:x\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0SUBSCRIBE\nid:1\ndestination:/queue/b\n\n\0",
    b"UNSUBSCRIBE\nid:1\n\n\0",
    b"SEND\n\nx\0",
    b"SEND\ndestination:/queue/a\n\n" + b"x" * 101 + b"\0",
    b"SEND\ndestination:/queue/a\nx:\\t\n\n\0",
    b"SEND\ndestination:/queue/full\n\nx\0",
    b"BEGIN\ntransaction:1\n\n\0",
    b"CONNECT\naccept-version:1.2\nheart-beat:x\n\n\0",
    b"nonsense without end" * 100,
    b"MESSAGE\nfoo\n\n\0",
]
HELLO = b"CONNECT\naccept-version:1.2\nhost:h\n\n\0"


@pytest.mark.parametrize("octets", BAD)
@pytest.mark.parametrize("hello", [b"", HELLO])
async def test_a_bad_client_gets_an_error_and_loses_the_link_and_the_broker_goes_on(
    nursery: trio.Nursery, hello: bytes, octets: bytes
) -> None:
    limits = Limits(max_head=300, max_body=100, max_frame=3000)
    async with open_broker(nursery, manners=Manners(limits=limits, max_waiting=1)) as broker:
        broker.publish("/queue/full", b"")
        async with link_to(broker) as peer:
            peer.session.connect({}, now=0)
            await peer.say(hello)
            await peer.say(octets)
            await peer.hear(ErrorReceived)
            assert await peer.ended() in (1002, 1009)
        async with client_of(broker) as peer:
            await peer.subscribe()
            await peer.hear(ReceiptReceived)


RAW = [
    b"",
    b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc",
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"\x00" * 70_000,
]
RAW += [UPGRADE, UPGRADE + b"\xff" * 20, UPGRADE + b"\x81\xff", UPGRADE + b"\x81\x01a", UPGRADE + UPGRADE]
RAW += [
    UPGRADE + b"\x81\x82\0\0\0\0\xff\xff",
    UPGRADE + b"\x88\x80\0\0\0\0",
    UPGRADE + b"\x89\x80\0\0\0\0",
    UPGRADE + b"\x88\x81\0\0\0\0a",
]


@pytest.mark.parametrize("octets", RAW)
@pytest.mark.parametrize("patient", [False, True])
async def test_a_peer_that_speaks_no_websocket_is_got_rid_of(
    broker: Broker, mock_clock: trio.testing.MockClock, octets: bytes, patient: bool
) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", port_of(broker))
    if octets:
        await stream.send_all(octets)
    if patient:
        await trio.testing.wait_all_tasks_blocked(0.005)
    await stream.aclose()
    await broker.until(lambda: broker.attempts == 1)
    await turn(mock_clock, 11)
    assert not broker.links
    async with client_of(broker):
        pass
