"""How the embedded broker behaves: its settings, and what it answers with ERROR.

What must not be here: anything that does so (`broker`, `link`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.sources.stomp_frames import Limits


@dataclass(slots=True)
class Manners:
    """How the broker behaves; every field may be changed while it runs and counts for what happens next.

    `tokens` and `logins` (name to passcode) say who may come in; when both are empty, everybody may.
    `heart_beat` is what it offers and wants, in seconds. `honours_acks` false: it forgets what it has sent, as the
    simple broker of Spring does. `closes_after_error` false: the link stays up after ERROR, as with RabbitMQ.
    `http_status` other than 0 refuses the WebSocket handshake. `max_waiting` bounds each queue.
    """

    versions: tuple[str, ...] = ("1.2", "1.1")
    subprotocols: tuple[str, ...] = ("v12.stomp", "v11.stomp")
    tokens: frozenset[str] = frozenset()
    logins: Mapping[str, str] = field(default_factory=dict)
    heart_beat: tuple[float, float] = (10.0, 10.0)
    honours_acks: bool = True
    closes_after_error: bool = True
    close_code: int = 1002
    http_status: int = 0
    max_waiting: int = 100_000
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Frames of this command (and destination, when one is named) are answered by this ERROR."""

    command: str
    destination: str
    message: str
    headers: Mapping[str, str]

    def meets(self, command: str, destination: str | None) -> bool:
        """Whether a frame is answered so."""
        return command == self.command and self.destination in ("", destination)
