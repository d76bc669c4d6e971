"""`alarm-router demo` as people start it: into a pipe, and ended by Ctrl-C."""

import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.demo.performance import Outcome
from router.demo.show import command_here, last_night, summary
from router.demo.stage import Places
from tests.demo.boards import board_at


@pytest.mark.slow
def test_once_ends_with_0_and_plain_lines_and_what_it_names_is_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "router", "demo", "--once", "--speed", "500"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "14 messages from sensors: each is in the store, and confirmed to the broker" in done.stdout
    assert "Good morning." in done.stdout
    named = {Path(path) for path in re.findall(rf"{tmp_path}\S+", done.stdout)}
    assert {path.name for path in named} == {"rules.yaml", "alarm.json"}
    assert all(path.is_file() for path in named)


@pytest.mark.slow
def test_ctrl_c_ends_it_with_0_and_a_summary(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "router", "demo", "--speed", "200"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
    ) as demo:
        try:
            assert demo.stdout is not None
            while "Alice" not in (line := demo.stdout.readline()):
                assert line, "it ended by itself"
            demo.send_signal(signal.SIGINT)
            out, err = demo.communicate(timeout=20)
        finally:
            demo.kill()
    assert (demo.returncode, err) == (0, "")
    assert "1 message from sensors: each is in the store" in out


@pytest.mark.parametrize(
    ("now", "night"),
    [("2026-11-22T15:00+00:00", "2026-11-22T01:59:50+00:00"), ("2026-07-22T00:30+00:00", "2026-07-21T00:59:50+00:00")],
)
def test_the_story_plays_last_night(now: str, night: str) -> None:
    assert last_night(datetime.fromisoformat(now)) == datetime.fromisoformat(night).astimezone(UTC)


def test_what_is_lost_or_went_wrong_is_said() -> None:
    text = summary(board_at(1), Outcome(said=3, lost=2, failed="waited for bob"), Places(Path("folder")))
    assert "3 messages from sensors: 2 are lost!" in text
    assert "went wrong: waited for bob" in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(said=1, lost=1), "1 message from sensors: 1 is lost!"),
        (Outcome(said=4, waiting=1), "4 messages from sensors: 1 still waits at the broker"),
        (Outcome(said=4, waiting=2, lost=1), "4 messages from sensors: 1 is lost!, 2 still wait at the broker"),
    ],
)
def test_what_waits_at_the_broker_is_told_from_what_is_lost(outcome: Outcome, words: str) -> None:
    assert f"  {words}\n" in summary(board_at(1), outcome, Places(Path("folder")))


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the interpreter, inside the working directory and not on PATH."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return folder


def test_the_next_commands_start_the_program_that_runs(
    bin_: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_here() == ".venv/bin/python -m router"
    script = bin_ / "alarm-router"
    script.touch(mode=0o755)
    assert command_here() == ".venv/bin/alarm-router"
    assert "\n    .venv/bin/alarm-router alerts --all" in summary(board_at(1), Outcome(), Places(Path("folder")))
    (elsewhere := tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(elsewhere)
    assert command_here() == str(script)
    monkeypatch.chdir(bin_)
    assert command_here() == "./alarm-router"
    monkeypatch.setenv("PATH", str(bin_))
    assert command_here() == "alarm-router"


def test_another_program_of_that_name_on_the_path_is_not_named(bin_: Path, tmp_path: Path) -> None:
    for folder in (bin_, tmp_path):
        (folder / "alarm-router").touch(mode=0o755)
    assert command_here() == ".venv/bin/alarm-router"
