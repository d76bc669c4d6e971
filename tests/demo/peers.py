"""Clients of the embedded broker on a real loopback socket: our own session on a plain WebSocket client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from router.demo.broker import Broker
from router.sources.stomp_events import Connected
from router.sources.stomp_protocol import AckMode, Session, Timing

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
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
