"""What is given to a notifier and what comes back: plain values.

What must not be here: how anything is sent.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from router.core.inputs import SendOutcome
from router.core.model import Reason
from router.errors import Secret


@dataclass(frozen=True, slots=True)
class Message:
    """One text for one contact method.

    `url` is complete: the person's address is filled in. `html` is an HTML form of `body`; only mail shows it.
    `priority` 0 is a critical page, larger is less urgent. `timeout` is how long one attempt may take; a notifier
    should end a little before it, so that its thread need not be abandoned.
    """

    channel: str
    url: Secret
    title: str
    body: str
    reason: Reason
    alert_id: str
    html: str | None = None
    priority: int = 1
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class SendResult:
    """How one attempt ended. `detail` says why not: scrubbed, one line, at most 200 characters, empty when accepted."""

    outcome: SendOutcome
    detail: str = ""


class Notifier(Protocol):
    """Whatever can send. It is synchronous and is called from worker threads, several at a time."""

    def send(self, message: Message) -> SendResult:
        """Try once, now, without waiting between requests; what the world does wrong is a result, not an error."""
        ...
