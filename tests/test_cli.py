"""The command line itself: what it takes, how it ends, and what it does not load."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from router import __version__, cli
from router.errors import StoreUnavailableError
from tests.commands.stage import Stage, alarm, staged
from tests.house.tree import ROOT

COMMANDS = ["serve", "demo", "check", "dry-run", "alerts", "alert", "ack", "resolve", "send-test", "schema"]
HEAVY = ("apprise", "trio", "trio_websocket", "httpx2", "requests", "rich")
LIGHT = "import sys; from router.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path)


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_the_commands_are_those_of_the_documents() -> None:
    assert list(cli.main.commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_every_command_has_help_and_version(command: str, option: str) -> None:
    result = CliRunner().invoke(cli.main, [command, option])
    assert result.exit_code == 0
    assert ("Usage:" in result.stdout) == (option != "--version")


@pytest.mark.parametrize(("option", "said"), [("-h", "Usage:"), ("--version", f"alarm-router, version {__version__}")])
def test_help_and_version_also_stand_before_the_command(option: str, said: str) -> None:
    result = CliRunner().invoke(cli.main, [option])
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_mistyped_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(cli.main, ["chek"])
    assert result.exit_code == 2
    assert "check" in result.stderr


@pytest.mark.parametrize("arguments", [["dry-run"], ["ack", "x"], ["alerts", "--limit", "-1"], ["check", "a", "b"]])
def test_a_wrong_use_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner(env={"ALARM_ROUTER_USER": ""}).invoke(cli.main, arguments).exit_code == 2


@pytest.mark.parametrize("command", ["ack", "resolve"])
def test_who_says_so_must_be_told_and_the_variable_for_it_is_named(command: str) -> None:
    result = CliRunner(env={"ALARM_ROUTER_USER": ""}).invoke(cli.main, [command, "x"])
    assert result.exit_code == 2
    assert "--by NAME, or set ALARM_ROUTER_USER" in result.stderr


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    modules = loaded_by(tmp_path, "--help")
    assert modules.isdisjoint({*HEAVY, "pydantic", "jinja2", "ruamel.yaml", "msgspec", "sqlite3"})


def test_dry_run_loads_nothing_that_sends_or_connects(stage: Stage) -> None:
    stage.write("event.json", alarm())
    modules = loaded_by(stage.folder, "dry-run", "--event", "event.json")
    assert "router.core.simulate" in modules
    assert modules.isdisjoint({*HEAVY, "sqlite3", "ssl"})


def test_reading_alerts_loads_neither_rules_nor_anything_that_sends(stage: Stage) -> None:
    stage.happens(alarm())
    modules = loaded_by(stage.folder, "alerts")
    assert modules.isdisjoint({*HEAVY, "pydantic", "jinja2", "ruamel.yaml", "re2"})


def test_what_a_user_must_mend_is_told_without_a_traceback() -> None:
    def run() -> int:
        raise StoreUnavailableError("the store is locked")

    result = CliRunner().invoke(cli.Quiet("broken", callback=run), [])
    assert (result.exit_code, result.stderr) == (2, "error: the store is locked\n")


def test_what_is_our_mistake_is_not_swallowed() -> None:
    def run() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(cli.Quiet("broken", callback=run), [], catch_exceptions=False)


def test_the_exit_code_is_the_answer_of_the_command() -> None:
    assert CliRunner().invoke(cli.Quiet("no", callback=lambda: 1), []).exit_code == 1


def test_a_reader_who_has_seen_enough_is_no_mistake(stage: Stage) -> None:
    stage.happens(*(alarm(uuid=f"e{n}", alarm_source_uuid=f"u{n}") for n in range(300)))
    process = subprocess.Popen(
        [sys.executable, "-m", "router", "alerts", "--format", "json"],
        cwd=stage.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ALARM_ROUTER_STORE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert (process.wait(timeout=60), process.stderr.read()) == (0, b"")
    process.stderr.close()


def test_every_command_is_a_command_that_hides_tracebacks() -> None:
    assert all(isinstance(command, cli.Quiet) for command in cli.main.commands.values())
    assert isinstance(cli.main, click.Group)
