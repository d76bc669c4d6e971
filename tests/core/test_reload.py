"""Other rules between two inputs: what is in flight keeps its policy by name and step; what is gone is routed anew."""

from datetime import timedelta

import pytest

from router.core.inputs import FaultOccurred
from router.core.rules import SourceRules
from tests.core.playbook import FREEZERS, Playbook, ack, firing, freezer_rules, policy, rule, rules, step

OTHER = policy("other", step("bob via mail"), step("slack", wait=10))


def in_flight(until: str = "10:06") -> Playbook:
    """An alert that has run two steps of `freezers`."""
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).at(until)
    book.news()
    return book


def test_nothing_changes_for_a_policy_that_stands_and_new_waits_count_from_the_next_step() -> None:
    book = in_flight().reload(freezer_rules(when_resolved="nobody")).is_("rules replaced").tells()
    book.at("10:20").tells("alice via sms", "bob via sms")


def test_when_the_policy_is_gone_the_alert_is_routed_anew_and_fallback_is_told() -> None:
    book = in_flight().reload(rules(rule("all", "other"), policies=(OTHER,)))
    book.tells(("bob via mail", "raised"), ("ops", "fault"))
    book.at("10:16").tells("slack")
    assert [route.policy for route in book.alert("f3").routes] == ["other"]


def test_so_it_is_when_the_policy_is_shorter_than_its_step() -> None:
    book = in_flight().reload(freezer_rules(steps=FREEZERS.steps[:1]))
    book.tells("slack", "alice via sms", "ops")
    assert book.alert("f3").routes[0].step == 1


def test_when_the_steps_to_come_are_taken_away_fallback_hears_that_nobody_answers() -> None:
    book = in_flight().reload(freezer_rules(steps=FREEZERS.steps[:2])).tells()
    book.at("10:20").tells()
    book.at("10:35").tells(("ops", "fault"))


def test_when_no_rule_matches_any_more_it_is_unrouted() -> None:
    book = in_flight().reload(rules()).tells(("ops", "raised"), ("ops", "fault"))
    assert book.alert("f3").unrouted
    book.at("14:06").tells(("ops", "fault"), ("ops", "resolved"))  # of the alarm, and of the fault about the rules


def test_an_acknowledged_one_stays_so_and_runs_the_new_policy_when_that_ends() -> None:
    book = in_flight().at("10:07", ack("f3", by="alice"))
    book.reload(rules(rule("all", "other"), policies=(OTHER,))).news()
    book.at("12:06").tells()
    book.at("12:07").tells(("bob via mail", "raised"))


def test_one_that_somebody_kept_for_ever_is_limited_by_its_new_policy() -> None:
    book = Playbook(freezer_rules(ack_timeout=None)).at("10:00", firing("f3")).at("10:01", ack("f3", by="alice"))
    book.reload(rules(rule("all", "other"), policies=(OTHER,))).news()
    book.at("13:59").tells()
    book.at("14:01").tells(("bob via mail", "raised"), ("ops", "resolved"))


def test_a_route_that_stands_beside_one_that_is_gone_goes_on() -> None:
    two = rules(rule("a", "freezers", further=True), rule("b", "other"), policies=(FREEZERS, OTHER))
    book = Playbook(two).at("10:00", firing("f3"))
    book.news()
    book.reload(rules(rule("a", "freezers"), policies=(FREEZERS,))).tells("ops")
    book.at("10:05").tells("bob via sms")


def test_when_only_an_exhausted_route_stands_fallback_is_reminded() -> None:
    once = policy("once", step("slack"))
    two = rules(rule("a", "once", further=True), rule("b", "other"), policies=(once, OTHER))
    book = Playbook(two).at("10:00", firing("f3"))
    book.reload(rules(rule("a", "once"), policies=(once,))).news()
    book.at("10:15").tells(("ops", "fault"))


def test_a_renamed_rule_keeps_its_route_and_starts_anew_with_the_next_event() -> None:
    book = in_flight().reload(rules(rule("renamed", "freezers"), policies=(FREEZERS,))).tells()
    book.at("10:07", firing("f3")).tells("slack", "alice via sms")
    book.at("10:12").tells("bob via sms")


def test_a_repeat_that_was_taken_away_ends_in_fallback() -> None:
    repeated = freezer_rules(repeat_times=1, repeat_wait=timedelta(minutes=30))
    book = Playbook(repeated).at("10:00", firing("f3")).at("10:21").reload(freezer_rules())
    book.news()
    book.at("10:50").tells()
    book.at("11:05").tells(("ops", "fault"))


def test_many_alerts_are_listed_up_to_ten() -> None:
    book = Playbook(freezer_rules()).at("10:00")
    for number in range(12):
        book.at("10:00", firing(f"f{number}"))
    book.reload(rules(rule("all", "other"), policies=(OTHER,)))
    assert "12 open alert(s), routed anew" in book.fault("rules policy gone").event.message  # type: ignore[operator]
    assert book.fault("rules policy gone").event.message.endswith(" …")  # type: ignore[union-attr]


@pytest.mark.parametrize("cause", ["source city link", "channel pager", "contact carol via sms"])
def test_the_fault_of_what_the_rules_no_longer_name_is_over(cause: str) -> None:
    book = Playbook(freezer_rules()).at("10:00", FaultOccurred(cause, "trouble"))
    book.news()
    book.reload(freezer_rules()).tells(("ops", "resolved"))
    assert book.fault(cause).resolution.startswith("the rules no longer name this")


@pytest.mark.parametrize("cause", ["source city link", "channel slack", "channel sms", "contact bob via sms", "store"])
def test_the_fault_of_what_the_rules_still_name_lasts(cause: str) -> None:
    book = Playbook(freezer_rules()).at("10:00", FaultOccurred(cause, "trouble"))
    book.news()
    named = rules(rule("all", "freezers"), policies=(FREEZERS,), sources={"city": SourceRules()})
    book.reload(named).tells()
    assert book.fault(cause).open
