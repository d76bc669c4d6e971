"""A wall clock that was set back: what waits for an instant is brought forward by as much, so that nobody waits longer.

Escalation lives on instants. Set back by two hours, every wait would last two hours longer, in silence. Set forward
(or after a suspended machine) all that is due is due at once: that is right as it is.
What must not be here: a clock; instants and seconds are arguments.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from router.core.changes import Change, PutNotification, SetTimer
from router.core.inputs import FaultOccurred
from router.core.model import changed
from router.core.state import State

CAUSE: Final = "clock"
WORTH: Final = timedelta(minutes=1)
"""Less is an ordinary correction, and waits bear it."""


@dataclass(slots=True)
class SteadyWatch:
    """Holds the wall clock against one that only runs forward (seconds)."""

    wall: datetime
    steady: float

    @classmethod
    def over(cls, state: State, now: datetime, steady: float) -> "SteadyWatch":
        """One that begins at the last instant the rows know of: the clock may have been set back while we were away.

        Unless that is known already: rows written before it stay ahead of the clock for as long as it was set back.
        """
        if f"fault/{CAUSE}" in state.by_key:
            return cls(now, steady)
        known = (
            *(alert.updated_at for alert in state.alerts.values()),
            *(page.created_at for page in state.outbox.values()),
        )
        return cls(max((now, *known)), steady)

    def set_back(self, now: datetime, steady: float) -> timedelta:
        """By how much the wall clock was set back since the last question; zero when by less than a minute."""
        by = self.behind(now, steady)
        self.wall, self.steady = now, steady
        return by

    def behind(self, now: datetime, steady: float) -> timedelta:
        """As `set_back`, and asks again next time."""
        by = self.wall + timedelta(seconds=steady - self.steady) - now
        return by if by >= WORTH else timedelta(0)


def brought_forward(state: State, by: timedelta) -> tuple[Change, ...]:
    """Every timer and every page of the outbox, due so much earlier."""
    timers = (SetTimer(changed(timer, due=timer.due - by)) for timer in state.timers.values())
    pages = (PutNotification(changed(page, due=page.due - by)) for page in state.outbox.values())
    return (*timers, *pages)


def fault_of(by: timedelta) -> FaultOccurred:
    """The fault to tell."""
    minutes = by.total_seconds() / 60
    text = f"this machine's clock was set back by {minutes:.0f} min; what waits was brought forward by as much"
    return FaultOccurred(CAUSE, text, lasting=False)
