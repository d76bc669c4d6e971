"""A wire between a client and a server that a test can cut or stop; it looks at nothing that passes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio


class Relay:
    """`url` is the server's through this wire; `opened` counts connections."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        assert parts.hostname is not None
        assert parts.port is not None
        self._host, self._port, self._target = parts.hostname, parts.port, parts
        self.url = ""
        self.opened = 0
        self._scopes: set[trio.CancelScope] = set()
        self._flows = trio.Event()
        self._flows.set()
        self._changed = trio.Event()

    def cut(self) -> None:
        """End every connection without a word."""
        for scope in self._scopes:
            scope.cancel()

    def hold(self) -> None:
        """Let nothing through; connections stay."""
        self._flows = trio.Event()

    def let_go(self) -> None:
        """End `hold`; what was held comes now."""
        self._flows.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition about connections."""
        while not condition():
            await self._changed.wait()

    def listening(self, port: int) -> None:
        self.url = self._target._replace(netloc=f"127.0.0.1:{port}").geturl()

    async def serve(self, near: trio.SocketStream) -> None:
        """One connection, until either side ends it."""
        self.opened += 1
        changed, self._changed = self._changed, trio.Event()
        changed.set()
        try:
            async with await trio.open_tcp_stream(self._host, self._port) as far, near, trio.open_nursery() as nursery:
                self._scopes.add(nursery.cancel_scope)
                nursery.start_soon(self._pump, near, far, nursery.cancel_scope)
                await self._pump(far, near, nursery.cancel_scope)
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def _pump(self, source: trio.SocketStream, sink: trio.SocketStream, scope: trio.CancelScope) -> None:
        async for data in source:
            await self._flows.wait()
            await sink.send_all(data)
        scope.cancel()


@asynccontextmanager
async def open_relay(nursery: trio.Nursery, target: str) -> AsyncIterator[Relay]:
    """A relay on loopback to the host and port of `target`."""
    relay = Relay(target)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    relay.listening(listeners[0].socket.getsockname()[1])
    nursery.start_soon(trio.serve_listeners, relay.serve, listeners)
    yield relay
