"""Waits grow, jitter, are bounded, and start again only after a stable period."""

from router.sources.backoff import Backoff


def test_waits_double_up_to_the_longest():
    backoff = Backoff(first=5, longest=600, chance=lambda: 0.0)
    assert [backoff.after(0) for _ in range(9)] == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_chance_adds_up_to_a_quarter():
    assert Backoff(first=4, longest=60, chance=lambda: 1.0).after(0) == 5


def test_by_default_two_sources_do_not_wait_the_same():
    assert len({Backoff(first=1, longest=60).after(0) for _ in range(20)}) > 1


def test_a_short_connection_does_not_start_again():
    backoff = Backoff(first=1, longest=60, stable=60, chance=lambda: 0.0)
    assert [backoff.after(59) for _ in range(3)] == [1, 2, 4]


def test_a_stable_connection_starts_again():
    backoff = Backoff(first=1, longest=60, stable=60, chance=lambda: 0.0)
    backoff.after(0)
    backoff.after(0)
    assert backoff.after(60) == 1


def test_a_change_by_the_operator_starts_again():
    backoff = Backoff(first=1, longest=60, chance=lambda: 0.0)
    backoff.after(0)
    backoff.forget()
    assert backoff.after(0) == 1


def test_a_year_of_failures_overflows_nothing():
    backoff = Backoff(first=1, longest=60, chance=lambda: 0.0)
    assert [backoff.after(0) for _ in range(5000)][-1] == 60
