"""What commands write: lines and tables for people, one JSON document a line for programs.

Every text that comes from outside (events, file names, answers of providers) passes `clean`, so that an alarm cannot
move the cursor of whoever reads it. Colour only on a terminal, never with NO_COLOR. Notices go to standard error.
What must not be here: what any command has to say.
"""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import chain, islice
from typing import Any, Final, Literal, TextIO

import click

FORMATS: Final = ("text", "json")
Format = Literal["text", "json"]
Look = Literal["", "good", "bad", "warn", "quiet", "strong"]

_STYLES: Final[dict[str, dict[str, Any]]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "warn": {"fg": "yellow"},
    "quiet": {"dim": True},
    "strong": {"bold": True},
}
_MEASURED: Final = 200
"""So many rows decide how wide the columns are; what comes later is cut to that, so that long tables stream."""
_PLAINER: Final = {"✓": "+", "✗": "-", "·": "-", "→": "->", "…": "...", "—": "-", "°": "deg"}


@dataclass(frozen=True, slots=True)
class Tint:
    """A text and how it looks on a terminal."""

    text: str
    look: Look = ""


Part = str | Tint


def prepare_streams() -> None:
    """A terminal that cannot show a character gets a plainer one instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def line(*parts: Part, err: bool = False) -> None:
    """Write a line of parts for people."""
    stream = sys.stderr if err else sys.stdout
    colour = has_colour(stream)
    text = "".join(_dressed(part, stream, colour=colour) for part in parts)
    click.echo(text.rstrip(" "), file=stream, color=colour)


def notice(*parts: Part) -> None:
    """Write a line to standard error: what is good to know, but not the answer."""
    line(*parts, err=True)


def json_line(document: Any) -> None:
    """Write one JSON document as one line; what cannot be encoded where it goes is escaped."""
    plain = not _is_utf8(sys.stdout)
    click.echo(json.dumps(document, ensure_ascii=plain, separators=(", ", ": ")), file=sys.stdout, color=False)


def has_colour(stream: TextIO) -> bool:
    """A terminal that is not asked to stay plain."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def clean(text: str) -> str:
    """The text on one line, without anything that could steer a terminal or turn the writing direction."""
    return "".join(_harmless(char) for char in text)


def width(text: str) -> int:
    """How many columns a terminal needs for it."""
    return sum(_columns(char) for char in text)


def shortened(text: str, columns: int) -> str:
    """The text in at most so many columns, with an ellipsis when it is cut."""
    if width(text) <= columns:
        return text
    kept, used = "", 1
    for char in text:
        used += _columns(char)
        if used > columns:
            break
        kept += char
    return f"{kept.rstrip()}…"


def table(rows: Iterable[Sequence[Part]], *, indent: int = 0, gap: int = 2) -> None:
    """Write rows with aligned columns. The last column takes what is left of the line."""
    source = iter(rows)
    first = [_cleaned(row) for row in islice(source, _MEASURED)]
    if not first:
        return
    widths = [
        max(width(_text(row[column])) for row in first if column < len(row)) for column in range(max(map(len, first)))
    ]
    room = _room(sys.stdout)
    for row in chain(first, map(_cleaned, source)):
        line(" " * indent, *_aligned(row, widths, gap=gap, room=room - indent))


def when(instant: datetime, zone: tzinfo | None = None) -> str:
    """A day and a time in the zone (`None`: that of this machine)."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def zone_name(zone: tzinfo | None, at: datetime) -> str:
    """The zone as people call it."""
    return getattr(zone, "key", None) or at.astimezone(zone).tzname() or "local time"


def iso(instant: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, as JSON has it."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def counted(number: int, thing: str) -> str:
    """`1 alert`, `2 alerts`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _aligned(row: Sequence[Tint], widths: Sequence[int], *, gap: int, room: int) -> Iterator[Part]:
    used = 0
    for column, cell in enumerate(row):
        if column == len(row) - 1:
            yield Tint(shortened(cell.text, max(room - used, 12)), cell.look)
        else:
            text = shortened(cell.text, widths[column])
            yield Tint(text, cell.look)
            yield " " * (widths[column] - width(text) + gap)
            used += widths[column] + gap


def _room(stream: TextIO) -> int:
    """The columns of the terminal; nobody's output is cut in a pipe or a file."""
    return shutil.get_terminal_size().columns if stream.isatty() else 10_000


def _cleaned(row: Sequence[Part]) -> list[Tint]:
    return [Tint(clean(_text(cell)), cell.look if isinstance(cell, Tint) else "") for cell in row]


def _text(part: Part) -> str:
    return part.text if isinstance(part, Tint) else part


def _dressed(part: Part, stream: TextIO, *, colour: bool) -> str:
    text = clean(_text(part))
    if not _is_utf8(stream):
        text = "".join(_PLAINER.get(char, char) for char in text)
    look = part.look if isinstance(part, Tint) else ""
    return click.style(text, **_STYLES[look]) if colour and look else text


def _is_utf8(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-") in {"utf-8", "utf8"}


def _harmless(char: str) -> str:
    if char in {"\n", "\t"}:
        return " "
    return "�" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char


def _columns(char: str) -> int:
    if unicodedata.combining(char) or char == "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
