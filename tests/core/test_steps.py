"""Where a route stands and what comes next."""

from datetime import timedelta
from typing import Any

import pytest

from router.core.model import Route
from router.core.steps import Place, last_wait, next_place, reason_at, wait_before
from tests.core.playbook import minutes, policy, step

ONCE = policy("p", step("ops"), step("ops", wait=5), step("ops", wait=15))
TWICE = policy("p", step("ops"), step("ops", wait=5), repeat_times=1, repeat_wait=timedelta(minutes=30))


@pytest.mark.parametrize(
    ("at", "of", "then"),
    [
        ((0, 0), ONCE, (0, 1)),
        ((0, 3), ONCE, None),
        ((0, 2), TWICE, (1, 1)),
        ((1, 1), TWICE, (1, 2)),
        ((1, 2), TWICE, None),
    ],
)
def test_steps_follow_each_other_and_rounds_follow_the_last_step(at: Any, of: Any, then: Any) -> None:
    route = Route(rule="r", line=1, policy="p", round=at[0], step=at[1])
    assert next_place(of, route) == (Place(*then) if then else None)


def test_a_step_waits_its_own_time_and_a_round_that_of_the_repeat() -> None:
    assert [wait_before(ONCE, Place(0, number)) for number in (1, 2, 3)] == [minutes(0), minutes(5), minutes(15)]
    assert [wait_before(TWICE, Place(1, number)) for number in (1, 2)] == [minutes(30), minutes(5)]
    assert (last_wait(ONCE), last_wait(TWICE)) == (minutes(15), minutes(30))


def test_the_reason_names_the_place() -> None:
    assert [reason_at(place) for place in (Place(0, 1), Place(0, 2), Place(1, 1))] == [
        "raised",
        "escalated",
        "repeated",
    ]
