"""Everything that can happen, as past facts. Each enters through `engine.submit` and is decided by `decide`.

What must not be here: commands ("send", "retry"): those are rows that `decide` returns.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from router.core.model import Event

SendOutcome = Literal["accepted", "refused", "failed", "unknown"]
"""`refused`: trying again is useless (no such user); `failed`: it may work later; `unknown`: it may have arrived."""


@dataclass(frozen=True, slots=True)
class EventReceived:
    """A source said something that could be read."""

    event: Event


@dataclass(frozen=True, slots=True)
class MessageRejected:
    """A source said something that could not be read: it is kept as it came (at most 64 KiB of it) and told.

    `id` is unique per message (the source's message id or a hash of the body); `reason` is fit for a user.
    """

    id: str
    source: str
    reason: str
    body: str
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody takes an alert. `by` is a name for people, `via` where it came from (`command`, `page`, `link`)."""

    alert_id: str
    by: str
    via: str = "command"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ResolveRequested:
    """Somebody says that an alert is over."""

    alert_id: str
    by: str
    via: str = "command"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class TimerDue:
    """The clock reached a timer's instant (perhaps long ago: the trace says how late)."""

    timer_id: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """These notifications are about to be given to their notifiers; committed before the first byte leaves."""

    notification_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryReported:
    """How one attempt ended. `detail` is scrubbed of secrets and fit for a user; `seconds` is how long it took.

    `held` is true when the attempt was never made because the channel's `rate` or `concurrency` held the page too long.
    """

    notification_id: str
    outcome: SendOutcome
    detail: str = ""
    seconds: float = 0.0
    held: bool = False


@dataclass(frozen=True, slots=True)
class FaultOccurred:
    """Something is wrong with ourselves. `cause` is the key (`source cold-chain link`), `text` is for people.

    `lasting` faults are ended by `FaultEnded`; the others end by themselves when they have not occurred for 4 h.
    """

    cause: str
    text: str
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """What `FaultOccurred` told is over; nothing happens if it was not open."""

    cause: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class RulesReplaced:
    """Other rules are in force from now on (also said once at every start). `version` is a hash of the files."""

    version: str


@dataclass(frozen=True, slots=True)
class Started:
    """The router runs again: whatever was under way when it stopped may or may not have been sent."""


Input = (
    EventReceived
    | MessageRejected
    | Acknowledged
    | ResolveRequested
    | TimerDue
    | HandedOver
    | DeliveryReported
    | FaultOccurred
    | FaultEnded
    | RulesReplaced
    | Started
)


def said_id(input_: Input) -> str | None:
    """What makes a message of a source unique for ever; `None` for what no source said.

    An event is the same when its source, id, status, key and alarm time are: some sources use an id again for the end
    of an alarm, or for the same trouble next week, and must not be silenced by it. A rejected message is marked apart,
    so that the same id is news once it can be read.
    """
    match input_:
        case EventReceived(event):
            started = event.started_at.isoformat() if event.started_at is not None else ""
            return f"{event.source}/{event.id}/{event.status}/{event.key}/{started}"
        case MessageRejected():
            return f"rejected:{input_.source}/{input_.id}"
        case _:
            return None
