"""What a STOMP session tells: everything that `stomp_protocol.Session.receive` can return, as past facts.

What must not be here: anything that acts. Headers and bodies may hold people's data and stay out of every `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.sources.stomp_frames import HeartBeat, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class Connected:
    """The server took us. `sends_every`, `hears_every`: the agreed seconds between heart-beats, 0 for none."""

    version: str
    server: str
    session: str
    sends_every: float
    hears_every: float
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message of one of our subscriptions.

    `needs_ack` is false when the server forgot it the moment it was sent (`auto`, or a server that acts so).
    `dropped` counts octets cut off a body over the limit: such a message is rejected, stored and acknowledged.
    """

    subscription: str
    message_id: str
    ack_id: str
    destination: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    dropped: int
    redelivered: bool
    needs_ack: bool


@dataclass(frozen=True, slots=True)
class MessageForUnknownSubscription:
    """A message that we did not ask for: log it, do not acknowledge it."""

    subscription: str
    message_id: str
    destination: str


@dataclass(frozen=True, slots=True)
class ServerAcknowledges:
    """Said once per subscription: we asked for acknowledgements, the server's 1.2 messages carry no `ack` header."""

    subscription: str


@dataclass(frozen=True, slots=True)
class ReceiptReceived:
    """Everything up to the frame with this receipt has been received (not yet worked on)."""

    receipt_id: str


@dataclass(frozen=True, slots=True)
class ErrorReceived:
    """The server refused something; we say nothing more on this connection. Close it from our side.

    `message` may be empty; `headers` may hold `error-code`, `queue`, `receipt-id`, `subscription`.
    """

    message: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The answer to our DISCONNECT: close the link now."""


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A command that STOMP does not know: log it and go on."""

    command: str


@dataclass(frozen=True, slots=True)
class ProtocolBroken:
    """Nothing more can be read: close with `error.close_code`. Always the last event."""

    error: RemoteProtocolError


StompEvent = (
    Connected
    | MessageReceived
    | MessageForUnknownSubscription
    | ServerAcknowledges
    | ReceiptReceived
    | ErrorReceived
    | Disconnected
    | UnknownFrame
    | HeartBeat
    | ProtocolBroken
)
