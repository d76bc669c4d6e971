"""The whole night, played to the real router: who received what, from the catchers, and what the store knows."""

from datetime import timedelta
from functools import partial

import pytest
import trio

from router.core.model import Alert
from router.demo.board import Board
from router.demo.pace import Pace
from router.demo.performance import Performance
from router.demo.stage import Places
from router.logs import JsonLines
from router.stores import open_store
from tests.demo.boards import START


class Nobody:
    """Watches nothing."""

    stays = 0.0

    def __init__(self, _board: Board) -> None:
        self.closed = False

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    pace = Pace(400, START)
    performance = Performance(Places(tmp_path_factory.mktemp("night")), pace, JsonLines(), Nobody)
    trio.run(partial(performance.run, nights=1), clock=pace)
    return performance


def texts(night: Performance, kind: str, who: str) -> list[str]:
    return [
        f"{entry.received.title}\n{entry.received.text}".strip()
        for entry in night.board.entries
        if entry.received is not None and entry.received.kind == kind and entry.who == who
    ]


def one(found: list[str], *parts: str) -> str:
    """The first that says all this."""
    return next(text for text in found if all(part in text for part in parts))


def stored(night: Performance) -> list[Alert]:
    store = open_store(night.places.store_url)
    try:
        return list(store.history.alerts("all", "both"))
    finally:
        store.close()


@pytest.mark.slow
def test_nothing_is_lost_and_all_is_over(night: Performance) -> None:
    assert (night.outcome.failed, night.outcome.lost, night.outcome.nights) == ("", 0, 1)
    assert night.outcome.said == 14
    assert night.outcome.open_alerts == 0
    assert {alert.status for alert in stored(night)} == {"resolved"}


@pytest.mark.slow
def test_the_warm_freezer_escalates_until_bob_has_it_and_all_hear_the_end(night: Performance) -> None:
    one(texts(night, "sms", "Alice Ito"), "ALARM Freezer 3", "-14.2 C")
    one(texts(night, "sms", "Bob Marsh"), "No answer: ALARM Freezer 3")
    one(texts(night, "chat", "#cold-chain"), "bob has it: Freezer 3")
    for who in ("Alice Ito", "Bob Marsh"):
        one(texts(night, "sms", who), "Back to normal: Freezer 3", "-18.6 C")
    [alert] = [alert for alert in stored(night) if alert.event.serial_number == "20018842"]
    assert alert.acknowledged_by == "bob"
    assert alert.routes[0].step == 2  # the third step never ran
    told = [entry.at for who in ("Alice Ito", "Bob Marsh") for entry in night.board.entries if entry.who == who]
    first_of_bob = next(entry.at for entry in night.board.entries if entry.who == "Bob Marsh")
    assert timedelta(minutes=4) < first_of_bob - told[0] < timedelta(minutes=7)


@pytest.mark.slow
def test_an_end_before_its_beginning_is_one_text(night: Performance) -> None:
    found = [text for text in texts(night, "mail", "Dana Wolf") if "Showcase 12" in text]
    assert len(found) == 1
    assert "lasted" in found[0]


@pytest.mark.slow
def test_a_flat_battery_and_a_lost_gateway_reach_maintenance(night: Performance) -> None:
    mails = texts(night, "mail", "Dana Wolf")
    one(mails, "WARNING Logger 7", "battery nearly empty")
    one(mails, "WARNING Gateway North", "no contact")


@pytest.mark.slow
def test_a_hung_provider_costs_nobody_the_alarm(night: Performance) -> None:
    assert not [text for text in texts(night, "sms", "Carla Reyes") if "ALARM Walk-in cooler" in text]
    one(texts(night, "mail", "Carla Reyes"), "ALARM Walk-in cooler")
    one(texts(night, "chat", "#cold-chain"), "ALARM Walk-in cooler")
    one(texts(night, "mail", "the duty desk"), "Router trouble: carla via sms was not told")
    one(texts(night, "mail", "the duty desk"), "Router trouble over", "accepts again")


@pytest.mark.slow
def test_a_lost_link_is_told_and_what_waited_arrives(night: Performance) -> None:
    desk = texts(night, "mail", "the duty desk")
    one(desk, "Router trouble: source cold-chain: no connection for 2m")
    one(desk, "Router trouble over", "Connected again")
    one(texts(night, "sms", "Alice Ito"), "ALARM Freezer 4")


@pytest.mark.slow
def test_an_alarm_without_a_rule_is_told_to_the_fallback(night: Performance) -> None:
    one(texts(night, "mail", "the duty desk"), "Incubator", "No rule matches this alarm")


@pytest.mark.slow
def test_the_counters_say_the_same(night: Performance) -> None:
    board = night.board
    assert board.texts.total() == sum(entry.received is not None for entry in board.entries)
    assert (board.alerts, board.acknowledged) == (7, 5)
    assert board.faults >= 2
