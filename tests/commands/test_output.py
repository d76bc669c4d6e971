import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime

import pytest

from router.commands import output
from router.commands.output import Tint, clean, counted, iso, json_line, line, notice, shortened, table, when, width


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    return Terminal()


def in_ascii(call: Callable[[], None]) -> bytes:
    """What the call writes to a standard output that takes only ASCII."""
    stream = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(stream, encoding="ascii", write_through=True)) as wrapper:
        output.prepare_streams()
        call()
        wrapper.detach()
    return stream.getvalue()


def test_colour_is_for_terminals(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        line(Tint("firing", "bad"))
    assert terminal.getvalue() == "\x1b[31m\x1b[1mfiring\x1b[0m\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_may_ask_for_no_colour(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with redirect_stdout(terminal):
        line(Tint("firing", "bad"))
    assert terminal.getvalue() == "firing\n"


def test_a_pipe_gets_no_colour_and_notices_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    line(Tint("answer", "good"))
    notice(Tint("by the way", "warn"))
    assert capsys.readouterr() == ("answer\n", "by the way\n")


def test_columns_are_aligned_also_for_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    table([("a", "1"), ("冷蔵", "2"), ("abc", Tint("3", "bad"))], indent=1)
    assert capsys.readouterr().out.splitlines() == [" a     1", " 冷蔵  2", " abc   3"]


def test_an_empty_table_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    table([])
    assert capsys.readouterr().out == ""


def test_a_long_table_streams_with_the_widths_of_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    asked = []

    def rows() -> "object":
        for number in range(500):
            asked.append(number)
            yield (f"row {number}" if number < 499 else "much longer than that", "x")

    table(rows())  # type: ignore[arg-type]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 500
    assert lines[-1] == "much l…  x"


def test_the_last_column_ends_with_the_terminal(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        table([("first", "word " * 20)])
    assert width(terminal.getvalue().rstrip("\n")) <= 40
    assert terminal.getvalue().endswith("…\n")


def test_what_steers_a_terminal_is_not_let_through() -> None:
    assert clean("a\x1b[31mb\rc\x00d\u202ee\u2028f\x9bg\ud800h") == "a�[31mb�c�d�e�f�g�h"
    assert clean("two\nlines\tone") == "two lines one"


def test_json_is_one_line_in_utf_8(capsys: pytest.CaptureFixture[str]) -> None:
    json_line({"unit": "°C", "text": "a\nb"})
    assert capsys.readouterr().out == '{"unit": "°C", "text": "a\\nb"}\n'


def test_json_is_whole_where_only_ascii_can_be_written() -> None:
    assert json.loads(in_ascii(lambda: json_line({"unit": "°C"}))) == {"unit": "°C"}


def test_people_get_plainer_characters_where_only_ascii_can_be_written() -> None:
    assert in_ascii(lambda: line(Tint("✓ ", "good"), "9 °C → Kühlraum")) == b"+ 9 degC -> K?hlraum\n"


@pytest.mark.parametrize(("text", "columns", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a bcd", 3, "a…")])
def test_a_text_is_cut_with_an_ellipsis(text: str, columns: int, expected: str) -> None:
    assert shortened(text, columns) == expected


def test_instants_and_numbers_read_well() -> None:
    instant = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert when(instant, UTC) == "2026-11-22 10:00:00"
    assert (iso(instant), iso(None)) == ("2026-11-22T10:00:00Z", None)
    assert (counted(1, "rule"), counted(2, "rule"), counted(0, "rule")) == ("1 rule", "2 rules", "0 rules")
    assert output.zone_name(None, instant)
