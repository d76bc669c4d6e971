"""One client's link to the embedded broker: the server's side of a STOMP session.

What must not be here: queues (`queues`), the listening socket and the levers (`broker`).

Two tasks: one reads and answers, one writes and beats. Whatever ends one ends both; then the link's consumers leave,
so that their messages come again.
"""

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, wrap_server_stream
from wsproto.utilities import ProtocolError

from router.demo.manners import Manners, Refusal
from router.demo.queues import ACK_MODES, Consumer, Message, Queues
from router.sources.stomp_frames import Decoder, Frame, HeartBeat, RemoteProtocolError, encode

_HANDSHAKE: Final = 10.0
_SEND: Final = 30.0
_CLOSE: Final = 1.0
_OUTBOX: Final = 256  # messages wait in their queue while this many frames wait here
_TOO_MUCH: Final = 10_000  # answers that a client does not fetch
_MAX_SUBSCRIPTIONS: Final = 100
_NOT_ECHOED: Final = frozenset(
    {"destination", "receipt", "content-length", "transaction", "message-id", "ack", "redelivered"}
)


@dataclass(frozen=True, slots=True)
class _Close:
    code: int


class _Refused(Exception):  # noqa: N818  # a refusal is what STOMP calls ERROR; it never leaves this module
    """The client gets this ERROR."""

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class Host(Protocol):
    """What a link needs of the broker that it belongs to."""

    manners: Manners
    queues: Queues
    refusals: list[Refusal]
    acked: list[str]
    connected: int

    def publish(self, destination: str, body: bytes, headers: Mapping[str, str], /) -> str:
        """Put a message into a queue; its message-id."""
        ...

    async def may_speak(self) -> None:
        """Return as soon as the broker is not mute."""
        ...

    def note(self) -> None:
        """Something has changed."""
        ...


class Link:
    """One connection. `run` returns when it is over; nothing a peer does is raised."""

    def __init__(self, broker: Host, stream: trio.SocketStream, *, number: int) -> None:
        self._broker = broker
        self._stream = stream
        self._number = number
        self._scope = trio.CancelScope()
        self._decoder = Decoder(limits=broker.manners.limits, strict=True)
        self._to_say, self._outbox = trio.open_memory_channel[bytes | _Close](math.inf)
        self._consumers: dict[str, Consumer] = {}
        self._version = ""  # empty until CONNECT
        self._deaf = False  # after ERROR or DISCONNECT
        self._beats_every = math.inf
        self._patience = _HANDSHAKE

    async def run(self) -> None:
        """Serve until the link ends, whoever ends it."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    await self._serve(nursery)
                    nursery.cancel_scope.cancel()
        except* (ConnectionClosed, ProtocolError, OSError, trio.TooSlowError):
            pass
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            self._leave()
            await trio.aclose_forcefully(self._stream)

    def cut(self) -> None:
        """End without a word."""
        self._leave()
        self._scope.cancel()

    def close(self, code: int) -> None:
        """End with a WebSocket close, after what is still to be said."""
        self._to_say.send_nowait(_Close(code))

    def say_raw(self, data: bytes) -> None:
        """Say exactly this as one WebSocket message."""
        self._to_say.send_nowait(data)

    # ---- the two tasks

    async def _serve(self, nursery: trio.Nursery) -> None:
        manners = self._broker.manners
        with trio.fail_after(_HANDSHAKE):
            request = await wrap_server_stream(
                nursery,
                self._stream,
                message_queue_size=64,
                max_message_size=manners.limits.max_frame,
                receive_buffer_size=65536,
            )
            if manners.http_status:
                await request.reject(manners.http_status)
                return
            socket = await request.accept(subprotocol=self._subprotocol(request))
        nursery.start_soon(self._write, socket, nursery.cancel_scope)
        await self._read(socket)

    def _subprotocol(self, request: WebSocketRequest) -> str | None:
        known = self._broker.manners.subprotocols
        return next((name for name in request.proposed_subprotocols if name in known), None)

    async def _read(self, socket: WebSocketConnection) -> None:
        while True:
            with trio.fail_after(self._patience):
                data = await socket.get_message()
            for item in self._decoder.feed(data.encode() if isinstance(data, str) else data):
                if not self._deaf:
                    self._hear(item)
            self._broker.note()
            if self._outbox.statistics().current_buffer_used > _TOO_MUCH:
                return

    async def _write(self, socket: WebSocketConnection, scope: trio.CancelScope) -> None:
        while True:
            item: bytes | _Close = b"\n"
            with trio.move_on_after(self._beats_every):
                item = await self._outbox.receive()
            await self._broker.may_speak()
            if isinstance(item, _Close):
                with trio.move_on_after(_CLOSE):
                    await socket.aclose(item.code)
                scope.cancel()
                return
            with trio.fail_after(_SEND):
                await socket.send_message(_text_if_possible(item))
            if not self._outbox.statistics().current_buffer_used:
                for consumer in tuple(self._consumers.values()):
                    self._broker.queues.pump(consumer.destination)

    # ---- frames in

    def _hear(self, item: Frame | HeartBeat | RemoteProtocolError) -> None:
        if isinstance(item, RemoteProtocolError):
            self._refuse(_Refused(item.reason), item.close_code)
        elif isinstance(item, Frame):
            try:
                self._answer(item)
            except _Refused as refused:
                self._refuse(refused, 0)

    def _answer(self, frame: Frame) -> None:
        for refusal in self._broker.refusals:
            if refusal.meets(frame.command, frame.headers.get("destination")):
                raise _Refused(refusal.message, refusal.headers)
        if frame.dropped:
            raise _Refused("the body is too large")
        if bool(self._version) == (frame.command in ("CONNECT", "STOMP")):
            raise _Refused(f"{frame.command[:20]} is not expected now")
        answers = {
            "CONNECT": self._on_connect,
            "STOMP": self._on_connect,
            "SUBSCRIBE": self._on_subscribe,
            "UNSUBSCRIBE": self._on_unsubscribe,
            "SEND": self._on_send,
            "ACK": self._on_ack,
            "NACK": self._on_nack,
            "DISCONNECT": self._on_disconnect,
        }
        answer = answers.get(frame.command)
        if answer is None:
            raise _Refused(f"{frame.command[:20]} is not known here")
        answer(frame)
        if self._version and "receipt" in frame.headers and frame.command not in ("CONNECT", "STOMP"):
            self._say("RECEIPT", {"receipt-id": frame.headers["receipt"]})
        if frame.command == "DISCONNECT":
            self._deaf = True
            self.close(1000)

    def _on_connect(self, frame: Frame) -> None:
        headers, manners = frame.headers, self._broker.manners
        offered = headers.get("accept-version", "1.0").split(",")
        version = next((one for one in manners.versions if one in offered), "")
        if not version:
            raise _Refused("no version in common", {"version": ",".join(manners.versions)})
        self._check_login(headers)
        sends, wants = manners.heart_beat
        client_sends, client_wants = _heart_beat(headers.get("heart-beat", "0,0"))
        self._beats_every = max(sends, client_wants) if sends and client_wants else math.inf
        self._patience = 2.5 * max(client_sends, wants) if client_sends and wants else math.inf
        self._version = self._decoder.version = version
        answer = {
            "version": version,
            "server": "alarm-router-demo/1",
            "session": f"ID:b-demo-{self._number}",
            "heart-beat": f"{round(sends * 1000)},{round(wants * 1000)}",
        }
        self._say("CONNECTED", answer)
        self._broker.connected += 1

    def _check_login(self, headers: Mapping[str, str]) -> None:
        manners = self._broker.manners
        if not manners.tokens and not manners.logins:
            return
        said = headers.get("Authorization", "")
        if any(_same(said, f"Bearer {token}") for token in manners.tokens):
            return
        passcode = manners.logins.get(headers.get("login", ""))
        if passcode is None or not _same(headers.get("passcode", ""), passcode):
            raise _Refused("invalid authorization")

    def _on_subscribe(self, frame: Frame) -> None:
        name, destination = _need(frame, "id"), _need(frame, "destination")
        mode = next((one for one in ACK_MODES if one == frame.headers.get("ack", "auto")), None)
        if mode is None:
            raise _Refused("this ack mode is not known")
        if name in self._consumers or len(self._consumers) >= _MAX_SUBSCRIPTIONS:
            raise _Refused("the subscription id is taken, or there are too many")
        consumer = Consumer(
            destination,
            mode if self._broker.manners.honours_acks else "auto",
            _prefetch(frame.headers),
            lambda consumer, message: self._deliver(name, consumer, message),
            lambda: self._outbox.statistics().current_buffer_used < _OUTBOX,
        )
        self._consumers[name] = consumer
        self._broker.queues.join(consumer)

    def _on_unsubscribe(self, frame: Frame) -> None:
        consumer = self._consumers.pop(_need(frame, "id"), None)
        if consumer is None:
            raise _Refused("there is no such subscription")
        self._broker.queues.leave(consumer)

    def _on_send(self, frame: Frame) -> None:
        destination = _need(frame, "destination")
        if self._broker.queues.waiting(destination) >= self._broker.manners.max_waiting:
            raise _Refused("the queue is full")
        headers = {name: value for name, value in frame.headers.items() if name not in _NOT_ECHOED}
        self._broker.publish(destination, frame.body, headers)

    def _on_ack(self, frame: Frame) -> None:
        self._broker.acked += [message.id for message in self._take_back(frame)]

    def _on_nack(self, frame: Frame) -> None:
        """As ActiveMQ does: straight to the dead letters."""
        for message in self._take_back(frame):
            self._broker.publish("/queue/ActiveMQ.DLQ", message.body, message.headers)

    def _take_back(self, frame: Frame) -> tuple[Message, ...]:
        if self._version == "1.2":
            message_id = _need(frame, "id").removeprefix(f"{self._number}:")
            consumer = next((one for one in self._consumers.values() if message_id in one.unacked), None)
        else:
            message_id = _need(frame, "message-id")
            consumer = self._consumers.get(_need(frame, "subscription"))
        messages = self._broker.queues.ack(consumer, message_id) if consumer else ()
        if not messages:
            raise _Refused(f"Unexpected {frame.command}")
        return messages

    def _on_disconnect(self, frame: Frame) -> None:
        self._leave()

    # ---- frames out

    def _deliver(self, name: str, consumer: Consumer, message: Message) -> None:
        headers = {
            **message.headers,
            "subscription": name,
            "destination": message.destination,
            "message-id": message.id,
        }
        if consumer.ack != "auto" and self._version == "1.2":
            headers["ack"] = f"{self._number}:{message.id}"
        if message.redelivered:
            headers["redelivered"] = "true"
        self._say("MESSAGE", headers, message.body)

    def _refuse(self, refused: _Refused, close_code: int) -> None:
        manners = self._broker.manners
        self._say("ERROR", {"message": str(refused), **refused.headers}, str(refused).encode())
        if close_code or manners.closes_after_error:
            self._deaf = True
            self._leave()
            self.close(close_code or manners.close_code)

    def _say(self, command: str, headers: dict[str, str], body: bytes = b"") -> None:
        self._to_say.send_nowait(encode(Frame(command, headers, body), self._version or "1.2"))

    def _leave(self) -> None:
        consumers, self._consumers = self._consumers, {}
        for consumer in consumers.values():
            self._broker.queues.leave(consumer)
        self._broker.note()


def _text_if_possible(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _same(said: str, expected: str) -> bool:
    return hmac.compare_digest(said.encode(), expected.encode())


def _need(frame: Frame, name: str) -> str:
    value = frame.headers.get(name, "")
    if not value:
        raise _Refused(f"{frame.command} without {name}")
    return value


def _prefetch(headers: Mapping[str, str]) -> int:
    text = headers.get("prefetch-count") or headers.get("activemq.prefetchSize") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _Refused("the prefetch is not a number")
    return int(text)


def _heart_beat(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise _Refused("heart-beat is not two numbers")
    return (int(parts[0]) / 1000, int(parts[1]) / 1000)
