"""Programs of this machine as peers of a test: found or skipped by name, started on free ports, and ended.

What must not be here: what a program is told to do (`brokers`, `serving`).
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
LOOK_EVERY = 0.02


def until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """The first true answer of the condition; a failed test when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(LOOK_EVERY)
    return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def missing(what: str, how: str) -> None:
    """Skip for want of a program, naming it and how to get it; in CI that is an error."""
    text = f"{what} is not installed: {how} (see docs/testing.md)"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(text)
    pytest.skip(text)


def needed(program: str, package: str) -> str:
    """The path of a program."""
    path = shutil.which(program)
    if path is None:
        missing(program, f"apt install {package}")
    assert path is not None
    return path


def packaged(package: str, ending: str) -> Path:
    """A file of a Debian package, by the end of its name."""
    needed("dpkg", "dpkg")
    listed = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    found = [line for line in listed.stdout.splitlines() if line.endswith(ending) and Path(line).exists()]
    if not found:
        missing(package, f"RUNLEVEL=1 apt install --no-install-recommends {package}")
    return Path(found[0])


class Program:
    """A program in a process group of its own; what it says goes to a file."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def until_said(self, text: str, seconds: float) -> None:
        """Wait until it says so; a program that ended first is a failed test."""

        def ready() -> bool:
            if text in self.said:
                return True
            if not self.runs:
                pytest.fail(
                    f"{self.log.stem} ended with {self.process.returncode} before {text!r}:\n{self.said[-3000:]}"
                )
            return False

        until(ready, seconds, f"{self.log.stem} says {text!r}; it said:\n{self.said[-3000:]}")

    def ended(self, seconds: float) -> int:
        """Its exit code, once it has ended."""
        until(lambda: not self.runs, seconds, f"{self.log.stem} ends; it said:\n{self.said[-3000:]}")
        return int(self.process.returncode)

    def tell(self, number: signal.Signals) -> None:
        """Send the signal to the program itself."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL for it and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, seconds: float = 10.0) -> None:
        """SIGTERM for the whole group, then SIGKILL for what is left."""
        if self.runs:
            os.killpg(self.process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()
