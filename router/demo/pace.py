"""The story's clock: trio's time and the wall clock, both running faster than the world.

Everything that waits by trio's clock (the engine, the source, the dispatcher, the broker) waits shorter, in step.
What must not be here: anything of the story.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import trio

_STRIDE: Final = 0.5
"""Story seconds that may pass between two turns of trio's loop."""
_SHORTEST, _LONGEST = 0.001, 0.05


class Pace(trio.abc.Clock):
    """A trio clock on which `speed` seconds pass per second of the world.

    Real work takes real time, and deadlines in the story are short: so the clock takes small strides only. On a busy
    machine the story becomes slower instead of running into its deadlines.
    """

    def __init__(self, speed: float, start: datetime, *, counter: Callable[[], float] = time.perf_counter) -> None:
        self._speed = speed
        self._start = start
        self._counter = counter
        self._stride = min(max(_STRIDE / speed, _SHORTEST), _LONGEST)
        self._at = 0.0
        self._seen = counter()

    @property
    def speed(self) -> float:
        """Story seconds per second."""
        return self._speed

    def start_clock(self) -> None:
        """For trio: the run begins."""
        self._seen = self._counter()

    def current_time(self) -> float:
        """For trio: story seconds since the start."""
        seen = self._counter()
        self._at += min(seen - self._seen, self._stride) * self._speed
        self._seen = seen
        return self._at

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """For trio: how many real seconds to sleep at most."""
        return min(max(deadline - self._at, 0.0) / self._speed, self._stride)

    def now(self) -> datetime:
        """The story's wall clock, UTC."""
        return self._start + timedelta(seconds=self.current_time())

    def latest(self) -> datetime:
        """As `now`, for other threads: they look at the clock, and only trio's thread turns it."""
        return self._start + timedelta(seconds=self._at)
