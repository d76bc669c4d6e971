"""What the README shows is what a newcomer sees: its rules, its alarm and its output are run here."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from router import cli
from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def shown(command: str) -> list[str]:
    """The lines that the README shows below a command."""
    sessions = [session for block in blocks("console") for session in block.split("$ ") if session]
    found = next(session for session in sessions if session.startswith(command))
    return found.splitlines()[1:]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    (tmp_path / "alarm.json").write_text(blocks("json")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    group = next(value for value in vars(cli).values() if isinstance(value, click.Group))
    return CliRunner().invoke(group, words, catch_exceptions=False)


def as_shown(line: str, real: str) -> bool:
    """The README may cut a line short with an ellipsis."""
    start, ellipsis, _ = line.partition("…")
    return real.startswith(start.rstrip()) if ellipsis else real.rstrip() == line.rstrip()


def test_the_dry_run_prints_what_the_readme_shows(folder: Path) -> None:
    result = run("dry-run", "--event", "alarm.json", "--at", "2026-11-22T03:15")
    real = result.stdout.rstrip().splitlines()
    expected = shown("alarm-router dry-run")
    while expected and not expected[-1].strip():
        expected.pop()
    assert result.exit_code == 0
    assert len(real) == len(expected)
    assert [(line, there) for line, there in zip(expected, real, strict=True) if not as_shown(line, there)] == []


def test_its_rules_pass_the_check_with_secrets_of_the_right_shape(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\$\{(\w+)\}", blocks("yaml")[0]):
        monkeypatch.setenv(name, "AC" + "0" * 32 if name == "TWILIO_SID" else "x" * 32)
    result = run("check", "--format", "json")
    assert json.loads(result.stdout) == {"ok": True, "errors": [], "warnings": []}


def test_the_mistake_it_shows_is_told_as_it_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"\$\{(\w+)\}", blocks("yaml")[0]):
        monkeypatch.setenv(name, "AC" + "0" * 32 if name == "TWILIO_SID" else "x" * 32)
    rules = folder / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("policy: cold-chain", "policy: cold-chian"), "utf-8")
    assert run("check").stdout.splitlines()[0] == shown("alarm-router check")[0]


@pytest.mark.parametrize(("rule", "code"), [("freezers", 0), ("none", 1)])
def test_expect_makes_a_test_of_the_rules(folder: Path, rule: str, code: int) -> None:
    assert run("dry-run", "--event", "alarm.json", "--expect", rule).exit_code == code
