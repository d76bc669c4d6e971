"""The story's clock runs faster than the world, and never leaps."""

from datetime import UTC, datetime, timedelta

import pytest

from router.demo.pace import Pace

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class World:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def world() -> World:
    return World()


def test_the_story_is_as_many_times_faster_as_was_asked(world: World) -> None:
    pace = Pace(60, START, counter=world)
    pace.start_clock()
    for _ in range(1000):
        world.seconds += 0.001
        pace.current_time()
    assert pace.now() == pytest.approx(START + timedelta(minutes=1), abs=timedelta(milliseconds=1))


def test_a_machine_that_stands_still_for_a_while_slows_the_story_down(world: World) -> None:
    pace = Pace(60, START, counter=world)
    pace.start_clock()
    world.seconds += 10
    assert pace.current_time() == pytest.approx(0.5)


def test_nobody_sleeps_longer_than_a_stride_and_less_than_no_time(world: World) -> None:
    pace = Pace(60, START, counter=world)
    assert pace.deadline_to_sleep_time(3600) == pytest.approx(0.5 / 60)
    assert pace.deadline_to_sleep_time(0.06) == pytest.approx(0.001)
    assert pace.deadline_to_sleep_time(-5) == 0


@pytest.mark.parametrize(("speed", "stride"), [(1, 0.05), (1e6, 0.001)])
def test_strides_stay_sensible_at_any_speed(world: World, speed: float, stride: float) -> None:
    assert Pace(speed, START, counter=world).deadline_to_sleep_time(1e9) == pytest.approx(stride)


def test_other_threads_look_at_the_clock_without_turning_it(world: World) -> None:
    pace = Pace(60, START, counter=world)
    world.seconds += 0.005
    assert pace.latest() == START
    assert pace.now() == pace.latest() == START + timedelta(seconds=0.3)


def test_what_setting_up_took_is_not_part_of_the_story(world: World) -> None:
    pace = Pace(60, START, counter=world)
    world.seconds += 5
    pace.start_clock()
    assert pace.current_time() == 0
