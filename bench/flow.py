"""Alarms a second from RabbitMQ to committed and acknowledged, with the real `serve` over 1,000 rules.

A publisher in a process of its own fills the queue; then `serve` starts, and its journal is watched until everything
is in. The floor, in the same run, is a bare trio-websocket subscriber of such a queue that acknowledges and drops.
What must not be here: pages being sent (`delay`); where alarms page, the channel's `rate` holds nearly all pages back.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import trio
from trio_websocket import open_websocket_url

from bench.plant import payload
from bench.serving import QUEUE, Plant, Serving, rules_file, serving
from tests.integration.brokers import RealBroker, rabbitmq
from tests.integration.machine import until
from tests.integration.wire import Wire

ALARMS = 6_000
PROBES = 500
RUNS = 3
GOAL = 8_000
LOOK_EVERY = 0.02
UNTIL_ACKNOWLEDGED = 0.3
"""Seconds; an acknowledgement waits for 10 ms at most. `assert_empty` holds us to it."""
CASES = {
    "repeats of open alerts": ("10m", PROBES),
    "each opens an alert": ("10m", ALARMS),
    "each opens an alert and pages": ("0s", ALARMS),
}
"""The wait before the first page, and how many different troubles the alarms are about."""


def main() -> None:
    """Print a line for each kind of alarm; one that says why when there is no RabbitMQ."""
    if shutil.which("rabbitmq-server") is None:
        print(json.dumps({"bench": "flow", "skipped": "rabbitmq-server is not installed"}), flush=True)
        return
    try:
        with tempfile.TemporaryDirectory() as folder, rabbitmq(Path(folder)) as broker:
            measure(broker, Path(folder))
    except pytest.skip.Exception as missing:
        print(json.dumps({"bench": "flow", "skipped": str(missing)}), flush=True)


def measure(broker: RealBroker, folder: Path) -> None:
    floors: list[float] = []
    rates: dict[str, list[float]] = {case: [] for case in CASES}
    spent: dict[str, list[float]] = {case: [] for case in CASES}
    for run in range(RUNS):
        publish(broker, ALARMS)
        floors.append(trio.run(bare, broker.url, ALARMS))
        for number, (case, (wait, probes)) in enumerate(CASES.items()):
            publish(broker, probes)
            place = folder / f"{run}-{number}"
            place.mkdir()
            plant = Plant(broker.url, "json://127.0.0.1:9/", wait=wait, rate="1/h")
            rate, cpu = drained(rules_file(place, plant), place / "alarms.db")
            rates[case].append(rate)
            spent[case].append(cpu)
            assert_empty(broker)
    floor = statistics.median(floors)
    say("floor: bare subscriber", floor, of_the_floor=1.0)
    for case in CASES:
        rate = statistics.median(rates[case])
        cpu = round(statistics.median(spent[case]) / ALARMS * 1e6, 1)
        say(case, rate, of_the_floor=round(rate / floor, 2), cpu_microseconds=cpu)


def say(what: str, per_second: float, **more: float) -> None:
    line = {"bench": "flow", "what": what, "alarms": ALARMS, "per_second": round(per_second), **more}
    print(json.dumps(line | {"goal": GOAL, "runs": RUNS}), flush=True)


def drained(rules: Path, store: Path) -> tuple[float, float]:
    """Alarms a second, and seconds of CPU time of `serve` meanwhile."""
    with serving(rules, store) as serve:
        began, cpu, had = first_look(serve)
        while (have := serve.journal()) < ALARMS:
            assert serve.program.runs, serve.program.said[-2000:]
            assert time.monotonic() < began + 60, f"{have} alarms in a minute"
            time.sleep(LOOK_EVERY)
        took, used = time.monotonic() - began, serve.cpu() - cpu
        time.sleep(UNTIL_ACKNOWLEDGED)
    return (ALARMS - had) / took, used * ALARMS / (ALARMS - had)


def first_look(serve: Serving) -> tuple[float, float, int]:
    """When the first alarms were committed, the CPU time used before, and how many these were."""
    had = until(serve.journal, 20, "the first alarm is committed")
    return time.monotonic(), serve.cpu(), had


def assert_empty(broker: RealBroker) -> None:
    """What is published now is the first thing in the queue: all before it was acknowledged."""
    with broker.wire() as wire:
        wire.publish(QUEUE, [b"last"])
        assert wire.take(QUEUE, 1) == [b"last"], "an alarm was not acknowledged"


async def bare(url: str, number: int) -> float:
    """Messages a second of a subscriber that does nothing but acknowledge each fiftieth, and all before it."""
    async with open_websocket_url(url, subprotocols=["v12.stomp"]) as socket:
        await socket.send_message("CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0")
        await socket.get_message()
        await socket.send_message(f"SUBSCRIBE\nid:0\ndestination:{QUEUE}\nack:client\nprefetch-count:1000\n\n\0")
        began = 0.0
        for count in range(1, number + 1):
            message = await socket.get_message()
            assert isinstance(message, str)
            began = began or time.monotonic()
            if count % 50 == 0 or count == number:
                head = dict(line.split(":", 1) for line in message.split("\n\n", 1)[0].split("\n")[1:])
                await socket.send_message(f"ACK\nid:{head['ack']}\n\n\0")
        return number / (time.monotonic() - began)


def publish(broker: RealBroker, probes: int) -> None:
    """Fill the queue from another process."""
    login = [str(broker.port), broker.login, broker.passcode]
    subprocess.run([sys.executable, "-m", "bench.flow", "publish", *login, str(probes)], check=True)


def fill(port: int, login: str, passcode: str, probes: int) -> None:
    bodies = (payload(number, number % probes % 998, probe=number % probes) for number in range(ALARMS))
    with Wire(port, login, passcode) as wire:
        wire.publish(QUEUE, bodies)


if __name__ == "__main__":
    if sys.argv[1:2] == ["publish"]:
        fill(int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main()
