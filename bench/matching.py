"""How fast the rules that match an event are found, and how little that depends on their number.

Each of N rules names a severity, two condition types and its own sensors (the shape of a real file), then a rule for
everything else. Each event names one of the sensors. What must not be here: decisions.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from router.config.patterns import compile_search, index_patterns
from router.core.explain import matches
from router.core.index import build_index
from router.core.match import AllOf, Condition, Equal, Everything, Pattern
from router.core.model import Event
from router.core.rules import Rule

SIZES = (10, 1_000, 100_000)
RUNS = 7
EVENTS = 5_000
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@cache
def uuid(number: int) -> str:
    return str(UUID(int=random.Random(number).getrandbits(128)))  # the same ones in every run


def by_sensor(number: int) -> Condition:
    severity, types = Equal("severity", ("Alarm",)), Equal("condition_type", ("Upper limit", "Lower limit"))
    return AllOf((severity, types, Equal("source_uuid", (uuid(2 * number), uuid(2 * number + 1)))))


def by_pattern(number: int) -> Condition:
    pattern = f"*fridge*number {number};*"
    return Pattern("message", "glob", pattern, compile_search("glob", pattern))


def rules(size: int, condition: Callable[[int], Condition]) -> list[Rule]:
    made = [Rule(f"rule {number}", number, condition(number), policy="p") for number in range(size - 1)]
    return [*made, Rule("everything else", size, Everything(), policy="p")]


def events(size: int) -> list[Event]:
    chance = random.Random(1)
    chosen = [chance.randrange(size - 1) for _ in range(EVENTS)]
    return [
        Event(
            str(position),
            "plant",
            "measurement alarm",
            "firing",
            "key",
            NOW,
            severity="Alarm",
            condition_type="UPPER_LIMIT",
            source_uuid=uuid(2 * number).upper(),
            message=f"Fridge in hall 3, number {number}; too warm",
        )
        for position, number in enumerate(chosen)
    ]


def measure(name: str, size: int, condition: Callable[[int], Condition]) -> float:
    """Print a line; the median of events a second."""
    made, seen = rules(size, condition), events(size)
    started = time.perf_counter()
    find = build_index(made, index_patterns)
    built = time.perf_counter() - started
    rates = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for event in seen:
            if not any(matches(made[position], event, now=NOW) for position in find(event)):
                raise AssertionError(event)
        rates.append(len(seen) / (time.perf_counter() - started))
    rate = statistics.median(rates)
    line = {"bench": name, "rules": size, "per_second": round(rate), "microseconds": round(1e6 / rate, 2)}
    print(json.dumps(line | {"build_seconds": round(built, 3), "runs": RUNS}), flush=True)
    return rate


def main() -> None:
    """Print one JSON object a line."""
    rates = [measure("matching by sensor", size, by_sensor) for size in SIZES]
    print(json.dumps({"bench": "matching ratio", "ratio": round(rates[0] / rates[-1], 2), "goal": "at most 3"}))
    for size in SIZES[:2]:
        measure("matching by pattern", size, by_pattern)


if __name__ == "__main__":
    main()
