"""A door for tests: keeps what was put through, commits at once or when told, and has trio's clock for a wall clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import trio

from router.core.inputs import EventReceived, FaultEnded, FaultOccurred, Input, MessageRejected

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class FakeDoor:
    """`commits_at_once` false: nothing is committed before `commit`."""

    def __init__(self) -> None:
        self.commits_at_once = True
        self.open = True
        self.inputs: list[Input] = []
        self._waiting: list[Callable[[], None]] = []
        self._changed = trio.Event()

    def now(self) -> datetime:
        return START + timedelta(seconds=trio.current_time())

    async def submit(self, item: Input, /, on_committed: Callable[[], None] | None = None) -> None:
        await trio.lowlevel.checkpoint()
        while not self.open:
            await self._changed.wait()
        self.inputs.append(item)
        if on_committed is not None:
            self._waiting.append(on_committed)
        if self.commits_at_once:
            self.commit()
        self._note()

    def commit(self, number: int | None = None) -> None:
        """Commit the oldest waiting inputs (all of them without a number), as one transaction."""
        done = self._waiting[:number]
        self._waiting = [] if number is None else self._waiting[number:]
        for on_committed in done:
            on_committed()

    def unlock(self) -> None:
        self.open = True
        self._note()

    def _note(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds; it is asked again whenever something came through."""
        while not condition():
            await self._changed.wait()

    def ids(self) -> list[str]:
        return [item.event.id for item in self.inputs if isinstance(item, EventReceived)]

    def rejected(self) -> list[MessageRejected]:
        return [item for item in self.inputs if isinstance(item, MessageRejected)]

    def faults(self) -> list[str]:
        """Causes of faults told, in order."""
        return [item.cause for item in self.inputs if isinstance(item, FaultOccurred)]

    def texts(self) -> list[str]:
        return [item.text for item in self.inputs if isinstance(item, FaultOccurred)]

    def ended(self) -> list[str]:
        return [item.cause for item in self.inputs if isinstance(item, FaultEnded)]
