"""Measurements: no alarms until a rule names their kind; opened, kept and ended by what they say."""

from collections.abc import Callable
from typing import Any

from router.core.inputs import Input
from router.core.match import AllOf, Number
from router.core.model import Alert
from router.core.rules import Rules
from tests.core.playbook import FREEZERS, Playbook, ack, firing, minutes, policy, rule, rules, step, where

KEY = "c1/cooler"


def above(limit: float) -> Number:
    return Number("value", "above", (limit,), limit)


def cooler(limit: float = 8, **fields: Any) -> Rules:
    match = AllOf((where(kind="measurement"), above(limit)))
    return rules(
        rule("bench", ignore="commissioning", match=where(kind="measurement", unit="K"), measures=True),
        rule("cooler", "freezers", match=match, measures=True, **fields),
        rule("rest", "freezers"),
        policies=(FREEZERS,),
    )


def reads(value: float, **fields: Any) -> Callable[[Playbook], Input]:
    return firing("c1", kind="measurement", value=value, id=f"{value} {fields}", **fields)


def alert(book: Playbook) -> Alert:
    return book.alert(KEY)


def test_one_that_no_rule_names_is_counted_and_changes_nothing() -> None:
    book = Playbook(cooler()).at("10:00", reads(5.0)).is_("unmatched").tells()
    assert book.decision is not None
    assert (book.decision.changes, book.decision.trace.counted) == ((), True)


def test_one_with_an_unknown_word_is_journalled_with_its_fault() -> None:
    book = Playbook(cooler()).at("10:00", reads(5.0, doubts=("unit: X",))).tells("ops")
    assert book.decision is not None
    assert not book.decision.trace.counted


def test_the_first_that_matches_opens_later_ones_are_counted_and_the_first_that_does_not_ends_it() -> None:
    book = Playbook(cooler()).at("10:00", reads(9.0)).is_("measured").tells("slack", "alice via sms")
    book.at("10:01", reads(9.5)).tells()
    assert (alert(book).count, alert(book).event.value) == (2, 9.5)
    book.at("10:02", reads(7.9)).is_("resolved").tells("slack", "alice via sms")
    assert alert(book).resolution == "the reading no longer meets the rule"


def test_for_waits_until_it_has_lasted() -> None:
    book = Playbook(cooler(lasts=minutes(10))).at("10:00", reads(9.0)).at("10:09:59").tells()
    book.at("10:10").tells("slack", "alice via sms")


def test_one_that_did_not_last_tells_nobody_and_begins_anew() -> None:
    book = Playbook(cooler(lasts=minutes(10))).at("10:00", reads(9.0)).at("10:05", reads(7.0)).tells()
    book.at("10:06", reads(9.1)).at("10:15:59").tells()
    book.at("10:16").tells("slack", "alice via sms")


def test_clear_is_a_hysteresis() -> None:
    clear = Number("value", "below", (7.5,), 7.5)
    book = Playbook(cooler(clear=clear)).at("10:00", reads(9.0)).at("10:01", reads(7.8))
    assert alert(book).status == "firing"
    book.at("10:02", reads(7.4))
    assert alert(book).resolution == "the reading meets the rule's clear condition"


def test_it_escalates_and_is_acknowledged_like_an_alarm() -> None:
    book = Playbook(cooler()).at("10:00", reads(9.0))
    book.news()
    book.at("10:05").tells("bob via sms")
    book.at("10:06", ack(KEY, by="bob")).tells("slack")
    book.at("10:30").tells()


def test_soon_again_is_the_same_alert() -> None:
    book = Playbook(cooler()).at("10:00", reads(9.0)).at("10:01", reads(7.0))
    first = alert(book).id
    book.news()
    book.at("10:03", reads(9.2)).tells(("slack", "raised"))
    assert alert(book).id == first
    book.at("10:04", reads(7.1)).at("10:30", reads(9.3))
    assert alert(book).id != first


def test_an_older_reading_neither_ends_nor_reopens() -> None:
    book = Playbook(cooler()).at("10:00", reads(9.0)).at("10:01", reads(7.0, at="9:59"))
    assert alert(book).status == "firing"
    book.at("10:02", reads(7.1)).at("10:03", reads(9.9, at="10:01"))
    assert (alert(book).status, alert(book).count) == ("resolved", 2)
    book = Playbook(cooler()).at("10:00", reads(9.0)).at("10:01", reads(9.9, at="9:59"))
    assert (alert(book).count, alert(book).event.value) == (2, 9.0)


def test_an_ignored_one_opens_nothing() -> None:
    Playbook(cooler()).at("10:00", reads(9.0, unit="K")).is_("ignored").tells()


def test_other_rules_that_it_meets_have_alerts_of_their_own() -> None:
    other = policy("other", step("bob via mail"))
    kind = where(kind="measurement")
    both = (
        rule("cooler", "other", match=kind, measures=True, further=True),
        rule("any", "other", match=kind, measures=True),
    )
    book = Playbook(cooler()).at("10:00", reads(9.0))
    book.reload(rules(*both, policies=(other,)))
    assert [route.rule for route in alert(book).routes] == ["cooler"]


def test_it_ends_with_its_rule_and_the_rule_that_is_back_begins_anew() -> None:
    book = Playbook(cooler()).at("10:00", reads(9.0))
    book.news()
    book.reload(rules(policies=(FREEZERS,), fallback=("ops",)))
    book.tells(("slack", "resolved"), ("alice via sms", "resolved"))
    assert alert(book).resolution == "the rule that watched these readings is gone"
    book.at("10:01", reads(5.0)).tells()
    book.reload(cooler()).at("10:10", reads(9.1)).tells("slack", "alice via sms")


def test_while_for_runs_a_reading_between_the_limits_begins_it_anew() -> None:
    """8.2 once and then 7.8 for ten minutes is not 'above 8 for ten minutes', whatever ends it later."""
    clear = Number("value", "below", (7.5,), 7.5)
    book = Playbook(cooler(clear=clear, lasts=minutes(10))).at("10:00", reads(8.2)).at("10:01", reads(7.8))
    book.at("10:20").tells()
    book.at("10:30", reads(8.3)).at("10:40").tells("slack", "alice via sms")
    book.at("10:41", reads(7.8))
    assert alert(book).status == "firing"


def test_a_route_that_other_rules_took_away_comes_back_with_the_next_reading_that_matches() -> None:
    book = Playbook(cooler()).at("10:00", reads(8.2))
    book.news()
    other = policy("other", step("bob via mail"))
    stricter = rules(
        rule("cooler", "other", match=AllOf((where(kind="measurement"), above(8.5))), measures=True), policies=(other,)
    )
    book.reload(stricter).tells(("ops", "raised"), ("ops", "fault"))
    book.at("10:01", reads(9.0)).tells("bob via mail")
    assert [route.policy for route in alert(book).routes] == ["other"]
