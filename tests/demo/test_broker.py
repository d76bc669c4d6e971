"""The embedded broker: its queues, its levers, and what clients see of them."""

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from router.demo.broker import Broker, open_broker
from router.sources.stomp_events import Disconnected, ErrorReceived, MessageReceived, ReceiptReceived
from router.sources.stomp_frames import Frame, encode
from router.sources.stomp_protocol import Timing
from tests.demo.peers import UPGRADE, A, client_of, link_to, port_of, turn


@pytest.fixture
async def broker(nursery: trio.Nursery) -> AsyncIterator[Broker]:
    async with open_broker(nursery) as broker:
        yield broker


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


async def test_leaving_the_broker_ends_its_links(nursery: trio.Nursery) -> None:
    async with open_broker(nursery) as broker:
        stream = await trio.open_tcp_stream("127.0.0.1", port_of(broker))
        await broker.until(lambda: broker.links)
    assert not broker.links
    await stream.aclose()
