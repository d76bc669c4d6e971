"""One channel's share: how many sends may run at once, and how many may start per time.

What must not be here: threads, the outbox, a clock (an instant is an argument, in seconds of a clock without jumps).
"""

from dataclasses import dataclass
from math import inf

from router.core.settings import Channel


@dataclass(slots=True)
class Lane:
    """Slots and a token bucket. `busy` slots are taken until `release`, also by a send that was given up.

    The bucket holds `rate[0]` tokens at most and begins full; it fills up again evenly within `rate[1]`.
    """

    busy: int = 0
    slots: int = 0
    rate: tuple[int, float] | None = None
    tokens: float = 0.0
    filled_at: float = 0.0

    def follow(self, channel: Channel, clock: float) -> None:
        """Take over the channel's settings, which a reload may have changed, and fill the bucket up to `clock`."""
        self.slots = channel.concurrency
        rate = None if channel.rate is None else (channel.rate[0], channel.rate[1].total_seconds())
        if rate != self.rate:
            self.rate, self.tokens, self.filled_at = rate, float(rate[0]) if rate else 0.0, clock
        if self.rate is not None:
            count, seconds = self.rate
            self.tokens = min(float(count), self.tokens + (clock - self.filled_at) * count / seconds)
        self.filled_at = clock

    def take(self, wanted: int) -> int:
        """Take up to `wanted` slots with a token each; how many were taken."""
        taken = max(0, min(wanted, self.slots - self.busy, wanted if self.rate is None else int(self.tokens + 1e-9)))
        self.busy += taken
        if self.rate is not None:
            self.tokens -= taken
        return taken

    @property
    def open(self) -> bool:
        """One more may be taken."""
        return self.busy < self.slots and (self.rate is None or self.tokens + 1e-9 >= 1)

    def release(self) -> None:
        """A send has ended."""
        assert self.busy > 0, "a slot was released twice"
        self.busy -= 1

    def next_free(self) -> float:
        """Seconds until the bucket holds a token again; a busy slot has no such time."""
        if self.rate is None or self.tokens >= 1 or self.busy >= self.slots:
            return inf
        count, seconds = self.rate
        return (1 - self.tokens) * seconds / count
