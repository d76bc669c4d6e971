"""A WebSocket link that ends in one way only: `LinkEndedError`. Wraps trio-websocket 0.12, whose own edges are sharp.

What must not be here: STOMP, retrying, and who is to blame.

Guarantees
1. A deadline of its own for TCP, TLS and handshake together (the library's never ends when the peer is mute).
2. Every end of the link (closed by the peer, refused, protocol error, OS error, TLS error, silence in the handshake) is
   one `LinkEndedError`. An error of the body wins over one of the link. A cancel from outside stays a cancel; a stray
   one (the library raises it when the peer pings while we close) does not get out.
3. Closing is bounded, shielded, and an error while closing is nobody's concern. The socket is closed in any case.
4. A send that does not finish in time, or is cancelled half-way, ends the link: nothing is ever written after half a
   message. One task sends.
5. One STOMP frame is one unfragmented message: of text, until the peer says that it takes only binary ones (`Manner`).
6. A text message that is no UTF-8 does not end the link (`octets`).
"""

import math
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import outcome
import trio
from h11 import ProtocolError
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError, WebSocketConnection, wrap_client_stream
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from router.core.settings import Tls
from router.errors import RouterError
from router.sources.octets import TextAsOctets

SUBPROTOCOLS: Final = ("v12.stomp", "v11.stomp")
"""Offered; an answer without one is fine, an answer with another is a failed handshake (RFC 6455)."""
_QUEUE: Final = 256
_RECEIVE_BUFFER: Final = 64 * 1024
_MAX_MESSAGE: Final = 17 * 1024 * 1024
"""Above the codec's 16 MiB, so that the codec is the one to refuse a frame: it can name it."""
_HEAD: Final = 2048
_BAD_REQUEST: Final = 400
_UNSUPPORTED: Final = 1003
_T = TypeVar("_T")
_LINK_ERRORS = (
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.BusyResourceError,
    ConnectionClosed,
    HandshakeError,
    LocalProtocolError,
    RemoteProtocolError,
    ProtocolError,
)
_READER_ERRORS = (*_LINK_ERRORS, ValueError, AssertionError, LookupError)
"""What the library's own reader task may die of; it reads octets of a peer, and none of them may end the router."""


class LinkEndedError(RouterError):
    """The link cannot be used (any more). `status` is the HTTP status of a refused handshake, else 0.

    `code` is the WebSocket's close code, 0 when there was none.
    `too_large` is the head of the newest message, when one above the transport's limit ended the link.
    """

    def __init__(self, reason: str, *, status: int = 0, too_large: bytes = b"", code: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.code = code
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: until the handshake is done, for one send, for the goodbye, and for one that nobody will answer."""

    handshake: float = 20.0
    send: float = 20.0
    close: float = 3.0
    hurry: float = 0.3


_TIMEOUTS: Final = Timeouts()


@dataclass(slots=True)
class Manner:
    """How one peer wants the WebSocket, as far as it has said so by refusing: for all links to it, in turn.

    Gateways before a broker's TCP port (websockify) know no subprotocol of STOMP's (HTTP 400) and take binary messages
    only (close code 1003); ActiveMQ's own WebSocket takes text only, and ignores the other without a word.
    """

    subprotocols: tuple[str, ...] = SUBPROTOCOLS
    binary: bool = False

    def learn(self, ended: LinkEndedError) -> None:
        """Speak the other way next time, if how we spoke was refused."""
        if ended.status == _BAD_REQUEST:
            self.subprotocols = () if self.subprotocols else SUBPROTOCOLS
        if ended.code == _UNSUPPORTED:
            self.binary = not self.binary


class Link:
    """An open link: `receive` is for one task, `send` and `ping` for one other. Set `close_code` before leaving."""

    def __init__(
        self, connection: WebSocketConnection, stream: "_Watched", *, nursery: trio.Nursery, manner: Manner
    ) -> None:
        self.close_code = 1000
        self._connection = connection
        self._stream = stream
        self._nursery = nursery
        self._manner = manner
        self._pinging = False
        self._learnt = False

    @property
    def heard_at(self) -> float:
        """When the last octet arrived, in trio's time (a pong counts)."""
        return self._stream.heard_at

    async def receive(self) -> bytes:
        """The next message, text or binary. Raises `LinkEndedError`."""
        try:
            message = await self._connection.get_message()
        except _LINK_ERRORS as error:
            raise self._over(error) from None
        return message.encode() if isinstance(message, str) else message

    async def send(self, data: bytes) -> None:
        """Send these octets (UTF-8) as one unfragmented message. Raises `LinkEndedError`."""
        try:
            await self._connection.send_message(data if self._manner.binary else data.decode())
        except _LINK_ERRORS as error:
            raise self._over(error) from None

    def _over(self, error: BaseException) -> LinkEndedError:
        ended = _ended(error, self._stream)
        if not self._learnt:
            self._learnt = True
            self._manner.learn(ended)
        return ended

    def ping(self) -> None:
        """Ask for a sign of life, unless an earlier one is still unanswered; the answer only moves `heard_at`."""
        if not self._pinging:
            self._pinging = True
            self._nursery.start_soon(self._ping)

    async def _ping(self) -> None:
        try:
            await self._connection.ping()
        except _LINK_ERRORS:
            return  # the reader notices the end of the link by itself
        self._pinging = False


async def with_link(
    url: str,
    body: Callable[[Link], Awaitable[_T]],
    *,
    tls: Tls | None = None,
    timeouts: Timeouts = _TIMEOUTS,
    manner: Manner | None = None,
) -> _T:
    """Open a link to `url` (`ws://` or `wss://`), run `body` with it, close it. Raises `LinkEndedError`.

    `manner` learns from a refusal how this peer wants to be spoken to: give the same one to the next link.

    The nursery belongs to this function; it has closed the connection and the socket when it returns.
    """
    result: outcome.Maybe[_T] | None = None
    strays: list[BaseException] = []
    manner = manner or Manner()
    try:
        async with trio.open_nursery() as nursery:
            link = await _open(nursery, url, tls=tls or Tls(), timeouts=timeouts, manner=manner)
            result = await outcome.acapture(body, link)
            await _close(link, timeouts)
            nursery.cancel_scope.cancel()
    except* (LinkEndedError, *_READER_ERRORS) as group:
        strays = _leaves(group)
    if isinstance(result, outcome.Value):
        return result.value
    if isinstance(result, outcome.Error) and (own := _without_cancels(result.error)) is not None:
        raise own
    await trio.lowlevel.checkpoint_if_cancelled()
    worst = _worst(strays)
    manner.learn(worst)
    raise worst


async def _open(nursery: trio.Nursery, url: str, *, tls: Tls, timeouts: Timeouts, manner: Manner) -> Link:
    parts = urlsplit(url)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    stream: _Watched | None = None
    try:
        with trio.move_on_after(timeouts.handshake) as scope:
            stream = _Watched(await _dial(url, tls), timeouts.send)
            stream.on_end = scope.cancel  # the library waits for ever for the answer of a peer that has gone
            connection = await wrap_client_stream(
                nursery,
                stream,  # type: ignore[arg-type]  # any stream does; the annotation is too narrow
                parts.netloc.rpartition("@")[2],
                resource,
                subprotocols=manner.subprotocols,
                message_queue_size=_QUEUE,
                max_message_size=_MAX_MESSAGE,
                receive_buffer_size=_RECEIVE_BUFFER,
            )
            stream.on_end = _nothing
            return Link(connection, stream, nursery=nursery, manner=manner)
    except BaseException:
        await _abandon(stream)
        raise
    ended = stream is not None and stream.ended
    await _abandon(stream)
    if stream is None or not ended:
        raise LinkEndedError(f"no WebSocket handshake within {timeouts.handshake:g} s")
    raise LinkEndedError(f"the peer ended the handshake{stream.answer()}", status=stream.status())


async def _dial(url: str, tls: Tls) -> trio.abc.Stream:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    host = parts.hostname or ""
    context = tls_context(tls) if secure else None
    tcp = await trio.open_tcp_stream(host, parts.port or (443 if secure else 80))
    if context is None:
        return tcp
    stream = trio.SSLStream(tcp, context, server_hostname=host, https_compatible=True)
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


def tls_context(tls: Tls) -> ssl.SSLContext:
    """How the peer's certificate is checked. Raises `LinkEndedError` when a file cannot be used.

    Made anew for each connection: files that were replaced meanwhile count.
    """
    context = ssl.create_default_context()
    try:
        if tls.ca_file:
            context.load_verify_locations(cafile=tls.ca_file)
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        names = ", ".join(str(path) for path in (tls.ca_file, tls.cert_file, tls.key_file) if path)
        raise LinkEndedError(f"a TLS file cannot be used ({names}): {error.strerror or error}") from None
    return context


async def _close(link: Link, timeouts: Timeouts) -> None:
    # A cancel has ended the library's reader as well: the peer's goodbye would be waited for in vain.
    cancelled = trio.current_effective_deadline() == -math.inf
    with trio.move_on_after(timeouts.hurry if cancelled else timeouts.close, shield=True):
        with suppress(*_LINK_ERRORS):  # nobody needs this link any more
            await link._connection.aclose(link.close_code)  # noqa: SLF001  # Link's other half
    await _abandon(link._stream)  # noqa: SLF001


async def _abandon(stream: "_Watched | None") -> None:
    """Close the socket, whatever became of the WebSocket (the library leaves it open after the peer's close)."""
    if stream is not None:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


def _nothing() -> None:
    return None


class _Watched(trio.abc.Stream):
    """The octets below the WebSocket: when the last one came, a deadline for each send, what a peer answered."""

    def __init__(self, stream: trio.abc.Stream, send_limit: float) -> None:
        self.heard_at = trio.current_time()
        self.ended = False
        self.on_end: Callable[[], None] = _nothing
        self.head = b""
        self._first = b""
        self._stream = stream
        self._send_limit = send_limit
        self._half_sent = False
        self._octets = TextAsOctets()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """As any stream, and notes the time and the newest head of a STOMP message."""
        try:
            data = bytes(await self._stream.receive_some(max_bytes))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end()
            raise
        if not data:
            self._end()
            return data
        self.heard_at = trio.current_time()
        self._first = self._first or data[:200]
        if (at := data.rfind(b"MESSAGE")) >= 0:
            self.head = data[at : at + _HEAD]
        return self._octets.feed(data)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As any stream, but in bounded time; never again after a send that was cut off half-way."""
        if self._half_sent:
            raise trio.BrokenResourceError("an earlier message was cut off")
        self._half_sent = True
        with trio.move_on_after(self._send_limit):
            await self._stream.send_all(data)
            self._half_sent = False
        if self._half_sent:
            raise trio.BrokenResourceError("the peer does not read: a send did not finish in time")

    async def wait_send_all_might_not_block(self) -> None:
        """As any stream."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """As any stream."""
        self._end()
        await self._stream.aclose()

    def _end(self) -> None:
        self.ended = True
        self.on_end()

    def answer(self) -> str:
        """What the peer said first, as far as it is fit for a log."""
        line = self._first.split(b"\r\n", 1)[0][:80].decode("ascii", "replace")
        return f": {line}" if line.isprintable() and line else ""

    def status(self) -> int:
        """The HTTP status in the peer's first line, 0 when there is none."""
        words = self._first.split(b" ", 2)
        return int(words[1][:3]) if words[0].startswith(b"HTTP/") and len(words) > 2 and words[1].isdigit() else 0


def _ended(error: BaseException, stream: _Watched | None = None) -> LinkEndedError:
    """The one error that every end of a link becomes; its text quotes the peer only in printable characters."""
    match error:
        case LinkEndedError():
            return error
        case ConnectionRejected():
            return LinkEndedError(f"the WebSocket was refused: HTTP {error.status_code}", status=error.status_code)
        case ConnectionClosed(reason=reason) if reason is not None:
            said = "".join(char for char in reason.reason or "" if char.isprintable())[:200]
            too_large = stream.head if stream is not None and reason.code == 1009 else b""
            text = f"closed: {reason.code} {reason.name} {said}".rstrip()
            return LinkEndedError(text, too_large=too_large, code=reason.code)
        case ConnectionClosed():
            return LinkEndedError("closed")
        case _:
            cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
            return LinkEndedError(f"{type(cause).__name__}: {cause}".removesuffix(": "))


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def _without_cancels(error: BaseException) -> BaseException | None:
    """What is left of the body's error when the cancels in it are left out."""
    if isinstance(error, trio.Cancelled):
        return None
    return error.split(trio.Cancelled)[1] if isinstance(error, BaseExceptionGroup) else error


def _worst(strays: list[BaseException]) -> LinkEndedError:
    """One error for what the link itself raised; a refused handshake says more than what followed from it."""
    ended = [_ended(error) for error in strays]
    return max(ended, key=lambda error: error.status, default=LinkEndedError("the link ended without a word"))
