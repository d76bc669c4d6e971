import json
from datetime import UTC, datetime

import pytest

from router.core.changes import Because
from router.core.hours import Hours
from router.core.match import (
    AllOf,
    AnyOf,
    Equal,
    Everything,
    InHours,
    LevelIs,
    Not,
    Number,
    Pattern,
    Present,
    names_kind,
)
from router.core.model import Event

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
OFFICE = Hours.parse(["Mon-Fri 08:00-17:00"], "Europe/Berlin")


def event(**fields):
    given = {"id": "1", "source": "plant", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": NOW} | fields
    return Event(**given)


def equal(field, *values):
    return Equal(field, values, written=values[0] if len(values) == 1 else list(values))


def holds(condition, **fields):
    return condition.holds(event(**fields), NOW)


def test_everything_holds_always_and_has_nothing_to_explain():
    assert holds(Everything())
    assert Everything().explain(event(), NOW) == ()


def test_equal_holds_for_any_of_its_values_whatever_the_case():
    condition = equal("severity", "Alarm", "Warning")
    assert holds(condition, severity="WARNING")
    assert not holds(condition, severity="Info")
    assert not holds(condition, severity=None)


def test_equal_is_compared_by_what_is_written():
    assert equal("severity", "Alarm") == equal("severity", "Alarm") != equal("severity", "Warning")


@pytest.mark.parametrize(
    ("operator", "bounds", "held"),
    [
        ("above", (8.0,), [8.5]),
        ("below", (8.0,), [7.5]),
        ("at_least", (8.0,), [8.0, 8.5]),
        ("at_most", (8.0,), [7.5, 8.0]),
        ("between", (7.5, 8.0), [7.5, 8.0]),
        ("equals", (8.0,), [8.0]),
    ],
)
def test_numbers_compare_with_their_bounds(operator, bounds, held):
    condition = Number("value", operator, bounds)
    assert [value for value in (7.0, 7.5, 8.0, 8.5) if holds(condition, value=value) and value >= 7.5] == held
    assert not holds(condition, value=None)
    assert not holds(condition, value=float("nan"))


def test_a_number_outside_of_between_fails():
    assert not holds(Number("value", "between", (2.0, 8.0)), value=1.9)
    assert not holds(Number("value", "between", (2.0, 8.0)), value=8.1)


def test_between_needs_two_bounds_and_the_others_one():
    with pytest.raises(AssertionError):
        Number("value", "between", (1.0,))
    with pytest.raises(AssertionError):
        Number("value", "above", (1.0, 2.0))


def test_a_number_that_the_source_wrote_as_text_compares_as_a_number():
    condition = Number("raw.reading.value", "above", (9.0,))
    assert holds(condition, raw=json.dumps({"reading": {"value": "10.5"}}))
    assert not holds(condition, raw=json.dumps({"reading": {"value": "warm"}}))
    assert not holds(condition, raw="{}")


@pytest.mark.parametrize(
    ("operator", "held"),
    [
        ("at_least", ["warning", "critical"]),
        ("above", ["critical"]),
        ("at_most", ["info", "warning"]),
        ("below", ["info"]),
    ],
)
def test_levels_compare_by_rank(operator, held):
    condition = LevelIs(operator, "warning", written="warning")
    assert [level for level in ("info", "warning", "critical") if holds(condition, level=level)] == held
    assert condition.explain(event(level="info"), NOW)[0].field == "level"


def test_a_pattern_is_asked_with_the_raw_text_and_never_about_an_absent_field():
    asked = []
    condition = Pattern("condition_type", "glob", "*", search=lambda text: not asked.append(text))
    assert holds(condition, condition_type="Low_Battery")
    assert not holds(condition, condition_type=None)
    assert asked == ["Low_Battery"]


def test_present_asks_whether_the_field_is_there():
    assert holds(Present("source_uuid", wanted=True), source_uuid="u")
    assert holds(Present("source_uuid", wanted=False), source_uuid=None)
    assert not holds(Present("source_uuid", wanted=False), source_uuid="u")
    assert not holds(Present("labels.site", wanted=True))


def test_an_absent_field_meets_only_not_and_present_false():
    conditions = (
        equal("serial_number", "1"),
        Number("value", "below", (1e9,)),
        Pattern("serial_number", "regex", "", search=lambda text: True),
        Present("serial_number", wanted=True),
    )
    assert [holds(condition) for condition in conditions] == [False] * 4
    assert [holds(Not(condition)) for condition in conditions] == [True] * 4


def test_all_of_needs_each_and_any_of_needs_one():
    yes, no = Everything(), Not(Everything())
    assert [holds(AllOf(parts)) for parts in ((), (yes, yes), (yes, no))] == [True, True, False]
    assert [holds(AnyOf(parts)) for parts in ((), (no, no), (no, yes))] == [False, False, True]


@pytest.mark.parametrize(("hour", "inside"), [(6, False), (7, True), (15, True), (16, False)])
def test_hours_go_by_the_time_of_the_decision_in_their_own_zone(hour, inside):
    at = NOW.replace(hour=hour)
    assert InHours("during", "office-hours", OFFICE).holds(event(), at) is inside
    assert InHours("outside", "office-hours", OFFICE).holds(event(), at) is not inside


def test_explaining_says_field_operator_expected_actual_and_result_of_each_comparison():
    condition = AllOf(
        (
            equal("severity", "Alarm"),
            equal("condition_type", "Upper limit", "Lower limit"),
            Number("value", "above", (8.0,), written=8),
            LevelIs("at_least", "warning", written="warning"),
            AnyOf((Pattern("message", "glob", "*x*", search=lambda text: "x" in text, written="*x*"),)),
            Present("tenant", wanted=False),
            InHours("during", "office-hours", OFFICE),
        )
    )
    seen = event(severity="alarm", condition_type="Battery", value=7.5, message="max")
    assert condition.explain(seen, NOW) == (
        Because("severity", "equals", "Alarm", "alarm", matched=True),
        Because("condition_type", "any of", ["Upper limit", "Lower limit"], "Battery", matched=False),
        Because("value", "above", 8, 7.5, matched=False),
        Because("level", "at_least", "warning", "warning", matched=True),
        Because("message", "glob", "*x*", "max", matched=True),
        Because("tenant", "present", False, None, matched=True),
        Because("now", "during", "office-hours", "2026-11-23T11:00:00+01:00", matched=True),
    )


def test_not_explains_the_opposite_of_each_comparison():
    inner = equal("severity", "Alarm")
    alarm = event(severity="Alarm")
    assert Not(inner).explain(alarm, NOW) == (Because("severity", "not equals", "Alarm", "Alarm", matched=False),)
    assert Not(Not(inner)).explain(alarm, NOW) == inner.explain(alarm, NOW)


def test_a_failed_condition_explains_at_least_one_failed_comparison():
    failing = Not(AllOf((equal("severity", "Alarm"), equal("kind", "alarm"))))
    assert not holds(failing, severity="Alarm")
    assert [because.matched for because in failing.explain(event(severity="Alarm"), NOW)] == [False, False]


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        (equal("kind", "measurement"), True),
        (equal("severity", "measurement"), False),
        (Pattern("kind", "glob", "m*", search=bool), True),
        (Present("kind", wanted=True), True),
        (Present("kind", wanted=False), False),
        (Not(equal("kind", "alarm")), False),
        (AllOf((Everything(), equal("kind", "measurement"))), True),
        (AnyOf((equal("severity", "x"), equal("kind", "measurement"))), True),
        (AllOf((Not(equal("kind", "alarm")), Everything())), False),
        (Everything(), False),
    ],
)
def test_a_match_names_kind_only_when_it_does_so_positively(condition, named):
    assert names_kind(condition) is named
