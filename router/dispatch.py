"""The dispatcher: takes what is due in the outbox and gives it to the notifier, each channel on threads of its own.

    waiting or retrying, due -> HandedOver committed -> notifier.send in a thread -> DeliveryReported

It decides nothing: what follows a failed send is `decide`'s business. The hand-over is committed before the first byte
leaves, so that after a crash "perhaps sent" is known. A provider that hangs fills its channel's threads and no others.
What must not be here: retries, fallbacks, a store.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final, Protocol

import trio

from router.core.inputs import DeliveryReported, HandedOver, Input
from router.core.model import Notification
from router.core.settings import Channel
from router.dispatch_lanes import Lane
from router.errors import Secret
from router.notifiers import Message, Notifier, SendResult, fill_address, scrub

log = logging.getLogger(__name__)

SLICE: Final = 30.0
"""Seconds of the longest sleep, so that a corrected clock or a suspended machine is noticed."""
HELD_TOO_LONG: Final = 120.0
"""Seconds that `rate` or busy threads may hold a page which is due."""
GRACE: Final = 3.0
LAST_WORDS: Final = 0.5
CROWD: Final = 1000
"""Rows in the outbox from which on a look at all of them stands for a while, that many seconds per row.

Until then free slots take what that look found due: else a storm would spend its time on looking, not on sending.
"""
LOOK_AGAIN_PER_ROW: Final = 2e-5
LOOK_AGAIN_AT_MOST: Final = 1.0

RunSync = Callable[..., Awaitable[SendResult]]


class Outbox(Protocol):
    """What the dispatcher needs of the engine."""

    def outbox(self) -> Mapping[str, Notification]:
        """The active notifications by id: a live view."""
        ...

    def now(self) -> datetime:
        """The instant, aware UTC."""
        ...

    async def decided(self, happened: Input, /) -> Any:
        """Submit the input and return when it is committed and applied."""
        ...

    async def submit(self, happened: Input, /) -> Any:
        """Submit the input; returns before it is committed."""
        ...

    async def wait_changed(self) -> None:
        """Return when the outbox has changed since the last call."""
        ...


async def in_thread(function: Callable[[Message], SendResult], message: Message) -> SendResult:
    """Run in a worker thread. Lanes bound their number, so trio need not; a cancel leaves the thread behind."""
    return await trio.to_thread.run_sync(function, message, limiter=_no_limit(), abandon_on_cancel=True)


_limits: Final[trio.lowlevel.RunVar[trio.CapacityLimiter]] = trio.lowlevel.RunVar("dispatch_limit")


def _no_limit() -> trio.CapacityLimiter:
    try:
        return _limits.get()
    except LookupError:
        _limits.set(trio.CapacityLimiter(inf))
        return _limits.get()


async def dispatch(
    engine: Outbox,
    notifier: Notifier,
    *,
    channels: Callable[[], Mapping[str, Channel]],
    addresses: Callable[[], Mapping[tuple[str, str], Secret]],
    stop: trio.Event,
    grace: float = GRACE,
    run_sync: RunSync = in_thread,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Send what is due until `stop` is set; then take nothing new, give running sends `grace` seconds, and return.

    It closes nothing of what it was given. Whatever a send does wrong becomes a `DeliveryReported`; errors of the
    engine end it. `channels` and `addresses` are asked anew for each send, so that a reload counts at once. A send
    still running when it returns stays "under way": after the restart it counts as perhaps sent.
    """
    async with trio.open_nursery() as reports, trio.open_nursery() as senders:
        dispatcher = _Dispatcher(
            engine, notifier, channels=channels, addresses=addresses, run_sync=run_sync, reports=reports
        )
        senders.start_soon(dispatcher.watch_outbox)
        senders.start_soon(dispatcher.watch, stop)
        task_status.started()
        while not stop.is_set():
            await dispatcher.wait(dispatcher.take(senders))
        with trio.move_on_after(grace):
            await dispatcher.finished()
        senders.cancel_scope.cancel()
        # What is known is still told, unless the engine takes nothing any more.
        reports.cancel_scope.deadline = trio.current_time() + LAST_WORDS


@dataclass(slots=True)
class _Claim:
    """A row that is on its way, the lane whose slot it has (none: it is only refused), and its channel then."""

    row: Notification
    lane: Lane | None
    channel: Channel | None


@dataclass(slots=True)
class _Dispatcher:
    engine: Outbox
    notifier: Notifier
    channels: Callable[[], Mapping[str, Channel]] = field(kw_only=True)
    addresses: Callable[[], Mapping[tuple[str, str], Secret]] = field(kw_only=True)
    run_sync: RunSync = field(kw_only=True)
    reports: trio.Nursery = field(kw_only=True)
    lanes: dict[str, Lane] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    given_up: dict[str, Notification] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    ready: dict[str, list[Notification]] = field(default_factory=dict)
    looked_until: float = -inf
    something: trio.Event = field(default_factory=trio.Event)

    # Waiting

    async def watch_outbox(self) -> None:
        while True:
            await self.engine.wait_changed()
            self.something.set()

    async def watch(self, stop: trio.Event) -> None:
        await stop.wait()
        self.something.set()

    async def wait(self, seconds: float) -> None:
        """Until something happened or `seconds` have passed."""
        with trio.move_on_after(min(max(seconds, 0.0), SLICE)):
            await self.something.wait()
        self.something = trio.Event()

    async def finished(self) -> None:
        """Until no send is running whose end has not been reported."""
        while self.busy:
            self.something = trio.Event()
            await self.something.wait()

    # Taking

    def take(self, senders: trio.Nursery) -> float:
        """Start everything that may start now; the number of seconds after which something more may."""
        clock = trio.current_time()
        claims: list[_Claim] = []
        if clock < self.looked_until:
            for name, rows in self.ready.items():
                claims += self._claim(name, self._still_ready(rows), clock)
            soon = self.looked_until - clock
        else:
            soon = self._look(claims, clock)
        if claims:
            self.busy.update(claim.row.id for claim in claims)
            senders.start_soon(self._hand_over, claims, senders)
        return soon

    def _look(self, claims: list[_Claim], clock: float) -> float:
        """Look at the whole outbox and claim what may start; the seconds until something more may."""
        self.ready, soon = self._ready(self.engine.now())
        for name, rows in self.ready.items():
            taken = self._claim(name, rows, clock)
            claims += taken
            del rows[: len(taken)]
            if name in self.lanes:
                soon = min(soon, self.lanes[name].next_free(), self._hold(rows, clock))
        crowd = len(self.engine.outbox())
        if crowd <= CROWD:
            return soon
        pause = min(crowd * LOOK_AGAIN_PER_ROW, LOOK_AGAIN_AT_MOST)
        self.looked_until = clock + pause
        for rows in self.ready.values():
            rows.reverse()  # the most urgent last, where it is cheap to take away
        return min(soon, pause)

    def _claim(self, name: str, rows: Iterable[Notification], clock: float) -> list[_Claim]:
        """Claim as many of these as their lane has room for; all, to be refused, when their channel is gone."""
        channel = self.channels().get(name)
        if channel is None:
            return [_Claim(row, None, None) for row in rows]
        lane = self.lanes.setdefault(name, Lane())
        lane.follow(channel, clock)
        return self._fill(lane, channel, rows)

    def _still_ready(self, rows: list[Notification]) -> Iterator[Notification]:
        """The rows that an earlier look found due, most urgent first, each taken out of the list as it is asked for."""
        outbox = self.engine.outbox()
        while rows:
            row = rows.pop()
            if outbox.get(row.id) is row and row.id not in self.busy and self.given_up.get(row.id) is not row:
                yield row

    def _ready(self, now: datetime) -> tuple[dict[str, list[Notification]], float]:
        """What is due per channel, most urgent first; and the seconds until the next row is due."""
        outbox = self.engine.outbox()
        ready: dict[str, list[Notification]] = {}
        next_due: datetime | None = None
        for row in outbox.values():
            if row.status == "underway" or row.id in self.busy or self.given_up.get(row.id) is row:
                continue
            if row.due <= now:
                ready.setdefault(row.channel, []).append(row)
            elif next_due is None or row.due < next_due:
                next_due = row.due
        for rows in ready.values():
            rows.sort(key=lambda row: (row.priority, row.created_at, row.id))
        self._forget(outbox)
        return ready, inf if next_due is None else (next_due - now).total_seconds()

    def _forget(self, outbox: Mapping[str, Notification]) -> None:
        self.given_up = {id_: row for id_, row in self.given_up.items() if outbox.get(id_) is row}
        self.held = {id_: since for id_, since in self.held.items() if id_ in outbox}

    def _fill(self, lane: Lane, channel: Channel, rows: Iterable[Notification]) -> list[_Claim]:
        taken = []
        rows = iter(rows)
        while lane.open and (row := next(rows, None)) is not None:
            lane.take(1)
            self.held.pop(row.id, None)
            taken.append(_Claim(row, lane, channel))
        return taken

    def _hold(self, rows: Iterable[Notification], clock: float) -> float:
        """Note since when these are held; give up those held too long. The seconds until the next is."""
        soon = inf
        for row in rows:
            left = self.held.setdefault(row.id, clock) + HELD_TOO_LONG - clock
            if left > 0:
                soon = min(soon, left)
                continue
            del self.held[row.id]
            self.given_up[row.id] = row
            why = "by its rate or by sends that do not end"
            detail = f"held for more than {HELD_TOO_LONG:.0f} s by channel {row.channel}: {why}"
            self.reports.start_soon(self.engine.submit, DeliveryReported(row.id, "failed", detail, held=True))
        return soon

    # Sending

    async def _hand_over(self, claims: list[_Claim], senders: trio.Nursery) -> None:
        """Commit that these are about to be sent, then send each that is still wanted."""
        await self.engine.decided(HandedOver(tuple(claim.row.id for claim in claims)))
        for claim in claims:
            row = self.engine.outbox().get(claim.row.id)
            if row is None or row.status != "underway":
                if row is not None:
                    # The engine wants it otherwise: not again before the row is another one.
                    self.given_up[row.id] = row
                self._done(claim)
                continue
            claim.row = row
            message = self._message(claim)
            if isinstance(message, str):
                self._report(claim, SendResult("refused", message), seconds=0.0)
                self._done(claim)
            else:
                senders.start_soon(self._attempt, claim, message)

    def _message(self, claim: _Claim) -> Message | str:
        """The message to send, or why it cannot be."""
        row, channel = claim.row, claim.channel
        if channel is None:
            return f"there is no channel {row.channel} in the rules any more"
        address = self.addresses().get((row.person, row.channel)) if row.person else None
        if channel.personal and not address:
            return f"{row.person or 'nobody'} has no address for {row.channel} in the rules any more"
        return Message(
            channel=row.channel,
            url=fill_address(channel.url, address),
            title=row.title,
            body=row.body,
            html=row.html,
            reason=row.reason,
            alert_id=row.alert_id,
            priority=row.priority,
            timeout=channel.timeout,
        )

    async def _attempt(self, claim: _Claim, message: Message) -> None:
        """One send. Past the deadline it is reported as unknown; its slot stays taken until its thread ends."""
        started = trio.current_time()
        answered = False

        async def give_up() -> None:
            nonlocal answered
            limit = message.timeout.total_seconds()
            await trio.sleep(limit)
            answered = True
            self._report(claim, SendResult("unknown", f"no answer after {limit:g} s"), seconds=limit)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(give_up)
            result = await self._run(message)
            nursery.cancel_scope.cancel()
        seconds = trio.current_time() - started
        if answered:
            log.warning("channel %s: a send ended after %.0f s: %s", message.channel, seconds, result.outcome)
        else:
            self._report(claim, result, seconds=seconds)
        self._done(claim)

    async def _run(self, message: Message) -> SendResult:
        try:
            return await self.run_sync(self._send, message)
        except RuntimeError as error:
            # What starting a thread raises when the machine has none left.
            return SendResult("failed", scrub(f"no thread for it: {error}", message.url))

    def _send(self, message: Message) -> SendResult:
        return send_guarded(self.notifier, message)

    def _report(self, claim: _Claim, result: SendResult, *, seconds: float) -> None:
        report = DeliveryReported(claim.row.id, result.outcome, result.detail, seconds=seconds)
        self.reports.start_soon(self.engine.submit, report)
        self.busy.discard(claim.row.id)
        self.something.set()

    def _done(self, claim: _Claim) -> None:
        if claim.lane is not None:
            claim.lane.release()
        self.busy.discard(claim.row.id)
        self.something.set()


def send_guarded(notifier: Notifier, message: Message) -> SendResult:
    """One of the five guards: a notifier that breaks is a failed send, and nothing else suffers."""
    try:
        return notifier.send(message)
    except Exception as error:  # noqa: BLE001
        log.error("channel %s: %s", message.channel, scrub(traceback.format_exc(), message.url, limit=None))  # noqa: TRY400
        return SendResult("failed", f"the notifier broke: {type(error).__name__}")
