"""What would happen: one event alone, told to everybody until nothing new can come."""

from datetime import timedelta

from router.core.rules import ResolveAfter, Rules, SourceRules
from router.core.simulate import timeline
from tests.core.playbook import FREEZERS, Playbook, clock, freezer_rules, rule, rules


def told(rules_: Rules) -> list[tuple[str, str]]:
    event = Playbook(rules_).event("f3", "firing", arrived_at=clock("10:00"))
    return [(f"{sent.at:%H:%M}", sent.page.target) for sent in timeline(rules_, event, at=clock("10:00")).sent]


def test_the_timeline_of_one_event_ends_with_fallback() -> None:
    assert told(freezer_rules()) == [
        ("10:00", "slack"),
        ("10:00", "alice via sms"),
        ("10:05", "bob via sms"),
        ("10:20", "alice via sms"),
        ("10:20", "bob via sms"),
        ("10:35", "ops"),
    ]


def test_an_unrouted_event_is_told_to_fallback_once() -> None:
    assert told(rules()) == [("10:00", "ops")]


def test_what_is_held_back_is_told_too() -> None:
    fallback = ("ops", "slack", "alice", "bob")
    assert len(told(rules(fallback=fallback))) == 4


def test_silence_that_ends_it_is_part_of_the_timeline() -> None:
    sources = {"cold-chain": SourceRules(ResolveAfter(timedelta(hours=1)))}
    last = told(rules(rule("all", "freezers"), policies=(FREEZERS,), sources=sources))[-1]
    assert last[0] == "11:00"


def test_an_ignored_event_tells_nobody() -> None:
    assert told(rules(rule("bench", ignore="commissioning"))) == []
