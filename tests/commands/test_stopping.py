import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from router.commands import stopping
from tests.house.tree import ROOT

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_only_serve_listens() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    for arguments in ([], ["alarm-router"], ["alarm-router", "check", "serve"]):
        stopping.listen(arguments)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_serve_ends_on_the_signals_of_a_supervisor_and_stays_on_a_hang_up() -> None:
    stopping.listen(["alarm-router", "serve"])
    assert [signal.getsignal(number) for number in SIGNALS] == [stopping.end_well, stopping.end_well, signal.SIG_IGN]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_modules_are_imported_ends_with_0(number: int) -> None:
    code = f"""
import os, sys
sys.argv = ["alarm-router", "serve"]
class Early:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Early())
import router.cli
sys.exit(7)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == 0
