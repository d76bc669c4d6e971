"""Where a route stands in its policy and what comes next: pure questions about steps and rounds.

What must not be here: timers or texts.
"""

from dataclasses import dataclass
from datetime import timedelta

from router.core.model import Reason, Route
from router.core.rules import Policy


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A step of a round: `step` counts from 1, `round` 0 is the first time through."""

    round: int
    step: int


def next_place(policy: Policy, route: Route) -> Place | None:
    """The step that follows in this round or the next; `None` when steps and repeats are used up."""
    if route.step < len(policy.steps):
        return Place(route.round, route.step + 1)
    if route.round < policy.repeat_times:
        return Place(route.round + 1, 1)
    return None


def wait_before(policy: Policy, place: Place) -> timedelta:
    """How long after the step before this one runs; for the very first, after the alert opened."""
    if place.step == 1 and place.round > 0:
        return policy.repeat_wait
    return policy.steps[place.step - 1].wait


def last_wait(policy: Policy) -> timedelta:
    """The last `wait` that the policy writes: of its repeats, or else of its last step."""
    return policy.repeat_wait if policy.repeat_times else policy.steps[-1].wait


def reason_at(place: Place) -> Reason:
    """Why somebody is told at this place: `raised`, `escalated` or `repeated`."""
    if place.round > 0:
        return "repeated"
    return "raised" if place.step == 1 else "escalated"
