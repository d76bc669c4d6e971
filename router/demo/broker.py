"""A STOMP 1.2/1.1 broker over WebSocket on this machine's loopback: the demo's other side, and the tests'.

What must not be here: anything of alarms, and anything the router imports to run. It is no broker for production:
messages live in memory, transactions are refused, every destination is a queue (`queues`).

A client that misbehaves loses its link, with an ERROR where STOMP allows one; it never harms the broker.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import trio

from router.demo.link import Link
from router.demo.manners import Manners, Refusal
from router.demo.queues import Message, Queues

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Broker:
    """A running broker; `url` is where it listens. The counters only grow."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.url = ""
        self.queues = Queues()
        self.links: set[Link] = set()
        self.attempts = 0
        self.connected = 0
        self.acked: list[str] = []
        self.refusals: list[Refusal] = []
        self._speaking = trio.Event()
        self._speaking.set()
        self._changed = trio.Event()
        self._last_id = 0

    # ---- what a program beside it does

    def publish(self, destination: str, body: bytes, headers: Mapping[str, str] = _NOTHING) -> str:
        """Put a message into a queue, as if a client had sent it; returns its message-id."""
        self._last_id += 1
        # an id with colons, as ActiveMQ's: it has to be escaped on the wire
        message = Message(f"ID:b-demo:1:{self._last_id}", destination, dict(headers), body)
        self.queues.put(message)
        self.note()
        return message.id

    def pending(self, destination: str) -> int:
        """Messages of a queue that nobody has acknowledged yet, given out or not."""
        return self.queues.waiting(destination) + self.queues.unacked(destination)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition that can only change with something happening here."""
        while not condition():
            await self._changed.wait()

    # ---- levers

    def drop_links(self) -> None:
        """Cut every link without a word, as a pulled cable does."""
        for link in tuple(self.links):
            link.cut()

    def close_links(self, code: int = 1000) -> None:
        """Close every WebSocket properly, with this code and no ERROR."""
        for link in tuple(self.links):
            link.close(code)

    def refuse_with(
        self, message: str, headers: Mapping[str, str] = _NOTHING, *, command: str = "CONNECT", destination: str = ""
    ) -> None:
        """From now on answer such frames with ERROR and close the link, until `forgive`."""
        self.refusals.append(Refusal(command, destination, message, dict(headers)))

    def forgive(self) -> None:
        """End every `refuse_with`."""
        self.refusals.clear()

    def mute(self) -> None:
        """Go silent: links stay up, nothing is said on them, heart-beats neither. What is to be said waits."""
        if self._speaking.is_set():
            self._speaking = trio.Event()

    def unmute(self) -> None:
        """End `mute`."""
        self._speaking.set()

    def send_raw(self, data: bytes) -> None:
        """Say exactly this to everybody, as one WebSocket message (text when it is UTF-8)."""
        for link in self.links:
            link.say_raw(data)

    # ---- for its links

    async def may_speak(self) -> None:
        """Return at once, or when `mute` is over."""
        await self._speaking.wait()

    def note(self) -> None:
        """Something has changed: wake `until`."""
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def serve_stream(self, stream: trio.SocketStream) -> None:
        """One connection, from the first octet to its end; absorbs everything a peer can do wrong."""
        self.attempts += 1
        link = Link(self, stream, number=self.attempts)
        self.links.add(link)
        try:
            await link.run()
        finally:
            self.links.discard(link)
            self.note()


@asynccontextmanager
async def open_broker(nursery: trio.Nursery, *, port: int = 0, manners: Manners | None = None) -> AsyncIterator[Broker]:
    """A broker on loopback, run by `nursery`; leaving cuts every link. Port 0 takes a free one."""
    broker = Broker(manners or Manners())
    ended = trio.Event()

    async def serve(*, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        with trio.CancelScope() as scope:
            try:
                async with trio.open_nursery() as links:
                    listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
                    broker.url = f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}/ws"
                    links.start_soon(trio.serve_listeners, broker.serve_stream, listeners)
                    task_status.started(scope)
            finally:
                ended.set()

    scope = await nursery.start(serve)
    try:
        yield broker
    finally:
        scope.cancel()
        with trio.CancelScope(shield=True):
            await ended.wait()
