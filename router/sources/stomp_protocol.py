"""The client's side of one STOMP session: methods give bytes to send, received bytes become events (`stomp_events`).

What must not be here: sockets, tasks, logging, retrying, and any clock: `now` is monotonic seconds and an argument.

Laws
1. One `Session` is one connection. Acknowledgements of a former one are void: a new connection, a new session, and
   the server sends again what was not acknowledged.
2. What we may send stands in `_SENDABLE`, what may arrive in `_RECEIVABLE`; our breach raises `LocalProtocolError` and
   sends nothing, the server's becomes a `ProtocolBroken` event, the last one.
3. A message is never hidden: also after ERROR and DISCONNECT it comes out, because with `auto` it comes only once.
4. Nothing stops for good unnoticed: with or without heart-beats `why_dead` gives a reason in bounded time.

    IDLE --connect--> CONNECTING --CONNECTED--> OPEN --disconnect--> CLOSING --RECEIPT, ERROR--> CLOSED
                            +--ERROR--+           +--ERROR--+--> FAILED

Formats: stomp-spec 1.2 (1.1, and 1.0 for servers that answer without a version).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from router.core.settings import AckMode
from router.errors import Secret
from router.sources.stomp_events import (
    Connected,
    Disconnected,
    ErrorReceived,
    MessageForUnknownSubscription,
    MessageReceived,
    ProtocolBroken,
    ReceiptReceived,
    ServerAcknowledges,
    StompEvent,
    UnknownFrame,
)
from router.sources.stomp_frames import (
    Decoder,
    Frame,
    HeartBeat,
    Limits,
    LocalProtocolError,
    RemoteProtocolError,
    encode,
)


class State(Enum):
    """Where a session stands."""

    IDLE = auto()
    CONNECTING = auto()
    OPEN = auto()
    CLOSING = auto()
    FAILED = auto()
    CLOSED = auto()


_SENDABLE: Final[Mapping[State, frozenset[str]]] = MappingProxyType(
    {
        State.IDLE: frozenset({"CONNECT"}),
        State.CONNECTING: frozenset(),  # the Spring relay silently drops what comes before CONNECTED
        State.OPEN: frozenset({"SUBSCRIBE", "UNSUBSCRIBE", "ACK", "SEND", "DISCONNECT", "heart-beat"}),
        State.CLOSING: frozenset(),
        State.FAILED: frozenset(),
        State.CLOSED: frozenset(),
    }
)

_RECEIVABLE: Final[Mapping[State, Mapping[str, State]]] = MappingProxyType(
    {
        State.IDLE: {},
        State.CONNECTING: {"CONNECTED": State.OPEN, "ERROR": State.FAILED},
        State.OPEN: {"MESSAGE": State.OPEN, "RECEIPT": State.OPEN, "ERROR": State.FAILED},
        # an ERROR after DISCONNECT is only the Spring relay's "Connection to broker closed."
        State.CLOSING: {"MESSAGE": State.CLOSING, "RECEIPT": State.CLOSING, "ERROR": State.CLOSED},
        State.FAILED: {"MESSAGE": State.FAILED, "RECEIPT": State.FAILED, "ERROR": State.FAILED},
        State.CLOSED: {"MESSAGE": State.CLOSED, "RECEIPT": State.CLOSED, "ERROR": State.CLOSED},
    }
)
_VERSIONS: Final = ("1.0", "1.1", "1.2")
_SERVER_COMMANDS: Final = frozenset({"CONNECTED", "MESSAGE", "RECEIPT", "ERROR"})


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `send_every` and `hear_every` are what we offer and wish as heart-beats (0: none).

    `max_silence` bounds the server's silence even when no heart-beat was agreed: without one the link has to ask for
    life by itself (`Session.ping_every`) and to report the answer with `Session.heard`.
    """

    send_every: float = 10.0
    hear_every: float = 10.0
    max_silence: float = 60.0
    connect: float = 30.0
    disconnect: float = 3.0


_DEFAULT_TIMING: Final = Timing()
_DEFAULT_LIMITS: Final = Limits()
_SEND_AFTER: Final = 0.65  # of the interval: between half and 80 %, so that a late timer does no harm
_DEAD_AFTER: Final = 2.5  # intervals without an octet


@dataclass(slots=True)
class _Subscription:
    destination: str
    ack: AckMode
    told_auto: bool = False


class Session:
    """One connection to a STOMP server. Every method that returns bytes counts them as sent at `now`."""

    def __init__(self, *, timing: Timing = _DEFAULT_TIMING, limits: Limits = _DEFAULT_LIMITS) -> None:
        self.state = State.IDLE
        self.version = "1.2"
        self._timing = timing
        self._decoder = Decoder(limits=limits)
        self._subscriptions: dict[str, _Subscription] = {}
        self._sends_every = 0.0
        self._hears_every = 0.0
        self._last_sent = 0.0
        self._last_heard = 0.0
        self._goodbye = ""

    # ---- what we say

    def connect(self, headers: Mapping[str, "str | Secret"], *, now: float) -> bytes:
        """CONNECT with these headers (`host`, and `Authorization` or `login` and `passcode`) besides our own.

        Values are sent as they are, because CONNECT has no escapes: a line break or NUL in one raises
        `LocalProtocolError`, whose text names the header and not the value.
        """
        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
        for name, value in plain.items():
            if any(char in name + value for char in "\r\n\0"):
                raise LocalProtocolError(f"the CONNECT header {name!r} holds a line break or NUL")
        beats = f"{_milliseconds(self._timing.send_every)},{_milliseconds(self._timing.hear_every)}"
        # 1.0 is not offered; a server that answers without a version is read as 1.0 all the same
        ours = {"accept-version": "1.2,1.1", "heart-beat": beats}
        octets = self._say("CONNECT", {**ours, **plain}, now=now)
        self.state = State.CONNECTING
        return octets

    def subscribe(
        self,
        subscription: str,
        destination: str,
        *,
        now: float,
        ack: AckMode = "client",
        headers: Mapping[str, str] = MappingProxyType({}),
        receipt: str = "",
    ) -> bytes:
        """SUBSCRIBE; `headers` are the server's own (`prefetch-count`, `activemq.prefetchSize`, `x-queue-type`).

        STOMP 1.0 has no `client-individual`: there `client` is asked for instead. Be ready for messages at once.
        """
        if subscription in self._subscriptions:
            raise LocalProtocolError(f"there is a subscription {subscription!r} already")
        mode: AckMode = "client" if self.version == "1.0" and ack == "client-individual" else ack
        fields = {"id": subscription, "destination": destination, "ack": mode, **headers}
        octets = self._say("SUBSCRIBE", fields, now=now, receipt=receipt)
        self._subscriptions[subscription] = _Subscription(destination, mode)
        return octets

    def unsubscribe(self, subscription: str, *, now: float) -> bytes:
        """UNSUBSCRIBE; messages already on their way come as `MessageForUnknownSubscription`."""
        if subscription not in self._subscriptions:
            raise LocalProtocolError(f"there is no subscription {subscription!r}")
        octets = self._say("UNSUBSCRIBE", {"id": subscription}, now=now)
        del self._subscriptions[subscription]
        return octets

    def ack(self, message: MessageReceived, *, now: float) -> bytes:
        """ACK of a message of this session; nothing to send when the server does not wait for it.

        With `client` it is cumulative: one for the newest message covers every earlier one of its subscription.
        """
        if not message.needs_ack:
            return b""
        if self.version == "1.2":
            return self._say("ACK", {"id": message.ack_id}, now=now)
        fields = {"message-id": message.message_id}
        if self.version == "1.1" or "subscription" in message.headers:
            fields["subscription"] = message.subscription
        return self._say("ACK", fields, now=now)

    def send(
        self, destination: str, body: bytes, *, now: float, headers: Mapping[str, str] = MappingProxyType({})
    ) -> bytes:
        """SEND a message."""
        return self._say("SEND", {"destination": destination, **headers}, now=now, body=body)

    def disconnect(self, *, now: float, receipt: str = "goodbye") -> bytes:
        """DISCONNECT, the last thing we say. `Disconnected` follows, or `why_dead` soon has a reason."""
        octets = self._say("DISCONNECT", {}, now=now, receipt=receipt)
        self.state = State.CLOSING
        self._goodbye = receipt
        return octets

    def _say(self, command: str, headers: dict[str, str], *, now: float, receipt: str = "", body: bytes = b"") -> bytes:
        if command not in _SENDABLE[self.state]:
            raise LocalProtocolError(f"{command} cannot be sent while {self.state.name}")
        if receipt:
            headers = {**headers, "receipt": receipt}
        octets = encode(Frame(command, headers, body), self.version)
        self._last_sent = now
        return octets

    # ---- the clock

    @property
    def ping_every(self) -> float:
        """Seconds between WebSocket pings that the link owes us (report each answer with `heard`); 0 when none."""
        enough = 0 < self._hears_every * _DEAD_AFTER <= self._timing.max_silence
        return 0.0 if enough else self._timing.max_silence / 3

    def heard(self, now: float) -> None:
        """The peer has shown life below STOMP (a WebSocket pong)."""
        self._last_heard = max(self._last_heard, now)

    def next_deadline(self) -> float:
        """When to call `beat` and `why_dead` again at the latest; infinity when there is nothing to wait for."""
        return min(self._beat_at(), self._dead_at())

    def beat(self, now: float) -> bytes:
        """A heart-beat when one is due (a WebSocket message of its own), else nothing."""
        if now < self._beat_at():
            return b""
        self._last_sent = now
        return b"\n"

    def why_dead(self, now: float) -> str:
        """Why the server must be taken for dead; empty while there is no reason."""
        if now < self._dead_at():
            return ""
        if self.state is State.CONNECTING:
            return f"no CONNECTED within {self._timing.connect:g} s"
        if self.state is State.CLOSING:
            return f"no answer to DISCONNECT within {self._timing.disconnect:g} s"
        return f"nothing heard for {now - self._last_heard:.0f} s"

    def _beat_at(self) -> float:
        if self._sends_every and "heart-beat" in _SENDABLE[self.state]:
            return self._last_sent + self._sends_every * _SEND_AFTER
        return math.inf

    def _dead_at(self) -> float:
        match self.state:
            case State.CONNECTING:
                return self._last_sent + self._timing.connect
            case State.OPEN:
                agreed = self._hears_every * _DEAD_AFTER or math.inf
                return self._last_heard + min(agreed, self._timing.max_silence)
            case State.CLOSING:
                return self._last_sent + self._timing.disconnect
            case _:
                return math.inf

    # ---- what we hear

    @property
    def oddities(self) -> int:
        """How many things the decoder read leniently (undefined escapes and the like)."""
        return self._decoder.oddities

    def receive(self, data: bytes, *, now: float) -> list[StompEvent]:
        """The events in what has arrived (any piece of the stream). Raises nothing, whatever comes."""
        if data:
            self._last_heard = now
        events: list[StompEvent] = []
        for item in self._decoder.feed(data):
            if isinstance(item, HeartBeat):
                events.append(item)
            elif isinstance(item, RemoteProtocolError):
                return self._break(events, item)
            elif error := self._receive(item, events):
                return self._break(events, error)
        return events

    def _break(self, events: list[StompEvent], error: RemoteProtocolError) -> list[StompEvent]:
        self.state = State.FAILED
        self._decoder.stop()
        events.append(ProtocolBroken(error))
        return events

    def _receive(self, frame: Frame, events: list[StompEvent]) -> RemoteProtocolError | None:
        command = frame.command
        if command not in _SERVER_COMMANDS:
            events.append(UnknownFrame(command))
            return None
        state = _RECEIVABLE[self.state].get(command)
        if state is None:
            return RemoteProtocolError(f"{command} while {self.state.name}")
        before, self.state = self.state, state
        match command:
            case "MESSAGE":
                self._message(frame, events)
            case "CONNECTED":
                return self._connected(frame, events)
            case "RECEIPT":
                self._receipt(frame.headers.get("receipt-id", ""), events)
            case _:
                self._error(frame, before, events)
        return None

    def _connected(self, frame: Frame, events: list[StompEvent]) -> RemoteProtocolError | None:
        headers = frame.headers
        version = headers.get("version", "1.0")
        if version not in _VERSIONS:
            return RemoteProtocolError(f"the server chose a version that we did not offer: {version[:20]}")
        self.version = version
        # 1.0 knows no heart-beats: a server that agrees to none there may still answer with the header
        theirs, wish = (0.0, 0.0) if version == "1.0" else _heart_beat(headers.get("heart-beat", ""))
        self._sends_every = _agreed(self._timing.send_every, wish)
        self._hears_every = _agreed(self._timing.hear_every, theirs)
        server, session = headers.get("server", ""), headers.get("session", "")
        events.append(Connected(version, server, session, self._sends_every, self._hears_every, headers))
        return None

    def _message(self, frame: Frame, events: list[StompEvent]) -> None:
        headers = frame.headers
        destination, message_id = headers.get("destination", ""), headers.get("message-id", "")
        name = headers.get("subscription") or self._subscribed_to(destination)
        subscription = self._subscriptions.get(name)
        if subscription is None:
            events.append(MessageForUnknownSubscription(name, message_id, destination))
            return
        ack_id = headers.get("ack", "")
        needs_ack = subscription.ack != "auto" and bool(ack_id if self.version == "1.2" else message_id)
        if subscription.ack != "auto" and not needs_ack and not subscription.told_auto:
            subscription.told_auto = True
            events.append(ServerAcknowledges(name))
        events.append(
            MessageReceived(
                subscription=name,
                message_id=message_id,
                ack_id=ack_id,
                destination=destination,
                headers=headers,
                body=frame.body,
                dropped=frame.dropped,
                redelivered=headers.get("redelivered") == "true",
                needs_ack=needs_ack,
            )
        )

    def _subscribed_to(self, destination: str) -> str:
        """A 1.0 server need not name the subscription: the destination tells it, when that is not ambiguous."""
        names = [name for name, one in self._subscriptions.items() if one.destination == destination]
        return names[0] if len(names) == 1 else ""

    def _receipt(self, receipt_id: str, events: list[StompEvent]) -> None:
        if self.state is State.CLOSING and receipt_id == self._goodbye:
            self.state = State.CLOSED
            events.append(Disconnected())
        else:
            events.append(ReceiptReceived(receipt_id))

    def _error(self, frame: Frame, before: State, events: list[StompEvent]) -> None:
        if before is State.CLOSING:
            events.append(Disconnected())
        elif before is not State.CLOSED:
            events.append(ErrorReceived(frame.headers.get("message", ""), frame.headers, frame.body))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _agreed(ours: float, theirs: float) -> float:
    return max(ours, theirs) if ours and theirs else 0.0


def _heart_beat(text: str) -> tuple[float, float]:
    """Seconds between the server's beats and between those it wants; what cannot be read means none."""
    parts = [part.strip(" ") for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 12 for part in parts):
        return (0.0, 0.0)
    return (int(parts[0]) / 1000, int(parts[1]) / 1000)
