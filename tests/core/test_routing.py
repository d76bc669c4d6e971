"""First match wins, `continue` looks further, `ignore` ends the search."""

from router.core.match import AllOf, Equal
from router.core.routing import matched, matching_rules, why_matched
from tests.core.playbook import DAY, FREEZERS, Playbook, rule, rules, where

ALL = rules(
    rule("door", "freezers", match=where(severity="Door"), further=True),
    rule("bench", ignore="commissioning", match=where(source_uuid="bench")),
    rule("freezer", "freezers", match=where(severity="Alarm")),
    rule("rest", "freezers", match=where(severity="Alarm")),
    policies=(FREEZERS,),
)


def found(sensor: str, severity: str) -> tuple[list[str], str | None, bool]:
    event = Playbook(ALL).event(sensor, "firing", severity=severity)
    routing = matching_rules(ALL, event, now=DAY)
    by = routing.only_ignored
    return [each.name for each in routing.rules], by.name if by else None, routing.none


def test_the_search_ends_where_the_rules_say() -> None:
    assert found("f3", "Alarm") == (["freezer"], None, False)
    assert found("f3", "Door") == (["door"], None, False)
    assert found("bench", "Door") == (["door"], None, False)
    assert found("bench", "Alarm") == ([], "bench", False)
    assert found("f3", "Else") == ([], None, True)


def test_the_reasons_name_what_matched_also_the_rule_that_ignores() -> None:
    event = Playbook(ALL).event("bench", "firing", severity="Door")
    tried = matched(matching_rules(ALL, event, now=DAY))
    assert [(each.rule, each.line, each.matched) for each in tried] == [("door", 1, True), ("bench", 2, True)]


def test_the_timeline_says_why_a_rule_matched_and_long_lists_shortly() -> None:
    many = [f"f{number}" for number in range(12)]
    match = AllOf((Equal("source_uuid", tuple(many), many), where(severity="alarm")))
    event = Playbook(ALL).event("f3", "firing")
    assert why_matched(rule("x", match=match), event, now=DAY) == [
        "source_uuid f3 (any of 12 values)",
        "severity Alarm (equals alarm)",
    ]
