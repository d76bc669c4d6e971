"""What a refusal means for the next try: an ERROR frame of the broker, or no token to show it.

Source: the ERROR table of the vendor's Real-Time API 1.3.0, and the texts by which Spring's relay says "later".
What must not be here: waiting, faults, frames.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

Kind = Literal["authorization", "connections", "rate", "subscription", "later", "other"]

CONNECTIONS_HOLD: Final = timedelta(minutes=10)
RATE_HOLD: Final = timedelta(minutes=10)
AUTHORIZATION_HOLD: Final = timedelta(minutes=15)
SUBSCRIPTION_HOLD: Final = timedelta(hours=1)
_LONGEST_HOLD: Final = timedelta(hours=24)
_WAIT_MS: Final = re.compile(r"wait (\d{1,12}) ms")
_QUEUE: Final = re.compile(r"queue: *(\S+)")
_LATER: Final = (
    "broker not available",
    "connection to broker closed",
    "no connected frame received",
    "failed to connect",
    "transport failure",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the server refused. `hold`: how long to wait at least; `queue`: which one, for a refused subscription."""

    kind: Kind
    text: str
    hold: timedelta = timedelta(0)
    queue: str = ""


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why there is no token. `hold`: how long to wait at least; `needs_person`: waiting alone will not help."""

    reason: str
    hold: timedelta = timedelta(0)
    needs_person: bool = False


def refusal_of(message: str, headers: Mapping[str, str], body: bytes = b"") -> Refusal:
    """The meaning of an ERROR; `message` may be empty, then the body's first line stands for it."""
    text = printable(message or body[:500].decode("utf-8", "replace").strip().split("\n", 1)[0])
    folded, code = text.lower(), headers.get("error-code", "")
    if code == "rate-limit-exceeded" or folded.startswith("too many connection attempts"):
        return Refusal("rate", text, hold=_rate_hold(text))
    if code == "max-connections-reached" or folded.startswith("maximum parallel connection limit"):
        return Refusal("connections", text, hold=CONNECTIONS_HOLD)
    if folded.startswith("invalid authorization"):
        return Refusal("authorization", text, hold=AUTHORIZATION_HOLD)
    if folded.startswith("subscription refused"):
        found = _QUEUE.search(text)
        queue = headers.get("queue", "") or (found[1] if found else "")
        return Refusal("subscription", text, hold=SUBSCRIPTION_HOLD, queue=queue)
    return Refusal("later" if folded.startswith(_LATER) else "other", text or "an ERROR without a text")


def _rate_hold(text: str) -> timedelta:
    found = _WAIT_MS.search(text)
    asked = timedelta(milliseconds=int(found[1])) if found else RATE_HOLD
    return min(max(asked, RATE_HOLD), _LONGEST_HOLD)


def printable(text: str) -> str:
    """What a peer said, fit for a log line: printable characters, at most 200."""
    return "".join(char if char.isprintable() else " " for char in text)[:200].strip()
