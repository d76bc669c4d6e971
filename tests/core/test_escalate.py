"""Steps, waits, repeats, exhaustion: the timeline of one alert that nobody takes."""

from datetime import timedelta

from router.core.model import Serves
from router.core.rules import ResolveAfter, SourceRules
from tests.core.playbook import (
    FREEZERS,
    Playbook,
    ack,
    clock,
    firing,
    freezer_rules,
    policy,
    recovered,
    rule,
    rules,
    step,
)


def test_first_step_is_told_at_once_and_the_next_after_its_wait() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).tells("slack", "alice via sms")
    book.at("10:04:59").tells()
    book.at("10:05").tells("bob via sms")
    book.at("10:20").tells("alice via sms", "bob via sms")


def test_nobody_acknowledging_tells_fallback_after_the_last_wait_and_every_four_hours() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).at("10:20").news()
    book.at("10:34:59").tells()
    book.at("10:35").tells(("ops", "fault"))
    book.at("14:34:59").tells()
    book.at("14:35").tells("ops")


def test_repeats_run_the_steps_again_after_their_wait() -> None:
    book = Playbook(freezer_rules(repeat_times=2, repeat_wait=timedelta(minutes=30)))
    book.at("10:00", firing("f3")).at("10:20").news()
    book.at("10:50").tells(("slack", "repeated"), ("alice via sms", "repeated"))
    book.at("10:55").tells("bob via sms")


def test_acknowledge_stops_and_times_out() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).news()
    book.at("10:01", ack("f3", by="bob")).tells(("slack", "acknowledged"))
    book.at("12:00:59").tells()
    book.at("12:01").tells(("bob via sms", "escalated"))


def test_recovery_tells_the_told() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).news()
    book.at("10:02", recovered("f3")).tells(("slack", "resolved"), ("alice via sms", "resolved"))
    book.at("20:00").tells()


def test_two_routes() -> None:
    two = policy("plant", step("slack"), step("bob via mail", wait=5))
    book = Playbook(rules(rule("a", "freezers", further=True), rule("b", "plant"), policies=(FREEZERS, two)))
    book.at("10:00", firing("f3")).tells("slack", "alice via sms")
    book.at("10:05").tells("bob via sms", "bob via mail")


def test_two_routes_to_one_contact_tell_it_once_per_moment() -> None:
    two = policy("plant", step("slack"), step("bob via sms", wait=5))
    book = Playbook(rules(rule("a", "freezers", further=True), rule("b", "plant"), policies=(FREEZERS, two)))
    book.at("10:00", firing("f3")).tells("slack", "alice via sms")
    book.at("10:05")
    [page] = book.news()
    assert (page.target, page.serves) == ("bob via sms", (Serves("a", 2, 0), Serves("b", 2, 0)))


def test_the_rounds_of_a_repeat_are_used_up_one_after_another() -> None:
    book = Playbook(freezer_rules(repeat_times=3, repeat_wait=timedelta(minutes=30))).at("10:00", firing("f3"))
    book.at("23:00")
    places = dict.fromkeys((page.round, page.step) for page in book.news() if page.step)
    assert list(places) == [(round_, step_) for round_ in range(4) for step_ in (1, 2, 3)]


def test_fallback_waits_for_the_wait_of_the_repeat() -> None:
    once = policy("once", step("slack"), repeat_times=1, repeat_wait=timedelta(minutes=40))
    book = Playbook(rules(rule("a", "once"), policies=(once,))).at("10:00", firing("f3")).at("11:19")
    book.news()
    book.at("11:20").tells(("ops", "fault"))


class TestExhausted:
    def test_several_alerts_are_told_in_one_text_at_most_every_ten_minutes(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f1")).at("10:00:30", firing("f2"))
        book.at("10:04", firing("f3")).at("10:34").news()
        book.at("10:35")
        [first] = book.news()
        assert first.title == "fault: 2 alarms have been told to everybody in the policy and nobody has acknowledged"
        book.at("10:44:59").tells()
        book.at("10:45").tells(("ops", "fault"))

    def test_reminders_fall_into_step_after_four_hours(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f1")).at("10:04", firing("f2")).at("10:45")
        book.news()
        book.at("14:34").tells()
        book.at("14:35").tells(("ops", "fault"))
        book.at("18:34").tells()
        book.at("18:35").tells(("ops", "fault"))

    def test_an_acknowledgement_ends_the_reminders_and_the_end_is_told_to_fallback(self) -> None:
        book = Playbook(freezer_rules(ack_timeout=None)).at("10:00", firing("f1")).at("10:35")
        book.at("10:36", ack("f1", by="bob")).news()
        book.at("20:00").tells()
        book.at("20:01", recovered("f1")).tells("slack", "alice via sms", "bob via sms", ("ops"))

    def test_a_clock_that_was_set_back_holds_no_text_for_longer(self) -> None:
        book = Playbook(freezer_rules()).at("2d 10:00", firing("f1")).at("2d 10:35")
        book.simulation.now = book.simulation.now.replace(day=22)
        book.at("10:36", firing("f2")).at("10:56").news()
        book.at("11:11").tells(("ops", "fault"))

    def test_silence_does_not_end_it_before_fallback_has_heard_of_it(self) -> None:
        slow = policy("slow", step("slack"), step("bob", wait=45))
        sources = {"cold-chain": SourceRules(ResolveAfter(timedelta(minutes=30)))}
        book = Playbook(rules(rule("a", "slow"), policies=(slow,), sources=sources)).at("10:00", firing("f3"))
        book.news()
        book.at("10:20", firing("f3")).at("10:45").tells(("bob via sms", "escalated"))
        book.at("10:50").tells()
        book.at("11:30").tells(
            ("ops", "fault"), ("slack", "resolved"), ("bob via sms", "resolved"), ("ops", "resolved")
        )

    def test_rules_that_know_no_silence_any_more_end_nothing(self) -> None:
        sources = {"cold-chain": SourceRules(ResolveAfter(timedelta(minutes=30), unacknowledged=True))}
        book = Playbook(rules(rule("a", "freezers"), policies=(FREEZERS,), sources=sources)).at("10:00", firing("f3"))
        book.reload(rules(rule("a", "freezers"), policies=(FREEZERS,))).at("10:31")
        assert book.alert("f3").open


def test_a_late_step_says_how_late() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    book.simulation.now = clock("10:30")
    book.unsent(book.due())
    assert book.decision is not None
    assert book.decision.trace.late == 1500
    assert book.records("step")[0]["late"] == 1500
