"""What a decision asks for: rows to write, and the reasons. Nothing here does anything.

What must not be here: an effect that is not a row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.core.model import Alert, Notification, Recovery, Tally, Timer


@dataclass(frozen=True, slots=True)
class PutAlert:
    """Insert the alert, or replace the one with its id."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class ForgetAlert:
    """The alert need not be kept in memory any more; its row stays in the store."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Insert the timer, or replace the one with its id."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Delete the timer."""

    timer_id: str


@dataclass(frozen=True, slots=True)
class PutNotification:
    """Insert the notification, or replace the one with its id."""

    notification: Notification


@dataclass(frozen=True, slots=True)
class PutRecovery:
    """Insert or replace the newest recovery of a key."""

    recovery: Recovery


@dataclass(frozen=True, slots=True)
class PutTally:
    """Insert or replace a tally of notices."""

    tally: Tally


@dataclass(frozen=True, slots=True)
class Record:
    """A line of an alert's timeline, for people: what happened, when, and why.

    `what` is a word (`opened`, `updated`, `routed`, `step`, `attempt`, `acknowledged`, `resolved`, …); `detail` holds
    only JSON values. `alert_id` is empty for what concerns no alert (an ignored event, a rejected message).
    """

    alert_id: str
    at: datetime
    what: str
    detail: dict[str, Any]


Change = PutAlert | ForgetAlert | SetTimer | CancelTimer | PutNotification | PutRecovery | PutTally | Record


@dataclass(frozen=True, slots=True)
class Because:
    """Why one condition of a rule held or failed. `expected` is as written in the file, `actual` the event's value."""

    field: str
    operator: str
    expected: Any
    actual: Any
    matched: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule held against one event."""

    rule: str
    line: int
    matched: bool
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a decision is as it is.

    `verdict` is a named reason: `duplicate`, `opened`, `updated`, `reopened`, `resolved`, `late`, `stale`, `ignored`,
    `unmatched`, `told`, `nothing open`, … . `tried` holds the rules that matched. `ignored` is the reason of the rule
    that ignored the event. `counted` is true for measurements that no rule matched: not even the journal keeps them.
    """

    verdict: str
    alert_ids: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    ignored: str | None = None
    counted: bool = False
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of `decide`: rows to write, and why."""

    changes: tuple[Change, ...]
    trace: Trace
