"""The demo in a terminal: alerts on the left, what people receive on the right, the story below.

What must not be here: anything that changes the board. `picture` makes one whole frame of a given size.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from router.demo.board import Board, Entry, Row
from router.demo.plain import WORDS, below_of, heading_of

SMALLEST: Final = (72, 20)
_COLOURS: Final = {"sms": "green", "chat": "magenta", "mail": "blue"}
_SIGNS: Final = {"sms": "▯", "chat": "#", "mail": "✉"}
_FRESH: Final = 2.5
"""Real seconds for which a text is drawn bright."""
_WHOLE: Final = 3
"""So many of the newest texts are drawn whole, of older ones only what is seen first."""


@dataclass(frozen=True, slots=True)
class Size:
    """Columns and lines."""

    width: int
    height: int


class View:
    """Draws the board on the whole terminal until it is closed."""

    stays = 2.5

    def __init__(self, board: Board, console: Console, *, speed: float) -> None:
        self._board = board
        self._console = console
        self._speed = speed
        self._live = Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._live.start()

    def refresh(self) -> None:
        """Draw what there is now, in the size that the terminal has now."""
        size = Size(self._console.width, self._console.height)
        self._live.update(picture(self._board, self._console, size=size, speed=self._speed), refresh=True)

    def close(self) -> None:
        """Give the terminal back as it was."""
        self._live.stop()


def picture(board: Board, console: Console, *, size: Size, speed: float) -> Layout:
    """One frame. What does not fit is left out, oldest first."""
    below = 6 if size.height < 30 else 8
    middle = size.height - 1 - below
    left = max(34, size.width * 44 // 100)
    right = size.width - left
    frame = Layout()
    frame.split_column(
        Layout(_header(board, size, speed), size=1), Layout(name="middle"), Layout(name="below", size=below)
    )
    frame["middle"].split_row(Layout(name="left", size=left), Layout(name="right"))
    frame["left"].update(_alerts(board, console, Size(left, middle)))
    frame["right"].update(_messages(board, console, Size(right, middle), speed=speed))
    frame["below"].update(_story(board, console, Size(size.width, below)))
    return frame


def _header(board: Board, size: Size, speed: float) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right")
    name = Text.assemble((" alarm-router ", "bold white on blue"), (" a night, ", "dim"), (f"{speed:g}×", "bold"))
    name.append(" as fast" if size.width < 100 else " as fast · Ctrl-C ends it", "dim")
    clock = Text(f"{board.clock_time(board.latest())} ", "bold bright_white")
    line.add_row(name, clock)
    return line


def _lines_of(drawn: RenderableType, console: Console, width: int) -> int:
    return len(console.render_lines(drawn, console.options.update(width=width, height=None)))


# ---- alerts


def _alerts(board: Board, console: Console, size: Size) -> RenderableType:
    rows = sorted(board.rows.values(), key=lambda row: row.at, reverse=True)
    room, gap = size.height - 2, 1 if size.height > 30 else 0
    shown: dict[str, RenderableType] = {}
    # open ones get their place first, then the newest of the others
    for row in sorted(rows, key=lambda row: row.status == "resolved"):
        alert = _alert(row, board, gap=gap)
        room -= _lines_of(alert, console, size.width - 4)
        if room < 0:
            break
        shown[row.id] = alert
    still = sum(row.status != "resolved" for row in rows)
    title = f"Alerts · {still} open" if rows else "Alerts"
    content = (
        Group(*(shown[row.id] for row in rows if row.id in shown))
        if shown
        else Text("\nAll is quiet.", "dim", justify="center")
    )
    return Panel(content, title=title, title_align="left", border_style="grey50", box=box.ROUNDED)


def _alert(row: Row, board: Board, *, gap: int) -> RenderableType:
    over = row.status == "resolved"
    colour = _colour_of(row)
    dim = "dim" if over else ""
    head = Table.grid(expand=True, padding=(0, 1))
    head.add_column(width=1)
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    sign = {"firing": "●", "acknowledged": "◐", "resolved": "○"}[row.status]
    head.add_row(Text(sign, colour), Text(row.where, dim or "bold"), Text(board.clock_time(row.at), "dim"))
    what = Text(row.what, dim, overflow="ellipsis", no_wrap=over)
    state = Text.assemble((row.status, colour), (f" · {row.then}" if row.then else "", dim))
    lines: list[RenderableType] = [head, _indented(what), _indented(state)]
    if row.trouble and not over:
        lines.append(_indented(Text(row.trouble, "yellow")))
    return Padding(Group(*lines), (0, 0, gap, 0))


def _indented(line: Text) -> Padding:
    return Padding(line, (0, 0, 0, 2))


def _colour_of(row: Row) -> str:
    if row.status == "resolved":
        return "green"
    if row.status == "acknowledged":
        return "cyan"
    return "bold bright_red" if row.critical and not row.fault else "bold yellow"


# ---- what people receive


def _messages(board: Board, console: Console, size: Size, *, speed: float) -> RenderableType:
    """The newest texts, the last one at the bottom."""
    room, width = size.height - 2, size.width - 4
    bubbles: list[RenderableType] = []
    got = board.received()
    fresh = timedelta(seconds=_FRESH * speed)
    whole = 3 if size.height < 26 else 9
    for age, entry in enumerate(reversed(got)):
        bright = board.latest() - entry.at < fresh
        bubble = _bubble(entry, board, bright=bright, lines=whole if age < _WHOLE else 0)
        if _lines_of(bubble, console, width) > room:
            bubble = _bubble(entry, board, bright=bright, lines=0)
        lines = _lines_of(bubble, console, width)
        if lines > room:
            break
        room -= lines
        bubbles.insert(0, bubble)
    content: RenderableType = Text("\nNobody has been told anything.", "dim", justify="center")
    if bubbles:
        content = Group(*(Text() for _ in range(room)), *bubbles)
    title = f"What people receive · {board.texts.total()}" if got else "What people receive"
    return Panel(content, title=title, title_align="left", border_style="grey50", box=box.ROUNDED)


def _bubble(entry: Entry, board: Board, *, bright: bool, lines: int) -> RenderableType:
    assert entry.received is not None, "only what was received is drawn as a bubble"
    kind = entry.received.kind
    body = Text(heading_of(entry.received), "bold" if kind != "sms" else "", overflow="fold")
    for line in below_of(entry.received)[:lines]:
        body.append(f"\n{line}", "not bold")
    if not bright:
        body.stylize("dim")
    bubble = Panel(
        body,
        box=box.HEAVY if bright else box.ROUNDED,
        title=f"{_SIGNS[kind]} {WORDS[kind]} → {entry.who}",
        subtitle=board.clock_time(entry.at),
        title_align="left",
        subtitle_align="right",
        border_style=_COLOURS[kind] if bright else f"dim {_COLOURS[kind]}",
    )
    return Padding(bubble, (0, 0, 0, 2)) if kind == "mail" else bubble


# ---- the story


def _story(board: Board, console: Console, size: Size) -> RenderableType:
    room = size.height - 2
    told = [entry for entry in board.entries if entry.kind in ("story", "sensor")]
    shown: list[RenderableType] = []
    for entry in reversed(told):
        line = Text.assemble((f"{board.clock_time(entry.at)}  ", "bold"), _words(entry))
        if shown:
            line.stylize("dim")
        lines = _lines_of(line, console, size.width - 4)
        if lines > room:
            break
        room -= lines
        shown.insert(0, line)
    content = Group(*(Text() for _ in range(room)), *shown)
    return Panel(content, title="The story", title_align="left", border_style="grey50", box=box.ROUNDED)


def _words(entry: Entry) -> Text:
    if entry.kind == "sensor":
        return Text(entry.text, "italic yellow" if entry.text.startswith("⚡") else "italic green")
    return Text(entry.text)
