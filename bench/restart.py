"""A restart with 100,000 open alerts: until the rows are a state, until the first decision, and until `serve` decides.

The alerts are as decisions over the same rules file open them, and all are still open: firing, with a timer each. The
memory that an open alert takes is measured on the way: as decided, as loaded, and as rows of the store alone. The
floor, in the same run, is reading the same rows off the file and nothing else.
What must not be here: alerts with pages under way.
"""

import gc
import json
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import trio

from bench.plant import payload
from bench.serving import QUEUE, Plant, rules_file, serving
from router.app.loading import load
from router.core.changes import Change, Decision, PutAlert, SetTimer, Trace
from router.core.decide import decide
from router.core.draft import timer_id_of
from router.core.inputs import EventReceived, Started
from router.core.model import Event
from router.core.rules import Rules
from router.core.settings import Reading
from router.core.state import State
from router.demo.broker import open_broker
from router.sources.payload import read
from router.stores import Entry, open_store
from tests.integration.machine import until

ALERTS = 100_000
MEASURED = 10_000
BATCH = 1_000
RUNS = 3
READING = Reading("plant", "saveris")


def main() -> None:
    """Print lines for memory and for restarts."""
    with tempfile.TemporaryDirectory() as folder:
        trio.run(measure, Path(folder))


async def measure(folder: Path) -> None:
    async with trio.open_nursery() as nursery, open_broker(nursery) as broker:
        rules = rules_file(folder, Plant(broker.url, "json://127.0.0.1:9/", wait="10h"))
        loaded = load(rules).rules
        decided_memory(loaded)
        build(loaded, folder / "alarms.db")
        url = f"sqlite:///{folder}/alarms.db"
        loaded_memory(url)
        loads(loaded, url, folder / "alarms.db")
        broker.publish(QUEUE, payload(ALERTS + 1, 1, probe=ALERTS + 1))
        await trio.to_thread.run_sync(served, rules, folder / "alarms.db")


def entries(rules: Rules, state: State, number: int) -> Iterator[Entry]:
    """As many alarms, each opening an alert, decided and applied."""
    for one in range(number):
        now = datetime.now(UTC)
        event = read(READING, payload(one, one % 998, probe=one), now)
        assert isinstance(event, Event), event
        decision = decide(rules, state, EventReceived(event), now)
        state.apply(decision.changes)
        yield Entry(now, EventReceived(event), decision)


def build(rules: Rules, path: Path) -> None:
    """A store with all these alerts, each as one that a decision has opened, under another id and key."""
    state = State()
    (model,) = entries(rules, state, 1)
    (alert,), (timer,) = state.alerts.values(), state.timers.values()
    store = open_store(f"sqlite:///{path}", "serve")
    for first in range(0, ALERTS, BATCH):
        changes: list[Change] = []
        for number in range(first, first + BATCH):
            key = f"{alert.key} {number}"
            event = replace(alert.event, id=f"{number:036}", key=key, source_uuid=f"{number:036}")
            opened = replace(alert, id=f"{number:012}", key=key, event=event)
            waits = replace(timer, id=timer_id_of("step", opened.id, timer.route), alert_id=opened.id)
            changes += [PutAlert(opened), SetTimer(waits)]
        store.commit([Entry(model.at, Started(), Decision(tuple(changes), Trace("opened")))])
    store.close()


def decided_memory(rules: Rules) -> None:
    """What alerts take that this run of the router has opened, with the payload that each event still quotes."""
    state = State()
    tracemalloc.start()
    for _ in entries(rules, state, MEASURED):
        pass
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    say_memory("opened by decisions", held / len(state.alerts))


def loaded_memory(url: str) -> None:
    store = open_store(url, "serve")
    tracemalloc.start()
    rows = store.load()
    said, peak = tracemalloc.get_traced_memory()
    state = State.of(rows)
    del rows
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    store.close()
    gc.unfreeze()
    assert len(state.alerts) == ALERTS
    say_memory("rows of the store", said / ALERTS)
    say_memory("loaded, as state", held / ALERTS, peak_kib_per_1000=round(peak / ALERTS * 1000 / 1024))


def say_memory(what: str, octets: float, **more: int) -> None:
    line = {"bench": "memory", "what": what, "kib_per_1000_open_alerts": round(octets * 1000 / 1024), **more}
    print(json.dumps(line | {"goal": 4 * 1000}), flush=True)


def loads(rules: Rules, url: str, path: Path) -> None:
    floors, whole, first = [], [], []
    for run in range(RUNS):
        floors.append(timed(lambda: floor(path)))
        began = time.perf_counter()
        store = open_store(url, "serve")
        state = State.of(store.load())
        whole.append(time.perf_counter() - began)
        event = read(READING, payload(ALERTS + 1, 1, probe=ALERTS + 1 + run), datetime.now(UTC))
        assert isinstance(event, Event)
        decision = decide(rules, state, EventReceived(replace(event, id=f"new {run}")), datetime.now(UTC))
        first.append(time.perf_counter() - began)
        assert decision.trace.verdict == "opened"
        store.close()
        del state
        gc.unfreeze()
    least = statistics.median(floors)
    say("floor: read the rows", floors, least)
    say("load and index the rows", whole, least)
    say("load, index, first decision", first, least)


def floor(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for table in ("alerts", "timers", "notifications", "recoveries", "tallies"):
            connection.execute(f"SELECT * FROM {table}").fetchall()


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def say(what: str, seconds: list[float], least: float) -> None:
    median = statistics.median(seconds)
    figures = {"seconds": round(median, 2), "of_the_floor": round(median / least, 1)}
    line = {"bench": "restart", "what": what, "open_alerts": ALERTS, **figures, "runs": len(seconds)}
    print(json.dumps(line | {"goal_seconds": 3}), flush=True)


def served(rules: Path, path: Path) -> None:
    """The whole program, with imports, rules and channels: until an alarm that waited at the broker is decided."""
    began = time.perf_counter()
    with serving(rules, path) as serve:
        ready = time.perf_counter() - began
        until(serve.journal, 30, "the alarm is decided; the log:\n" + serve.program.said[-3000:])
        decided = time.perf_counter() - began
        figures = {"ready_seconds": round(ready, 2), "seconds": round(decided, 2)}
        line = {"bench": "restart", "what": "the whole program, first decision committed", "open_alerts": ALERTS}
        print(json.dumps(line | figures | {"rules": 1000, "runs": 1}), flush=True)


if __name__ == "__main__":
    main()
