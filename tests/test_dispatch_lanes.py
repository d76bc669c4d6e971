"""Slots and tokens of one channel."""

from datetime import timedelta
from math import inf

import pytest

from router.core.settings import Channel
from router.dispatch_lanes import Lane
from router.errors import Secret


def channel(*, concurrency: int = 2, rate: tuple[int, timedelta] | None = None) -> Channel:
    return Channel("mail", Secret("json://x"), personal=False, concurrency=concurrency, rate=rate)


def test_slots_bound_what_is_taken_until_they_are_released() -> None:
    lane = Lane()
    lane.follow(channel(concurrency=3), 0)
    assert [lane.take(2), lane.take(2), lane.take(2)] == [2, 1, 0]
    lane.release()
    assert lane.take(2) == 1


def test_without_a_rate_nothing_is_waited_for() -> None:
    lane = Lane()
    lane.follow(channel(), 0)
    assert lane.next_free() == inf


def test_the_bucket_begins_full_and_fills_evenly() -> None:
    lane = Lane()
    limited = channel(concurrency=99, rate=(10, timedelta(seconds=60)))
    lane.follow(limited, 0)
    assert lane.take(50) == 10
    assert lane.next_free() == pytest.approx(6)
    lane.follow(limited, 5.9)
    assert lane.take(50) == 0
    lane.follow(limited, 6)
    assert lane.take(50) == 1
    lane.follow(limited, 1000)
    assert lane.take(50) == 10


def test_another_rate_counts_at_once_and_the_same_keeps_its_tokens() -> None:
    lane = Lane()
    lane.follow(channel(concurrency=99, rate=(1, timedelta(seconds=60))), 0)
    assert lane.take(5) == 1
    lane.follow(channel(concurrency=99, rate=(1, timedelta(seconds=60))), 1)
    assert lane.take(5) == 0
    lane.follow(channel(concurrency=99, rate=(3, timedelta(seconds=60))), 2)
    assert lane.take(5) == 3


def test_fewer_slots_after_a_reload_take_none_back() -> None:
    lane = Lane()
    lane.follow(channel(concurrency=3), 0)
    lane.take(3)
    lane.follow(channel(concurrency=1), 0)
    assert (lane.busy, lane.take(1)) == (3, 0)


def test_a_slot_is_released_once() -> None:
    with pytest.raises(AssertionError):
        Lane().release()
