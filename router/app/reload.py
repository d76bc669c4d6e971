"""Reads the rules again when a file of theirs changes or somebody asks: all of the new ones, or none.

What must not be here: what a change of rules means for open alerts (`core.reload`).
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import trio

from router.app.fleet import CannotRunError, Fleet
from router.app.loading import Loaded, load_to_serve
from router.config.watch import Stamp, stamp
from router.core.inputs import FaultEnded, FaultOccurred
from router.core.model import Event
from router.engine import Engine
from router.errors import ConfigError
from router.logs import JsonLines

log = logging.getLogger("router.app.reload")
LOOK_EVERY = 1.0
CAUSE = "rules file"
USABLE = "the rules file can be used again"
SHOWN = 5


@dataclass(slots=True, eq=False)
class Reloader:
    """`current` is what is in force; `run` watches for something newer."""

    path: Path
    current: Loaded
    _asked: trio.Event = field(default_factory=trio.Event)
    _seen: dict[Path, Stamp] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self._stamps()  # now, not when the task begins: a change in between must not go unnoticed

    def enrich(self, event: Event) -> Event:
        """The event with the labels that the inventory in force knows."""
        return self.current.enrich(event)

    def ask(self) -> None:
        """Read the rules again soon, whether or not a file has changed."""
        self._asked.set()

    async def run(self, engine: Engine, *, fleet: Fleet, lines: JsonLines) -> NoReturn:
        """Look every second whether a file has changed. Absorbs rules that cannot be used: the old ones stay."""
        await engine.submit(FaultEnded(CAUSE, USABLE))  # of an earlier run: these rules have just been read
        while True:
            with trio.move_on_after(LOOK_EVERY):
                await self._asked.wait()
            stamps = await trio.to_thread.run_sync(self._stamps)
            if stamps != self._seen or self._asked.is_set():
                self._asked = trio.Event()
                await self._read(engine, fleet, lines)
                self._seen = self._stamps() | stamps  # of files that are new since, the stamp of now

    def _stamps(self) -> dict[Path, Stamp]:
        """What tells a changed file from an unchanged one, for each file that is there."""
        settings = self.current.settings
        files = [*settings.files, *([settings.inventory] if settings.inventory else [])]
        if settings.templates is not None and settings.templates.is_dir():
            files += sorted(settings.templates.glob("*.j2"))
        stamps = {path: stamp(path) for path in {self.path, *files}}
        # One without a stamp is gone, or not there for a moment while an editor replaces it.
        return {path: found for path, found in stamps.items() if found is not None}

    async def _read(self, engine: Engine, fleet: Fleet, lines: JsonLines) -> None:
        try:
            loaded = await trio.to_thread.run_sync(load_to_serve, self.path)
            fleet.check(loaded.settings)
        except (ConfigError, CannotRunError) as error:
            log.error("the new rules cannot be used; the old ones stay", extra={"problems": str(error)})  # noqa: TRY400
            text = f"the changed rules cannot be used, the old ones stay:\n{_first(error)}"
            await engine.decided(FaultOccurred(CAUSE, text))
            return
        lines.hide({*self.current.secrets, *loaded.secrets})
        self.current = loaded
        await engine.replace_rules(loaded.rules)
        fleet.follow(loaded.settings)
        await engine.submit(FaultEnded(CAUSE, USABLE))
        log.info("rules replaced", extra={"rules": len(loaded.rules.rules), "version": loaded.rules.version})


def _first(error: ConfigError | CannotRunError) -> str:
    """The first few problems, for a text that people read on a phone."""
    problems = str(error).splitlines()
    more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    return "\n".join([*problems[:SHOWN], *more])
