"""The faults of one source: each is told once when it begins and once when it ends.

What must not be here: when something is a fault.
"""

from router.core.inputs import FaultEnded, FaultOccurred
from router.sources.door import Door


class Faults:
    """Remembers which causes are open. One that was never told may be open since an earlier run: its end is told."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._open: dict[str, bool] = {}

    def is_open(self, cause: str) -> bool:
        """Told by us, and not over."""
        return self._open.get(cause, False)

    async def tell(self, cause: str, text: str) -> None:
        """It begins; nothing happens while it is open."""
        if not self.is_open(cause):
            self._open[cause] = True
            await self._door.submit(FaultOccurred(cause, text))

    async def end(self, cause: str, text: str = "") -> None:
        """It is over; nothing happens when that is known already."""
        if self._open.get(cause, True):
            self._open[cause] = False
            await self._door.submit(FaultEnded(cause, text))
