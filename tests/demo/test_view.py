"""The picture fits every terminal, and shows what matters now."""

from io import StringIO

import pytest
from rich.console import Console

from router.demo.board import Board
from router.demo.catchers import Received
from router.demo.view import SMALLEST, Size, View, picture
from tests.demo.boards import board_at, busy_board, row

SIZES = [Size(80, 24), Size(140, 45), Size(*SMALLEST), Size(250, 80)]


def drawn(board: Board, size: Size) -> list[str]:
    console = Console(file=StringIO(), width=size.width, height=size.height, color_system=None, force_terminal=False)
    frame = picture(board, console, size=size, speed=60)
    lines = console.render_lines(frame, console.options.update(height=size.height))
    assert len(lines) == size.height
    assert {sum(segment.cell_length for segment in line) for line in lines} == {size.width}
    return ["".join(segment.text for segment in line) for line in lines]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_busy_evening_fits(size: Size) -> None:
    text = "\n".join(drawn(busy_board(), size))
    assert "And then it was morning." in text  # the newest words
    assert "🔴 ALARM Freezer 11" in text  # the newest text
    assert "Alerts · 8 open" in text
    assert "What people receive · 36" in text
    assert text.count("╭") == text.count("╮") == text.count("╰") == text.count("╯")  # no bubble is cut


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_empty_stage_fits(size: Size) -> None:
    text = "\n".join(drawn(board_at(0), size))
    assert "All is quiet." in text
    assert "Nobody has been told anything." in text


def test_who_is_next_can_be_read_on_a_small_terminal() -> None:
    board = board_at(3)
    board.rows["1"] = row("1", 1)
    text = " ".join(line[2:34].strip() for line in drawn(board, Size(80, 24)))
    assert "firing · step 1, next Bob Marsh at 02:07" in " ".join(text.split())


def test_alerts_that_are_over_give_way_to_open_ones() -> None:
    board = board_at(60)
    for number in range(30):
        board.rows[str(number)] = row(str(number), number, status="resolved" if number else "firing", then="")
    assert any("Freezer 0 " in line for line in drawn(board, Size(80, 24)))


def test_a_long_sms_is_shown_to_its_end() -> None:
    board = board_at(1)
    board.receive(Received("sms", "+49170", "", f"{'word ' * 40}end."))
    assert any("end." in line for line in drawn(board, Size(80, 24)))


def test_the_terminal_is_given_back() -> None:
    stream = StringIO()
    console = Console(file=stream, force_terminal=True, width=80, height=24, legacy_windows=False)
    view = View(board_at(0), console, speed=60)
    view.refresh()
    view.close()
    said = stream.getvalue()
    assert said.index("\x1b[?1049h") < said.index("All is quiet.") < said.index("\x1b[?1049l")
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")  # with its cursor
