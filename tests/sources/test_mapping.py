"""What all mappings share: levels, keys, ids."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.core.model import Event
from router.sources.mapping import believable, digest, instant_of, join_key, level_of, number_of, rekey, text_of

PARTS = st.lists(st.none() | st.text(alphabet="ab|\\", max_size=4), min_size=3, max_size=3)
EVENT = Event("1", "s", "alarm", "firing", "own", datetime(2025, 1, 1, tzinfo=UTC), serial_number="7", value=1.5)


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("Alarm", "critical"),
        ("CRITICAL", "critical"),
        ("fatal", "critical"),
        ("Emergency", "critical"),
        ("page", "critical"),
        ("Info", "info"),
        ("ok", "info"),
        ("none", "info"),
        ("Warning", "warning"),
        ("purple", "warning"),
        ("", "warning"),
        (None, "warning"),
    ],
)
def test_level_of(word, level):
    assert level_of(word, {}) == level


def test_levels_of_a_source_win_and_fold():
    assert level_of("Very_High", {"very high": "critical"}) == "critical"
    assert level_of("alarm", {"Alarm": "info"}) == "info"


@given(PARTS, PARTS)
def test_different_parts_never_give_one_key(first, second):
    same = [part or "" for part in first] == [part or "" for part in second]
    assert (join_key(first) == join_key(second)) is same


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_different_parts_never_give_one_digest(first, second):
    assert (digest(*first) == digest(*second)) is (first == second)


def test_a_key_of_the_source_names_fields():
    event = replace(EVENT, labels={"room": "cold 1"}, raw='{"site": {"id": 9}}')
    assert rekey(event, ("labels.room", "raw.site.id", "value", "tenant")).key == "cold 1|9|1.5|"


def test_no_payload_takes_the_place_of_a_fault_of_ours():
    assert rekey(replace(EVENT, message="fault/channel sms"), ("message",)).key == "\\fault/channel sms"


def test_an_event_without_any_of_the_fields_keeps_its_own_key():
    assert rekey(EVENT, ("tenant", "quantity")).key == "own"


@example(10**5000)
@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2))
def test_whatever_a_payload_holds_is_read_without_an_error(value):
    text_of(value)
    number_of(value)
    instant_of(value)


@pytest.mark.parametrize("year", [1, 1970, 2000, 2027, 9999])
def test_a_time_that_cannot_be_is_no_time(year):
    odd = believable(replace(EVENT, started_at=datetime(year, 1, 1, tzinfo=UTC), doubts=("x",)))
    assert odd.started_at is None
    assert odd.doubts == ("x", "started_at: a time that cannot be")


def test_an_old_time_and_one_of_a_clock_ahead_are_kept():
    event = replace(EVENT, started_at=datetime(2001, 1, 1, tzinfo=UTC), processed_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert believable(event) is event
