"""The rows: what the router knows, each a plain value that never changes once made.

An alert, its timers and its notifications are the whole state of one trouble; a store keeps exactly these.
What must not be here: any decision. A change of a row is a new row (`changed`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeVar

EventStatus = Literal["firing", "resolved"]
AlertStatus = Literal["firing", "acknowledged", "resolved"]
Level = Literal["info", "warning", "critical"]
Reason = Literal["raised", "escalated", "repeated", "acknowledged", "resolved", "fault"]
NotificationStatus = Literal["waiting", "underway", "retrying", "sent", "failed", "withdrawn"]

Fault = Literal["", "lasting", "passing"]
"""Not a fault; a fault that lasts until it is said to be over; one that merely happened and ends by not happening."""

LEVELS: Final[tuple[Level, ...]] = ("info", "warning", "critical")
PAGING: Final = frozenset({"raised", "escalated", "repeated"})
"""Reasons that ask somebody to do something; these are withdrawn once somebody does."""
NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})


def instant(value: datetime) -> datetime:
    """The same instant in UTC; a naive datetime is our mistake and is refused."""
    if value.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {value!r}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


Row = TypeVar("Row")


@cache
def _slots(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, Callable[[Any, Any], None]]]:
    names = [field.name for field in fields(kind)]
    return attrgetter(*names), {name: getattr(kind, name).__set__ for name in names}


def changed(row: Row, **values: Any) -> Row:
    """`dataclasses.replace` at a third of its cost: for rows with slots, whose values nobody has to check again."""
    kind: Any = type(row)
    read, write = _slots(kind)
    new: Row = object.__new__(kind)
    for put, value in zip(write.values(), read(row), strict=True):
        put(new, value)
    for name, value in values.items():
        write[name](new, value)
    return new


@dataclass(frozen=True, slots=True)
class Event:
    """What a source said, once. Every field but the first four may be absent (`None`).

    `severity`, `kind`, `condition_type`, `reason`, `quantity`, `quantity_detail` and `unit` keep the source's words;
    `status` and `level` are ours. `delay` is in seconds. `key_text` is the key as the source's mapping made it.
    `raw` is the payload as JSON text (not parsed: it is kept for `raw.*`, the journal and the pages).
    `doubts` holds what the mapping did not understand but did not refuse, one `field: word` each: a fault per entry.
    """

    id: str
    source: str
    kind: str
    status: EventStatus
    key: str
    arrived_at: datetime
    severity: str | None = None
    level: Level = "warning"
    condition_type: str | None = None
    reason: str | None = None
    source_uuid: str | None = None
    serial_number: str | None = None
    tenant: str | None = None
    value: float | None = None
    unit: str | None = None
    quantity: str | None = None
    quantity_detail: str | None = None
    delay: float | None = None
    started_at: datetime | None = None
    changed_at: datetime | None = None
    processed_at: datetime | None = None
    message: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    raw: str = ""
    doubts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for at in (self.arrived_at, self.started_at, self.changed_at, self.processed_at):
            if at is not None and at.tzinfo is not UTC:
                raise ValueError(f"an event's times are in UTC: {at!r}")

    @property
    def order(self) -> tuple[datetime, datetime, datetime, datetime]:
        """Where the event stands among others of its key: alarm time, last status change, processed, arrived.

        An absent time falls back to the arrival, so that a source without times is ordered by arrival.
        """
        arrived = self.arrived_at
        started = self.started_at or arrived
        return (started, self.changed_at or started, self.processed_at or arrived, arrived)

    def before(self, other: "Event") -> bool:
        """Said of an earlier moment than the other: by the source's own times, by arrival where one lacks these.

        A source's clock and ours are never held against each other: a wrong one could make a raise look over.
        """
        if self.started_at is None or other.started_at is None:
            return self.arrived_at < other.arrived_at
        return self.order < other.order


@dataclass(frozen=True, slots=True)
class Route:
    """A rule that matched, and how far its policy has run for one alert.

    `step` counts from 1, 0 = none has run; `round` counts the repeats, 0 = the first time through.
    `reached`: somebody of the current step was told (accepted). `exhausted`: no step or repeat is left.
    """

    rule: str
    line: int
    policy: str
    step: int = 0
    round: int = 0
    reached: bool = False
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One contact method that accepted a page of the alert, or may have (a send whose outcome is unknown)."""

    channel: str
    person: str | None = None

    @property
    def target(self) -> str:
        """As written in a policy: `alice via sms`, or the shared channel's name."""
        return f"{self.person} via {self.channel}" if self.person else self.channel


@dataclass(frozen=True, slots=True)
class Alert:
    """One trouble: opened by an event, updated by more of its key, ended by a recovery or a person.

    `event` is the latest firing one; `count` how many events it folds.
    `routes` is empty for an alarm that no rule matched and for a fault (an alert about ourselves, `fault`).
    `said_at`: when `fallback` was last told (of a fault, of an alarm without a rule, or that nobody has acknowledged);
    `said`: for faults, the count it was told then. `measured` is the rule that a
    measurement opened it for. `recovered` is the order of the recovery that ended it; `resolution` says how it ended.
    """

    id: str
    key: str
    status: AlertStatus
    event: Event
    opened_at: datetime
    updated_at: datetime
    started_at: datetime
    count: int = 1
    routes: tuple[Route, ...] = ()
    told: tuple[Told, ...] = ()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str = ""
    recovery: Event | None = None
    measured: str | None = None
    fault: Fault = ""
    said: int = 0
    said_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Firing or acknowledged."""
        return self.status != "resolved"

    @property
    def exhausted(self) -> bool:
        """Nobody is left to be told by a policy: every route has used up its steps and repeats (or there is none)."""
        return all(route.exhausted for route in self.routes)

    @property
    def unrouted(self) -> bool:
        """An alarm that no rule matched."""
        return not self.routes and not self.fault


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to decide later. The id derives from its cause, so that setting it again replaces it.

    `kind` is one of: `step`, `ack_timeout`, `resolve_after`, `exhausted`, `forget` (of an alert), `gather`, `remind`
    (of a fault), `tally` (of held-back notices). `route` is the rule's name for `step`, the tally's for `tally`.
    """

    id: str
    kind: str
    due: datetime
    alert_id: str = ""
    route: str = ""

    def __post_init__(self) -> None:
        if self.due.tzinfo is not UTC:
            raise ValueError(f"a timer is due at an instant in UTC: {self.due!r}")


class Serves(NamedTuple):
    """A step of a route, by its rule."""

    rule: str
    step: int
    round: int


@dataclass(frozen=True, slots=True)
class Notification:
    """One text for one contact method: a row of the outbox.

    `due` is the earliest instant of the next attempt; `expires` when retrying stops. `tried` are the person's methods
    already used for this step. `uncertain`: an attempt ended without an answer, so it may have arrived.
    `serves` are the steps that count as told by this text, more than one where routes meet at a contact. `priority` 0
    leaves before 1, 1 before 2. `html` is an HTML form of `body` for channels that can show it. `fallback`: it goes to
    `settings.fallback`, so its own failure raises no further fault; `covered`: another target of the same fallback
    notice has accepted it.
    `gathered`: it tells of several alerts, so no later text of one of them may take its place.
    """

    id: str
    alert_id: str
    target: str
    channel: str
    reason: Reason
    title: str
    body: str
    created_at: datetime
    due: datetime
    person: str | None = None
    html: str | None = None
    status: NotificationStatus = "waiting"
    attempts: int = 0
    first_attempt_at: datetime | None = None
    uncertain: bool = False
    detail: str = ""
    step: int = 0
    round: int = 0
    serves: tuple[Serves, ...] = ()
    tried: tuple[str, ...] = ()
    priority: int = 1
    fallback: bool = False
    covered: bool = False
    gathered: bool = False

    @property
    def active(self) -> bool:
        """Still in the outbox: not sent, failed or withdrawn."""
        return self.status in {"waiting", "underway", "retrying"}


@dataclass(frozen=True, slots=True)
class Recovery:
    """The newest recovery seen for a key, kept so that a raise that arrives after its own recovery is known as such."""

    key: str
    event: Event
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many notices of one name went to `fallback` singly in the current window, and which alerts are held back."""

    name: str
    since: datetime
    used: int = 0
    held: int = 0
    alerts: tuple[str, ...] = field(default=())
