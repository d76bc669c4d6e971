"""`settings:` and `hours:`."""

# ruff: noqa: E501  # a case stands on one line

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.config.load import load
from tests.config.marked import BASE, loaded, problems, the_problem, the_warning, write


def test_defaults() -> None:
    settings = loaded("").settings
    assert (settings.timezone, settings.public_url, settings.templates) == ("UTC", None, None)
    assert settings.keep == timedelta(days=400)


def test_what_is_written_wins(tmp_path: Path) -> None:
    text = BASE.replace(
        "{fallback: [ops]}",
        "{fallback: [ops, alice via sms], timezone: Europe/Madrid, public_url: https://x.example/, templates: t, keep: 30d}",
    )
    got = load(write(tmp_path, {"rules.yaml": text, "t/x.j2": ""}), environ={})
    settings = got.settings
    assert (settings.timezone, settings.public_url) == ("Europe/Madrid", "https://x.example")
    assert (settings.templates, settings.keep) == (tmp_path / "t", timedelta(days=30))
    assert [target.text for target in got.rules.fallback] == ["ops", "alice via sms"]
    assert str(got.rules.zone) == "Europe/Madrid"
    assert [warning.code for warning in got.warnings] == ["no-effect"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("settings: {«fallback: }\n", "wrong-type"),
        ("settings: {fallback: «[]}\n", "empty"),
        ("«settings: {timezone: UTC}\n", "missing-key"),
        ("settings: {fallback: [«opps]}\n", "unknown-target"),
        ("settings: {fallback: [«sms]}\n", "needs-person"),
        ("settings: {fallback: [ops], keep: «400}\n", "bad-duration"),
        ("settings: {fallback: [ops], keep: «5m}\n", "bad-duration"),
        ("settings: {fallback: [ops], public_url: «alarms.example.org}\n", "bad-url"),
        ("settings: {fallback: [ops], «time_zone: UTC}\n", "unknown-key"),
        ("settings: «[ops]\n", "wrong-type"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    if code == "wrong-type" and "fallback: }" in text:
        assert [problem.code for problem in problems(text)] == ["wrong-type"]
        return
    assert the_problem(text).code == code


def test_without_settings_the_place_is_the_file() -> None:
    found = problems("settings_: {}\n")
    assert [problem.code for problem in found] == ["unknown-key"]
    from router.config.load import load_text
    from router.errors import ConfigError

    with pytest.raises(ConfigError) as caught:
        load_text("version: 1\n", environ={})
    assert [(one.line, one.column, one.code) for one in caught.value.problems] == [(1, 1, "missing-key")]


def test_a_folder_of_templates_that_is_not_there_is_a_warning() -> None:
    assert the_warning("settings: {fallback: [ops], templates: «nowhere}\n").code == "missing-folder"


def test_an_address_of_pages_that_are_not_there_yet_is_a_warning() -> None:
    found = the_warning("settings: {fallback: [ops], «public_url: https://x.example}\n")
    assert found.code == "no-effect"
    assert "no pages yet" in found.message


def test_hours_go_by_the_zone_of_the_settings() -> None:
    text = "settings: {fallback: [ops], timezone: Asia/Tokyo}\nhours: {office: [Mon-Fri 08:00-17:00, 22:00-23:00]}\n"
    hours = loaded(text).rules.hours["office"]
    assert hours.covers(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))  # nine in the morning there
    assert not hours.covers(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hours: {office: [Mon-Fri 08:00-17:00, «Mon-Fry 08:00-17:00]}\n", "bad-hours"),
        ("hours: {office: [«Mon-Fri 08:00-25:00]}\n", "bad-hours"),
        ("hours: {office: «Mon-Fri 08:00-17:00}\n", "wrong-type"),
        ("hours: {office: «[]}\n", "wrong-type"),
        ("hours: {office: [«12]}\n", "wrong-type"),
    ],
)
def test_hours_that_cannot_be_read_are_told_by_line(text: str, code: str) -> None:
    assert the_problem(text).code == code
