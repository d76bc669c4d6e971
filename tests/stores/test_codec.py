"""Rows as bytes and back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.inputs import EventReceived
from router.core.model import NO_LABELS, Alert, Recovery
from router.errors import StoreCorruptError
from router.stores.codec import (
    ALERT,
    EPOCH,
    Reader,
    Shared,
    body,
    detail_of,
    detail_text,
    digest,
    input_of,
    instant_of,
    micros,
    printable,
)
from tests.stores.samples import NOW, alert, event, recovery


@given(st.datetimes(timezones=st.just(EPOCH.tzinfo)))
def test_an_instant_survives_as_microseconds(at: datetime) -> None:
    assert instant_of(micros(at)) == at


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert micros(there) == micros(NOW)


def test_an_instant_without_a_zone_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        micros(NOW.replace(tzinfo=None))


def test_a_field_added_since_gets_its_default_and_one_taken_away_is_passed_over() -> None:
    @dataclass(frozen=True, slots=True)
    class Before:
        id: str
        gone: int = 1

    @dataclass(frozen=True, slots=True)
    class After:
        id: str
        new: str = "default"

    assert Reader(After).one(body(Before("x"))) == After("x")


@pytest.mark.parametrize("stored", [b"", b"\xc1", b"\x91" * 100_000, b"\x81\xa2id\xa1\xff", b"\x80", b"\x00"])
def test_bytes_that_are_no_row_are_told_as_damage(stored: bytes) -> None:
    with pytest.raises(StoreCorruptError, match="stored alert cannot be read"):
        ALERT.one(stored)


@pytest.mark.parametrize("stored", [b"\xc1", b"\x80"])
def test_a_damaged_journal_line_is_told(stored: bytes) -> None:
    with pytest.raises(StoreCorruptError, match="eventreceived"):
        input_of("EventReceived", stored)


def test_an_input_comes_back_by_its_name() -> None:
    assert input_of("EventReceived", body(EventReceived(event()))) == EventReceived(event())


def test_a_detail_is_json_and_a_damaged_one_is_told() -> None:
    assert detail_of(detail_text({"at": "10:00", "n": [1, None]})) == {"at": "10:00", "n": [1, None]}
    for text in ("[1]", "{", "[" * 100_000):
        with pytest.raises(StoreCorruptError, match="timeline"):
            detail_of(text)


def test_digests_differ_and_stay() -> None:
    assert digest("cold-chain/1") != digest("cold-chain/2")
    assert digest("cold-chain/1").hex() == "d2e63c2fb7b3fc4aec45a72a"


def test_sharing_changes_nothing_but_identity() -> None:
    shared = Shared()
    rows = [alert("a"), alert("a", event=event(labels={})), alert("b", fault="lasting", routes=(), told=())]
    stored = [body(row) for row in rows]
    finished = list(Reader(Alert, shared.alert).many(stored))
    assert finished == rows
    assert finished[0].event.reason is None
    assert finished[1].event.labels is NO_LABELS
    assert finished[2].told == ()


def test_a_key_is_held_once_for_an_alert_or_recovery_and_its_event() -> None:
    shared = Shared()
    one = Reader(Alert, shared.alert).one(body(alert()))
    other = Reader(Recovery, shared.recovery).one(body(recovery()))
    assert one.event.key is one.key
    assert other.event.key is other.key
    assert other == recovery()


def test_equal_labels_in_another_order_stay_equal() -> None:
    shared = Shared()
    first, second = (Reader(Alert, shared.alert).one(body(alert(event=event(labels=each)))) for each in (
        {"a": "1", "b": "2"}, {"b": "2", "a": "1"},
    ))  # fmt: skip
    assert first.event.labels == second.event.labels == {"a": "1", "b": "2"}


def test_printable_replaces_only_what_cannot_be_stored() -> None:
    assert printable(alert()) == alert()
    odd = replace(event(), message="a\udcffb", value=-(10**400), labels={"k\ud800": "€"}, doubts=("\ud83d\ude00",))
    clean = printable(odd)
    assert (clean.message, clean.value, dict(clean.labels), clean.doubts) == (
        "a\ufffdb",
        -1e308,
        {"k\ufffd": "€"},
        ("😀",),
    )
    body(clean)
