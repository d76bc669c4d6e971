"""How long to wait before the next try: exponential with jitter, forgotten only after a stable period.

What must not be here: waiting, and a clock (`lasted` is an argument).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

_CHANCE: Final = SystemRandom()


@dataclass(slots=True)
class Backoff:
    """Seconds. The n-th wait in a row is `first` times 2 to the n, at most `longest`, plus up to a quarter by chance.

    A connection that lasted `stable` ends the row; a shorter one does not, or a peer that takes us and throws us out at
    once would be asked for ever at full speed.
    """

    first: float
    longest: float
    stable: float = 60.0
    chance: Callable[[], float] = _CHANCE.random
    _tries: int = 0

    def after(self, lasted: float) -> float:
        """The wait after a connection that lasted so long (0: there was none)."""
        if lasted >= self.stable:
            self._tries = 0
        wait = min(self.longest, self.first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return wait * (1 + self.chance() / 4)

    def forget(self) -> None:
        """The operator changed something: start again with short waits."""
        self._tries = 0
