"""The queues of the embedded broker: who gets which message, what is not acknowledged yet, what comes again. Pure.

What must not be here: frames, sockets, tasks. A consumer is told of a message by calling its `give`.

Every destination is a queue, as on ActiveMQ: it keeps messages while nobody listens, several consumers share them in
turn, and what a lost consumer had not acknowledged goes back to the front, marked as redelivered.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

AckMode = Literal["auto", "client", "client-individual"]
ACK_MODES: tuple[AckMode, ...] = ("auto", "client", "client-individual")


@dataclass(frozen=True, slots=True)
class Message:
    """What waits in a queue; `headers` are the sender's own."""

    id: str
    destination: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    redelivered: bool = False


@dataclass(eq=False, slots=True)
class Consumer:
    """One subscription of one link. `prefetch` bounds what is unacknowledged (0: no bound; `auto` knows none)."""

    destination: str
    ack: AckMode
    prefetch: int
    give: Callable[["Consumer", Message], None]
    is_ready: Callable[[], bool]
    unacked: dict[str, Message] = field(default_factory=dict)

    def has_room(self) -> bool:
        """Whether one more message may be given now."""
        return self.is_ready() and (self.ack == "auto" or not self.prefetch or len(self.unacked) < self.prefetch)


@dataclass(slots=True)
class _Queue:
    waiting: deque[Message] = field(default_factory=deque)
    consumers: deque[Consumer] = field(default_factory=deque)


class Queues:
    """All queues by destination; a queue begins with its first message or consumer and stays."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def waiting(self, destination: str) -> int:
        """Messages that nobody was given."""
        return len(self._queue(destination).waiting)

    def unacked(self, destination: str) -> int:
        """Messages that somebody was given and did not acknowledge."""
        return sum(len(consumer.unacked) for consumer in self._queue(destination).consumers)

    def kept(self, destination: str) -> tuple[Message, ...]:
        """What nobody has acknowledged yet, given out or not."""
        queue = self._queue(destination)
        return (*(one for consumer in queue.consumers for one in consumer.unacked.values()), *queue.waiting)

    def put(self, message: Message) -> None:
        """A new message at the end of its queue."""
        self._queue(message.destination).waiting.append(message)
        self.pump(message.destination)

    def join(self, consumer: Consumer) -> None:
        """A consumer begins."""
        self._queue(consumer.destination).consumers.append(consumer)
        self.pump(consumer.destination)

    def leave(self, consumer: Consumer) -> None:
        """A consumer ends: what it did not acknowledge goes back to the front, in order."""
        queue = self._queue(consumer.destination)
        if consumer not in queue.consumers:
            return
        queue.consumers.remove(consumer)
        back = [replace(message, redelivered=True) for message in consumer.unacked.values()]
        queue.waiting.extendleft(reversed(back))
        consumer.unacked.clear()
        self.pump(consumer.destination)

    def ack(self, consumer: Consumer, message_id: str) -> tuple[Message, ...]:
        """What this acknowledges (with `client` also everything given before); empty when it is not expected."""
        if message_id not in consumer.unacked:
            return ()
        ids = list(consumer.unacked)
        first = 0 if consumer.ack == "client" else ids.index(message_id)
        acked = tuple(consumer.unacked.pop(one) for one in ids[first : ids.index(message_id) + 1])
        self.pump(consumer.destination)
        return acked

    def pump(self, destination: str) -> None:
        """Give what waits to consumers with room, in turn."""
        queue = self._queue(destination)
        while queue.waiting and (consumer := self._next(queue)):
            message = queue.waiting.popleft()
            if consumer.ack != "auto":
                consumer.unacked[message.id] = message
            consumer.give(consumer, message)

    def _next(self, queue: _Queue) -> Consumer | None:
        for _ in range(len(queue.consumers)):
            consumer = queue.consumers[0]
            queue.consumers.rotate(-1)
            if consumer.has_room():
                return consumer
        return None

    def _queue(self, destination: str) -> _Queue:
        return self._queues.setdefault(destination, _Queue())
