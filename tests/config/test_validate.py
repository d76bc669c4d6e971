"""Errors of the models, in our words: unknown keys at the key, missing ones at the parent, nothing quoted."""

# ruff: noqa: E501  # a case stands on one line

import pytest

from router.config.schema import PolicyModel, RuleModel
from router.config.validate import known_keys, unknown_name
from tests.config.marked import problems, the_problem


def test_keys_are_known_as_they_are_written() -> None:
    assert {"continue", "for", "match", "name"} <= set(known_keys(RuleModel))
    assert "further" not in known_keys(RuleModel)
    assert "steps" in known_keys(PolicyModel)


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        ("policies: {p: {stps: []}}", "", "", ""),
        ("rules:\n  - {name: r, match: {}, policy: freezers, «polcy: x}\n", "unknown-key", "`polcy`", "policy"),
        ("rules:\n  - {name: r, match: {}, policy: freezers, «zzz: x}\n", "unknown-key", "`zzz`", "known here: clear"),
        ("rules:\n  - {name: r, match: {}, policy: freezers, «template:x}\n", "unknown-key", "", "a space after the colon"),
        ("policies: {freezers: {steps: [{notify: [ops], «wiat: 5m}]}}\n", "unknown-key", "`wiat`", "did you mean wait?"),
        ("policies: {freezers: {steps: [{notify: [ops]}], repeat: {«time: 1, wait: 5m, times: 2}}}\n", "unknown-key", "in `repeat`", "times"),
        ("policies: {freezers: {steps: [«{wait: 5m}]}}\n", "missing-key", "`notify`", "add notify:"),
        ("policies: {«freezers: {}}\n", "missing-key", "`steps`", "add steps:"),
        ("policies: {freezers: {steps: [{notify: [ops]}], «repeat: {times: 1}}}\n", "missing-key", "`wait`", "add wait:"),
        ("policies: {freezers: {steps: «[]}}\n", "empty", "at least one", ""),
        ("policies: {freezers: {steps: [{notify: «[]}]}}\n", "empty", "at least one", ""),
        ("policies: {freezers: {steps: [{notify: «alice}]}}\n", "wrong-type", "a list, not a text", "[ ]"),
        ("policies: {freezers: {steps: [«alice]}}\n", "wrong-type", "a mapping, not a text", ""),
        ("policies: {freezers: «[]}\n", "wrong-type", "a mapping, not a list", ""),
        ("policies: {freezers: {steps: [{notify: [ops], wait: «5}]}}\n", "bad-duration", "30s, 5m", "add a unit: 5s, 5m, 5h or 5d"),
        ("policies: {freezers: {steps: [{notify: [ops], wait: «soon}]}}\n", "bad-duration", "30s, 5m", ""),
        ("policies: {freezers: {steps: [{notify: [ops]}], ack_timeout: «~}}\n", "bad-duration", "or never", ""),
        ("policies: {freezers: {steps: [{notify: [ops]}], repeat: {times: «0, wait: 5m}}}\n", "bad-number", "at least 1", ""),
        ("policies: {freezers: {steps: [{notify: [ops]}], repeat: {times: «9999, wait: 5m}}}\n", "bad-number", "at most 1000", ""),
        ("policies: {freezers: {steps: [{notify: [ops]}], repeat: {times: «'2', wait: 5m}}}\n", "wrong-type", "a whole number", ""),
        ("policies: {freezers: {steps: [{notify: [ops]}], when_resolved: «tolld}}\n", "unknown-word", "told or nobody", "did you mean told?"),
        ("rules:\n  - {name: r, match: {}, policy: freezers, continue: «yes}\n", "wrong-type", "true or false", ""),
        ("rules:\n  - {name: r, match: «x, policy: freezers}\n", "wrong-type", "a mapping", ""),
        ("rules:\n  - {name: r, match: {}, ignore: «~}\n", "missing-text", "", ""),
        ("rules:\n  - «just text\n", "wrong-type", "a mapping", ""),
    ],
)  # fmt: skip
def test_each_error_has_its_place_and_a_suggestion(text: str, code: str, message: str, hint: str) -> None:
    if not code:
        assert {problem.code for problem in problems(text)} == {"unknown-key", "missing-key", "unknown-policy"}
        return
    found = the_problem(text)
    assert found.code == code
    assert message in found.message
    assert hint in found.suggestion


@pytest.mark.parametrize(
    ("zone", "hint"),
    [("Europe/Berln", "did you mean Europe/Berlin?"), ("Berlin", "did you mean Europe/Berlin?"), ("xyzzy", "")],
)
def test_a_time_zone_has_near_names_too(zone: str, hint: str) -> None:
    found = the_problem(f"settings: {{fallback: [ops], timezone: «{zone}}}\n")
    assert (found.code, found.suggestion) == ("unknown-zone", hint)


def test_an_unknown_name_is_quoted_and_answered() -> None:
    assert unknown_name("policy", "freezer", ["freezers"]) == ("unknown policy `freezer`", "did you mean freezers?")


@pytest.mark.parametrize("value", ["hunter2", "12345", "[hunter2]", "{x: hunter2}", "true"])
def test_no_error_quotes_what_may_be_a_secret(value: str) -> None:
    text = f"""
sources:
  a: {{type: stomp, url: {value}, destination: /q, passcode: {value}, login: {value}, prefetch: {value}}}
channels:
  ops: {{url: {value}, rate: {value}}}
people:
  alice: {value}
"""
    for problem in problems(text):
        assert "hunter2" not in problem.message + problem.suggestion


def test_a_secret_from_the_environment_is_not_quoted_wherever_it_is_used_wrongly() -> None:
    text = """
settings: {fallback: ["${S}"], timezone: "${S}", keep: "${S}", public_url: "${S}"}
policies: {freezers: {steps: [{notify: ["${S}", "alice via ${S}"], wait: "${S}"}], when_resolved: "${S}"}}
rules:
  - {name: a, match: {level: "${S}", value: {above: "${S}"}, during: "${S}"}, policy: "${S}", template: "${S}"}
hours: {office: ["${S}"]}
sources:
  a: {type: "${S}"}
  b: {type: saveris, region: "${S}", username: "${S}", password: "${S}", token: "${S}"}
"""
    found = problems(text, {"S": "hunter2"})
    assert len(found) >= 12
    assert "hunter2" not in "\n".join(str(problem) for problem in found)
