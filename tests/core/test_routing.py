"""First match wins, `continue` looks further, `ignore` ends the search."""

from router.core.routing import matching_rules, reasons_of
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
    tried = reasons_of(matching_rules(ALL, event, now=DAY), event, now=DAY)
    assert [(each.rule, each.line, each.matched) for each in tried] == [("door", 1, True), ("bench", 2, True)]
    assert tried[0].because[0].actual == "Door"
