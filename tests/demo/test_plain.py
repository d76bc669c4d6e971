"""The demo as lines: everything that happened, in order, once, and nothing that only a terminal understands."""

from io import StringIO

from router.demo.catchers import Received
from router.demo.plain import Plain, below_of, heading_of
from tests.demo.boards import board_at, busy_board


def test_each_thing_is_written_once_in_its_order() -> None:
    board, stream = board_at(1), StringIO()
    plain = Plain(board, stream)
    board.say("It begins.")
    plain.refresh()
    board.sensor("⚡ Freezer")
    board.receive(Received("sms", "+49170", "", "ALARM"))
    plain.refresh()
    plain.close()
    assert stream.getvalue().splitlines() == [
        "02:01  story   It begins.",
        "02:01  sensor  ⚡ Freezer",
        "02:01  SMS     → Alice Ito: ALARM",
    ]


def test_a_mail_is_its_subject_and_its_text_without_the_small_print() -> None:
    mail = Received("mail", "a@example.org", "Subject", "Where: there\r\n\r\nDo: go\r\n--\r\nAlert 1")
    assert heading_of(mail) == "Subject"
    assert below_of(mail) == ["Where: there", "Do: go"]


def test_there_is_nothing_for_terminals_in_it() -> None:
    stream = StringIO()
    Plain(busy_board(), stream).close()
    text = stream.getvalue()
    assert "\x1b" not in text
    assert text.count("→ Alice Ito") == 12
    assert all(line.isprintable() for line in text.splitlines())
