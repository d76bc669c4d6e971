"""The door: one file in, rules and settings out, or every error at once."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.config.load import Renderer, load, load_text
from router.core.model import Event
from router.core.settings import Settings
from router.errors import ConfigError, Problem
from tests.config.marked import BASE, loaded, problems, the_problem, write
from tests.config.test_build_rules import FakeTemplates, templates

EXAMPLE = Path(__file__).parents[2] / "rules.example.yaml"
ENVIRON = {
    "SAVERIS_USERNAME": "user", "SAVERIS_PASSWORD": "pw1", "PLANT_PASSCODE": "pw2", "SENTILO_SECRET": "pw3",
    "SMTP_USER": "a@b", "SMTP_PASSWORD": "p/4", "TWILIO_SID": "AC1", "TWILIO_TOKEN": "pw5", "SLACK_TOKEN": "A/B/C",
}  # fmt: skip
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_example_is_right() -> None:
    found = load(EXAMPLE, environ=ENVIRON, renderer=templates)
    assert [warning.code for warning in found.warnings] == ["not-received"]
    assert len(found.rules.rules) == 7
    assert found.inventory is not None
    assert found.inventory.by_serial["20019000"]["site"] == "bench"


def test_the_example_without_an_environment_tells_each_missing_name() -> None:
    with pytest.raises(ConfigError) as caught:
        load(EXAMPLE, environ={}, renderer=templates)
    assert {problem.code for problem in caught.value.problems} == {"missing-variable"}
    assert len(caught.value.problems) == 11


def test_the_example_can_be_tried_without_an_environment() -> None:
    found = load(EXAMPLE, environ={}, secrets="placeholder", renderer=templates)
    assert found.rules.shared == {"lab-slack", "ops-mail"}


def test_what_the_example_says_happens() -> None:
    rules = load(EXAMPLE, environ=ENVIRON).rules
    event = Event(
        "1", "cold-chain", "measurement alarm", "firing", "k", NOW, severity="Alarm", level="critical",
        condition_type="Upper limit", source_uuid="B8A3D1C2-2222-4C3D-9E4F-0A1B2C3D4E5F",
    )  # fmt: skip
    matched = [rules.rules[n].name for n in rules.candidates(event) if rules.rules[n].match.holds(event, NOW)]
    assert matched == ["tell the team too", "freezer limits", "everything else"]


def test_every_error_of_every_section_comes_at_once_in_the_order_of_the_file() -> None:
    text = """
settings: {fallback: [opps], zone: UTC}
sources: {a: {type: stmp}}
channels: {ops: localhost, mail: 'json://h/{address}', sms: 'json://h/{address}'}
people: {alice: {mial: x}, bob: {sms: 1}}
policies: {freezers: {steps: [{notify: [bob via mail]}]}}
hours: {office: [Mon 25:00-26:00]}
rules:
  - {name: a, match: {sevrity: x}, policy: freezer}
  - {name: a, match: {}, policy: freezers, template: x}
"""
    found = problems(text, renderer=templates)
    assert [(one.line, one.code) for one in found] == [
        (1, "unknown-key"),
        (2, "unknown-type"),
        (3, "bad-url"),
        (4, "unknown-channel"),
        (5, "no-address"),
        (6, "bad-hours"),
        (8, "unknown-field"),
        (8, "unknown-policy"),
        (9, "duplicate-name"),
        (9, "unknown-template"),
    ]


def test_an_error_is_told_by_file_line_and_column() -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(BASE.replace("policy: freezers", "policy: freezer"), path=Path("etc/rules.yaml"), environ={})
    assert str(caught.value) == "etc/rules.yaml:15:36: unknown policy `freezer` (did you mean freezers?)"


def test_the_renderer_sees_settings_and_people_and_its_problems_are_told() -> None:
    seen: list[tuple[Settings, Mapping[str, str]]] = []

    def factory(settings: Settings, people: Mapping[str, str]) -> Renderer:
        seen.append((settings, people))
        return FakeTemplates(Problem("templates/x.j2", 3, 1, "template-syntax", "unexpected end"))

    found = problems("people: {alice: {name: Alice Ito, mail: a}, bob: {sms: 1}}\n", renderer=factory)
    assert [str(problem) for problem in found] == ["templates/x.j2:3:1: unexpected end"]
    assert seen[0][1] == {"alice": "Alice Ito", "bob": "bob"}
    assert set(seen[0][0].channels) == {"ops", "mail", "sms"}


def test_templates_are_checked_even_when_settings_are_wrong() -> None:
    def factory(settings: Settings, people: Mapping[str, str]) -> Renderer:
        return FakeTemplates(Problem("templates/x.j2", 3, 1, "template-syntax", "unexpected end"))

    found = problems("settings: {fallback: [], timezone: Mars}\n", renderer=factory)
    assert {problem.code for problem in found} == {"empty", "unknown-zone", "template-syntax"}


def test_the_templates_of_a_channel_must_be_known() -> None:
    text = (
        "channels: {ops: {url: 'json://h', templates: «mial}, mail: 'json://h/{address}', sms: 'json://h/{address}'}\n"
    )
    found = the_problem(text, renderer=templates)
    assert (found.code, found.suggestion) == ("unknown-template", "did you mean mail?")


def test_no_secret_is_in_what_is_loaded_or_told() -> None:
    found = load(EXAMPLE, environ=ENVIRON)
    shown = repr(found)
    for secret in ("pw1", "pw2", "pw3", "pw5", "p/4", "p%2F4", "alice@example.org", "17012345"):
        assert secret not in shown


def test_the_environment_is_the_process_own_unless_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALARM_ROUTER_TEST_ZONE", "Asia/Tokyo")
    text = BASE.replace("[ops]}", "[ops], timezone: '${ALARM_ROUTER_TEST_ZONE}'}", 1)
    assert load(write(tmp_path, {"rules.yaml": text})).settings.timezone == "Asia/Tokyo"


def test_the_examples_of_the_documentation_can_be_loaded() -> None:
    text = (EXAMPLE.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    first, *parts = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert load_text(first, environ={}).warnings == ()
    for part in parts:
        known = part if "channels:" not in part else f"{part}  mail: 'json://h/{{address}}'\n  ops: json://h\n"
        loaded(known.replace("mailtos://…", "mailtos://x"), ENVIRON, renderer=templates)


def many(count: int) -> str:
    rules = "".join(
        f"""  - name: rule {number}
    match:
      severity: Alarm
      condition_type: [Upper limit, Lower limit]
      source_uuid: {number:08x}-2222-4c3d-9e4f-0a1b2c3d4e5f
    policy: freezers
    instructions: Look at it.
"""
        for number in range(count)
    )
    return f"rules:\n{rules}"


def test_a_thousand_rules_load_within_a_second() -> None:
    text = many(1000)
    started = time.process_time()
    assert len(loaded(text).rules.rules) == 1000
    assert time.process_time() - started < 1


@pytest.mark.slow
def test_ten_thousand_rules_load_within_eight_seconds() -> None:
    text = many(10_000)
    started = time.process_time()
    assert len(loaded(text).rules.rules) == 10_000
    assert time.process_time() - started < 8


def test_a_file_full_of_mistakes_is_told_in_bounded_time() -> None:
    text = many(1000).replace("severity:", "severty:").replace("policy: freezers", "policy: freezer")
    started = time.process_time()
    assert len(problems(text)) == 2000
    assert time.process_time() - started < 4
