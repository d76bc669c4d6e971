"""Sources by type, and what the core must know of them."""

# ruff: noqa: E501  # a case stands on one line

from datetime import timedelta

import pytest

from router.core.rules import ResolveAfter
from router.core.settings import FieldPath, SentiloSettings, StompSettings
from router.errors import Secret
from tests.config.marked import loaded, the_problem

STOMP = "type: stomp, url: 'ws://h/ws'"


def source(rest: str) -> str:
    return f"sources:\n  plant: {{{rest}}}\n"


def stomp(rest: str, environ: dict[str, str] | None = None) -> StompSettings:
    found = loaded(source(f"{STOMP}, {rest}"), environ).settings.sources["plant"]
    assert isinstance(found, StompSettings)
    return found


def test_a_broker() -> None:
    found = stomp(
        "login: guest, passcode: '${P}', destination: /queue/a, host: /, headers: {x: '${P}'}, subscribe_headers: {y: 1}",
        {"P": "geheim"},
    )
    assert (found.login, found.passcode, found.host) == ("guest", Secret("geheim"), "/")
    assert (found.headers, found.subscribe_headers) == ({"x": Secret("geheim")}, {"y": "1"})
    assert (found.destinations, found.reading.format) == (("/queue/a",), "saveris")
    assert "geheim" not in repr(found)


def test_several_destinations() -> None:
    assert stomp("destinations: [/a, /b]").destinations == ("/a", "/b")


def test_json_fields() -> None:
    found = stomp(
        "destination: /q, format: json, fields: {serial_number: device.id, status: {path: s, map: {up: resolved}, default: 1},"
        " labels.site: 0}"
    ).reading.fields
    assert found["serial_number"] == FieldPath("device.id")
    assert found["status"] == FieldPath("s", {"up": "resolved"}, "1")
    assert found["labels.site"] == FieldPath("0")


@pytest.mark.parametrize(
    ("rest", "code", "hint"),
    [
        ("type: «stmp", "unknown-type", "did you mean stomp?"),
        ("type: «3", "unknown-type", "there are"),
        (f"{STOMP}, «destination: /a, destinations: [/b]", "conflict", "destinations:"),
        (f"{STOMP}, destination: /q, «fields: {{serial_number: a}}", "conflict", "format: json"),
        (f"{STOMP}, destination: /q, format: «jsn", "unknown-word", "did you mean json?"),
        (f"{STOMP}, destination: /q, format: json, fields: «{{}}", "empty", ""),
        (
            f"{STOMP}, destination: /q, format: json, fields: {{serial_number: a, «sevrity: b}}",
            "unknown-field",
            "severity",
        ),
        (f"{STOMP}, destination: /q, format: json, fields: {{serial_number: a, «source: b}}", "unknown-field", ""),
        (
            f"{STOMP}, destination: /q, format: json, fields: {{serial_number: {{path: a, «mpa: b}}}}",
            "unknown-key",
            "map",
        ),
        ("type: stomp, url: «'http://h', destination: /q", "bad-url", ""),
        ("type: sentilo, endpoint: «'ws://h'", "bad-url", ""),
        ("type: sentilo, endpoint: 'http://h', «link_timeout: 2m", "unknown-key", ""),
        ("type: sentilo, endpoint: 'http://h', resolve_after: «30", "bad-duration", "30m"),
        (
            "type: sentilo, endpoint: 'http://h', resolve_after: {wait: 5m, «unack: true}",
            "unknown-key",
            "unacknowledged",
        ),
    ],
)
def test_mistakes(rest: str, code: str, hint: str) -> None:
    found = the_problem(source(rest))
    assert found.code == code
    assert hint in found.suggestion


@pytest.mark.parametrize(
    ("rest", "missing"),
    [
        ("url: 'ws://h/ws'", "`type`"),
        (STOMP, "`destination`"),
        ("type: stomp, destination: /q", "`url`"),
        (f"{STOMP}, destination: /q, format: json", "`fields`"),
        (f"{STOMP}, destination: /q, format: json, fields: {{message: a}}", "`key`"),
        ("type: sentilo", "`endpoint`"),
    ],
)
def test_what_is_missing_is_told_at_the_name(rest: str, missing: str) -> None:
    found = the_problem(source(rest).replace("  plant", "  «plant"))
    assert found.code == "missing-key"
    assert missing in found.message


def test_a_key_stands_for_fields_that_identify() -> None:
    assert stomp("destination: /q, format: json, fields: {message: a}, key: [message]").reading.key == ("message",)


def test_a_source_that_is_no_mapping() -> None:
    assert the_problem("sources:\n  plant: «stomp\n").code == "wrong-type"


def test_sentilo_is_known_and_said_to_serve_dry_run_only() -> None:
    got = loaded(source("type: sentilo, endpoint: 'https://h/x', secret: '${S}', expect: 1h"), {"S": "s"})
    found = got.settings.sources["plant"]
    assert isinstance(found, SentiloSettings)
    assert (found.endpoint, found.secret, found.expect) == ("https://h/x", Secret("s"), timedelta(hours=1))
    assert [warning.code for warning in got.warnings] == ["not-received"]
    unsigned = loaded(source("type: sentilo, endpoint: 'https://h/x'"))
    assert {warning.code for warning in unsigned.warnings} == {"not-received", "unsigned"}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("type: sentilo, endpoint: 'http://h'", ResolveAfter(timedelta(minutes=30))),
        ("type: sentilo, endpoint: 'http://h', resolve_after: 1h", ResolveAfter(timedelta(hours=1))),
        ("type: sentilo, endpoint: 'http://h', resolve_after: never", None),
        (f"{STOMP}, destination: /q, format: sentilo", ResolveAfter(timedelta(minutes=30))),
        (f"{STOMP}, destination: /q", None),
        (
            f"{STOMP}, destination: /q, resolve_after: {{wait: 5m, unacknowledged: true}}",
            ResolveAfter(timedelta(minutes=5), unacknowledged=True),
        ),
    ],
)
def test_when_silence_ends_an_alert(rest: str, expected: ResolveAfter | None) -> None:
    assert loaded(source(rest)).rules.sources["plant"].resolve_after == expected
