"""Rules, templates and channels read as one."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.app.loading import load, load_to_serve
from router.errors import ConfigError
from tests.app.household import RULES, rules_file
from tests.app.test_emergency import FREEZER

SOURCES = """
sources:
  a: {type: stomp, url: "ws://127.0.0.1:1/", destination: /q, passcode: passcode-of-a, headers: {X-Key: header-of-a}}
  b: {type: saveris, region: eu, username: me, password: password-of-b}
"""


def test_the_texts_come_from_the_shipped_templates(tmp_path: Path) -> None:
    loaded = load(rules_file(tmp_path))
    assert loaded.rules.render.__qualname__.startswith("Templates.")


def test_a_broken_template_of_the_operator_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "default.j2").write_text("{% block title %}{{ nonsense }}{% endblock %}", encoding="utf-8")
    path = rules_file(tmp_path, RULES.replace("settings: {", "settings: {templates: texts, "))
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert any("default.j2" in problem.file and "nonsense" in problem.message for problem in refused.value.problems)


def test_a_channel_that_apprise_refuses_is_an_error_for_serve_only(tmp_path: Path) -> None:
    path = rules_file(tmp_path, RULES.replace("json://127.0.0.1:9/ops", "nosuchservice://x"))
    load(path)
    with pytest.raises(ConfigError, match="nosuchservice"):
        load_to_serve(path)


def test_every_secret_is_known_so_that_logs_can_hide_it(tmp_path: Path) -> None:
    text = RULES.replace("json://127.0.0.1:9/ops", "json://user:pa55word-x@127.0.0.1:9/T0KEN-of-ops")
    secrets = load(rules_file(tmp_path, text + SOURCES)).secrets
    expected = {"passcode-of-a", "header-of-a", "password-of-b", "+4917012345", "pa55word-x", "T0KEN-of-ops"}
    assert expected <= secrets
    assert not {"json", "ops", "user", "127.0.0.1"} & secrets


def test_the_inventory_adds_its_labels(tmp_path: Path) -> None:
    (tmp_path / "sensors.csv").write_text("source_uuid,name\nf3,Vaccines\n", encoding="utf-8")
    loaded = load(rules_file(tmp_path, RULES + "inventory: sensors.csv\n"))
    assert loaded.enrich(replace(FREEZER, labels={})).labels == {"name": "Vaccines"}


def test_without_an_inventory_an_event_stays_as_it_is(tmp_path: Path) -> None:
    assert load(rules_file(tmp_path)).enrich(FREEZER) is FREEZER


EXAMPLE = Path(__file__).parents[2] / "rules.example.yaml"
ENVIRONMENT = {
    "SAVERIS_USERNAME": "someone",
    "SAVERIS_PASSWORD": "password",
    "PLANT_PASSCODE": "passcode",
    "SENTILO_SECRET": "secret",
    "SMTP_USER": "alarms",
    "SMTP_PASSWORD": "password",
    "TWILIO_SID": "AC" + 32 * "0",
    "TWILIO_TOKEN": 32 * "0",
    "SLACK_TOKEN": "xoxb-1234-1234-abc124",
}


def test_the_example_passes_every_check_with_its_variables_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    loaded = load_to_serve(EXAMPLE)
    assert [problem.line for problem in loaded.warnings if "Sentilo" not in problem.message] == []
    assert "freezer limits" in loaded.rules.by_name
