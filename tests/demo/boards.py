"""A board with a whole evening on it, for tests of what is drawn."""

from datetime import UTC, datetime, timedelta

from router.demo.board import Board, Row
from router.demo.catchers import Received

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def board_at(minute: float) -> Board:
    return Board(lambda: START + timedelta(minutes=minute), lambda at: at.strftime("%H:%M"), {"+49170": "Alice Ito"})


def row(id_: str, minute: float, **facts: object) -> Row:
    plain: dict[str, object] = {
        "where": f"Freezer {id_}",
        "what": "-14.2 °C, above the upper limit",
        "status": "firing",
        "critical": True,
        "fault": False,
        "then": "step 1, next Bob Marsh at 02:07",
    }
    return Row(id=id_, at=START + timedelta(minutes=minute), **{**plain, **facts})  # type: ignore[arg-type]


def busy_board() -> Board:
    board = board_at(30)
    board.say("A quiet night. " * 5)
    board.sensor("⚡ Freezer 3: Upper limit, -14.2 °C")
    for number in range(12):
        over = number % 3 == 2
        status = "resolved" if over else "acknowledged" if number % 3 else "firing"
        board.rows[str(number)] = row(
            str(number), number, status=status, trouble="" if over else "no answer yet, try 2"
        )
        board.receive(Received("sms", "+49170", "", f"ALARM Freezer {number}: too warm. Go and look, now."))
        board.receive(Received("mail", "x@example.org", f"ALARM Freezer {number}", "Where: there\n\nDo: go\n--\nsmall"))
        board.receive(Received("chat", "room", f"🔴 ALARM Freezer {number}", "\n".join(f"line {n}" for n in range(20))))
    board.say("And then it was morning.")
    return board
