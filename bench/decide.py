"""How many decisions a second: `decide` and `State.apply` for one alarm after another, by CPU time of one core.

The floor, in the same run, is finding the rules alone (which a decision does once). What must not be here: the store.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bench.plant import NOW, event, rules_of
from router.core.decide import decide
from router.core.inputs import EventReceived, Input
from router.core.routing import matching_rules
from router.core.rules import Render, Rules, plain_text
from router.core.state import State
from router.render.templates import open_templates

SIZES = (10, 1_000, 100_000)
RUNS = 7
EVENTS = 2_000
GOAL = 50_000


def main() -> None:
    """Print a line for each number of rules and each kind of decision."""
    templates = open_templates(None, timezone="Europe/Berlin", kinds={"mail": "mail"}, people={"alice": "Alice Ito"})
    for size in SIZES:
        rules = rules_of(size)
        floor = rate(partial(search, rules, alarms(size, first=0)))
        say(size, "floor: find the rules", floor, floor)
        updates = alarms(size, first=EVENTS)
        opened = State()
        run(rules, opened, alarms(size, first=0))
        say(size, "update of an open alert", rate(partial(run, rules, opened, updates)), floor)
        for name, render in (("plain page", plain_text), ("page from the mail templates", templates.render)):
            say(
                size,
                f"opening, {name}",
                rate(partial(opening, rules_with(rules, render), alarms(size, first=0))),
                floor,
            )


def rules_with(rules: Rules, render: Render) -> Rules:
    """The same rules with another renderer."""
    return replace(rules, render=render)


def alarms(size: int, *, first: int) -> list[Input]:
    """One alarm of each of many probes, spread over all the rules; other ids of the same ones from another `first`."""
    sensors = (number * 7_919 % (size - 1) for number in range(EVENTS))
    return [EventReceived(event(first + probe, sensor, probe=probe)) for probe, sensor in enumerate(sensors)]


def search(rules: Rules, inputs: Sequence[Input]) -> None:
    for given in inputs:
        assert isinstance(given, EventReceived)
        assert matching_rules(rules, given.event, now=NOW).rules


def run(rules: Rules, state: State, inputs: Sequence[Input]) -> None:
    for given in inputs:
        state.apply(decide(rules, state, given, NOW).changes)


def opening(rules: Rules, inputs: Sequence[Input]) -> None:
    run(rules, State(), inputs)


def rate(work: Callable[[], object]) -> float:
    """The median of decisions a second of CPU time."""
    work()
    rates = []
    gc.collect()
    gc.freeze()
    for _ in range(RUNS):
        began = time.process_time()
        work()
        rates.append(EVENTS / (time.process_time() - began))
    gc.unfreeze()
    return statistics.median(rates)


def say(size: int, what: str, per_second: float, floor: float) -> None:
    figures = {"per_second": round(per_second), "microseconds": round(1e6 / per_second, 1)}
    line = {"bench": "decide", "rules": size, "what": what, **figures}
    print(json.dumps(line | {"of_the_floor": round(per_second / floor, 3), "goal": GOAL, "runs": RUNS}), flush=True)


if __name__ == "__main__":
    main()
