"""Saveris payloads: what is documented is mapped, what is not known is kept and doubted, nothing is dropped."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from router.core.model import Event
from router.core.settings import Reading
from router.sources.mapping import Unreadable
from router.sources.saveris import event_of

NOW = datetime(2025, 3, 17, 21, 5, tzinfo=UTC)
READING = Reading("cold-chain")
TENANT, SENSOR = "2f0c2f7e-1111-4a6b-8b1e-5d7d0a9c0001", "b8a3d1c2-2222-4c3d-9e4f-0a1b2c3d4e5f"
RAISE = {
    "uuid": "6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a01",
    "tenant_uuid": TENANT,
    "alarm_reason": "Alarm condition is violated",
    "alarm_status": "Alarm",
    "last_status_change_time": "2025-03-17T20:58:00Z",
    "alarm_condition_type": "Upper limit",
    "alarm_severity": "Alarm",
    "alarm_time": "2025-03-17T20:59:00Z",
    "alarm_time_local": "2025-03-17T21:59:00+01:00",
    "serial_number": "56000000",
    "alarm_source_uuid": SENSOR,
    "alarm_type": "measurement alarm",
    "processed_at": "2025-03-17T21:01:12Z",
    "alarm_delay": "900000",
    "alarm_value": "9.3",
    "physical_unit": "°C",
    "physical_value": "Temperature",
    "physical_value_extension": "Air Temperature",
}
RECOVERY = RAISE | {
    "uuid": "6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a02",
    "alarm_reason": "Alarm condition is adhered",
    "alarm_status": "Ok",
    "alarm_time": "2025-03-17T21:29:00Z",
    "alarm_value": "6.1",
}
SYSTEM = {
    "uuid": "6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a03",
    "tenant_uuid": TENANT,
    "alarm_reason": "Alarm condition is violated",
    "alarm_status": "Alarm",
    "alarm_condition_type": "Connection timeout, device did not communicated in expected time",
    "alarm_severity": "Warning",
    "alarm_time": "2025-03-17T23:00:00Z",
    "serial_number": "20208111",
    "alarm_source_uuid": "0a1b2c3d-3333-4a6b-8c7d-9e0f1a2b3c4d",
    "alarm_type": "device system alarm",
}
MEASUREMENT = {
    "uuid": "m-1",
    "device_uuid": "d-1",
    "sensor_uuid": "s-1",
    "channel_id": 1913253106,
    "device_serial_no": "111",
    "sensor_serial_no": "222",
    "tenant_uuid": TENANT,
    "timestamp": "2025-03-17T20:59:00Z",
    "timestamp_local": "2025-03-17T21:59:00+01:00",
    "measurement": 4.5,
    "physical_property_name": "Temperature",
    "physical_unit": "°C",
    "physical_extension": "Air Temperature",
    "processed_at": "2025-03-17T21:00:00Z",
}


def mapped(payload: dict, reading: Reading = READING, raw: str = "{}") -> Event:
    event = event_of(reading, payload, raw=raw, arrived_at=NOW)
    assert isinstance(event, Event)
    return event


def without(payload: dict, *names: str) -> dict:
    return {name: value for name, value in payload.items() if name not in names}


def test_the_documented_measurement_alarm():
    assert mapped(RAISE) == Event(
        id="6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a01",
        source="cold-chain",
        kind="measurement alarm",
        status="firing",
        key=f"{TENANT}|{SENSOR}|measurement alarm|Upper limit|Alarm|Temperature|Air Temperature",
        arrived_at=NOW,
        severity="Alarm",
        level="critical",
        condition_type="Upper limit",
        reason="Alarm condition is violated",
        source_uuid=SENSOR,
        serial_number="56000000",
        tenant=TENANT,
        value=9.3,
        unit="°C",
        quantity="Temperature",
        quantity_detail="Air Temperature",
        delay=900.0,
        started_at=datetime(2025, 3, 17, 20, 59, tzinfo=UTC),
        changed_at=datetime(2025, 3, 17, 20, 58, tzinfo=UTC),
        processed_at=datetime(2025, 3, 17, 21, 1, 12, tzinfo=UTC),
        raw="{}",
    )


def test_a_recovery_has_another_id_and_the_same_key():
    raised, over = mapped(RAISE), mapped(RECOVERY)
    assert (raised.status, over.status) == ("firing", "resolved")
    assert raised.key == over.key
    assert raised.id != over.id


def test_a_warnings_recovery_does_not_close_an_alarm():
    assert mapped(RECOVERY | {"alarm_severity": "Warning"}).key != mapped(RAISE).key


def test_a_system_alarm_has_no_value():
    event = mapped(SYSTEM)
    assert (event.kind, event.level, event.value, event.doubts) == ("device system alarm", "warning", None, ())


def test_a_measurement():
    event = mapped(MEASUREMENT)
    assert event.kind == "measurement"
    assert event.key == f"{TENANT}|s-1|measurement|Temperature|Air Temperature"
    assert (event.value, event.serial_number, event.unit) == (4.5, "222", "°C")
    assert event.started_at == datetime(2025, 3, 17, 20, 59, tzinfo=UTC)


def test_a_measurement_of_version_two():
    payload = without(MEASUREMENT, "device_uuid", "device_serial_no", "sensor_serial_no", "channel_id")
    event = mapped(payload | {"serial_no": "333", "customer_site": "Ulm", "channel_no": 1, "model_code": "0572 0001"})
    assert (event.source_uuid, event.serial_number, event.doubts) == ("s-1", "333", ())


def test_the_serial_number_stands_for_an_empty_source():
    event = mapped(RAISE | {"alarm_source_uuid": ""})
    assert event.source_uuid is None
    assert event.key.startswith(f"{TENANT}|56000000|")


def test_the_data_api_spells_the_serial_number_differently():
    event = mapped(without(RAISE, "serial_number") | {"serial_no": "77"})
    assert event.serial_number == "77"


def test_two_devices_that_name_neither_source_nor_serial_do_not_become_one_trouble():
    nameless = without(RAISE, "alarm_source_uuid", "serial_number")
    first, second = mapped(nameless), mapped(nameless | {"uuid": "other"})
    assert first.key != second.key
    assert first.doubts == ("alarm_source_uuid: (missing, and no serial number)",)
    over = mapped(nameless | {"uuid": "third", "alarm_status": "Ok", "source_alarm_event_uuid": first.id})
    assert over.key == first.key


@pytest.mark.parametrize("word", ["measurement_alarm", "Measurement Alarm", "MEASUREMENT-ALARM"])
def test_the_kind_has_one_spelling(word):
    event = mapped(RAISE | {"alarm_type": word})
    assert event.kind == "measurement alarm"
    assert event.key == mapped(RAISE).key
    assert event.doubts == ()


@pytest.mark.parametrize("word", ["measurement", "Sentilo data"])
def test_no_word_makes_an_alarm_a_mere_reading(word):
    event = mapped(RAISE | {"alarm_type": word})
    assert event.kind == "alarm"
    assert event.doubts == (f"alarm_type: {word}",)


def test_an_unknown_kind_is_kept_and_doubted():
    event = mapped(RAISE | {"alarm_type": "gateway alarm"})
    assert (event.kind, event.doubts) == ("gateway alarm", ("alarm_type: gateway alarm",))


@pytest.mark.parametrize("word", ["Unknown", "Okay", "resolved"])
def test_any_other_status_is_firing_and_doubted(word):
    event = mapped(RAISE | {"alarm_status": word})
    assert (event.status, event.doubts) == ("firing", (f"alarm_status: {word}",))


def test_a_missing_status_is_firing_and_doubted():
    assert mapped(without(RAISE, "alarm_status")).doubts == ("alarm_status: (missing)",)


@pytest.mark.parametrize("word", ["OK", "ok", " Ok "])
def test_the_end_ignores_case_and_spaces(word):
    assert mapped(RAISE | {"alarm_status": word}).status == "resolved"


def test_unknown_words_are_kept_and_doubted_once_each():
    event = mapped(RAISE | {"alarm_condition_type": "Obere Grenze", "alarm_severity": "Severe", "alarm_reason": "why"})
    assert event.condition_type == "Obere Grenze"
    assert event.level == "warning"
    assert event.doubts == ("alarm_severity: Severe", "alarm_condition_type: Obere Grenze", "alarm_reason: why")


def test_a_word_of_a_megabyte_is_doubted_in_short():
    assert len(mapped(RAISE | {"alarm_severity": "x" * 1_000_000}).doubts[0]) < 120


@pytest.mark.parametrize(
    ("value", "number", "doubts"),
    [
        ("22.015625", 22.015625, ()),
        (22, 22.0, ()),
        ("9,3", 9.3, ()),
        (" 9.3 ", 9.3, ()),
        ("", None, ()),
        (None, None, ()),
        (0, 0.0, ()),
        ("warm", None, ("alarm_value: not a number",)),
        ("NaN", None, ("alarm_value: not a number",)),
        ("1_000", None, ("alarm_value: not a number",)),
        (True, None, ("alarm_value: not a number",)),
        (10**400, None, ("alarm_value: not a number",)),
        ({"v": 1}, None, ("alarm_value: not a number",)),
    ],
)
def test_numbers_are_read_tolerantly(value, number, doubts):
    event = mapped(RAISE | {"alarm_value": value})
    assert (event.value, event.doubts) == (number, doubts)


def test_the_local_time_stands_in_for_a_missing_one():
    assert mapped(without(RAISE, "alarm_time")).started_at == mapped(RAISE).started_at


def test_a_time_that_cannot_be_read_is_doubted():
    event = mapped(without(RAISE, "alarm_time_local") | {"alarm_time": "yesterday"})
    assert (event.started_at, event.doubts) == (None, ("alarm_time: not a time",))


def test_without_a_uuid_the_payload_is_its_own_id():
    nameless = without(RAISE, "uuid")
    assert mapped(nameless, raw="a").id == mapped(nameless, raw="a").id != mapped(nameless, raw="b").id


def test_an_alarm_of_one_field_is_still_an_alarm():
    event = mapped({"alarm_type": "measurement alarm"})
    assert event.status == "firing"


def test_levels_of_the_source_win():
    reading = replace(READING, levels={"warning": "info"})
    assert mapped(RAISE | {"alarm_severity": "Warning"}, reading).level == "info"


def test_neither_alarm_nor_measurement_cannot_be_read():
    assert isinstance(event_of(READING, {"hello": 1}, raw="{}", arrived_at=NOW), Unreadable)
