"""`serve`: builds the parts, opens the nursery, owns the real clock, and ends in order.

    sources -> engine <- clock, commands' requests, reload
                 |-> dispatcher -> notifiers

What must not be here: decisions. Shutdown: stop the sources, finish the batch, give running sends a deadline, close.
"""

import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import trio

from router import supervisor
from router.app.emergency import store_text, tell_directly
from router.app.fleet import Fleet
from router.app.reload import Reloader
from router.app.startup import Startup, cancel_when
from router.core.state import State
from router.dispatch import dispatch
from router.engine import SLICE, Engine, Stuck
from router.errors import RouterError, StoreUnavailableError
from router.logs import JsonLines
from router.notifiers import NOTIFIERS, Notifier
from router.stores import Store

log = logging.getLogger("router.app.serve")
POLL_REQUESTS = 0.5
TRIM_EVERY = 600.0
TRIM_BITE = 500
DRAIN = 1.5
"""Seconds that shutdown waits for the engine to commit what its mailbox holds; what is left was never confirmed."""
GRACE = 2.5
"""Seconds that shutdown gives to sends under way; what is left counts as perhaps sent."""


class UnexpectedEndError(RouterError):
    """A part of the router returned although nobody asked it to: the process must end, so that it is restarted."""


def wall_clock() -> datetime:
    """Now, UTC: the one real clock."""
    return datetime.now(UTC)


@dataclass(slots=True, eq=False)
class Server:
    """One running router. `run` is its life; `stop` and `reload` are what signals set."""

    path: Path
    store_url: str
    lines: JsonLines
    now: Callable[[], datetime] = wall_clock
    notifier: Notifier = field(default_factory=NOTIFIERS["apprise"])
    stop: trio.Event = field(default_factory=trio.Event)
    ready: trio.Event = field(default_factory=trio.Event)
    _reloader: Reloader | None = None
    _engine: Engine | None = None
    _store_thread: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(1))

    async def run(self) -> None:
        """Run until `stop` is set. Raises a `RouterError` for what a user must mend (rules, store)."""
        startup = Startup(self.path, self.store_url, self.notifier, self.stop, self._in_store_thread)
        loaded = await startup.rules()
        if loaded is None:
            return
        self._reloader = Reloader(self.path, loaded)
        self.lines.hide(loaded.secrets)
        store = await startup.store(loaded)
        if store is not None:
            with closing(store):
                await self._work(self._reloader, store)
        log.info("stopped")

    def reload(self) -> None:
        """Read the rules again; during start-up they are being read anyway."""
        if self._reloader is not None:
            self._reloader.ask()

    def engine(self) -> Engine:
        """The engine, once it is ready."""
        assert self._engine is not None, "not ready yet"
        return self._engine

    async def _in_store_thread(self, call: Callable[..., Any], *args: Any) -> Any:
        return await trio.to_thread.run_sync(call, *args, limiter=self._store_thread)

    async def _tell_stuck(self, stuck: Stuck) -> None:
        assert self._reloader is not None
        current = self._reloader.current
        fallback, settings = current.rules.fallback, current.settings
        await tell_directly(store_text(stuck), fallback=fallback, settings=settings, notifier=self.notifier)

    # --- the work

    async def _work(self, reloader: Reloader, store: Store) -> None:
        rows = await self._in_store_thread(store.load)
        engine = self._engine = Engine(
            rules=reloader.current.rules,
            store=store,
            now=self.now,
            run_sync=self._in_store_thread,
            on_stuck=self._tell_stuck,
            state=State.of(rows),
        )
        last_received = await self._in_store_thread(store.history.last_received)
        fleet = Fleet(engine, last_received=last_received, enrich=reloader.enrich)
        fleet.check(reloader.current.settings)
        async with trio.open_nursery() as nursery:
            if not await self._started(engine, nursery):
                return
            ended = trio.Event()
            nursery.start_soon(self._dispatch, engine, reloader, ended)
            await self._front(engine, store, reloader, fleet)
            supervisor.say("STOPPING=1")
            with trio.move_on_after(GRACE + 0.5):
                await ended.wait()
            engine.finish()
            nursery.cancel_scope.deadline = trio.current_time() + DRAIN

    async def _started(self, engine: Engine, nursery: trio.Nursery) -> bool:
        """Wait for the engine's first commit; false when the router is stopped before."""
        started = False
        async with trio.open_nursery() as waiting:
            waiting.start_soon(cancel_when, self.stop, waiting.cancel_scope)
            await nursery.start(engine.run)
            started = True
            waiting.cancel_scope.cancel()
        return started

    async def _dispatch(self, engine: Engine, reloader: Reloader, ended: trio.Event) -> None:
        await dispatch(
            engine,
            self.notifier,
            channels=lambda: reloader.current.settings.channels,
            addresses=lambda: reloader.current.settings.addresses,
            stop=self.stop,  # the grace of its sends runs while the sources say goodbye
            grace=GRACE,
        )
        ended.set()
        if not self.stop.is_set():
            raise UnexpectedEndError("the dispatcher has ended")

    async def _front(self, engine: Engine, store: Store, reloader: Reloader, fleet: Fleet) -> None:
        """Everything that makes inputs; all of it stops first."""
        async with trio.open_nursery() as front:
            tasks: dict[str, Callable[[], Awaitable[None]]] = {
                "clock": engine.ring,
                "requests": partial(self._poll_requests, engine, store),
                "reload": partial(reloader.run, engine, fleet=fleet, lines=self.lines),
                "sources": partial(fleet.run, reloader.current.settings),
                "retention": partial(self._trim, store, reloader),
                "watchdog": partial(self._watchdog, engine),
            }
            for name, task in tasks.items():
                front.start_soon(self._for_ever, name, task)
            _leave_to_stay()
            supervisor.say("READY=1")
            self.ready.set()
            log.info(
                "ready",
                extra={
                    "rules": len(reloader.current.rules.rules),
                    "sources": sorted(reloader.current.settings.sources),
                    "open_alerts": sum(alert.open for alert in engine.state.alerts.values()),
                    "version": reloader.current.rules.version,
                },
            )
            await self.stop.wait()
            front.cancel_scope.cancel()

    async def _for_ever(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        await task()
        raise UnexpectedEndError(f"{name} has ended")

    async def _poll_requests(self, engine: Engine, store: Store) -> NoReturn:
        """Post what the commands `ack` and `resolve` asked for. Absorbs a store that cannot be read."""
        while True:
            try:
                requests = await self._in_store_thread(store.requests)
            except StoreUnavailableError:
                requests = []  # the engine tells of it when it has something to write
            for request in requests[:-1]:
                await engine.submit(request.input)
            if requests:
                await engine.decided(requests[-1].input)
            await trio.sleep(POLL_REQUESTS)

    async def _trim(self, store: Store, reloader: Reloader) -> NoReturn:
        """Delete what is older than `settings.keep`, in small bites between commits. Absorbs an unavailable store."""
        while True:
            before = self.now() - reloader.current.settings.keep
            try:
                while await self._in_store_thread(store.trim, before, TRIM_BITE):
                    await trio.sleep(0.05)
            except StoreUnavailableError as error:
                log.warning("old rows could not be deleted", extra={"reason": str(error)})
            await trio.sleep(TRIM_EVERY)

    async def _watchdog(self, engine: Engine) -> None:
        """Feed the supervisor's watchdog while the engine turns; an engine that hangs starves it."""
        every = supervisor.watchdog_every()
        while True:
            await trio.sleep(every.total_seconds() if every else SLICE)
            if every and trio.current_time() - engine.pulse < 2 * SLICE:
                supervisor.say("WATCHDOG=1")


def _leave_to_stay() -> None:
    """What is there at the start stays: a look at all of it for garbage would stop every page for 35 ms.

    That is with 100,000 open alerts; each later look is at what came since.
    """
    gc.collect()
    gc.freeze()


async def serve(server: Server) -> None:
    """Run the router until SIGTERM or SIGINT; SIGHUP reads the rules again."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_obey, server, signals)
            await server.run()
            nursery.cancel_scope.cancel()


async def _obey(server: Server, signals: AsyncIterator[int]) -> None:
    async for number in signals:
        if number == signal.SIGHUP:
            server.reload()
        else:
            log.info("stopping", extra={"signal": signal.Signals(number).name})
            server.stop.set()
