"""What a source gets, and what it is: the way in, and a task that reads for ever.

What must not be here: any one source; the table of them stands in the package.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, Protocol

from router.core.inputs import Input
from router.core.model import Event

Enrich = Callable[[Event], Event]
"""Adds what the inventory knows (`labels.*`); quick, pure, never raises."""


def unchanged(event: Event) -> Event:
    """The `Enrich` of a router without an inventory."""
    return event


class Door(Protocol):
    """The way in, and the wall clock; `app` supplies it."""

    async def submit(self, item: Input, /, on_committed: Callable[[], None] | None = None) -> None:
        """Wait for room in the mailbox and put the input there; returns before the commit.

        `on_committed` is called once the transaction with this input is committed: in the trio thread, synchronously,
        in the order of submission. It must be quick and must not raise.
        """
        ...

    def now(self) -> datetime:
        """The instant, UTC."""
        ...


class Source(Protocol):
    """One peer that tells of alarms."""

    async def run(self) -> NoReturn:
        """Read for ever; ended by cancelling only."""
        ...

    def nudge(self) -> None:
        """The operator changed something: try again now what waits for a permission or a password."""
        ...


class OpenSource(Protocol):
    """Makes a source. `last_received` is when it last received anything in an earlier run, if that is known."""

    def __call__(
        self, settings: Any, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
    ) -> Source:
        """Nothing is connected before `run`."""
        ...
