"""The systemd unit in `docs/` is one that systemd takes, and says what `serve` counts on."""

import os
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from router import cli
from router.stores import STORES
from tests.house.tree import ROOT

UNIT = ROOT / "docs" / "alarm-router.service"
SERVE_ENDS_WITHIN = 5
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "CI" not in os.environ, reason="systemd-analyze is not installed"
)


def settings() -> dict[str, str]:
    """The `[Service]` section; of a setting given twice the last."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(unit["Service"])


def verified(text: str, folder: Path) -> str:
    """What `systemd-analyze verify` has to say; the program that the unit starts need not be installed here."""
    copy = folder / UNIT.name
    copy.write_text(text.replace("/opt/alarm-router/bin/alarm-router", sys.executable), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(copy)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return result.stdout + result.stderr


@needs_systemd
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    assert verified(UNIT.read_text(encoding="utf-8"), tmp_path) == ""


@needs_systemd
def test_systemd_would_say_what_is_wrong_with_it(tmp_path: Path) -> None:
    wrong = UNIT.read_text(encoding="utf-8").replace("WatchdogSec=60", "WatchdogSecs=60")
    assert "WatchdogSecs" in verified(wrong, tmp_path)


def test_it_starts_serve_as_the_command_line_knows_it() -> None:
    _, *words = shlex.split(settings()["ExecStart"])
    command = next(value for value in vars(cli).values() if isinstance(value, click.Group)).commands[words[0]]
    parsed = command.make_context(words[0], words[1:])
    assert parsed.params["rules"] == Path("/etc/alarm-router/rules.yaml")


def test_the_store_is_in_the_one_folder_that_it_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, url = settings()["Environment"].partition("=")
    scheme, _, path = url.partition("://")
    monkeypatch.setenv(name, url)
    parsed = next(value for value in vars(cli).values() if isinstance(value, click.Group)).commands["serve"]
    assert parsed.make_context("serve", []).params["store"] == url
    assert scheme in STORES
    assert Path(path[1:]).parent == Path("/var/lib") / settings()["StateDirectory"]


def test_whatever_ends_the_router_is_followed_by_a_new_start() -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert settings()["Restart"] == "always"
    assert "\nStartLimitIntervalSec=0\n" in text


def test_the_watchdog_allows_one_slice_of_waiting_and_a_stop_is_given_time() -> None:
    assert settings()["Type"] == "notify"
    assert int(settings()["WatchdogSec"]) >= 60
    assert int(settings()["TimeoutStopSec"]) > SERVE_ENDS_WITHIN
