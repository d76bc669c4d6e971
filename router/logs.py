"""Logs: one JSON object a line on standard error, for machines to keep and people to grep.

    {"at": "2026-11-22T10:00:00.123Z", "level": "info", "event": "ready", "logger": "router.app", …}

What must not be here: a secret. What was passed to `hide` is replaced by dots wherever it would stand in a line.
Texts of `extra=` become fields of the object.
"""

import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

_OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_SHORTEST_SECRET: Final = 4
"""Hiding shorter texts would make logs unreadable and hides nothing worth it."""


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; never raises for a field that JSON cannot hold."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on these texts are shown as dots, instead of those given before."""
        self._hidden = tuple(sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True))

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in _OWN and name not in line}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        text = msgspec.json.encode(line, enc_hook=str).decode()
        for secret in self._hidden:
            text = text.replace(msgspec.json.encode(secret).decode()[1:-1], "•••")
        return text


def start_logging(stream: TextIO | None = None, level: int = logging.INFO) -> JsonLines:
    """Send the program's logs to `stream` (standard error) as JSON lines; returns the formatter, to hide secrets with.

    Libraries say warnings and worse only; `apprise` logs payloads, so it says nothing here (its notifier reads it).
    """
    lines = JsonLines()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(lines)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("router").setLevel(level)
    logging.getLogger("apprise").propagate = False
    logging.captureWarnings(capture=True)
    return lines
