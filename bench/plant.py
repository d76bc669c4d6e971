"""A plant to measure with: rules by sensor, the alarms that fit them, and what each is as a broker sends it.

What must not be here: a measurement.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.matching import by_sensor, uuid
from router.config.patterns import index_patterns
from router.core.index import build_index
from router.core.match import Everything
from router.core.model import Event
from router.core.rules import Contact, Person, Policy, Render, Rule, Rules, Step, Target, plain_text
from router.core.settings import Reading
from router.sources.payload import read

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
READING = Reading("cold-chain", "saveris")
ALICE = Contact("mail", "alice")
TENANT = "2f0c2f7e-1111-4a6b-8b1e-5d7d0a9c0001"


def payload(number: int, sensor: int, *, probe: int = 0, status: str = "Alarm") -> bytes:
    """An alarm of a sensor as the Saveris cloud sends it; `number` makes its id, which no other alarm has.

    Alarms of one sensor and one probe are about the same trouble.
    """
    said = {
        "uuid": f"6c1f0d9e-0a5b-4f0e-9d55-{number:012x}", "tenant_uuid": TENANT,
        "alarm_reason": "Alarm condition is violated", "alarm_status": status,
        "last_status_change_time": "2026-11-22T09:59:00Z", "alarm_condition_type": "Upper limit",
        "alarm_severity": "Alarm", "alarm_time": "2026-11-22T09:59:00Z", "serial_number": f"{sensor:08d}",
        "alarm_source_uuid": uuid(2 * sensor), "alarm_type": "measurement alarm", "alarm_delay": "900000",
        "alarm_value": "9.3", "physical_unit": "°C", "physical_value": "Temperature",
        "physical_value_extension": f"Probe {probe}",
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False).encode()


def event(number: int, sensor: int, *, probe: int = 0) -> Event:
    """The same alarm, read."""
    made = read(READING, payload(number, sensor, probe=probe), NOW)
    assert isinstance(made, Event), made
    return replace(made, labels={"site": "Berlin", "room": f"room {sensor % 100}"})


def rules_of(size: int, render: Render = plain_text) -> Rules:
    """Rules that name two sensors each and page Alice by mail at once, and one for everything else."""
    rules = [Rule(f"rule {number}", number, by_sensor(number), policy="freezers") for number in range(size - 1)]
    rules.append(Rule("everything else", size, Everything(), policy="freezers"))
    alice, ops = Target("alice", (ALICE,)), Target("ops", (Contact("ops"),))
    policy = Policy("freezers", (Step((alice,)), Step((ops,), timedelta(minutes=5))))
    return Rules(
        rules=tuple(rules),
        policies={"freezers": policy},
        people={"alice": Person("alice", "Alice Ito", ("mail",))},
        shared=frozenset({"ops"}),
        fallback=(ops,),
        candidates=build_index(rules, index_patterns),
        render=render,
        by_name={rule.name: rule for rule in rules},
    )
