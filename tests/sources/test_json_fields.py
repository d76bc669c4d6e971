"""`format: json`: dotted paths, translations, defaults, and times in every spelling."""

from datetime import UTC, datetime

import pytest

from router.core.model import Event
from router.core.settings import FieldPath, Reading
from router.sources.json_fields import event_of

NOW = datetime(2025, 3, 17, 21, 5, tzinfo=UTC)
INSTANT = datetime(2025, 3, 17, 20, 59, tzinfo=UTC)


def mapped(payload: dict, raw: str = "{}", levels=None, **fields: str | FieldPath) -> Event:
    paths = {
        name.replace("labels_", "labels."): path if isinstance(path, FieldPath) else FieldPath(path)
        for name, path in fields.items()
    }
    event = event_of(Reading("plant", "json", fields=paths, levels=levels or {}), payload, raw=raw, arrived_at=NOW)
    assert isinstance(event, Event)
    return event


def test_fields_are_found_by_dotted_paths():
    payload = {"device": {"id": "f-3", "readings": [{"t": 1}, {"t": "9.5"}]}, "why": "too warm"}
    event = mapped(payload, source_uuid="device.id", value="device.readings.1.t", message="why")
    assert (event.source_uuid, event.value, event.message) == ("f-3", 9.5, "too warm")


def test_a_key_with_a_dot_is_found():
    assert mapped({"a.b": "x"}, source_uuid="a.b").source_uuid == "x"


@pytest.mark.parametrize("path", ["nowhere", "a.b.c", "a.7", "a.-1", "a.x", "a.²"])
def test_a_path_to_nowhere_is_an_absent_field(path):
    assert mapped({"a": [1, 2]}, source_uuid=path).source_uuid is None


def test_a_default_stands_for_what_is_absent_or_empty():
    path = FieldPath("u", default="°C")
    assert [mapped(payload, unit=path).unit for payload in ({}, {"u": ""}, {"u": None}, {"u": "K"})] == ["°C"] * 3 + [
        "K"
    ]


def test_words_are_translated_whatever_their_case():
    path = FieldPath("state", map={"RED": "firing", "green": "resolved"})
    statuses = [mapped({"state": word}, status=path).status for word in ("red", "GREEN", "Red")]
    assert statuses == ["firing", "resolved", "firing"]


def test_numbers_and_truth_values_are_translated_too():
    path = FieldPath("on", map={"true": "firing", "false": "resolved", "0": "resolved"})
    assert [mapped({"on": value}, status=path).status for value in (True, False, 0)] == [
        "firing",
        "resolved",
        "resolved",
    ]


def test_an_unknown_status_is_firing_and_doubted():
    event = mapped({"state": "purple"}, status="state")
    assert (event.status, event.doubts) == ("firing", ("status: purple",))


def test_a_status_that_is_not_mapped_is_firing():
    event = mapped({})
    assert (event.status, event.kind, event.doubts) == ("firing", "alarm", ())


@pytest.mark.parametrize(
    "value",
    [
        "2025-03-17T20:59:00Z",
        "2025-03-17T21:59:00+01:00",
        "2025-03-17T20:59:00",
        1742245140,
        1742245140000,
        "1742245140",
        1742245140.0,
    ],
)
def test_times_are_iso_or_epoch_seconds_or_milliseconds(value):
    assert mapped({"t": value}, started_at="t").started_at == INSTANT


@pytest.mark.parametrize("value", ["soon", 1e300, True, [1], "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_read_is_doubted(value):
    event = mapped({"t": value}, started_at="t")
    assert (event.started_at, event.doubts) == (None, ("started_at: cannot be read",))


def test_the_default_key():
    payload = {"who": "t1", "s": "f-3", "c": "high", "q": "temp", "sev": "major"}
    event = mapped(payload, tenant="who", source_uuid="s", condition_type="c", quantity="q", severity="sev")
    assert event.key == "plant|t1|f-3|alarm|high|temp"
    assert mapped({"n": 7}, serial_number="n").key == "plant||7|alarm||"


def test_the_id_is_the_sources_own_or_stands_for_the_payload():
    assert mapped({"i": 17}, id="i").id == "17"
    assert mapped({}, raw="a").id == mapped({}, raw="a").id != mapped({}, raw="b").id


def test_level_is_ours_when_mapped_and_else_read_from_the_severity():
    assert mapped({"l": "critical"}, level="l").level == "critical"
    assert mapped({"s": "fatal"}, severity="s").level == "critical"
    assert mapped({"s": "meh"}, severity="s", levels={"MEH": "info"}).level == "info"


def test_labels_may_be_mapped():
    assert dict(mapped({"room": {"name": "cold 1"}}, labels_room="room.name").labels) == {"room": "cold 1"}


def test_a_mapped_object_is_kept_as_json():
    assert mapped({"m": {"a": 1}}, message="m").message == '{"a":1}'


def test_the_same_words_later_are_a_new_alarm_where_no_time_is_told():
    """Taken for a repetition they would be silence."""
    reading = Reading("plant", "json", fields={"message": FieldPath("m")})
    first = event_of(reading, {"m": "door open"}, raw='{"m":"door open"}', arrived_at=NOW)
    later = event_of(reading, {"m": "door open"}, raw='{"m":"door open"}', arrived_at=INSTANT)
    assert isinstance(first, Event)
    assert isinstance(later, Event)
    assert first.id != later.id


def test_the_same_words_of_the_same_time_are_the_same_alarm():
    reading = Reading("plant", "json", fields={"started_at": FieldPath("t")})
    ids = {
        event_of(reading, {"t": 1742245445}, raw='{"t":1742245445}', arrived_at=at).id  # type: ignore[union-attr]
        for at in (NOW, INSTANT)
    }
    assert len(ids) == 1
