"""The sources that run: one task each, started, stopped and replaced as the rules file says.

What must not be here: how a source works. A source that ends or fails by itself ends the process.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import trio

from router.core.settings import Settings, SourceSettings
from router.errors import RouterError
from router.sources import SOURCES, Door, Enrich, Source

log = logging.getLogger("router.app.fleet")


class CannotRunError(RouterError):
    """The rules file asks for a source that this program cannot run."""


@dataclass(slots=True)
class _Running:
    settings: SourceSettings
    source: Source
    scope: trio.CancelScope


@dataclass(slots=True, eq=False)
class Fleet:
    """`run` is its task; `follow` makes the running sources those of new settings.

    `last_received` is what an earlier run heard of each source: for the sources that run from the start only.
    """

    door: Door
    last_received: Mapping[str, datetime]
    enrich: Enrich
    _running: dict[str, _Running] = field(default_factory=dict)
    _nursery: trio.Nursery | None = None

    def check(self, settings: Settings) -> None:
        """Raise `CannotRunError` for a source of a type that nothing here can run."""
        for name, source in settings.sources.items():
            if type(source) not in SOURCES:
                raise CannotRunError(
                    f"source {name}: this version checks and dry-runs rules for pushed (Sentilo) alarms, "
                    "but cannot receive them; remove the source to serve the others"
                )

    async def run(self, settings: Settings) -> NoReturn:
        """Run the sources for ever. Absorbs nothing; a source ends only when it is replaced."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self.follow(settings)
            self.last_received = {}  # what was heard before the start says nothing of a source that is opened later
            await trio.sleep_forever()
        raise AssertionError("unreachable")

    def follow(self, settings: Settings) -> None:
        """Stop what is gone or changed, start what is new or changed, nudge the rest to try again what waits."""
        assert self._nursery is not None, "the fleet runs before it follows"
        for name, running in list(self._running.items()):
            if settings.sources.get(name) == running.settings:
                running.source.nudge()
            else:
                running.scope.cancel()
                del self._running[name]
        for name, wanted in settings.sources.items():
            if name not in self._running:
                opened = SOURCES[type(wanted)](
                    wanted, self.door, enrich=self.enrich, last_received=self.last_received.get(name)
                )
                running = _Running(wanted, opened, trio.CancelScope())
                self._running[name] = running
                self._nursery.start_soon(_sail, name, running)


async def _sail(name: str, running: _Running) -> None:
    with running.scope:
        log.info("source started", extra={"source": name})
        await running.source.run()
    log.info("source stopped", extra={"source": name})
