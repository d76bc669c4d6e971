"""Bytes to events: whatever comes, the answer is an event or a reason."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.model import Event
from router.core.settings import FieldPath, Reading
from router.sources import payload as payload_module
from router.sources.payload import Unreadable, guess_format, read
from tests.sources.test_saveris import MEASUREMENT, RAISE
from tests.sources.test_sentilo import DATA, INTERNAL

NOW = datetime(2025, 3, 17, 21, 5, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
READINGS = (
    Reading("s"),
    Reading("s", "sentilo", key=("labels.alert", "tenant")),
    Reading(
        "s", "json", fields={"id": FieldPath("uuid"), "status": FieldPath("alarm_status"), "value": FieldPath("a")}
    ),
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty body"),
        (b" \n", "empty body"),
        (b"{nope", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[]", "a JSON array"),
        (b"null", "a JSON null"),
        (b'"alarm"', "a JSON string"),
        (b"true", "a JSON truth value"),
        (b"{}", "neither an alarm nor a measurement"),
    ],
)
def test_a_body_that_is_no_event_has_a_reason(body, reason):
    answer = read(Reading("s"), body, NOW)
    assert isinstance(answer, Unreadable)
    assert reason in answer.reason


def test_the_text_is_kept_as_it_came():
    body = json.dumps(RAISE, ensure_ascii=False).encode()
    event = read(Reading("s"), body, arrived_at=NOW)
    assert isinstance(event, Event)
    assert event.raw == body.decode()


def test_a_byte_order_mark_does_no_harm():
    event = read(Reading("s"), b"\xef\xbb\xbf" + json.dumps(RAISE).encode(), NOW)
    assert isinstance(event, Event)
    assert event.raw.startswith("{")


def test_the_key_of_the_source_replaces_the_formats():
    event = read(Reading("s", key=("serial_number", "raw.physical_unit")), json.dumps(RAISE).encode(), NOW)
    assert isinstance(event, Event)
    assert event.key == "56000000|°C"


def test_a_mapping_that_fails_is_a_payload_that_cannot_be_read(monkeypatch):
    def broken(reading, payload, *, raw, arrived_at):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(payload_module, "FORMATS", {"saveris": broken})
    assert read(Reading("s"), b"{}", NOW) == Unreadable("the mapping of format saveris failed: ZeroDivisionError")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(RAISE, "saveris"), (MEASUREMENT, "saveris"), (INTERNAL, "sentilo"), (DATA, "sentilo"), ({"state": "bad"}, None)],
)
def test_the_shape_tells_the_format(payload, expected):
    assert guess_format(payload) == expected


@given(st.binary(max_size=80))
def test_no_bytes_raise(body):
    for reading in READINGS:
        assert isinstance(read(reading, body, NOW), Event | Unreadable)


@given(st.dictionaries(st.sampled_from([*RAISE, *MEASUREMENT, *INTERNAL, "a"]), JSON, max_size=6))
def test_no_object_fails_in_a_mapping(payload):
    for reading in READINGS:
        answer = read(reading, json.dumps(payload).encode(), NOW)
        assert isinstance(answer, Event) or "failed" not in answer.reason


def test_an_alarm_is_mapped_quickly():
    body, reading = json.dumps(RAISE).encode(), Reading("s")
    best = min(_seconds(reading, body) for _ in range(5))
    assert best / 2000 < 100e-6  # about 12 µs when the machine is quiet


def _seconds(reading: Reading, body: bytes) -> float:
    start = time.perf_counter()
    for _ in range(2000):
        read(reading, body, NOW)
    return time.perf_counter() - start
