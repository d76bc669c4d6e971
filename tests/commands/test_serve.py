"""`serve` as a process of its own: what it says and how it ends."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from router.commands.serve import leaves, log_crash
from router.errors import StoreCorruptError, StoreUnavailableError
from router.logs import start_logging
from tests.commands.stage import Stage
from tests.house.tree import ROOT


def serve(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "router", "serve", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPS_TOKEN": "t", "ALARM_ROUTER_STORE": ""},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_errors_of_a_nested_group_are_found() -> None:
    one, two = StoreUnavailableError("a"), StoreCorruptError("b")
    assert list(leaves(ExceptionGroup("", [ExceptionGroup("", [one]), two]))) == [one, two]


def test_an_unexpected_end_is_a_line_of_the_log() -> None:
    stream = io.StringIO()
    start_logging(stream)
    error = ValueError("odd")
    log_crash(ValueError, error, None)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["error"]) == ("crashed", "critical", "ValueError: odd")
    assert "ValueError: odd" in line["traceback"]


@pytest.mark.slow
def test_rules_that_cannot_be_used_are_told_and_end_it_with_2(stage: Stage) -> None:
    stage.write("rules.yaml", "version: 1\nsetings: {}\n")
    process = serve(stage.folder)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "rules.yaml:2:1: error: " in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_serve_is_ready_keeps_others_out_and_ends_with_0(stage: Stage) -> None:
    process = serve(stage.folder)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if json.loads(line)["event"] == "ready":
                break
        other = serve(stage.folder)
        _, said = other.communicate(timeout=60)
        assert other.returncode == 2
        assert "another serve uses it" in said
        assert "Traceback" not in said
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(rest.splitlines()[-1])["event"] == "stopped"
