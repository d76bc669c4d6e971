"""What the board makes of the router's state: one row an alert, one entry a change."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from router.core.model import Alert, Event, Notification, Route, Timer
from router.core.rules import Contact, Person, Policy, Rules, Step, Target
from router.core.state import Rows, State
from router.demo.board import Board
from router.demo.catchers import Received
from tests.demo.boards import START, board_at

WAIT = timedelta(minutes=5)
POLICY = Policy(
    "freezers",
    (
        Step((Target("chat", (Contact("chat"),)),)),
        Step((Target("bob", (Contact("sms", "bob"),)), Target("chat", (Contact("chat"),))), WAIT),
    ),
)
RULES = Rules(
    (),
    {"freezers": POLICY},
    people={"bob": Person("bob", "Bob Marsh", ("sms",))},
    shared=frozenset({"chat"}),
    fallback=(),
    candidates=lambda _: (),
)
EVENT = Event(
    id="1",
    source="s",
    kind="measurement alarm",
    status="firing",
    key="k",
    arrived_at=START,
    level="critical",
    condition_type="Upper limit",
    value=9.3,
    unit="°C",
    labels=MappingProxyType({"name": "Cooler"}),
)
ALERT = Alert("a1", "k", "firing", EVENT, START, START, START, routes=(Route("cold", 1, "freezers", step=1),))
STEP = Timer("t", "step", START + WAIT, alert_id="a1", route="cold")


def looked(*alerts: Alert, timers: tuple[Timer, ...] = (), pages: tuple[Notification, ...] = ()) -> Board:
    board = board_at(1)
    board.look(State.of(Rows(alerts=alerts, timers=timers, notifications=pages)), RULES)
    return board


def test_a_firing_alert_says_who_is_next_and_when() -> None:
    row = looked(ALERT, timers=(STEP,)).rows["a1"]
    assert (row.where, row.what) == ("Cooler", "9.3 °C, above the upper limit")
    assert row.then == "step 1, next Bob Marsh and chat at 02:05"


def test_an_alert_at_its_last_step_has_nobody_next() -> None:
    last = replace(ALERT, routes=(replace(ALERT.routes[0], step=2),))
    assert looked(last).rows["a1"].then == "step 2"


def test_how_it_goes_on_is_said_in_words() -> None:
    taken = replace(ALERT, status="acknowledged", acknowledged_by="bob")
    over = replace(ALERT, status="resolved", resolved_at=START + timedelta(minutes=9))
    assert looked(taken).rows["a1"].then == "bob has it"
    assert looked(over).rows["a1"].then == "over 02:09"
    assert looked(replace(ALERT, routes=())).rows["a1"].then == "no rule matches, fallback told"


def test_a_fault_is_the_routers_own_trouble() -> None:
    fault = replace(ALERT, routes=(), fault="lasting", event=replace(EVENT, message="no connection", labels={}))
    board = looked(fault)
    row = board.rows["a1"]
    assert (row.where, row.what, row.then) == ("The router itself", "no connection", "fallback told")
    assert (board.alerts, board.faults) == (0, 1)


def test_a_text_that_does_not_get_through_is_shown() -> None:
    page = Notification(
        "n", "a1", "bob via sms", "sms", "raised", "t", "b", created_at=START, due=START, status="retrying", attempts=2
    )
    assert looked(ALERT, pages=(page,)).rows["a1"].trouble == "no answer for bob via sms yet, try 2"


def test_only_a_change_is_an_entry_and_an_acknowledgement_counts_once() -> None:
    board = board_at(1)
    taken = replace(ALERT, status="acknowledged", acknowledged_by="bob")
    for alert in (ALERT, ALERT, taken, taken):
        board.look(State.of(Rows(alerts=(alert,))), RULES)
    assert [entry.kind for entry in board.entries] == ["alert", "alert"]
    assert board.acknowledged == 1


def test_old_alerts_that_are_over_are_left_out_but_counted() -> None:
    board = board_at(1)
    over = [replace(ALERT, id=f"b{n}", key=f"{n}", status="resolved", resolved_at=START) for n in range(80)]
    board.look(State.of(Rows(alerts=(ALERT, *over))), RULES)
    assert len(board.rows) == 60
    assert "a1" in board.rows
    assert board.alerts == 81


def test_who_received_something_has_a_name() -> None:
    board = board_at(1)
    board.receive(Received("sms", "+49170", "", "x"))
    board.receive(Received("sms", "+1", "", "x"))
    assert [entry.who for entry in board.received()] == ["Alice Ito", "+1"]
