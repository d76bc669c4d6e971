"""The embedded broker on a real loopback socket, spoken to with our own session and a plain WebSocket client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from router.demo.broker import Broker, Manners, open_broker
from router.sources.stomp_events import Connected, Disconnected, ErrorReceived, MessageReceived, ReceiptReceived
from router.sources.stomp_frames import Frame, HeartBeat, Limits, encode
from router.sources.stomp_protocol import AckMode, Session, Timing

A = "/queue/a"
QUIET = Timing(send_every=0, hear_every=0)
Kind = TypeVar("Kind")


class Peer:
    """A client that says what the test wants and waits for events of one kind."""

    def __init__(self, socket: WebSocketConnection, timing: Timing) -> None:
        self.socket = socket
        self.session = Session(timing=timing)
        self.events: list[object] = []

    async def say(self, octets: bytes) -> None:
        await self.socket.send_message(octets.decode())

    async def hear(self, kind: type[Kind]) -> Kind:
        """The next event of this kind; others are skipped."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if isinstance(event, kind):
                    return event
            data = await self.socket.get_message()
            self.events += self.session.receive(data.encode() if isinstance(data, str) else data, now=0)

    async def subscribe(self, destination: str = A, *, ack: AckMode = "client", prefetch: int = 0) -> None:
        headers = {"prefetch-count": str(prefetch)} if prefetch else {}
        await self.say(self.session.subscribe("s", destination, now=0, ack=ack, headers=headers, receipt="r"))

    async def ended(self) -> int:
        """The code with which the link ends."""
        while True:
            try:
                await self.socket.get_message()
            except ConnectionClosed as closed:
                return closed.reason.code if closed.reason else 0


def port_of(broker: Broker) -> int:
    return int(broker.url.split(":")[2].split("/")[0])


@asynccontextmanager
async def link_to(broker: Broker, timing: Timing = QUIET) -> AsyncIterator[Peer]:
    # with a stream of our own, because trio-websocket does not close its own one when the server closed first
    with trio.fail_after(30):
        async with await trio.open_tcp_stream("127.0.0.1", port_of(broker)) as stream, trio.open_nursery() as nursery:
            protocols = ["v12.stomp", "v11.stomp"]
            socket = await wrap_client_stream(nursery, stream, "127.0.0.1", "/ws", subprotocols=protocols)
            async with socket:
                yield Peer(socket, timing)


@asynccontextmanager
async def client_of(broker: Broker, timing: Timing = QUIET, **headers: str) -> AsyncIterator[Peer]:
    async with link_to(broker, timing) as peer:
        await peer.say(peer.session.connect({"host": "h", **headers}, now=0))
        await peer.hear(Connected)
        yield peer


async def turn(clock: trio.testing.MockClock, seconds: float) -> None:
    """Turn the clock, and let what is on the loopback arrive."""
    await trio.testing.wait_all_tasks_blocked(0.005)
    clock.jump(seconds)
    await trio.testing.wait_all_tasks_blocked(0.005)


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


# ---- messages


async def test_an_alarm_goes_from_one_client_to_another_with_its_headers(broker: Broker) -> None:
    async with client_of(broker) as sender, client_of(broker) as reader:
        await reader.subscribe()
        await reader.hear(ReceiptReceived)
        await sender.say(sender.session.send(A, "é\0".encode(), now=0, headers={"content-type": "application/json"}))
        message = await reader.hear(MessageReceived)
        assert (message.body, message.headers["content-type"]) == ("é\0".encode(), "application/json")
        assert ":" in message.message_id
        await reader.say(reader.session.ack(message, now=0))
        await broker.until(lambda: broker.acked == [message.message_id])


async def test_what_was_not_acknowledged_comes_again_marked(broker: Broker) -> None:
    for number in range(3):
        broker.publish(A, b"%d" % number)
    async with client_of(broker) as peer:
        await peer.subscribe()
        await peer.hear(MessageReceived)
        second = await peer.hear(MessageReceived)
        await peer.say(peer.session.ack(second, now=0))
        await broker.until(lambda: broker.pending(A) == 1)
    async with client_of(broker) as peer:
        await peer.subscribe()
        message = await peer.hear(MessageReceived)
        assert (message.body, message.redelivered) == (b"2", True)


async def test_prefetch_is_respected(broker: Broker) -> None:
    for _ in range(5):
        broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe(prefetch=2)
        await peer.hear(ReceiptReceived)
        assert (broker.queues.waiting(A), broker.queues.unacked(A)) == (3, 2)


async def test_more_messages_than_fit_the_outbox_all_arrive(broker: Broker) -> None:
    for _ in range(600):
        broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe(ack="auto")
        for _ in range(600):
            await peer.hear(MessageReceived)
    assert broker.pending(A) == 0


async def test_a_broker_that_honours_no_acknowledgements_sends_no_ack_header(broker: Broker) -> None:
    broker.manners.honours_acks = False
    broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe()
        assert not (await peer.hear(MessageReceived)).needs_ack
    assert broker.pending(A) == 0


async def test_unsubscribe_gives_the_messages_back(broker: Broker) -> None:
    broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe()
        await peer.hear(MessageReceived)
        await peer.say(peer.session.unsubscribe("s", now=0))
        await broker.until(lambda: broker.queues.waiting(A) == 1)


async def test_nack_sends_to_the_dead_letters(broker: Broker) -> None:
    broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe()
        message = await peer.hear(MessageReceived)
        await peer.say(encode(Frame("NACK", {"id": message.ack_id})))
        await broker.until(lambda: broker.pending("/queue/ActiveMQ.DLQ") == 1)
    assert broker.pending(A) == 0
    assert broker.acked == []


async def test_disconnect_is_answered_and_the_link_closed(broker: Broker) -> None:
    async with client_of(broker) as peer:
        await peer.say(peer.session.disconnect(now=0))
        await peer.hear(Disconnected)
        assert await peer.ended() == 1000


# ---- levers


async def test_dropped_links_end_without_a_word_and_the_messages_return(broker: Broker) -> None:
    broker.publish(A, b"x")
    async with client_of(broker) as peer:
        await peer.subscribe()
        await peer.hear(MessageReceived)
        broker.drop_links()
        assert broker.queues.waiting(A) == 1
        assert await peer.ended() == 1006
        await broker.until(lambda: not broker.links)


async def test_links_can_be_closed_with_any_code(broker: Broker) -> None:
    async with client_of(broker) as peer:
        broker.close_links(1001)
        assert await peer.ended() == 1001


async def test_refusals_hold_until_forgiven(broker: Broker) -> None:
    broker.manners.close_code = 1008
    broker.refuse_with("Too many connection attempts.", {"error-code": "rate-limit-exceeded"})
    async with link_to(broker) as peer:
        await peer.say(peer.session.connect({}, now=0))
        error = await peer.hear(ErrorReceived)
        assert (error.message, error.headers["error-code"]) == ("Too many connection attempts.", "rate-limit-exceeded")
        assert await peer.ended() == 1008
    broker.forgive()
    async with client_of(broker):
        pass


async def test_one_destination_can_be_refused(broker: Broker) -> None:
    broker.refuse_with("subscription refused", {"queue": "b"}, command="SUBSCRIBE", destination="/queue/b")
    async with client_of(broker) as peer:
        await peer.subscribe(A)
        await peer.hear(ReceiptReceived)
        await peer.say(peer.session.subscribe("t", "/queue/b", now=0))
        assert (await peer.hear(ErrorReceived)).headers["queue"] == "b"
        assert await peer.ended() == 1002


async def test_nothing_is_done_for_a_client_after_its_error(broker: Broker) -> None:
    async with client_of(broker) as peer:
        await peer.say(b"FOO\n\n\0SEND\ndestination:/queue/a\n\nx\0")
        await peer.hear(ErrorReceived)
        assert await peer.ended() == 1002
    assert broker.pending(A) == 0


async def test_the_link_may_stay_up_after_an_error(broker: Broker) -> None:
    broker.manners.closes_after_error = False
    async with client_of(broker) as peer:
        await peer.say(b"ACK\nid:1\n\n\0")
        assert (await peer.hear(ErrorReceived)).message == "Unexpected ACK"
        await peer.say(b"SEND\ndestination:/queue/a\n\nx\0")
        await broker.until(lambda: broker.pending(A) == 1)


async def test_a_mute_broker_says_nothing_and_then_everything(
    broker: Broker, mock_clock: trio.testing.MockClock
) -> None:
    timing = Timing(send_every=0, hear_every=10)
    async with client_of(broker, timing) as peer, trio.open_nursery() as nursery:
        heard: list[object] = []

        async def listen() -> None:
            while True:
                heard.append(await peer.hear(object))

        nursery.start_soon(listen)
        broker.mute()
        await peer.subscribe(ack="auto")
        broker.publish(A, b"x")
        await turn(mock_clock, 15)
        broker.mute()
        assert heard == []
        broker.unmute()
        await turn(mock_clock, 0)
        assert MessageReceived in map(type, heard)
        nursery.cancel_scope.cancel()


async def test_raw_octets_reach_everybody(broker: Broker) -> None:
    async with client_of(broker) as one, client_of(broker) as other:
        broker.send_raw(b"\xff\n")
        assert await one.socket.get_message() == b"\xff\n"
        assert await other.socket.get_message() == b"\xff\n"
        broker.send_raw("é".encode())
        assert await one.socket.get_message() == "é"


async def test_the_handshake_can_be_refused(broker: Broker) -> None:
    broker.manners.http_status = 503
    async with await trio.open_tcp_stream("127.0.0.1", port_of(broker)) as stream:
        await stream.send_all(UPGRADE)
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 503")


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
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
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


async def test_leaving_the_broker_ends_its_links(nursery: trio.Nursery) -> None:
    async with open_broker(nursery) as broker:
        stream = await trio.open_tcp_stream("127.0.0.1", port_of(broker))
        await broker.until(lambda: broker.links)
    assert not broker.links
    await stream.aclose()
