from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.render import words
from router.render.samples import ALERT, EVENT, RECOVERY

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 3, 17, 21, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.3, "9.3"),
        (22.015625, "22.02"),
        (8.0, "8"),
        (1013.25, "1013.25"),
        (100.0, "100"),
        (-0.001, "-0.001"),
        (-0.0, "0"),
        (0.0, "0"),
        (-18.5, "-18.5"),
        (0.01234, "0.0123"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert words.number(value) == text


def test_units_get_their_sign():
    assert words.amount(9.3, "PU_DEGREE_CELSIUS") == "9.3 °C"
    assert words.amount(55.0, "%rF") == "55 % RH"
    assert words.amount(2.0, "g/m³") == "2 g/m³"
    assert words.amount(2.0) == "2"
    assert words.amount(None, "°C") == ""


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=32, seconds=59), "32 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
        (timedelta(days=3), "3 d"),
        (-timedelta(minutes=5), "5 min"),
    ],
)
def test_a_duration_has_its_two_largest_parts(length, text):
    assert words.duration(length) == text


def test_how_far_an_instant_is_from_now():
    assert words.ago(NOW - timedelta(minutes=32), NOW) == "32 min ago"
    assert words.ago(NOW + timedelta(minutes=5), NOW) == "in 5 min"
    assert words.ago(NOW - timedelta(seconds=3), NOW) == "just now"


def test_times_are_shown_in_the_zone_and_as_short_as_is_clear():
    assert words.when(NOW, BERLIN, NOW) == "22:31"
    assert words.when(NOW - timedelta(days=1), BERLIN, NOW) == "Sun 16 Mar 22:31"
    assert words.when(NOW - timedelta(days=300), BERLIN, NOW) == "Tue 21 May 2024 23:31"
    assert words.full_time(NOW, BERLIN) == "Mon 17 Mar 2025 22:31 CET"


def test_yesterday_is_told_by_the_day_of_the_zone_not_of_utc():
    midnight = datetime(2025, 3, 17, 23, 5, tzinfo=UTC)
    assert words.when(midnight - timedelta(minutes=10), BERLIN, midnight) == "Mon 17 Mar 23:55"


def test_the_hour_that_comes_twice_says_which_one_it_is():
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert words.full_time(first, BERLIN) == "Sun 26 Oct 2025 02:30 CEST"
    assert words.full_time(first + timedelta(hours=1), BERLIN) == "Sun 26 Oct 2025 02:30 CET"


def test_targets_are_named_as_people_know_them():
    people = {"alice": "Alice Ito"}
    assert words.names(["alice via sms", "lab-slack", "alice via mail"], people) == "Alice Ito (sms, mail), lab-slack"
    assert words.names(["bob via sms", "alice"], people) == "bob (sms), Alice Ito"
    assert words.names([], people) == ""


@pytest.mark.parametrize(
    ("condition_type", "name"),
    [
        ("Upper limit", "upper limit"),
        ("MACT_LOWER_LIMIT", "lower limit"),
        ("The battery of the device is nearly empty", "battery"),
        ("Lost external power supply for device", "power"),
        ("Connection timeout, device did not communicated in expected time", "timeout"),
        ("Sensor is broken", "sensor"),
        ("Calibration is too old", "calibration"),
        ("GTE", "upper limit"),
        ("FROZEN", "stuck"),
        ("Unknown", "other"),
        (None, "other"),
    ],
)
def test_each_condition_type_is_a_kind_of_trouble_with_its_advice(condition_type, name):
    found = words.trouble(condition_type)
    assert found.name == name
    assert found.advice


def test_only_the_sources_own_word_makes_it_back_to_normal():
    over = replace(ALERT, status="resolved", resolved_at=NOW, recovery=RECOVERY)
    assert words.ending(over, RECOVERY).word == "Back to normal"
    assert "“Alarm condition is adhered”" in words.ending(over, RECOVERY).sentence


def test_the_end_of_supervision_is_not_back_to_normal():
    recovery = replace(RECOVERY, reason="The time period for alarm supervision has ended")
    end = words.ending(replace(ALERT, status="resolved", recovery=recovery), recovery)
    assert end.word == "No longer watched"
    assert "“The time period for alarm supervision has ended”" in end.sentence
    assert "not mean that it is back to normal" in end.sentence
    assert end.look


@pytest.mark.parametrize(
    ("reason", "word"), [("The alarm condition does no longer exist", "Over"), ("door shut", "Over"), (None, "Over")]
)
def test_other_recoveries_are_quoted(reason, word):
    recovery = replace(RECOVERY, reason=reason)
    end = words.ending(replace(ALERT, status="resolved", recovery=recovery), EVENT)
    assert end.word == word
    assert (reason or "it is over") in end.sentence


def test_no_repeat_is_closed_and_never_back_to_normal():
    end = words.ending(replace(ALERT, status="resolved", resolution="no repeat for 30m"), EVENT)
    assert end == words.Ending(
        "Closed", "No repeat for 30m. The source has not said that it is back to normal.", look=True
    )


def test_what_a_person_resolved_nobody_else_need_look_at():
    end = words.ending(replace(ALERT, status="resolved", resolution="resolved by Bob"), EVENT)
    assert (end.word, end.look) == ("Closed", False)
    assert end.sentence.startswith("Resolved by Bob. ")


def test_a_reading_that_ends_an_alert_says_why():
    reading = replace(EVENT, kind="measurement", reason=None, value=5.0)
    over = replace(ALERT, status="resolved", recovery=reading, resolution="the reading no longer meets the rule")
    assert words.ending(over, reading) == words.Ending("Over", "The reading no longer meets the rule.", look=False)


def test_the_end_of_a_fault_says_what_it_says():
    end = words.ending(replace(ALERT, status="resolved", resolution="the link is back", fault="lasting"), EVENT)
    assert end == words.Ending("Over", "The link is back.", look=False)


def test_text_from_outside_loses_control_and_direction_changing_characters():
    assert words.clean("a\x1b[31mb\u202ec\x00d\ne", 50) == "a[31mbcd\ne"
    assert words.clean("x" * 60, 50) == "x" * 49 + "…"


def test_sms_text_uses_the_short_alphabet_where_letters_have_an_equal():
    assert words.gsm("9,3 °C – “Kühlraum” façade Łódź…") == '9,3 C - "Kühlraum" facade Łodz...'
    assert words.gsm("Холодильник") == "Холодильник"


def test_the_length_of_an_sms_counts_places_not_characters():
    assert words.gsm_length("a" * 160) == 160
    assert words.gsm_length("[€]") == 6
    assert words.gsm_length("Х" * 70) == 160


def test_an_sms_takes_its_vital_parts_always_and_others_while_they_fit():
    assert words.sms(["a" * 100, "b" * 59, "c" * 59]) == "a" * 100 + " " + "b" * 59
    assert words.sms(["a" * 100, "b" * 60, "c" * 59], vital=1) == "a" * 100 + " " + "c" * 59
    assert words.sms(["a" * 100, "b" * 60, "c" * 30], vital=2) == " ".join(["a" * 100, "b" * 60, "c" * 30])


def test_an_sms_ends_with_its_last_line_whole_and_alone():
    assert words.sms(["a", "b"], last=" ack\n x ") == "a b\nack x"
    assert words.sms(["a" * 100, "b" * 55, "c" * 3], last="ack x") == "a" * 100 + " ccc\nack x"
    long = words.sms(["a" * 5000], last="ack x")
    assert long.endswith("a\nack x")
    assert words.gsm_length(long) <= 300
    assert words.sms([], last="ack x") == "ack x"
    assert words.sms(["a" * 400], last="b" * 400) == "b" * 400


def test_an_sms_is_never_longer_than_two():
    assert words.gsm_length(words.sms(["x" * 5000, "y"], vital=2)) <= 300
    assert words.gsm_length(words.sms(["Х" * 5000, "y"], vital=2)) <= 300
    assert words.sms([]) == ""
