"""Watches over one source: a link that is lost for too long, and a peer that says nothing for too long.

What must not be here: connecting, reading, and what went wrong (the last reason is handed in).
"""

from datetime import datetime, timedelta
from typing import NoReturn

import trio

from router.sources.door import Door
from router.sources.faults import Faults

_SETTLED = 10.0
"""Seconds that a link must last, or have brought a message, until a lost one counts as back."""
_SLICE = 30.0
"""Seconds; no wait is longer, so that a machine that slept notices soon."""


class Watch:
    """Told by the source what happens (`up`, `down`, `heard`), it tells faults. All times are trio's."""

    def __init__(
        self,
        name: str,
        door: Door,
        *,
        faults: Faults,
        link_timeout: timedelta,
        expect: timedelta | None,
        last_received: datetime | None = None,
    ) -> None:
        self._faults = faults
        self._name = name
        self._link_cause = f"source {name} link"
        self._silent_cause = f"source {name} silent"
        self._link_timeout = link_timeout
        self._expect = expect
        self._reason = "not connected yet"
        self._down_since: float | None = trio.current_time()
        self._down_before = self._down_since
        self._up_at = 0.0
        self._brought = False
        self._heard_at = trio.current_time() - _age(last_received, door.now())
        self._received = False
        self._changed = trio.Event()

    @property
    def link_cause(self) -> str:
        """The key of the fault of a lost link."""
        return self._link_cause

    def up(self) -> None:
        """The link works again."""
        if self._down_since is not None:
            self._down_before, self._down_since = self._down_since, None
            self._up_at, self._brought = trio.current_time(), False
            self._changed.set()

    def down(self, reason: str) -> None:
        """The link is lost, or another attempt failed; `reason` is fit for a user.

        A link that worked for a moment only, without a message, was never there: a broker that takes us and throws us
        out again and again is a lost link.
        """
        self._reason = reason
        if self._down_since is None:
            now = trio.current_time()
            worked = self._brought or now - self._up_at >= _SETTLED
            self._down_since = now if worked else self._down_before
            self._changed.set()

    def heard(self) -> None:
        """The peer told something. Cheap: asked for each message."""
        self._heard_at = trio.current_time()
        if not self._received or not self._brought:
            self._received = self._brought = True
            self._changed.set()

    async def run(self) -> NoReturn:
        """Tell faults and their ends. Never returns; raises nothing of its own."""
        while True:
            self._changed = trio.Event()
            now = trio.current_time()
            waits = [_SLICE, await self._check_link(now), await self._check_silence(now)]
            with trio.move_on_after(min(waits)):
                await self._changed.wait()

    async def _check_link(self, now: float) -> float:
        """Seconds until there is something to check again."""
        if self._down_since is None:
            settles = self._up_at + _SETTLED - now
            if settles > 0 and not self._brought:
                return settles
            await self._faults.end(self._link_cause, "connected again")
            return _SLICE
        left = self._down_since + self._link_timeout.total_seconds() - now
        if left > 0:
            return left
        minutes = _span(self._link_timeout)
        await self._faults.tell(
            self._link_cause, f"source {self._name}: no connection for {minutes}, still trying: {self._reason}"
        )
        return _SLICE

    async def _check_silence(self, now: float) -> float:
        if self._expect is None:
            return _SLICE
        left = self._heard_at + self._expect.total_seconds() - now
        if left > 0:
            if self._received:
                await self._faults.end(self._silent_cause, "a message came")
            return left
        self._received = False
        span = _span(self._expect)
        text = f"source {self._name}: nothing received for {span}; two programs with one user share the messages"
        await self._faults.tell(self._silent_cause, text)
        return _SLICE


def _age(last: datetime | None, now: datetime) -> float:
    return 0.0 if last is None else max(0.0, (now - last).total_seconds())


def _span(span: timedelta) -> str:
    """As in the rules file: `2m`, `24h`."""
    seconds = round(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0 and not (unit == "d" and seconds == size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
