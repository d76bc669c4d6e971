"""What a store is: the calls that the engine and the commands make, and the values that go in and out.

What must not be here: SQL, files, connections; those are one store's own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from router.core.changes import Decision, Record
from router.core.inputs import Acknowledged, Input, ResolveRequested
from router.core.model import Alert, Notification, Timer
from router.core.state import Rows
from router.errors import RouterError, StoreUnavailableError

Access = Literal["serve", "beside"]
"""`serve`: the one writer of decisions; makes and migrates the store. `beside`: a command; it reads and asks."""
Verb = Literal["acknowledge", "resolve"]
Which = Literal["open", "all"]
About = Literal["alarms", "faults", "both"]


class StoreInUseError(StoreUnavailableError):
    """Another `serve` has the store; two would page everybody twice."""


class StoreUrlError(RouterError):
    """The store's URL cannot be used; the text says what one looks like and repeats no password."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One input, the instant at which it was decided, and what was decided."""

    at: datetime
    input: Input
    decision: Decision


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One input as it was; `seq` grows from line to line."""

    seq: int
    at: datetime
    input: Input


@dataclass(frozen=True, slots=True)
class Request:
    """Something a command asks of the engine. `id` is fresh for each request; `by` is a name for people."""

    id: str
    verb: Verb
    alert_id: str
    by: str
    asked_at: datetime

    @property
    def input(self) -> Acknowledged | ResolveRequested:
        """The input that answers the request once it is committed."""
        kind = Acknowledged if self.verb == "acknowledge" else ResolveRequested
        return kind(self.alert_id, self.by, via="command", request_id=self.id)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a notification; `outcome` is one of `SendOutcome`, `number` counts from 1 (0: unknown)."""

    at: datetime
    outcome: str
    detail: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class NotificationHistory:
    """A notification, waiting or finished, and its tries in the order in which they ended."""

    notification: Notification
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """One alert, open or over, with all that the store knows of it; everything oldest first, timers by due instant."""

    alert: Alert
    timeline: tuple[Record, ...] = ()
    notifications: tuple[NotificationHistory, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is: open alarms by status, open faults, notifications still to be sent, requests not yet met."""

    firing: int = 0
    acknowledged: int = 0
    faults: int = 0
    outbox: int = 0
    requests: int = 0


class History(Protocol):
    """What commands and pages read, also beside a running `serve`. Each call is one or more short reads.

    Every call may raise `StoreUnavailableError` or `StoreCorruptError`.
    """

    def alerts(self, which: Which = "open", about: About = "alarms", *, limit: int | None = None) -> Iterator[Alert]:
        """Alerts, the last opened first."""
        ...

    def find(self, prefix: str, limit: int = 20) -> tuple[str, ...]:
        """The ids that begin with `prefix`, sorted: none, the one meant, or too many."""
        ...

    def alert(self, alert_id: str) -> AlertHistory | None:
        """Everything about the alert with this whole id, `None` when there is none."""
        ...

    def timeline(self, since: datetime, limit: int = 1000) -> tuple[Record, ...]:
        """What happened since then that concerns no alert (an ignored event, a rejected message), oldest first."""
        ...

    def last_received(self) -> dict[str, datetime]:
        """When each source was last heard, by our clock, at most 10 s too early; sources never heard are missing."""
        ...

    def counts(self) -> Counts:
        """How much is open."""
        ...

    def answered(self, request_id: str) -> datetime | None:
        """When the engine met the request; `None`: not yet, or no such request."""
        ...


class Store(Protocol):
    """Where the rows live. Synchronous; calls may come from any thread, they wait for each other.

    `StoreUnavailableError`: nothing was written, the same call may be repeated and will work when the store is back.
    `StoreCorruptError`: waiting does not help; the process should end. Any other exception is our mistake.
    """

    def load(self) -> Rows:
        """All that is still needed to decide: alerts not forgotten in the order in which they opened, timers,
        active notifications, recoveries, tallies."""
        ...

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write the journal lines and all changes of the entries, in order, in one durable transaction.

        An event whose `inputs.said_id` is in the journal gets no second line; a `counted` input gets none. After a
        failure the next commit must begin with the same entries.
        """
        ...

    def seen(self, ids: Collection[str]) -> set[str]:
        """Which of these ids (`inputs.said_id`) are in the journal."""
        ...

    def ask(self, request: Request) -> None:
        """Leave a request for the engine; asking again with the same id changes nothing."""
        ...

    def requests(self) -> list[Request]:
        """The requests not met by a committed input yet, oldest first; cheap enough for every second."""
        ...

    def journal(
        self, since: datetime | None = None, until: datetime | None = None, *, after: int = 0
    ) -> Iterator[JournalLine]:
        """The lines with `since <= at < until` and `seq > after`, in order."""
        ...

    @property
    def history(self) -> History:
        """What commands and pages read."""
        ...

    def trim(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows that were over before this instant; returns how many, 0 when none is left.

        What is open stays, with its whole timeline.
        """
        ...

    def close(self) -> None:
        """Close everything; closing twice is fine."""
        ...
