import json
from datetime import UTC, datetime

import pytest

from router.core.fields import (
    FIELDS,
    OPERATORS,
    PREFIXES,
    _parsed,
    field_value,
    fold_word,
    is_reading,
    kind_of,
    number_reader,
    text_reader,
    to_number,
    token_reader,
    tokens,
)
from router.core.model import Event

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def event(**fields):
    given = {"id": "1", "source": "plant", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": NOW} | fields
    if not isinstance(given.get("raw", ""), str):
        given["raw"] = json.dumps(given["raw"])
    return Event(**given)


def equal(field, written, **fields):
    return token_reader(field)(event(**fields)) in tokens(field, (written,))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_one_of_an_event_and_can_be_read_in_every_way(field):
    assert field in Event.__dataclass_fields__
    for read in (token_reader(field), text_reader(field), number_reader(field)):
        read(event())


def test_every_kind_of_field_says_which_operators_it_takes():
    assert set(OPERATORS) == {*FIELDS.values(), *PREFIXES.values()}
    assert all({"equals", "present"} <= words for words in OPERATORS.values())


@pytest.mark.parametrize(
    ("field", "kind"),
    [("severity", "word"), ("labels.site", "label"), ("raw.a.b", "raw"), ("labels.", None), ("raw", None), ("x", None)],
)
def test_the_kind_of_a_field_is_known_by_its_name(field, kind):
    assert kind_of(field) == kind


@pytest.mark.parametrize("text", ["Upper limit", "UPPER_LIMIT", "upper-limit", " upper  _ limit "])
def test_in_the_sources_words_case_and_separators_do_not_count(text):
    assert fold_word(text) == "upper limit"
    assert equal("condition_type", "Upper limit", condition_type=text)
    assert equal("condition_type", text, condition_type="Upper limit")


@pytest.mark.parametrize("field", ["source_uuid", "serial_number", "tenant", "message"])
def test_in_ids_and_texts_case_does_not_count_but_separators_do(field):
    assert equal(field, "AB-1", **{field: "ab-1"})
    assert not equal(field, "ab 1", **{field: "ab-1"})


def test_in_labels_case_does_not_count_but_separators_do():
    assert equal("labels.room", "cold-Room", labels={"room": "Cold-room"})
    assert not equal("labels.room", "cold room", labels={"room": "cold-room"})
    assert not equal("labels.Room", "cold-room", labels={"room": "cold-room"})


@pytest.mark.parametrize("written", ["8", "8.0", "08", " 8e0 "])
def test_numbers_are_equal_by_value(written):
    assert equal("value", written, value=8.0)
    assert not equal("value", written, value=8.5)


def test_a_word_never_equals_a_number_field():
    assert tokens("value", ("cold",)) == frozenset()


@pytest.mark.parametrize("written", ["2026-11-22T09:00:00Z", "2026-11-22T10:00:00+01:00", "2026-11-22 09:00"])
def test_times_are_equal_when_they_name_the_same_instant(written):
    assert equal("started_at", written, started_at=datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert not equal("started_at", written, started_at=NOW)


def test_a_text_that_is_no_time_equals_no_time():
    assert tokens("started_at", ("yesterday",)) == frozenset()


def test_a_time_is_shown_and_searched_as_iso_text_in_utc():
    at = datetime(2026, 11, 22, 9, 0, 0, 500_000, tzinfo=UTC)
    assert field_value(event(started_at=at), "started_at") == "2026-11-22T09:00:00.500000Z"
    assert text_reader("started_at")(event(started_at=at)) == "2026-11-22T09:00:00.500000Z"


RAW = {"a": [{"b": "Deep"}, 2], "n": 8, "f": 8.5, "t": True, "u": False, "null": None, "empty": "", "007": "007"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.0.b", "Deep"),
        ("a.1", 2),
        ("a.2", None),
        ("a.x", None),
        ("a.0.b.c", None),
        ("n", 8),
        ("t", True),
        ("null", None),
        ("empty", None),
        ("missing", None),
        ("a", '[{"b": "Deep"}, 2]'),
        ("a.0", '{"b": "Deep"}'),
    ],
)
def test_raw_reads_a_dotted_path_into_the_payload(path, value):
    assert field_value(event(raw=RAW), f"raw.{path}") == value


@pytest.mark.parametrize(
    ("path", "written", "same"),
    [
        ("n", "8", True),
        ("n", "8.0", True),
        ("f", "8.5", True),
        ("n", "9", False),
        ("t", "True", True),
        ("u", "false", True),
        ("u", "0", False),
        ("t", "1", False),
        ("a.0.b", "deep", True),
        ("007", "007", True),
        ("007", "7", False),
        ("a", "deep", False),
        ("missing", "None", False),
    ],
)
def test_raw_values_are_equal_by_their_json_type(path, written, same):
    assert equal(f"raw.{path}", written, raw=RAW) is same


def test_a_long_number_in_a_payload_is_compared_exactly():
    assert equal("raw.n", "12345678901234567890", raw={"n": 12345678901234567890})
    assert not equal("raw.n", "12345678901234567891", raw={"n": 12345678901234567890})


@pytest.mark.parametrize("raw", ["", "no json", "{", "[" * 100_000, '"text"', "\ud800"])
def test_a_payload_that_is_no_json_object_lacks_every_raw_field(raw):
    assert field_value(event(raw=raw), "raw.a") is None


def test_a_payload_is_parsed_once_for_all_rules_that_look_into_it():
    seen = event(raw={"once": 1, "two": 2})
    before = _parsed.cache_info().misses
    for field in ("raw.once", "raw.two", "raw.once"):
        token_reader(field)(seen)
        number_reader(field)(seen)
    assert _parsed.cache_info().misses == before + 1


def test_a_payload_is_not_parsed_when_no_rule_asks():
    before = _parsed.cache_info()
    seen = event(raw={"never": "asked"}, severity="Alarm")
    token_reader("severity")(seen)
    after = _parsed.cache_info()
    assert (after.hits, after.misses) == (before.hits, before.misses)


@pytest.mark.parametrize("field", ["source_uuid", "severity", "message", "labels.site"])
def test_an_empty_text_counts_as_absent(field):
    empty = event(source_uuid="", severity="", message="", labels={"site": ""})
    assert field_value(empty, field) is None
    assert token_reader(field)(empty) is None
    assert text_reader(field)(empty) is None


@pytest.mark.parametrize("field", ["source_uuid", "severity", "message", "labels.site", "raw.a", "value"])
def test_no_event_can_equal_an_empty_text(field):
    assert tokens(field, ("",)) == frozenset()


def test_zero_is_a_value():
    assert field_value(event(value=0.0, delay=0.0), "value") == 0
    assert number_reader("delay")(event(delay=0.0)) == 0


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (8, 8.0),
        (" -8.5 ", -8.5),
        ("1e3", 1000.0),
        ("1_000", None),
        ("8,5", None),
        ("", None),
        ("nan", None),
        (float("inf"), None),
        (10**400, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_only_finite_numbers_and_their_spelling_are_numbers(value, number):
    assert to_number(value) == number


def test_numbers_that_a_source_writes_as_text_are_numbers():
    seen = event(labels={"limit": "7.5"}, raw={"value": "-18.5"})
    assert number_reader("labels.limit")(seen) == 7.5
    assert number_reader("raw.value")(seen) == -18.5


def test_a_pattern_sees_a_payloads_number_as_its_json_text():
    assert text_reader("raw.n")(event(raw=RAW)) == "8"
    assert text_reader("raw.t")(event(raw=RAW)) == "true"
    assert text_reader("raw.missing")(event(raw=RAW)) is None


@pytest.mark.parametrize("kind", ["measurement", "Sentilo_Data", "sentilo order"])
def test_measurements_data_and_orders_are_readings(kind):
    assert is_reading(event(kind=kind))


@pytest.mark.parametrize("kind", ["alarm", "measurement alarm", "sentilo alarm", "device system alarm"])
def test_alarms_are_no_readings(kind):
    assert not is_reading(event(kind=kind))
