"""What fallback hears: faults without storms or loops, and whatever was too much to be told singly."""

from dataclasses import replace
from datetime import timedelta

import pytest

from router.core.inputs import FaultEnded, FaultOccurred, Input, MessageRejected
from router.core.rules import Facts, Rules, Text
from tests.core.playbook import (
    FREEZERS,
    Playbook,
    ack,
    firing,
    freezer_rules,
    recovered,
    resolve,
    rule,
    rules,
    told_text,
    where,
)

LINK = FaultOccurred("source plant link", "no link to plant")
LINK_BACK = FaultEnded("source plant link", "plant is back")
ODD = FaultOccurred("unknown word", "Foo", lasting=False)


def book_of() -> Playbook:
    return Playbook(freezer_rules())


class TestOneFault:
    def test_it_is_told_at_once_and_then_at_most_every_ten_minutes_with_its_count(self) -> None:
        book = book_of().at("10:00", LINK).is_("fault opened").tells(("ops", "fault"))
        for time in ("10:01", "10:02", "10:09:59"):
            book.at(time, LINK).is_("fault counted").tells()
        book.at("10:10").tells(("ops", "fault"))
        assert (book.fault(LINK.cause).count, book.fault(LINK.cause).said) == (4, 4)
        book.at("10:15", LINK).tells()
        book.at("10:20").tells("ops")

    def test_one_that_occurs_seldom_is_told_each_time(self) -> None:
        book = book_of().at("10:00", LINK).tells("ops")
        book.at("10:10", LINK).tells("ops")

    def test_it_is_told_every_four_hours_while_it_lasts_and_when_it_is_over(self) -> None:
        book = book_of().at("10:00", LINK).tells("ops")
        book.at("13:59").tells()
        book.at("14:00").tells(("ops", "fault"))
        book.at("18:00").tells(("ops", "fault"))
        book.at("18:01", LINK_BACK).is_("fault resolved").tells(("ops", "resolved"))
        assert book.fault(LINK.cause).resolution == "plant is back"
        book.at("2d 10:00").tells()
        assert book.simulation.state.rows().alerts == ()

    def test_the_end_of_what_was_not_open_is_nothing(self) -> None:
        book_of().at("10:00", LINK_BACK).is_("fault nothing open").tells()

    def test_one_that_merely_happens_is_over_when_it_has_not_happened_for_four_hours(self) -> None:
        book = book_of().at("10:00", ODD).tells("ops")
        book.at("10:05", ODD).tells()
        book.at("10:10").tells("ops")
        book.at("14:10").tells(("ops", "resolved"))

    def test_one_that_goes_on_happening_is_told_again(self) -> None:
        book = book_of().at("10:00", ODD).at("10:00:01", ODD).at("10:10")
        book.news()
        book.at("14:09:59", ODD).at("14:10")
        assert book.fault(ODD.cause).open

    def test_flapping_is_told_at_most_every_ten_minutes(self) -> None:
        book = book_of().at("10:00", LINK).at("10:01", LINK_BACK).tells(("ops", "fault"), ("ops", "resolved"))
        for minute in range(2, 10, 2):
            book.at(f"10:0{minute}", LINK).at(f"10:0{minute}:30", LINK_BACK)
        book.tells()
        book.at("10:10").tells(("ops", "resolved"))
        assert book.fault(LINK.cause).count == 5

    def test_one_that_came_back_and_stays_is_told_with_the_gathering(self) -> None:
        book = book_of().at("10:00", LINK).at("10:01", LINK_BACK).at("10:02", LINK)
        book.news()
        book.at("10:10").tells(("ops", "fault"))
        book.at("10:20", LINK_BACK).tells(("ops", "resolved"))

    def test_an_acknowledged_one_is_not_repeated_but_its_end_is_told(self) -> None:
        book = book_of().at("10:00", LINK).at("10:01", ack(f"fault/{LINK.cause}", by="bob"))
        book.news()
        book.at("20:00").tells()
        book.at("20:01", LINK_BACK).tells(("ops", "resolved"))

    def test_a_person_can_end_it(self) -> None:
        book = book_of().at("10:00", LINK)
        book.news()
        book.at("10:01", resolve(f"fault/{LINK.cause}", by="bob")).tells(("ops", "resolved"))
        assert book.fault(LINK.cause).resolution == "resolved by bob"
        book.at("20:00").tells()

    def test_an_unreadable_message_is_kept_and_told_once_per_source(self) -> None:
        book = book_of()

        def message(number: int) -> Input:
            return MessageRejected(f"m{number}", "plant", "no JSON", "{", book.simulation.now)

        book.at("10:00", message(1)).is_("rejected").tells("ops")
        [record] = book.records("rejected")
        assert record == {"id": "m1", "source": "plant", "why": "no JSON"}
        book.at("10:01", message(2)).tells()
        book.at("10:01", message(1)).is_("duplicate")


class TestStorm:
    def test_different_faults_are_gathered_after_five(self) -> None:
        book = book_of().at("10:00")
        for number in range(30):
            book.at("10:00", FaultOccurred(f"cause {number}", f"trouble {number}"))
        book.tells(*["ops"] * 5)
        book.at("10:01")
        [page] = book.news()
        assert page.title == "fault: 25 further notices about faults of the router itself"
        assert "trouble 5" in page.body
        assert "and 5 more" in page.body

    def test_what_is_held_back_is_told_even_when_the_next_notice_comes_before_the_timer(self) -> None:
        book = Playbook(rules()).at("10:00")
        for number in range(6):
            book.at("10:00", firing(f"f{number}"))
        book.news()
        book.simulation.now = book.simulation.now.replace(minute=3)
        book.unsent(firing("f9")).at("10:03")
        [page] = book.news()
        assert "at f5," in page.body
        assert "at f9," in page.body

    def test_who_was_told_in_a_gathered_text_hears_of_the_end(self) -> None:
        book = Playbook(rules()).at("10:00")
        for number in range(6):
            book.at("10:00", firing(f"f{number}"))
        book.at("10:01").news()
        book.at("10:05", recovered("f5")).tells(("ops", "resolved"))

    def test_a_text_of_one_alert_never_takes_the_place_of_a_gathered_one(self) -> None:
        book = Playbook(rules()).at("10:00", firing("f0")).at("10:00", firing("f1"))
        book.news()
        book.simulation.now = book.simulation.now.replace(hour=14)
        book.unsent(book.due())
        first = book.simulation.state.alerts[book.page("ops").alert_id]
        book.unsent(recovered(first.key)).at("14:00")
        assert sorted(page.gathered for page in book.news()) == [False, True]

    def test_an_alert_stays_in_memory_until_what_was_held_back_about_it_is_told(self) -> None:
        short = replace(FREEZERS, reopen=timedelta(0))
        book = Playbook(rules(rule("freezer", "freezers", match=where(severity="Alarm")), policies=(short,)))
        book.at("10:00", firing("f3")).at("10:36")
        book.news()
        for number in range(5):  # these fill the window of single notices
            book.at("10:36", firing(f"u{number}", severity="Else"))
        book.at("10:36", recovered("f3")).at("10:36:30")
        assert "f3" in book.simulation.state.by_key
        book.at("11:00")
        assert "f3" not in book.simulation.state.by_key

    def test_a_clock_that_was_set_back_holds_nothing_for_longer_than_a_window(self) -> None:
        book = Playbook(rules()).at("2d 10:00")
        for number in range(6):
            book.at("2d 10:00", firing(f"f{number}"))
        book.simulation.now = book.simulation.now.replace(day=22)
        book.news()
        book.unsent(firing("f9")).at("10:01")
        [page] = book.news()
        assert "at f9," in page.body


def broken(*reasons: str) -> Rules:
    """Rules whose template fails for these reasons: a plain text stands in."""

    def render(facts: Facts) -> Text:
        text = told_text(facts)
        return replace(text, problem="no such name", template=facts.channel) if facts.reason in reasons else text

    return rules(rule("all", "freezers"), policies=(FREEZERS,), render=render)


class TestTemplates:
    def test_one_that_fails_sends_the_plain_text_and_is_a_fault(self) -> None:
        book = Playbook(broken("raised")).at("10:00", firing("f3")).tells("slack", "alice via sms", "ops", "ops")
        assert book.fault("template slack").open
        assert book.fault("template sms").event.message == "template sms: no such name"

    def test_one_that_fails_for_faults_too_does_not_loop(self) -> None:
        book = Playbook(broken("raised", "fault", "resolved", "escalated"))
        book.at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.news()
        book.at("2d 10:00")
        assert len(book.news()) < 60  # reminders of four hours, not a text every ten minutes

    @pytest.mark.parametrize("reasons", [("fault",), ("fault", "resolved")])
    def test_a_fault_whose_own_text_fails_is_told_and_ends(self, reasons: tuple[str, ...]) -> None:
        book = Playbook(broken(*reasons)).at("10:00", LINK).tells("ops", "ops")
        assert book.fault("template ops").open
        book.at("10:30", LINK_BACK).at("2d 10:00").news()
        assert not [alert for alert in book.simulation.state.alerts.values() if alert.open]
