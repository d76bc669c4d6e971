"""Before the router runs: the rules are read and the store is opened, however long that takes.

A router that cannot start pages nobody, so people are told: at once when the rules or the store cannot be used, after
30 s when the store is away. Without a supervisor the program then ends and says why. Under one it would only be started
again, with a text each time; so it waits for what is wrong to be mended, and tells of it again every hour.
What must not be here: what runs afterwards (`serve`).
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from router import supervisor
from router.app.emergency import rules_text, store_text, tell_directly
from router.app.loading import Loaded, load_to_serve
from router.config.load import UnusableRulesError
from router.config.watch import stamp
from router.engine import SLICE, STUCK_AGAIN, Stuck
from router.errors import ConfigError, StoreCorruptError, StoreUnavailableError
from router.notifiers import Notifier, preload
from router.stores import Store, StoreInUseError, open_store

log = logging.getLogger("router.app.startup")
LOOK_EVERY = 1.0


@dataclass(slots=True, eq=False)
class Startup:
    """`rules` first, then `store`; both give `None` when `stop` is set before they are done."""

    path: Path
    store_url: str
    notifier: Notifier
    stop: trio.Event
    in_store_thread: Callable[..., Awaitable[Any]]

    # --- the rules

    async def rules(self) -> Loaded | None:
        """Rules, channels and templates, complete and checked. Raises `ConfigError` where no supervisor waits."""
        while not self.stop.is_set():
            found = await self._read()
            if not isinstance(found, ConfigError):
                return found
            files = found.settings.files if isinstance(found, UnusableRulesError) else ()
            seen = [stamp(file) for file in (self.path, *files)]
            if isinstance(found, UnusableRulesError):
                settings, fallback = found.settings, found.fallback
                await tell_directly(rules_text(found), fallback=fallback, settings=settings, notifier=self.notifier)
            if not supervisor.watched():
                raise found
            log.error("the rules cannot be used", extra={"problems": str(found)})
            await self._changed((self.path, *files), seen)
        return None

    async def _read(self) -> Loaded | ConfigError | None:
        found: Loaded | ConfigError | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel_when, self.stop, nursery.cancel_scope)
            await trio.to_thread.run_sync(preload, abandon_on_cancel=True)
            try:
                found = await trio.to_thread.run_sync(load_to_serve, self.path, abandon_on_cancel=True)
            except ConfigError as error:
                found = error  # carried out of the nursery, which would wrap it
            nursery.cancel_scope.cancel()
        return found

    async def _changed(self, files: tuple[Path, ...], seen: object) -> None:
        """Wait until one of the files is another one, an hour has passed, or the router is stopped."""
        supervisor.say("STATUS=waiting for rules that can be used")
        with trio.move_on_after(STUCK_AGAIN):
            while [stamp(file) for file in files] == seen and not self.stop.is_set():
                with trio.move_on_after(LOOK_EVERY):
                    await self.stop.wait()

    # --- the store

    async def store(self, loaded: Loaded) -> Store | None:
        """The store, as soon as it can be had. Raises `StoreInUseError`, and `StoreCorruptError` where nobody waits."""
        began, tell_at, delay = trio.current_time(), 0.0, 0.5
        while not self.stop.is_set():
            try:
                store: Store = await self.in_store_thread(open_store, self.store_url, "serve")
            except StoreInUseError:
                raise
            except (StoreUnavailableError, StoreCorruptError) as error:
                waited = trio.current_time() - began
                damaged = isinstance(error, StoreCorruptError)
                log.error("the store cannot be opened", extra={"reason": str(error)})  # noqa: TRY400 - the reason says it
                if (damaged or waited >= SLICE) and waited >= tell_at:
                    tell_at = waited + STUCK_AGAIN
                    await self._tell(loaded, Stuck(waited, str(error), 0, ()))
                if damaged and not supervisor.watched():
                    raise
            else:
                return store
            with trio.move_on_after(delay):
                await self.stop.wait()
            delay = min(delay * 2, 5.0)
        return None

    async def _tell(self, loaded: Loaded, stuck: Stuck) -> None:
        fallback, settings = loaded.rules.fallback, loaded.settings
        await tell_directly(store_text(stuck), fallback=fallback, settings=settings, notifier=self.notifier)


async def cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    """Cancel the scope when the event is set."""
    await event.wait()
    scope.cancel()
