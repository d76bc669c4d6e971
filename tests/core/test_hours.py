import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")


def covers(line, text, zone="Europe/Berlin"):
    return Hours.parse([line], zone).covers(datetime.fromisoformat(text).astimezone(UTC))


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-11-20T08:00+01:00", True),  # a Friday
        ("2026-11-20T16:59:59.999+01:00", True),
        ("2026-11-20T17:00+01:00", False),
        ("2026-11-20T07:59:59+01:00", False),
        ("2026-11-21T12:00+01:00", False),  # Saturday
        ("2026-11-23T07:30Z", True),  # Monday 08:30 in Berlin
    ],
)
def test_office_hours_begin_at_their_start_and_are_over_at_their_end(at, inside):
    assert covers("Mon-Fri 08:00-17:00", at) is inside


@pytest.mark.parametrize(
    ("line", "at", "inside"),
    [
        ("Sat,Sun 00:00-24:00", "2026-11-21T00:00+01:00", True),
        ("Sat,Sun 00:00-24:00", "2026-11-22T23:59:59+01:00", True),
        ("Sat,Sun 00:00-24:00", "2026-11-23T00:00+01:00", False),
        ("Sat, Sun", "2026-11-22T12:00+01:00", True),
        ("saturday", "2026-11-21T12:00+01:00", True),
        ("Fri-Mon 10:00-11:00", "2026-11-23T10:30+01:00", True),
        ("Fri-Mon 10:00-11:00", "2026-11-24T10:30+01:00", False),
        ("Mon,Wed-Fri 10:00-11:00", "2026-11-24T10:30+01:00", False),
        ("Mon,Wed-Fri 10:00-11:00", "2026-11-26T10:30+01:00", True),
        ("Mon–Fri 8:00 – 17:00", "2026-11-23T08:00+01:00", True),
        ("Mon-Fri 08:00-12:00, 13:00-17:00", "2026-11-23T12:30+01:00", False),
        ("Mon-Fri 08:00-12:00, 13:00-17:00", "2026-11-23T13:00+01:00", True),
        ("00:00-24:00", "2026-11-23T23:59+01:00", True),
    ],
)
def test_days_are_lists_and_ranges_and_may_have_several_times(line, at, inside):
    assert covers(line, at) is inside


@pytest.mark.parametrize(
    ("line", "at", "inside"),
    [
        ("22:00-06:00", "2026-11-23T22:00+01:00", True),
        ("22:00-06:00", "2026-11-23T05:59+01:00", True),
        ("22:00-06:00", "2026-11-23T06:00+01:00", False),
        ("Fri 22:00-06:00", "2026-11-21T05:00+01:00", True),  # the Friday night ends on Saturday
        ("Fri 22:00-06:00", "2026-11-20T05:00+01:00", False),
        ("Sun 22:00-06:00", "2026-11-23T05:00+01:00", True),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_on_which_it_starts(line, at, inside):
    assert covers(line, at) is inside


@pytest.mark.parametrize(
    ("line", "at", "inside"),
    [
        ("Mon 22:00 - Tue 06:00", "2026-11-24T05:00+01:00", True),
        ("Mon 22:00 - Tue 06:00", "2026-11-23T05:00+01:00", False),
        ("Fri 17:00 - Mon 08:00", "2026-11-22T12:00+01:00", True),
        ("Fri 17:00 - Mon 08:00", "2026-11-23T08:00+01:00", False),
        ("Fri 17:00 - Mon 08:00", "2026-11-20T16:59+01:00", False),
        ("Mon 10:00 - Mon 09:00", "2026-11-23T09:30+01:00", False),
        ("Mon 10:00 - Mon 09:00", "2026-11-23T08:59+01:00", True),
        ("Mon 10:00 - Mon 10:00", "2026-11-26T08:59+01:00", True),
    ],
)
def test_a_span_can_run_across_days(line, at, inside):
    assert covers(line, at) is inside


@pytest.mark.parametrize(
    ("line", "at", "inside"),
    [
        ("2026-12-24", "2026-12-24T00:00+01:00", True),
        ("2026-12-24", "2026-12-23T23:00Z", True),
        ("2026-12-24", "2026-12-25T00:00+01:00", False),
        ("2026-12-24", "2027-12-24T12:00+01:00", False),
        ("2026-12-24 - 2026-12-26", "2026-12-26T23:59+01:00", True),
        ("2026-12-24 - 2026-12-26", "2026-12-27T00:00+01:00", False),
        ("2026-12-31 20:00-02:00", "2027-01-01T01:59+01:00", True),
        ("2026-12-31 20:00-02:00", "2026-12-31T01:59+01:00", False),
    ],
)
def test_single_dates_and_ranges_of_dates(line, at, inside):
    assert covers(line, at) is inside


def test_hours_are_the_union_of_their_lines():
    hours = Hours.parse(["Mon 08:00-12:00", "2026-11-24"], "UTC")
    assert [hours.covers(datetime(2026, 11, day, 9, tzinfo=UTC)) for day in (23, 24, 25)] == [True, True, False]
    assert not Hours.parse([], "UTC").covers(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("line", ["08:00-09:00 America/New_York", "08:00-09:00   America/New_York  "])
def test_a_zone_after_a_line_wins_over_the_zone_of_the_file(line):
    assert covers(line, "2026-11-23T08:30-05:00")
    assert not covers(line, "2026-11-23T08:30+01:00")


def test_a_zone_after_days_or_dates_is_not_taken_for_one_of_them():
    assert covers("Sat,Sun UTC", "2026-11-21T00:30Z")
    assert not covers("2026-12-24 UTC", "2026-12-24T00:30+01:00")


def test_the_local_time_is_that_of_the_hours_own_zone():
    assert Hours.parse([], "Asia/Tokyo").local(datetime(2026, 11, 23, tzinfo=UTC)).hour == 9


def count(line, start, hours):
    """For how many minutes of these hours the line covers the time."""
    parsed = Hours.parse([line], "Europe/Berlin")
    first = datetime.fromisoformat(start).astimezone(UTC)
    return sum(parsed.covers(first + timedelta(minutes=minute)) for minute in range(hours * 60))


def test_a_night_is_an_hour_shorter_when_clocks_go_forward():
    assert count("22:00-06:00", "2026-03-28T12:00+01:00", 24) == 7 * 60


def test_a_night_is_an_hour_longer_when_clocks_go_back():
    assert count("22:00-06:00", "2026-10-24T12:00+02:00", 24) == 9 * 60


def test_a_span_within_the_skipped_hour_does_not_take_place():
    assert count("02:15-02:45", "2026-03-29T00:00+01:00", 12) == 0
    assert count("02:15-02:45", "2026-03-30T00:00+02:00", 12) == 30


def test_a_span_within_the_hour_that_comes_twice_takes_place_twice():
    assert count("02:15-02:45", "2026-10-25T00:00+02:00", 12) == 60


def test_a_span_that_starts_or_ends_in_the_skipped_hour_is_cut_there():
    assert covers("01:00-02:30", "2026-03-29T01:59+01:00")
    assert not covers("01:00-02:30", "2026-03-29T03:00+02:00")
    assert covers("02:30-04:00", "2026-03-29T03:00+02:00")
    assert not covers("02:30-04:00", "2026-03-29T01:59+01:00")


def test_office_hours_stay_at_the_same_wall_clock_time_through_the_year():
    for at in ("2026-03-27T07:30Z", "2026-03-30T06:30Z", "2026-10-23T06:30Z", "2026-10-26T07:30Z"):
        assert covers("Mon-Fri 08:00-17:00", at)


def test_the_whole_week_covers_every_instant_of_a_year_with_both_changes():
    parsed = Hours.parse(["00:00-24:00"], "Europe/Berlin")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert all(parsed.covers(start + timedelta(minutes=37 * number)) for number in range(0, 14_200, 7))


def test_the_ends_of_the_calendar_are_no_error():
    night = Hours.parse(["22:00-06:00"], "UTC")
    assert night.covers(datetime.max.replace(tzinfo=UTC))
    assert not night.covers(datetime.min.replace(tzinfo=UTC))  # the evening before does not exist


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "expected for example Mon-Fri 08:00-17:00"),
        ("8-17", "expected for example"),
        ("Mon-Fri 08:00", "expected for example"),
        ("Mon-Tue-Wed", "expected for example"),
        ("Mo-Fri 08:00-17:00", "unknown day Mo: did you mean Mon?"),
        ("Xyz 08:00-17:00", "unknown day Xyz: expected Mon Tue"),
        ("25:00-26:00", "25:00 is no time of the day"),
        ("08:60-09:00", "08:60 is no time of the day"),
        ("08:00-24:01", "24:01 is no time of the day"),
        ("08:00-08:00", "08:00-08:00 is empty: the whole day is 00:00-24:00"),
        ("24:00-06:00", "24:00-06:00 is empty"),
        ("2026-02-30", "there is no day 2026-02-30"),
        ("2026-12-26 - 2026-12-24", "2026-12-24 is before 2026-12-26"),
        ("08:00-09:00 Europe/Berlni", "unknown time zone Europe/Berlni"),
        ("Mon 08:00 - Tux 09:00", "unknown day Tux: did you mean Tue?"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_what_was_expected(line, said):
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        Hours.parse([line], "Europe/Berlin")
    assert line in str(caught.value) or "zone" in said


@pytest.mark.parametrize("zone", ["Nowhere", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_of_the_file_is_refused(zone):
    with pytest.raises(ValueError, match="unknown time zone"):
        Hours.parse([], zone)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 1439),
    length=st.integers(1, 1439),
    day=st.integers(0, 6),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_span_covers_exactly_the_wall_clock_times_from_its_start_to_its_end(start, length, day, at):
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    end = (start + length) % 1440
    line = f"{names[day]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    wall = at.astimezone(BERLIN).replace(tzinfo=None)
    monday = datetime.combine(wall.date() - timedelta(days=wall.weekday()), datetime.min.time())
    begins = [monday + timedelta(days=day - 7 * week, minutes=start) for week in (0, 1)]
    expected = any(begin <= wall < begin + timedelta(minutes=length) for begin in begins)
    assert covers(line, at.isoformat()) is expected
