from datetime import UTC, datetime

from router.core.changes import Because, Tried
from router.core.explain import explain_all, matches, try_rule
from router.core.match import Equal, Everything
from router.core.model import Event
from router.core.rules import Rule

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FREEZERS = Rule("freezers", 12, Equal("severity", ("Alarm",), "Alarm"), policy="p")
REST = Rule("rest", 20, Everything(), policy="p")
WARM = Rule("warm", 30, Equal("kind", ("measurement",), "measurement"), policy="p", measures=True)


def event(**fields):
    return Event(
        **{"id": "1", "source": "s", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": NOW} | fields
    )


def test_a_rule_that_fails_says_which_field_failed_and_with_what_value():
    tried = try_rule(FREEZERS, event(severity="Info"), now=NOW)
    assert tried == Tried(
        "freezers", 12, matched=False, because=(Because("severity", "equals", "Alarm", "Info", matched=False),)
    )


def test_every_rule_is_explained_also_after_the_first_match():
    tried = explain_all((FREEZERS, REST, WARM), event(severity="Alarm"), now=NOW)
    assert [(each.rule, each.line, each.matched) for each in tried] == [
        ("freezers", 12, True),
        ("rest", 20, True),
        ("warm", 30, False),
    ]


def test_a_measurement_is_seen_only_by_rules_that_name_kind():
    reading = event(kind="measurement", severity="Alarm")
    assert [matches(rule, reading, now=NOW) for rule in (FREEZERS, REST, WARM)] == [False, False, True]


def test_a_rule_that_does_not_name_kind_says_so_about_a_measurement():
    tried = try_rule(REST, event(kind="measurement"), now=NOW)
    assert not tried.matched
    assert tried.because[-1] == Because("kind", "named by the rule", "measurement", "measurement", matched=False)
