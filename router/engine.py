"""The one door and the one loop: decide, apply, commit, reply.

Inputs wait in a bounded mailbox. The engine takes what waits (up to a bound), decides each in turn, commits all their
changes in one transaction, and only then tells those who wait for it; so a source confirms nothing that could be lost.
What must not be here: what an input means (`core`), how rows are stored (`stores`), or any sending (`dispatch`).
"""

import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

import trio

from router.core.changes import CancelTimer, Decision, PutNotification, Record, SetTimer, Trace
from router.core.decide import decide
from router.core.inputs import (
    EventReceived,
    FaultEnded,
    FaultOccurred,
    HandedOver,
    Input,
    RulesReplaced,
    Started,
    TimerDue,
    said_id,
)
from router.core.model import Event, Notification
from router.core.rules import Rules
from router.core.state import State, next_due
from router.engine_clock import SteadyWatch, brought_forward
from router.engine_clock import fault_of as clock_fault
from router.engine_log import log_decision
from router.engine_undecided import fault_of, rows_after
from router.errors import StoreUnavailableError
from router.stores.store import Entry, Store

log = logging.getLogger("router.engine")
T = TypeVar("T")
RunSync = Callable[..., Awaitable[Any]]
"""Runs a synchronous call in a thread (tests: inline): `await run_sync(function, *args)`."""

MAILBOX = 2000
BATCH = 500
STUCK_AFTER = 30.0
STUCK_AGAIN = 3600.0
SLICE = 30.0
"""Nobody sleeps longer than this at a time, so that a suspended machine or a corrected clock is noticed (seconds)."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Commits have failed for `seconds`; `events` are the oldest of the `waiting` alarms that nobody was told of."""

    seconds: float
    reason: str
    waiting: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Item:
    input: Input
    on_committed: Callable[[], None] | None = None
    on_decided: Callable[[Decision], None] | None = None
    rules: Rules | None = None


@dataclass(slots=True)
class _Wait:
    """The engine waits for its store since `began`; `reason` is what the store said last, if anything."""

    began: float
    batch: Sequence[_Item]
    reason: str = ""
    told_at: float | None = None


@dataclass(slots=True, eq=False)
class Engine:
    """Holds the rules and the state in force; `run` is its one task, `submit` and `decided` its door.

    `now` is the wall clock (UTC). `on_stuck` is called when the store has refused commits for 30 s, then hourly: it
    must tell people without the store.
    """

    rules: Rules
    store: Store
    now: Callable[[], datetime]
    run_sync: RunSync
    on_stuck: Callable[[Stuck], Awaitable[None]]
    state: State = field(default_factory=State)
    pulse: float = 0.0
    counted: int = 0
    _queue: deque[_Item] = field(default_factory=deque)
    _work: trio.Event = field(default_factory=trio.Event)
    _room: trio.Event = field(default_factory=trio.Event)
    _outbox: trio.Event = field(default_factory=trio.Event)
    _timers: trio.Event = field(default_factory=trio.Event)
    _watch: SteadyWatch | None = None
    _wait: _Wait | None = None
    _stopping: bool = False

    # --- the door

    async def submit(self, item: Input, /, on_committed: Callable[[], None] | None = None) -> None:
        """Wait for room in the mailbox and put the input there; returns before the commit.

        `on_committed` is called after the commit, in the order of submission; it must be quick and must not raise.
        """
        await self._put(_Item(item, on_committed))

    async def decided(self, item: Input) -> Decision:
        """Submit the input and wait until its decision is committed."""
        return await self._decided(_Item(item))

    async def replace_rules(self, rules: Rules) -> Decision:
        """Put other rules in force, between two inputs."""
        return await self._decided(_Item(RulesReplaced(rules.version), rules=rules))

    async def _decided(self, item: _Item) -> Decision:
        done = trio.Event()
        answer: list[Decision] = []
        item.on_decided = answer.append
        item.on_committed = done.set
        await self._put(item)
        await done.wait()
        return answer[0]

    async def _put(self, item: _Item) -> None:
        while len(self._queue) >= MAILBOX:
            await self._room.wait()
        self._queue.append(item)
        self._work.set()

    @property
    def waiting(self) -> int:
        """How many inputs wait in the mailbox."""
        return len(self._queue)

    # --- what others watch

    def outbox(self) -> Mapping[str, Notification]:
        """The notifications still to be sent, a live view."""
        return self.state.outbox

    async def wait_changed(self) -> None:
        """Return when the outbox has changed since the last call."""
        await self._outbox.wait()
        self._outbox = trio.Event()

    # --- the loop

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Decide and commit until `finish`; the caller closes the store afterwards.

        Absorbs a store that is unavailable (it is tried again, nothing is lost) and a `decide` that fails (the input is
        journalled with its traceback, a fault is told). Everything else ends the process.
        """
        self._watch = SteadyWatch.over(self.state, self.now(), trio.current_time())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_store)
            await self._decide_all([_Item(Started()), _Item(RulesReplaced(self.rules.version))])
            task_status.started()
            await self._take_turns()
            nursery.cancel_scope.cancel()

    async def _take_turns(self) -> None:
        while self._queue or not self._stopping:
            self.pulse = trio.current_time()
            if not self._queue:
                self._work = trio.Event()
                with trio.move_on_after(SLICE):
                    await self._work.wait()
                continue
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            self._room.set()
            self._room = trio.Event()
            await self._decide_all(batch)

    def finish(self) -> None:
        """Let `run` return once the mailbox is empty."""
        self._stopping = True
        self._work.set()

    async def _decide_all(self, batch: Sequence[_Item]) -> None:
        ids = {said for item in batch if (said := said_id(item.input)) is not None}
        if ids:
            self.state.seen = await self._with_store(self.store.seen, ids, batch)
        entries = self._clock_set_back()
        for item in batch:
            entries.extend(self._decide(item))
        self.counted += sum(entry.decision.trace.counted for entry in entries)
        await self._with_store(self.store.commit, entries, batch)
        self.state.seen.clear()
        self._announce(entries)
        for item in batch:
            if item.on_committed is not None:
                item.on_committed()

    def _clock_set_back(self) -> list[Entry]:
        """When the clock was set back: every wait brought forward by as much, and a fault."""
        by = self._watch.set_back(self.now(), trio.current_time()) if self._watch else timedelta(0)
        if not by:
            return []
        log.warning("the clock was set back", extra={"by_seconds": round(by.total_seconds())})
        forward = brought_forward(self.state, by)
        self.state.apply(forward)
        entry = self._entry(clock_fault(by))
        return [replace(entry, decision=replace(entry.decision, changes=(*forward, *entry.decision.changes)))]

    def _decide(self, item: _Item) -> list[Entry]:
        """Decide one input and apply its changes; a decision that fails is a fault, not the end."""
        if item.rules is not None:
            self.rules = item.rules
        entries = [self._entry(item.input)]
        failed = entries[0].decision.trace.verdict == "failed"
        if failed:
            entries.append(self._entry(fault_of(item.input, entries[0].decision.trace.ignored or "")))
        if item.on_decided is not None:
            item.on_decided(entries[0].decision)
        return entries

    def _entry(self, item: Input) -> Entry:
        now = self.now()
        try:
            decision = decide(self.rules, self.state, item, now)
        except Exception as error:  # noqa: BLE001 - guard 1 of 5: `decide` is pure, so nothing is half done
            trace = traceback.format_exc(limit=-6)
            log.critical("a decision failed", extra={"input": type(item).__name__, "traceback": trace})
            record = Record("", now, "failed", {"input": type(item).__name__, "traceback": trace})
            decision = Decision(
                (record, *rows_after(self.state, item, now)),
                Trace("failed", ignored=f"{type(error).__name__} in {type(item).__name__}"),
            )
        self.state.apply(decision.changes)
        said = said_id(item)
        if said is not None and not decision.trace.counted:
            self.state.seen.add(said)
        return Entry(now, item, decision)

    async def _with_store(self, call: Callable[[Any], T], argument: Any, batch: Sequence[_Item]) -> T:
        """Call the store until it answers; nothing is confirmed meanwhile (`_watch_store` tells people)."""
        self._wait = wait = _Wait(trio.current_time(), batch)
        delay = 0.1
        while True:
            try:
                answer: T = await self.run_sync(call, argument)
            except StoreUnavailableError as error:
                wait.reason = str(error)
                facts = {"reason": wait.reason, "for_seconds": round(trio.current_time() - wait.began, 1)}
                log.error("the store is unavailable", extra=facts)  # noqa: TRY400 - the reason says it, no traceback
                await trio.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                self._wait = None
                if wait.reason:
                    self._back(trio.current_time() - wait.began, told=wait.told_at is not None)
                return answer

    async def _watch_store(self) -> NoReturn:
        """Tell people without the store when it has not answered, or refused, for 30 s; and again every hour.

        Waiting for the store is no hanging: the pulse goes on, for a restart would not bring the store back.
        """
        while True:
            await trio.sleep(1)
            wait, now = self._wait, trio.current_time()
            if wait is None:
                continue
            self.pulse = now
            if now - wait.began >= STUCK_AFTER and (wait.told_at is None or now - wait.told_at >= STUCK_AGAIN):
                wait.told_at = now
                wait.reason = wait.reason or "it does not answer"
                await self.on_stuck(self._stuck(now - wait.began, wait.reason, wait.batch))

    def _stuck(self, seconds: float, reason: str, batch: Sequence[_Item]) -> Stuck:
        inputs = [item.input for item in (*batch, *self._queue)]
        events = [item.event for item in inputs if isinstance(item, EventReceived) and item.event.status == "firing"]
        return Stuck(seconds, reason, waiting=len(events), events=tuple(events[:20]))

    def _back(self, seconds: float, *, told: bool) -> None:
        """The store is back: that it was away goes into the journal, and is told."""
        log.warning("the store is back", extra={"after_seconds": round(seconds, 1)})
        if seconds >= STUCK_AFTER:
            directly = "; fallback was told directly meanwhile" if told else ""
            text = f"the store could not be written for {seconds:.0f} s{directly}; nothing was lost"
            self._queue.appendleft(_Item(FaultEnded("store", "the store can be written again")))
            self._queue.appendleft(_Item(FaultOccurred("store", text)))

    def _announce(self, entries: Sequence[Entry]) -> None:
        pages = timers = False
        for entry in entries:
            for change in entry.decision.changes:
                pages = pages or isinstance(change, PutNotification)
                timers = timers or isinstance(change, SetTimer | CancelTimer)
            log_decision(entry)
        if pages:
            self._outbox.set()
        if timers:
            self._timers.set()

    # --- the clock

    async def ring(self) -> NoReturn:
        """Post `TimerDue` for every timer whose instant has come; a late one is posted once, however late.

        Sleeps by trio's clock in slices of at most 30 s and asks the wall clock after each. Absorbs nothing.
        """
        while True:
            if self._watch is not None and self._watch.behind(self.now(), trio.current_time()):
                await self.decided(HandedOver(()))  # nothing happened but the clock: any batch puts it right
            due = self.state.due(self.now())
            for timer in due[:-1]:
                await self.submit(TimerDue(timer.id))
            if due:
                await self.decided(TimerDue(due[-1].id))
                continue
            at = next_due(self.state)
            wait = SLICE if at is None else (at - self.now()) / timedelta(seconds=1)
            with trio.move_on_after(min(max(wait, 0.001), SLICE)):
                await self._timers.wait()
                self._timers = trio.Event()
