"""Rules: what they need, what excludes what, and which are never reached."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from router.core.match import Number
from router.core.rules import Render, plain_text
from router.core.settings import Settings
from router.errors import Problem
from tests.config.marked import loaded, problems, the_problem, the_warning


class FakeTemplates:
    """Templates by name, without Jinja."""

    def __init__(self, *found: Problem) -> None:
        self.found = found

    @property
    def render(self) -> Render:
        return plain_text

    def names(self) -> frozenset[str]:
        return frozenset({"default", "freezer"})

    def sets(self) -> frozenset[str]:
        return self.names() | {"mail"}

    def problems(self) -> tuple[Problem, ...]:
        return self.found


def templates(settings: Settings, people: Mapping[str, str]) -> FakeTemplates:
    return FakeTemplates()


def test_all_keys() -> None:
    text = """
rules:
  - name: first
    match: {unit: C}
    ignore: being built
  - name: second
    match: {kind: measurement, value: {above: 8}}
    policy: freezers
    template: freezer
    continue: true
    for: 10m
    clear: {value: {below: 7}}
    instructions: Close the door.
"""
    rules = loaded(text, renderer=templates).rules
    first, second = rules.rules
    assert (first.name, first.line, first.ignore, first.policy) == ("first", 2, "being built", None)
    assert second.ignore is None
    assert (second.line, second.policy, second.template, second.further) == (5, "freezers", "freezer", True)
    assert (second.lasts, second.measures, second.instructions) == (timedelta(minutes=10), True, "Close the door.")
    assert second.clear == Number("value", "below", (7.0,), 7)
    assert second.file == "rules.yaml"
    assert rules.by_name["second"] is second


RULE = "rules:\n  - "


@pytest.mark.parametrize(
    ("rule", "code", "hint"),
    [
        ("«{name: r, match: {}}", "missing-key", "ignore: with the reason"),
        ("«{match: {}, policy: freezers}", "missing-key", "add name:"),
        ("«{name: r, policy: freezers}", "missing-key", "add match:"),
        ("{name: r, match: {}, policy: freezers, «ignore: because}", "conflict", "remove one"),
        ("{name: r, match: {}, ignore: because, «continue: true}", "conflict", "remove it"),
        ("{name: r, match: {}, ignore: because, «for: 5m}", "conflict", ""),
        ("{name: r, match: {}, ignore: because, «clear: {}}", "conflict", ""),
        ("{name: r, match: {}, ignore: because, «instructions: x}", "conflict", ""),
        ('{name: r, match: {}, ignore: «""}', "missing-text", ""),
        ("{name: r, match: {}, ignore: «true}", "missing-text", ""),
        ("{name: r, match: {}, policy: «freezer}", "unknown-policy", "did you mean freezers?"),
        ("{name: r, match: {}, policy: freezers, template: «freezr}", "unknown-template", "did you mean freezer?"),
        ("{name: r, match: {}, policy: freezers, for: «10}", "bad-duration", "10m"),
        ('{name: «"", match: {}, policy: freezers}', "missing-text", ""),
        ("{name: r, match: {kind: measurement}, clear: {«valu: 1}, policy: freezers}", "unknown-field", "value"),
    ],
)
def test_mistakes(rule: str, code: str, hint: str) -> None:
    if "clear: {}" in rule:
        assert {"conflict"} == {problem.code for problem in problems(RULE + rule + "\n", renderer=templates)}
        return
    found = the_problem(RULE + rule + "\n", renderer=templates)
    assert found.code == code
    assert hint in found.suggestion


def test_a_rule_that_is_wrong_as_a_whole_tells_its_other_errors_too() -> None:
    text = RULE + "{nam: r, match: {sevrity: x}, policy: freezer, template: x, clear: {unti: C}}\n"
    found = {problem.code for problem in problems(text, renderer=templates)}
    assert found == {"unknown-key", "missing-key", "unknown-field", "unknown-policy", "unknown-template"}


def test_two_rules_of_one_name_are_told_with_both_places() -> None:
    text = """
rules:
  - {name: r, match: {unit: C}, policy: freezers}
  - «{name: r, match: {unit: F}, policy: freezers}
"""
    found = the_problem(text)
    assert found.code == "duplicate-name"
    assert "rules.yaml:2:5" in found.message
    assert "rules.yaml:3:5" in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("match: {}, policy: freezers", "match: {unit: C}, policy: freezers"),
        ("match: {}, ignore: holidays", "match: {unit: C}, policy: freezers"),
        ("match: {unit: C}, policy: freezers", "match: {unit: C}, policy: freezers"),
    ],
)
def test_a_rule_behind_one_that_takes_everything_is_never_reached(first: str, second: str) -> None:
    found = the_warning(f"rules:\n  - {{name: a, {first}}}\n  - «{{name: b, {second}}}\n")
    assert found.code == "unreachable"
    assert "`a` in line 2" in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("match: {}, policy: freezers, continue: true", "match: {unit: C}, policy: freezers"),
        ("match: {}, policy: freezers", "match: {kind: measurement}, policy: freezers"),
        ("match: {}, policy: freezers, for: 5m", "match: {unit: C}, policy: freezers"),
        ("match: {unit: C}, policy: freezers", "match: {unit: F}, policy: freezers"),
    ],
)
def test_a_rule_that_can_be_reached_is_left_alone(first: str, second: str) -> None:
    assert loaded(f"rules:\n  - {{name: a, {first}}}\n  - {{name: b, {second}}}\n").warnings == ()


def test_clear_on_a_rule_that_sees_no_measurements_is_a_warning() -> None:
    text = RULE + "{name: r, match: {}, policy: freezers, «clear: {value: {below: 7}}}\n"
    assert the_warning(text).code == "no-effect"


def test_no_rules_at_all_is_a_warning() -> None:
    assert [warning.code for warning in loaded("rules: []\n").warnings] == ["no-rules"]
