"""Durations are written with units, and a bare number says how."""

from datetime import timedelta

import pytest

from router.config.durations import duration_hint, parse_duration, parse_rate, spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(minutes=90)),
        ("0s", timedelta(0)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "-5m", "1.5h", "5min", "30m1h", "1h1h", "5M", "999999999d", "4000d", "٥m"]
)
def test_anything_else_is_refused_and_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 30s, 5m, 2h or 1d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5", "add a unit: 5s, 5m, 5h or 5d"),
        ("5 min", "write 5m"),
        ("5 Minutes", "write 5m"),
        ("2 days", "write 2d"),
        ("soon", ""),
    ],
)
def test_a_bare_number_is_told_to_take_a_unit(text: str, hint: str) -> None:
    assert duration_hint(text) == hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10/min", (10, timedelta(minutes=1))),
        ("1/s", (1, timedelta(seconds=1))),
        ("200 / h", (200, timedelta(hours=1))),
        ("5/day", (5, timedelta(days=1))),
    ],
)
def test_rates(text: str, expected: tuple[int, timedelta]) -> None:
    assert parse_rate(text) == expected


@pytest.mark.parametrize("text", ["", "10", "10/", "0/min", "10/fortnight", "-1/s", "min/10"])
def test_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="expected a rate such as 10/min"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["0s", "1m30s", "2h", "1d1h", "400d"])
def test_spoken_is_what_one_writes(text: str) -> None:
    assert spoken(parse_duration(text)) == text
