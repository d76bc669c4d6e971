"""Log lines are JSON objects, hold what was given, and never a secret."""

import io
import json
import logging
from typing import Any

import pytest

from router.logs import JsonLines, start_logging


@pytest.fixture
def lines() -> JsonLines:
    return JsonLines()


def written(lines: JsonLines, message: str, **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("router.x", logging.WARNING, "x.py", 1, message, (), None)
    record.__dict__.update(extra)
    line: dict[str, Any] = json.loads(lines.format(record))
    return line


def test_a_line_has_when_how_bad_what_and_who(lines: JsonLines) -> None:
    line = written(lines, "ready", sources=["plant"])
    assert line["at"].endswith("Z")
    assert (line["level"], line["event"], line["logger"], line["sources"]) == (
        "warning",
        "ready",
        "router.x",
        ["plant"],
    )


def test_a_field_cannot_hide_what_the_line_is_about(lines: JsonLines) -> None:
    assert written(lines, "ready", event="gone", level="x")["event"] == "ready"


def test_what_json_cannot_hold_is_shown_as_text(lines: JsonLines) -> None:
    assert written(lines, "x", thing=object)["thing"] == "<class 'object'>"


def test_a_secret_becomes_dots_wherever_it_stands(lines: JsonLines) -> None:
    lines.hide(['s3cr"et', "abc"])
    line = written(lines, 'password s3cr"et', inner={"url": 'x://s3cr"et@host'}, short="abc")
    assert line["event"] == "password •••"
    assert line["inner"] == {"url": "x://•••@host"}
    assert line["short"] == "abc"


def test_an_error_brings_its_traceback(lines: JsonLines) -> None:
    error = ValueError("no")
    record = logging.LogRecord("router", logging.ERROR, "x.py", 1, "broke", (), (ValueError, error, None))
    assert "ValueError: no" in json.loads(lines.format(record))["traceback"]


def test_start_logging_writes_our_information_and_only_warnings_of_others() -> None:
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    stream = io.StringIO()
    try:
        start_logging(stream)
        logging.getLogger("router.engine").info("decided")
        logging.getLogger("other").info("chatter")
        logging.getLogger("other").warning("careful")
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
        logging.getLogger("router").setLevel(logging.NOTSET)
        logging.getLogger("apprise").propagate = True
        logging.captureWarnings(capture=False)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["decided", "careful"]
