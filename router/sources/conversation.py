"""One connection to a STOMP broker, from CONNECT to its end: read, put through the door, acknowledge what is committed.

What must not be here: connecting, reconnecting, faults, and what an ERROR means for the next try (`stomp`).

Three tasks share one `Session`
- the reader takes messages off the link all the time and queues them (bounded by octets: beyond that it stops reading,
  and the broker notices);
- the submitter maps the queued messages and puts them through the door, in order;
- the writer is the only one that sends: subscriptions, acknowledgements, heart-beats; it also watches the silence.
An acknowledgement is only ever written by the conversation in which its message came. NACK is never used: RabbitMQ
redelivers at once what is refused so, ActiveMQ throws it away.
"""

import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import trio

from router.core.inputs import EventReceived, Input, MessageRejected
from router.core.model import Event
from router.core.settings import AckMode, StompSettings
from router.errors import Secret
from router.sources.door import Door, Enrich
from router.sources.hush import hushed, secrets_in_url
from router.sources.link import Link, LinkEndedError
from router.sources.mapping import Unreadable, digest
from router.sources.payload import read, rekey
from router.sources.refusals import printable
from router.sources.stomp_events import (
    Connected,
    ErrorReceived,
    MessageForUnknownSubscription,
    MessageReceived,
    ProtocolBroken,
    ReceiptReceived,
    ServerAcknowledges,
    StompEvent,
    UnknownFrame,
)
from router.sources.stomp_frames import Limits, LocalProtocolError, RemoteProtocolError
from router.sources.stomp_protocol import Session, Timing

_LOG: Final = logging.getLogger("router.sources.stomp")
_KEPT: Final = 64 * 1024
"""Octets of a rejected body that are kept."""
_QUEUED: Final = 32 * 1024 * 1024
"""Octets of bodies that may wait for the door."""
_OVERHEAD: Final = 1024
_BETWEEN_ACKS: Final = 0.01
_SETTLED: Final = 10.0
"""Seconds after a SUBSCRIBE without an ERROR until it counts as accepted, where the server gives no receipts."""
_QUOTED: Final = 160
"""Octets of the body of an ERROR that are told with it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a conversation ended. At most one of `error` (the server's ERROR) and `broken` (unreadable) is set.

    `lasted` is in seconds since CONNECTED, 0 when that never came. `unsettled`: the end came soon after a SUBSCRIBE,
    before any message.
    """

    reason: str
    error: ErrorReceived | None = None
    broken: RemoteProtocolError | None = None
    lasted: float = 0.0
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the source wants to know at once. All are quick and synchronous.

    `accepted(destination)`: a subscription works. `heard()`: a message came.
    """

    connected: Callable[[], None]
    accepted: Callable[[str], None]
    heard: Callable[[], None]


@dataclass(slots=True)
class _Subscription:
    destination: str
    sent_at: float
    accepted: bool = False


class Conversation:
    """See the module. `run` is the body of one link; a new link needs a new conversation."""

    def __init__(
        self,
        settings: StompSettings,
        door: Door,
        *,
        enrich: Enrich,
        hooks: Hooks,
        destinations: Sequence[str],
        headers: Mapping[str, str | Secret],
        ack: AckMode,
    ) -> None:
        self._settings = settings
        self._door = door
        self._enrich = enrich
        self._hooks = hooks
        self._wanted = deque(destinations)
        self._headers = headers
        self._ack: AckMode = ack
        beat = settings.heartbeat.total_seconds()
        self._session = Session(
            timing=Timing(send_every=beat, hear_every=beat), limits=Limits(max_body=settings.max_body)
        )
        self._subscriptions: dict[str, _Subscription] = {}
        self._inbox: deque[tuple[MessageReceived, datetime]] = deque()
        self._inbox_size = 0
        self._committed: list[MessageReceived] = []
        self._acks_from = 0.0
        self._connected_at: float | None = None
        self._messages = 0
        self._ended: Ended | None = None
        self._scope = trio.CancelScope()
        self._work = trio.Event()
        self._mail = trio.Event()
        self._room = trio.Event()

    async def run(self, link: Link) -> Ended:
        """Talk until the link or the server ends it. Absorbs `LinkEndedError`; closing is the link's part."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._guarded, self._write, link)
                nursery.start_soon(self._guarded, self._read, link)
                nursery.start_soon(self._submit)
        assert self._ended is not None, "only an end cancels the scope"
        if self._ended.broken is not None:
            link.close_code = self._ended.broken.close_code
        return self._ended

    @property
    def age(self) -> float:
        """Seconds since CONNECTED, 0 before."""
        return 0.0 if self._connected_at is None else trio.current_time() - self._connected_at

    def subscribe(self, destination: str) -> None:
        """Ask for one more destination on this connection."""
        self._wanted.append(destination)
        self._work.set()

    async def finish(self) -> None:
        """Put through the door what came and will not come again. The others are left: the broker sends them again."""
        while self._inbox:
            message, arrived_at = self._inbox.popleft()
            if not message.needs_ack:
                await self._door.submit(self._input_of(message, arrived_at))

    def _end(self, ended: Ended) -> None:
        if self._ended is None:
            newest = max((sub.sent_at for sub in self._subscriptions.values()), default=-math.inf)
            unsettled = self._messages == 0 and trio.current_time() - newest < _SETTLED
            self._ended = replace(ended, reason=self._scrubbed(ended.reason), lasted=self.age, unsettled=unsettled)
            self._scope.cancel()

    async def _guarded(self, task: Callable[[Link], Awaitable[None]], link: Link) -> None:
        try:
            await task(link)
        except LinkEndedError as error:
            broken = _too_large(error) if error.too_large else None
            self._end(Ended(error.reason, broken=broken))
        except LocalProtocolError as error:
            self._end(Ended(f"the settings ask for what STOMP cannot say: {error}"))

    # ---- reading

    async def _read(self, link: Link) -> None:
        while True:
            data = await link.receive()
            arrived_at = self._door.now()
            for event in self._session.receive(data, now=trio.current_time()):
                self._hear(event, arrived_at)
            while self._is_full():
                self._room = trio.Event()
                await self._room.wait()
                self._session.heard(trio.current_time())

    def _hear(self, event: StompEvent, arrived_at: datetime) -> None:
        match event:
            case MessageReceived():
                self._take(event, arrived_at)
            case Connected():
                self._welcome(event)
            case ReceiptReceived(receipt_id):
                self._accept(receipt_id)
            case ErrorReceived():
                said = replace(event, message=self._scrubbed(event.message), body=b"" if event.message else event.body)
                self._end(Ended(f"the server said ERROR: {self._complaint(event)}", error=said))
            case ProtocolBroken(error):
                self._end(Ended(f"unreadable: {error.reason}", broken=error))
            case _:
                self._note(event)

    def _complaint(self, event: ErrorReceived) -> str:
        """What the server says is wrong, with the beginning of its body where that says more (RabbitMQ's does)."""
        message = printable(self._scrubbed(event.message))
        body = " ".join(printable(self._scrubbed(event.body[:_QUOTED].decode("utf-8", "replace"))).split())
        return message if not body or body in message else f"{message} ({body})" if message else body

    def _take(self, message: MessageReceived, arrived_at: datetime) -> None:
        self._messages += 1
        self._inbox.append((message, arrived_at))
        self._inbox_size += len(message.body) + _OVERHEAD
        self._mail.set()
        self._accept(message.subscription)
        self._hooks.heard()

    def _welcome(self, connected: Connected) -> None:
        self._connected_at = trio.current_time()
        self._hooks.connected()
        self._work.set()
        extra = {"source": self._settings.name, "server": connected.server, "version": connected.version}
        _LOG.info("connected", extra=extra)

    def _accept(self, subscription_id: str) -> None:
        subscription = self._subscriptions.get(subscription_id)
        if subscription is not None and not subscription.accepted:
            subscription.accepted = True
            self._hooks.accepted(subscription.destination)

    def _scrubbed(self, text: str) -> str:
        """Without the secrets that we sent: a server may quote them."""
        sent = [value.reveal() for value in self._headers.values() if isinstance(value, Secret)]
        return hushed(text, [*sent, *secrets_in_url(self._settings.url), *self._settings.subscribe_headers.values()])

    def _note(self, event: StompEvent) -> None:
        extra = {"source": self._settings.name}
        match event:
            case ServerAcknowledges(subscription):
                text = "the server sends messages without an ack header: it forgets them once they are sent"
                _LOG.warning(text, extra=extra | {"subscription": subscription})
            case MessageForUnknownSubscription(subscription, message_id):
                extra |= {"subscription": subscription[:200], "message_id": message_id[:200]}
                _LOG.warning("a message for a subscription that is not ours: not acknowledged", extra=extra)
            case UnknownFrame(command):
                _LOG.warning("an unknown frame, ignored", extra=extra | {"command": command[:80]})

    # ---- putting through the door

    async def _submit(self) -> None:
        while True:
            while self._inbox:
                message, arrived_at = self._inbox[0]
                done = partial(self._commit, message) if message.needs_ack else None
                await self._door.submit(self._input_of(message, arrived_at), done)
                self._inbox.popleft()
                self._inbox_size -= len(message.body) + _OVERHEAD
                self._room.set()
            self._mail = trio.Event()
            await self._mail.wait()

    def _input_of(self, message: MessageReceived, arrived_at: datetime) -> Input:
        if message.dropped:
            size, limit = len(message.body) + message.dropped, self._settings.max_body
            return self._rejected(message, arrived_at, reason=f"a body of {size} octets, the limit is {limit}")
        event = read(self._settings.reading, message.body, arrived_at)
        if isinstance(event, Unreadable):
            return self._rejected(message, arrived_at, reason=event.reason)
        return EventReceived(self._enriched(event))

    def _enriched(self, event: Event) -> Event:
        key = self._settings.reading.key
        enriched = self._enrich(event)
        return rekey(enriched, key) if any(name.startswith("labels.") for name in key) else enriched

    def _rejected(self, message: MessageReceived, arrived_at: datetime, *, reason: str) -> MessageRejected:
        """The message as it is kept; its id is a hash, as brokers give a redelivered message a new id."""
        return MessageRejected(
            id=digest(message.destination, message.body),
            source=self._settings.name,
            reason=reason,
            body=message.body[:_KEPT].decode("utf-8", "replace"),
            arrived_at=arrived_at,
        )

    def _commit(self, message: MessageReceived) -> None:
        """Called after the commit, in the order of submission; perhaps long after this conversation has ended."""
        if self._ended is None:
            self._committed.append(message)
            self._work.set()

    # ---- writing

    async def _write(self, link: Link) -> None:
        await link.send(self._session.connect(self._headers, now=trio.current_time()))
        while True:
            self._work = trio.Event()
            now = trio.current_time()
            self._session.heard(now if self._is_full() else link.heard_at)
            if why := self._session.why_dead(now):
                self._end(Ended(why))
            for octets in self._due():
                await link.send(octets)
            self._settle()
            if self._session.ping_every and now - link.heard_at >= self._session.ping_every:
                link.ping()
            with trio.move_on_at(self._next(link)):
                await self._work.wait()

    def _is_full(self) -> bool:
        """We are the ones who do not read: the server's silence says nothing."""
        return self._inbox_size > _QUEUED

    def _due(self) -> list[bytes]:
        """What is to be sent now, each a message of its own."""
        now = trio.current_time()
        if self._connected_at is None:
            return []
        sent = [self._subscribe_to(self._wanted.popleft()) for _ in range(len(self._wanted))]
        sent += [self._session.ack(message, now=now) for message in self._acknowledged(now)]
        sent.append(self._session.beat(now))
        return [octets for octets in sent if octets]

    def _acknowledged(self, now: float) -> list[MessageReceived]:
        """The messages to name in ACK frames now: in mode `client` one stands for all before it in its subscription.

        The first commit after a pause is acknowledged at once, then there is a short pause, because a quick store
        commits more often than a frame is worth. It ends early when much of the broker's prefetch waits for us.
        """
        committed = self._committed
        if not committed or (now < self._acks_from and len(committed) < self._settings.prefetch / 4):
            return []
        self._committed = []
        self._acks_from = now + _BETWEEN_ACKS
        if self._ack == "client":
            return list({message.subscription: message for message in committed}.values())
        return committed

    def _subscribe_to(self, destination: str) -> bytes:
        settings, name = self._settings, f"sub-{len(self._subscriptions)}"
        prefetch = str(settings.prefetch)
        headers = {"prefetch-count": prefetch, "activemq.prefetchSize": prefetch, **settings.subscribe_headers}
        now = trio.current_time()
        self._subscriptions[name] = _Subscription(destination, now)
        return self._session.subscribe(name, destination, now=now, ack=self._ack, headers=headers, receipt=name)

    def _settle(self) -> None:
        """A subscription that nobody refused for a while works, receipt or not."""
        for name, subscription in self._subscriptions.items():
            if not subscription.accepted and trio.current_time() - subscription.sent_at >= _SETTLED:
                self._accept(name)

    def _next(self, link: Link) -> float:
        """When the writer must look again without being woken; never at once, whatever is overdue."""
        now = trio.current_time()
        settles = [s.sent_at + _SETTLED for s in self._subscriptions.values() if not s.accepted]
        pings = link.heard_at + self._session.ping_every if self._session.ping_every else math.inf
        looks = max(now + 0.2, min(self._session.next_deadline(), pings, *settles, now + 30.0))
        return min(looks, max(self._acks_from, now)) if self._committed else looks


def _too_large(error: LinkEndedError) -> RemoteProtocolError:
    """A message beyond what the link takes, named as far as its head tells."""
    lines = error.too_large.decode("utf-8", "replace").split("\n\n", 1)[0].split("\n")
    found = dict(line.rstrip("\r").split(":", 1) for line in reversed(lines) if ":" in line)
    return RemoteProtocolError(
        "a message over the link's limit",
        close_code=1009,
        destination=found.get("destination", "")[:200],
        message_id=found.get("message-id", "")[:200],
    )
