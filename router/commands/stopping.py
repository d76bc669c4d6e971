"""Signals during start-up: what `serve` does with them before the router listens itself.

Importing takes a moment in which a supervisor may already want the process to end; nothing is under way then, so it
ends at once, and well. What must not be here: imports that take time, and what happens once the router runs.
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final

COMMAND: Final = "serve"


def listen(arguments: Sequence[str]) -> None:
    """End with 0 on SIGTERM and SIGINT from now on, when these are the arguments of `serve`.

    SIGHUP asks for the rules to be read again; during start-up they are being read anyway.
    """
    if COMMAND in arguments[1:2]:
        signal.signal(signal.SIGTERM, end_well)
        signal.signal(signal.SIGINT, end_well)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def end_well(_number: int, _frame: FrameType | None) -> None:
    """Leave at once with 0: no import, no lock and no thread can hold it up."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
