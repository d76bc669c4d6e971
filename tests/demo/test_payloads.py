"""The sensors speak the vendor's language: our own mapping understands them without a doubt."""

import json
from datetime import UTC, datetime

from router.core.model import Event
from router.core.settings import Reading
from router.demo.payloads import Condition, Sensor, over, raised
from router.demo.story import BATTERY, LOST, OLD
from router.sources.saveris import event_of

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WARM = Condition(Sensor("1", "Freezer"), "Upper limit", -14.2)


def read(payload: bytes) -> Event:
    event = event_of(Reading("cold-chain"), json.loads(payload), raw=payload.decode(), arrived_at=AT)
    assert isinstance(event, Event)
    return event


def test_an_alarm_and_its_end_are_two_events_with_one_key() -> None:
    begin, end = read(raised(WARM, AT, number=1)), read(over(WARM, AT, number=2))
    assert (begin.status, end.status) == ("firing", "resolved")
    assert begin.key == end.key
    assert begin.id != end.id
    assert (begin.value, begin.unit, begin.kind, begin.started_at) == (-14.2, "°C", "measurement alarm", AT)


def test_every_word_of_the_story_is_known() -> None:
    for condition in (WARM, BATTERY, LOST, OLD):
        assert read(raised(condition, AT, number=1)).doubts == ()
        assert read(over(condition, AT, number=1)).doubts == ()


def test_trouble_of_a_device_has_no_value() -> None:
    event = read(raised(BATTERY, AT, number=1))
    assert (event.kind, event.value, event.severity) == ("device system alarm", None, "Warning")
