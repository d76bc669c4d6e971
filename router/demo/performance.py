"""One evening: the stage is set, the story plays on it once or again and again, somebody watches, all ends in order.

What must not be here: how it is shown, and the words of the summary (`show`).
"""

import json
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NoReturn, Protocol

import trio

from router.demo.board import Board
from router.demo.pace import Pace
from router.demo.payloads import ZONE
from router.demo.scene import QUEUE, SOURCE, Scene, StoryError
from router.demo.stage import Places, Stage, missing, open_stage
from router.demo.story import play
from router.logs import JsonLines

FRAMES: Final = 10.0
"""How often per real second somebody looks."""
PAUSE: Final = 600.0
"""Story seconds between two nights."""


class Watcher(Protocol):
    """Whatever shows the board. `stays`: real seconds that the last picture is left to be looked at."""

    stays: float

    def refresh(self) -> None:
        """Show what is new."""
        ...

    def close(self) -> None:
        """Show the rest and let go of the terminal."""
        ...


@dataclass(slots=True)
class Outcome:
    """What became of it.

    `said` counts what sensors told, `lost` what of it the store does not know or the broker was not told of.
    When somebody ends it early, what the broker still keeps is not lost: `waiting` counts that.
    `failed` says what the story waited for in vain; `nights` counts how often it came to its end.
    """

    said: int = 0
    lost: int = 0
    waiting: int = 0
    open_alerts: int = 0
    failed: str = ""
    nights: int = 0


@dataclass(slots=True, eq=False)
class Performance:
    """`run` plays it; `board` and `outcome` are there to be read afterwards."""

    places: Places
    pace: Pace
    lines: JsonLines
    watch: Callable[[Board], Watcher]
    board: Board = field(init=False)
    outcome: Outcome = field(default_factory=Outcome)
    _said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board(self.pace.latest, clock_time, {})

    async def run(self, *, nights: float) -> None:
        """Play so many nights, or until SIGINT or SIGTERM. Raises `RouterError` when the router cannot start."""
        with trio.CancelScope() as story, trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_obey, signals, story)
                await self._play_on_stage(nights)
                nursery.cancel_scope.cancel()

    async def _play_on_stage(self, nights: float) -> None:
        async with open_stage(self.places, self.lines, now=self.pace.now, receive=self.board.receive) as stage:
            self.board.names = names_of(stage)
            watcher = self.watch(self.board)
            try:
                await self._play(stage, watcher, nights)
            finally:
                self.board.look(stage.state(), stage.loaded.rules)
                watcher.close()
                with trio.CancelScope(shield=True):
                    await self._count(stage, early=self.outcome.nights < nights and not self.outcome.failed)

    async def _play(self, stage: Stage, watcher: Watcher, nights: float) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look, stage, watcher)
            try:
                while self.outcome.nights < nights:
                    await self._night(stage)
                    if self.outcome.nights < nights:
                        await trio.sleep(PAUSE)
            except StoryError as error:
                self.outcome.failed = str(error)
            await trio.sleep(watcher.stays * self.pace.speed)
            nursery.cancel_scope.cancel()

    async def _night(self, stage: Stage) -> None:
        scene = Scene(
            stage.broker,
            stage.providers,
            self.board,
            stage.state,
            self.places.store_url,
            self.pace.now,
            self.pace.now(),
            self._said,
        )
        await play(scene)
        await scene.until(lambda: not stage.state().outbox, "the last texts to leave")
        self.outcome.nights += 1

    async def _look(self, stage: Stage, watcher: Watcher) -> NoReturn:
        """Watch for ever, at the world's pace; ended by a cancel. Absorbs nothing."""
        while True:
            self.board.look(stage.state(), stage.loaded.rules)
            watcher.refresh()
            await trio.sleep(self.pace.speed / FRAMES)

    async def _count(self, stage: Stage, *, early: bool) -> None:
        """Ask the broker and the store, not the view, whether anything was lost."""
        lost = await trio.to_thread.run_sync(missing, self.places, SOURCE, self._said)
        kept = {json.loads(message.body)["uuid"] for message in stage.broker.queues.kept(QUEUE)}
        self.outcome.said = len(self._said)
        if early:
            self.outcome.waiting = len(kept)
            self.outcome.lost = sum(id_ not in kept for id_ in lost)
        else:
            self.outcome.lost = len(lost) + len(kept.difference(lost))
        self.outcome.open_alerts = sum(alert.open for alert in stage.state().alerts.values())


def clock_time(at: datetime) -> str:
    """Hours and minutes where the story plays."""
    return at.astimezone(ZONE).strftime("%H:%M")


def names_of(stage: Stage) -> dict[str, str]:
    """Who has which number or address."""
    people = stage.loaded.rules.people
    addresses = stage.loaded.settings.addresses
    names = {secret.reveal(): people[person].name for (person, _), secret in addresses.items()}
    return {**names, "cold-chain": "#cold-chain", "duty-desk@example.org": "the duty desk"}


async def _obey(signals: AsyncIterator[int], story: trio.CancelScope) -> None:
    async for _ in signals:
        story.cancel()
