"""Sentilo pushes: all documented shapes and texts, ids that survive retries, and texts of strangers."""

import time
from datetime import UTC, datetime

import pytest

from router.core.model import Event
from router.core.settings import Reading
from router.sources.mapping import Unreadable
from router.sources.sentilo import event_of, is_push

NOW = datetime(2025, 3, 17, 21, 5, tzinfo=UTC)
READING = Reading("city", format="sentilo")
INTERNAL = {
    "message": "Alarm FRIDGE_GT_8: value 9.3 from the sensor FRIDGE_01_T verifies the restriction: Greater than 8",
    "timestamp": "17/03/2025T21:04:05",
    "topic": "/alarm/FRIDGE_GT_8",
    "type": "ALARM",
    "sensor": "FRIDGE_01_T",
    "provider": "coldroom",
    "alert": "FRIDGE_GT_8",
    "alertType": "GT",
    "time": 1742245445000,
    "publisher": "sentilo-catalog",
    "publishedAt": 1742245444990,
    "publisherTenant": "",
    "tenant": "",
    "sender": "sentilo-catalog",
}
EXTERNAL = {
    "message": "Threshold limit exceeded: 32",
    "timestamp": "17/03/2025T21:05:00",
    "topic": "/alarm/43",
    "type": "ALARM",
    "alert": "43",
    "time": 1742245500000,
    "publisher": "appDemo",
    "publishedAt": 1742245499987,
    "sender": "appDemo",
}
DATA = {
    "message": "26",
    "timestamp": "03/12/2020T07:36:27",
    "topic": "/data/TITAN/TITAN-S01",
    "type": "DATA",
    "sensor": "TITAN-S01",
    "provider": "TITAN",
    "time": 1606980987614,
    "publisher": "TITAN",
    "tenant": "",
    "sender": "TITAN",
}
ORDER = {"message": "Stop", "topic": "/order/coldroom/FRIDGE_01_T", "type": "ORDER", "provider": "coldroom", "time": 1}


def mapped(payload: dict) -> Event:
    event = event_of(READING, payload, raw="{}", arrived_at=NOW)
    assert isinstance(event, Event)
    return event


def about(text: str) -> str:
    return f"Alarm FRIDGE_GT_8: value 9.3 from the sensor FRIDGE_01_T verifies the restriction: {text}"


def test_an_internal_alarm():
    event = mapped(INTERNAL)
    assert (event.kind, event.status, event.level) == ("sentilo alarm", "firing", "warning")
    assert event.key == "|FRIDGE_GT_8"
    assert (event.value, event.labels["limit"], event.condition_type) == (9.3, "8", "GT")
    assert (event.source_uuid, event.labels["provider"], event.tenant) == ("FRIDGE_01_T", "coldroom", None)
    assert event.started_at == datetime(2025, 3, 17, 21, 4, 5, tzinfo=UTC)
    assert event.message == INTERNAL["message"]


def test_an_external_alarm_keeps_its_own_text():
    event = mapped(EXTERNAL)
    assert (event.message, event.value, event.condition_type, event.source_uuid) == (
        "Threshold limit exceeded: 32",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "limit", "trigger"),
    [
        ("Greater than 8", "8", "GT"),
        ("Greather than or equals to 8.5", "8.5", "GTE"),
        ("Greater than or equals to 8.5", "8.5", "GTE"),
        ("Less than 2", "2", "LT"),
        ("Less than or equals to -2", "-2", "LTE"),
        ("Equals to open", "open", "EQ"),
        ("Value has changed", None, "CHANGE"),
        ("Value variation is greater than 20 percent", "20 percent", "CHANGE_DELTA"),
    ],
)
@pytest.mark.parametrize("alert_type", ["INTERNAL", None])
def test_the_documented_texts_tell_limit_and_trigger(text, limit, trigger, alert_type):
    event = mapped(INTERNAL | {"message": about(text), "alertType": alert_type})
    assert (event.value, event.labels.get("limit"), event.condition_type) == (9.3, limit, trigger)


@pytest.mark.parametrize("alert_type", ["GT", "gt", "FROZEN", "MINE"])
def test_the_alert_type_wins_over_the_text(alert_type):
    event = mapped(INTERNAL | {"alertType": alert_type})
    assert event.condition_type == (alert_type.upper() if alert_type != "MINE" else "MINE")


def test_a_sample_that_is_no_number_has_no_value():
    text = "Alarm FRIDGE_GT_8: value warm from the sensor FRIDGE_01_T must be a number"
    assert mapped(INTERNAL | {"message": text}).value is None


def test_a_frozen_sensor():
    text = "Alert FRIDGE_GT_8: sensor FRIDGE_01_T is frozen. It has not been updated for the last 15 minute(s)."
    event = mapped(INTERNAL | {"message": text, "alertType": "INTERNAL"})
    assert (event.condition_type, event.labels["limit"], event.value) == ("FROZEN", "15 minute", None)


def test_a_retry_has_the_same_id_and_a_repeat_another():
    retry = INTERNAL | {"retryAttempt": 2, "publishedAt": 1, "publisher": "other"}
    assert mapped(retry).id == mapped(INTERNAL).id
    for change in ({"time": 1742245505000}, {"message": about("Greater than 7")}, {"alert": "X"}, {"sender": "Y"}):
        assert mapped(INTERNAL | change).id != mapped(INTERNAL).id


def test_without_a_sender_the_publisher_stands_for_it():
    assert mapped({k: v for k, v in INTERNAL.items() if k != "sender"}).id == mapped(INTERNAL).id


def test_tenants_keep_their_alerts_apart():
    assert mapped(INTERNAL | {"tenant": "bcn"}).key == "bcn|FRIDGE_GT_8"
    assert mapped(INTERNAL | {"publisherTenant": "bcn"}).tenant == "bcn"


def test_data_and_orders_are_readings():
    data, order = mapped(DATA), mapped(ORDER)
    assert (data.kind, data.value, data.source_uuid) == ("sentilo data", 26.0, "TITAN-S01")
    assert (order.kind, order.value, order.message, order.source_uuid) == ("sentilo order", None, "Stop", "FRIDGE_01_T")
    assert data.id != order.id


def test_the_topic_tells_when_the_fields_do_not():
    event = mapped({"message": "x", "topic": "/alarm/43", "time": 1742245500000})
    assert event.key == "|43"


def test_the_text_of_the_time_is_the_last_resort():
    event = mapped({k: v for k, v in INTERNAL.items() if k != "time"})
    assert event.started_at == datetime(2025, 3, 17, 21, 4, 5, tzinfo=UTC)
    assert mapped({"message": "x", "topic": "/alarm/43"}).started_at is None


@pytest.mark.parametrize("payload", [{}, {"type": "PING"}, {"type": "ALARM", "message": "whose?"}])
def test_what_is_no_push_cannot_be_read(payload):
    assert isinstance(event_of(READING, payload, raw="{}", arrived_at=NOW), Unreadable)


def test_the_shape_is_known():
    assert is_push(INTERNAL)
    assert is_push(DATA)
    assert not is_push({"type": "alarm"})


def test_a_text_made_to_be_slow_is_not():
    text = "Alarm 43: value " + "from the sensor : value " * 40_000
    start = time.perf_counter()
    mapped(EXTERNAL | {"message": text})
    assert time.perf_counter() - start < 0.5
