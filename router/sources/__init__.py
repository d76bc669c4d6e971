"""Where events come from: what a source is, and which kinds there are.

A source maps what its peer says to `Event`s and puts them through the one door; it confirms to its peer only after
the commit. It loses its peer and finds it again without help. The map of the package, downhill:
`saveris_source` -> `stomp` -> `conversation` -> (`stomp_protocol`, `link`); `payload` -> (`saveris`, `sentilo`,
`json_fields`) -> `mapping`; `tokens`, `refusals`, `faults`, `backoff` stand alone.
What must not be here: imports that cost time (a command that only maps payloads loads no network code), and any logic.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol

from router.core.inputs import Input
from router.core.model import Event
from router.core.settings import SaverisSettings, SourceSettings, StompSettings

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


def _open_stomp(
    settings: StompSettings, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
) -> Source:
    from router.sources.stomp import StompSource

    return StompSource(settings, door, enrich=enrich, last_received=last_received)


def _open_saveris(
    settings: SaverisSettings, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
) -> Source:
    from router.sources.saveris_source import open_saveris

    return open_saveris(settings, door, enrich=enrich, last_received=last_received)


SOURCES: Final[Mapping[type[SourceSettings], OpenSource]] = {
    StompSettings: _open_stomp,
    SaverisSettings: _open_saveris,
}
"""Settings to source. Sentilo is missing: it does not connect anywhere, the web server receives what it pushes."""
