"""Match blocks become conditions that hold as they read, and mistakes in them are told at their place."""

from datetime import UTC, datetime
from typing import Any

import pytest

from router.core.match import Equal, Everything, Number, names_kind
from router.core.model import Event
from tests.config.marked import loaded, problems, the_problem, the_warning

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def event(**fields: Any) -> Event:
    common = {"id": "1", "source": "s", "kind": "measurement alarm", "status": "firing", "key": "k", "arrived_at": NOON}
    return Event(**{**common, **fields})


def rule(match: str) -> str:
    return f"rules:\n  - name: r\n    policy: freezers\n    match: {match}\n"


def holds(match: str, now: datetime = NOON, **fields: Any) -> bool:
    return loaded(rule(match)).rules.rules[0].match.holds(event(**fields), now)


@pytest.mark.parametrize(
    ("match", "fields", "expected"),
    [
        ("{}", {}, True),
        ("{severity: alarm}", {"severity": "Alarm"}, True),
        ("{severity: [Warning, Alarm]}", {"severity": "Alarm"}, True),
        ("{severity: [Warning, Error]}", {"severity": "Alarm"}, False),
        ("{severity: Alarm, unit: C}", {"severity": "Alarm", "unit": "F"}, False),
        ("{condition_type: upper-limit}", {"condition_type": "Upper  limit"}, True),
        ("{serial_number: 0049}", {"serial_number": "0049"}, True),
        ("{serial_number: 0049}", {"serial_number": "49"}, False),
        ("{labels.vip: true}", {"labels": {"vip": "True"}}, True),
        ("{value: 8}", {"value": 8.0}, True),
        ("{value: {above: 8}}", {"value": 8.0}, False),
        ("{value: {at_least: 8, below: 9}}", {"value": 8.0}, True),
        ("{value: {between: [2, 8]}}", {"value": 8.0}, True),
        ("{value: {between: [8, 8]}}", {"value": 8.0}, True),
        ("{value: [{below: 2}, {above: 8}]}", {"value": 9.0}, True),
        ("{value: [{below: 2}, {above: 8}]}", {"value": 5.0}, False),
        ("{value: [5, {above: 8}]}", {"value": 5.0}, True),
        ("{delay: {at_least: 10m}}", {"delay": 600.0}, True),
        ("{delay: {above: 600}}", {"delay": 600.0}, False),
        ("{level: {at_least: Warning}}", {"level": "critical"}, True),
        ("{level: {below: warning}}", {"level": "critical"}, False),
        ("{level: critical}", {"level": "critical"}, True),
        ('{message: {glob: "*door*"}}', {"message": "the Door is open"}, True),
        ('{message: {glob: ["*a*", "*o*"]}}', {"message": "no"}, True),
        ('{message: {regex: "^\\\\d+$"}}', {"message": "42"}, True),
        ("{unit: {not: C}}", {"unit": "F"}, True),
        ("{unit: {not: [C, F]}}", {"unit": "F"}, False),
        ('{unit: {not: {glob: "°*"}}}', {"unit": "°C"}, False),
        ("{unit: {not: C}}", {}, True),
        ("{unit: {present: false}}", {}, True),
        ("{unit: {present: true}}", {}, False),
        ("{any: [{unit: C}, {unit: F}]}", {"unit": "F"}, True),
        ("{all: [{unit: C}, {severity: Alarm}]}", {"unit": "C"}, False),
        ("{not: {unit: C}}", {"unit": "C"}, False),
        ("{during: office}", {}, True),
        ("{outside: office}", {}, False),
        ("{outside: [office]}", {}, False),
        ("{raw.a.b: 1}", {"raw": '{"a": {"b": 1}}'}, True),
        ("{started_at: 2026-11-23T12:00:00Z}", {"started_at": NOON}, True),
    ],
)
def test_what_is_written_is_what_holds(match: str, fields: dict[str, Any], expected: bool) -> None:
    assert holds(match, **fields) is expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [("{during: [office, night]}", True), ("{outside: [office, night]}", False), ("{outside: [night]}", True)],
)
def test_several_hours_are_during_any_and_outside_all(match: str, expected: bool) -> None:
    text = "hours: {office: [Mon-Fri 08:00-17:00], night: [22:00-06:00]}\n" + rule(match)
    assert loaded(text).rules.rules[0].match.holds(event(), NOON) is expected


def test_values_are_kept_as_written_for_the_trace() -> None:
    match = loaded(rule("{serial_number: 0049}")).rules.rules[0].match
    assert isinstance(match, Equal)
    assert match.written == "0049"
    above = loaded(rule("{value: {above: 8}}")).rules.rules[0].match
    assert isinstance(above, Number)
    assert (type(above.written), above.written) == (int, 8)


def test_an_empty_match_is_everything() -> None:
    assert loaded(rule("{}")).rules.rules[0].match == Everything()


def test_a_kind_named_positively_lets_a_rule_see_measurements() -> None:
    assert loaded(rule("{kind: measurement}")).rules.rules[0].measures
    assert not loaded(rule("{kind: {not: measurement}}")).rules.rules[0].measures
    assert names_kind(loaded(rule("{any: [{kind: measurement}]}")).rules.rules[0].match)


@pytest.mark.parametrize(
    ("match", "code", "hint"),
    [
        ("{«severty: Alarm}", "unknown-field", "did you mean severity?"),
        ("{any: [{«sevrity: Alarm}]}", "unknown-field", "did you mean severity?"),
        ("{not: {«sevrity: Alarm}}", "unknown-field", "did you mean severity?"),
        ("{«labels: {site: x}}", "unknown-field", "write labels.site"),
        ("{«label.site: x}", "unknown-field", "did you mean labels.site?"),
        ("{«raw: x}", "unknown-field", "write raw.NAME"),
        ("{«frobnicate: x}", "unknown-field", "fields are id, source"),
        ("{«severity:Alarm}", "unknown-field", "write a space after the colon of severity:"),
        ("{severity: {«above: 3}}", "wrong-operator", "for severities in order use level"),
        ("{value: {«glob: x}}", "wrong-operator", "here: above"),
        ("{value: {«gt: 3}}", "unknown-operator", "did you mean above?"),
        ("{value: {«abov: 3}}", "unknown-operator", "did you mean above?"),
        ("{unit: {«contains: C}}", "unknown-operator", "did you mean glob?"),
        ("{unit: {«equals: C}}", "unknown-operator", "write the value itself"),
        ("{unit: {«zzzzz: C}}", "unknown-operator", "here: glob"),
        ("{unit: «{}}", "empty", ""),
        ("{unit: «[]}", "empty", ""),
        ("{unit: «~}", "wrong-type", "present: false"),
        ('{unit: «""}', "wrong-type", ""),
        ("{unit: [C, «[F]]}", "wrong-type", ""),
        ("{value: «high}", "bad-value", ""),
        ("{started_at: «yesterday}", "bad-value", ""),
        ("{level: «crit}", "bad-value", "did you mean critical?"),
        ("{level: {at_least: «warn}}", "bad-value", "did you mean warning?"),
        ("{status: «open}", "bad-value", ""),
        ("{value: {above: «warm}}", "wrong-type", ""),
        ('{value: {above: «"8"}}', "wrong-type", "without quotes"),
        ("{value: {above: «true}}", "wrong-type", ""),
        ("{value: {above: «1e999}}", "wrong-type", ""),
        ("{delay: {above: «soon}}", "wrong-type", ""),
        ("{value: {between: «8}}", "wrong-type", "[2, 8]"),
        ("{value: {between: [8, «x]}}", "wrong-type", ""),
        ("{value: {between: «[8, 2]}}", "bad-value", "swap"),
        ("{unit: {present: «maybe}}", "wrong-type", ""),
        ('{message: {regex: «"("}}', "bad-regex", ""),
        ('{message: {regex: «"(?=x)"}}', "bad-regex", ""),
        ('{message: {regex: [a, «"("]}}', "bad-regex", ""),
        ("{message: {glob: «{}}}", "wrong-type", ""),
        ("{message: {glob: «[]}}", "wrong-type", ""),
        ("{any: «{unit: C}}", "wrong-type", "write any: [{…}, {…}]"),
        ("{any: «[]}", "wrong-type", ""),
        ("{any: [«C]}", "wrong-type", ""),
        ("{not: «C}", "wrong-type", ""),
        ("{during: «offce}", "unknown-hours", "did you mean office?"),
        ("{during: [office, «offce]}", "unknown-hours", "did you mean office?"),
        ("{during: «3}", "wrong-type", ""),
        ("«C", "wrong-type", ""),
    ],
)
def test_mistakes_are_told_at_their_place(match: str, code: str, hint: str) -> None:
    found = the_problem(rule(match))
    assert found.code == code
    assert hint in found.suggestion


def test_hours_that_are_written_wrongly_are_told_once() -> None:
    found = problems("hours: {office: [Mon-Fri 8-17]}\n" + rule("{during: office}"))
    assert [problem.code for problem in found] == ["bad-hours"]


@pytest.mark.parametrize(
    ("match", "hint"),
    [
        ("{status: «resolved}", ""),
        ("{not: {status: «resolved}}", ""),
    ],
)
def test_a_value_that_never_comes_is_a_warning(match: str, hint: str) -> None:
    found = the_warning(rule(match))
    assert found.code == "never-matches"
    assert hint in found.suggestion


SOURCE = "sources: {plant: {type: stomp, url: 'ws://x/ws', destination: /q}}\n"


def test_an_unknown_source_is_a_warning_where_sources_are_known() -> None:
    assert the_warning(SOURCE + rule("{source: «plnt}")).suggestion == "did you mean plant?"
    assert loaded(rule("{source: plnt}")).warnings == ()


def json_source(fields: str) -> str:
    return SOURCE.replace("destination: /q", f"destination: /q, format: json, fields: {{serial_number: a, {fields}}}")


@pytest.mark.parametrize(
    ("match", "hint"),
    [
        ("{kind: «measurements}", "did you mean measurement?"),
        ("{kind: [measurement alarm, «foo]}", "there are: alarm, "),
        ("{any: [{kind: {not: «measurments}}]}", "did you mean measurement?"),
    ],
)
@pytest.mark.parametrize("sources", ["", SOURCE, json_source("value: b")])
def test_a_kind_that_no_event_can_have_is_an_error(sources: str, match: str, hint: str) -> None:
    found = the_problem(sources + rule(match))
    assert found.code == "never-matches"
    assert found.message == "no event has this kind"
    assert hint in found.suggestion


def test_where_a_source_maps_its_own_kinds_an_unknown_one_is_a_warning() -> None:
    source = json_source("kind: {path: b, map: {1: pump alarm}, default: plant alarm}")
    assert loaded(source + rule("{kind: [Pump_Alarm, plant alarm, measurement]}")).warnings == ()
    assert the_warning(source + rule("{kind: «pump alrm}")).suggestion == "did you mean pump alarm?"


def test_beside_a_source_that_is_written_wrongly_an_unknown_kind_is_not_told() -> None:
    found = problems(json_source("kind: b, vallue: c") + rule("{kind: anything}"))
    assert [problem.code for problem in found] == ["unknown-field"]
