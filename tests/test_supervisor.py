"""What a supervisor that speaks systemd's notify protocol hears."""

import os
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from router.supervisor import say, watchdog_every, watched


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_it_hears_what_is_said(tmp_path: Path, *, abstract: bool) -> None:
    name = f"alarm-router-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name if abstract else name)
        assert say("READY=1", {"NOTIFY_SOCKET": ("@" if abstract else "") + name})
        assert listener.recv(100) == b"READY=1"


def test_without_a_supervisor_nothing_is_said(tmp_path: Path) -> None:
    assert not say("READY=1", {})
    assert not say("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})


def test_the_watchdog_is_fed_twice_as_often_as_it_must_be() -> None:
    assert watchdog_every({"WATCHDOG_USEC": "60000000"}) == timedelta(seconds=30)
    assert watchdog_every({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}) == timedelta(seconds=30)


@pytest.mark.parametrize(
    "environ", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}]
)
def test_no_watchdog_watches(environ: dict[str, str]) -> None:
    assert watchdog_every(environ) is None


def test_it_is_known_whether_somebody_would_start_us_again() -> None:
    assert watched({"NOTIFY_SOCKET": "/run/notify"})
    assert not watched({})
