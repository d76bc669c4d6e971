"""The log says what an operator looks for: what opened and ended, faults, pages given up, what could not be read."""

import logging

import pytest

from router.core.decide import decide
from router.core.inputs import DeliveryReported, EventReceived, FaultOccurred, HandedOver, Input, MessageRejected
from router.core.state import State
from router.engine_log import log_decision
from router.stores import Entry
from tests.core.playbook import DAY, Playbook, freezer_rules


class Log:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.state = State()

    def of(self, given: Input) -> list[tuple[str, str]]:
        """Level and text of the lines that this input gives."""
        self.caplog.clear()
        with self.caplog.at_level(logging.INFO, "router.engine"):
            decision = decide(freezer_rules(), self.state, given, DAY)
            self.state.apply(decision.changes)
            log_decision(Entry(DAY, given, decision))
        return [(record.levelname, record.getMessage()) for record in self.caplog.records]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    return Log(caplog)


def test_an_alarm_that_opens_has_its_rules(log: Log) -> None:
    event = Playbook(freezer_rules()).event("f3", "firing")
    assert log.of(EventReceived(event)) == [("INFO", "decided")]
    assert log.caplog.records[0].rules == ["freezer limits"]  # type: ignore[attr-defined]
    assert log.of(EventReceived(Playbook(freezer_rules()).event("f3", "firing", id="2"))) == []


def test_a_fault_is_a_warning_with_its_cause_and_text(log: Log) -> None:
    assert log.of(FaultOccurred("x", "something broke")) == [("WARNING", "fault")]
    assert (log.caplog.records[0].cause, log.caplog.records[0].text) == ("x", "something broke")  # type: ignore[attr-defined]


def test_what_cannot_be_read_is_a_warning_with_source_and_reason(log: Log) -> None:
    lines = log.of(MessageRejected("1", "plant", "no JSON", "{", DAY))
    assert ("WARNING", "rejected") in lines
    assert log.caplog.records[0].reason == "no JSON"  # type: ignore[attr-defined]


def test_a_page_that_is_given_up_is_a_warning_with_whom_and_why(log: Log) -> None:
    log.of(EventReceived(Playbook(freezer_rules()).event("f3", "firing")))
    [page] = [page.id for page in log.state.outbox.values() if page.person]
    assert log.of(HandedOver((page,))) == []
    assert ("WARNING", "a page was not delivered") in log.of(DeliveryReported(page, "refused", "no such user"))


def test_that_no_fallback_accepts_is_critical(log: Log) -> None:
    log.of(FaultOccurred("x", "something broke"))
    [page] = log.state.outbox
    log.of(HandedOver((page,)))
    assert ("CRITICAL", "no fallback target accepts") in log.of(DeliveryReported(page, "refused", "no"))
