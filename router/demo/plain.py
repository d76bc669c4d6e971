"""The demo as plain lines, for pipes, logs and small terminals: the same content, no colours, nothing that moves.

What must not be here: anything of terminals (`view`).
"""

from collections.abc import Callable
from typing import Final, TextIO

from router.demo.board import Board, Entry
from router.demo.catchers import Kind, Received

WORDS: Final[dict[Kind, str]] = {"sms": "SMS", "chat": "chat", "mail": "mail"}
_LABELS = {"story": "story", "sensor": "sensor", "alert": "alert"}
_LINES_OF_A_TEXT = 12


class Plain:
    """Writes what is new on the board, each time it is asked to."""

    stays = 0.0

    def __init__(self, board: Board, stream: TextIO) -> None:
        self._board = board
        self._stream = stream
        self._shown = 0

    def refresh(self) -> None:
        """Write the entries since the last time."""
        fresh = self._board.entries[self._shown :]
        self._shown += len(fresh)
        for entry in fresh:
            self._stream.writelines(f"{line}\n" for line in lines_of(entry, self._board.clock_time))
        self._stream.flush()

    def close(self) -> None:
        """Write the rest."""
        self.refresh()


def lines_of(entry: Entry, clock_time: Callable[..., str]) -> list[str]:
    """One line, and below it the text that somebody received."""
    label = _LABELS.get(entry.kind) or WORDS[entry.received.kind if entry.received else "mail"]
    text = entry.text if entry.received is None else f"→ {entry.who}: {heading_of(entry.received)}"
    below = [] if entry.received is None else below_of(entry.received)[:_LINES_OF_A_TEXT]
    return [f"{clock_time(entry.at)}  {label:<6}  {text}", *(f"{'':<15}  {line}" for line in below)]


def heading_of(received: Received) -> str:
    """What is seen first: an SMS as a whole, everything else by its title."""
    return received.text if received.kind == "sms" else received.title


def below_of(received: Received) -> list[str]:
    """The rest of it, without empty lines and without a mail's small print."""
    if received.kind == "sms":
        return []
    body = received.text.replace("\r\n", "\n").partition("\n--\n")[0]
    return [line for line in body.split("\n") if line.strip()]
