"""From an alarm published to its notification accepted, at 100 a second, and the bare Apprise send as floor in the run.

The real `serve` runs in a process of its own between our embedded broker (in this process, which publishes) and a
catcher (a third). Each alarm opens an alert and pages at once. Floor and router take turns, a block each, so that a
machine that is busy meanwhile is so for both. What must not be here: another notifier than Apprise.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import trio

from bench.catcher import Catcher, catcher
from bench.plant import payload
from bench.send import percentiles
from bench.serving import QUEUE, Plant, rules_file, serving
from router.demo.broker import Broker, open_broker
from router.notifiers import preload

PER_SECOND = 100
BLOCK = 200
BLOCKS = 4
WARM_UP = 50
GOAL = "the router adds less than 5 ms at p99"
Begun = dict[int, float]
"""By an alarm's mark: when it was published, or its bare send began."""


def main() -> None:
    """Print one line each for the floor, the router, and what it adds, in milliseconds."""
    preload()
    with tempfile.TemporaryDirectory() as folder, catcher(Path(folder)) as caught:
        bare, through = trio.run(measure, Path(folder), caught)
        arrived = caught.arrived()
    missing = [mark for mark in (*bare, *through) if mark not in arrived]
    assert not missing, f"{len(missing)} notifications did not arrive"
    floor = percentiles([arrived[mark] - at for mark, at in bare.items()])
    router = percentiles([arrived[mark] - at for mark, at in through.items()])
    added = {name: round(router[name] - floor[name], 3) for name in floor}
    for what, figures in (("floor: bare apprise", floor), ("published to accepted", router), ("added", added)):
        line = {"bench": "delay", "what": what, "unit": "ms", "n": len(bare), "per_second": PER_SECOND, **figures}
        print(json.dumps(line | {"goal": GOAL}), flush=True)


async def measure(folder: Path, caught: Catcher) -> tuple[Begun, Begun]:
    """The instants at which bare sends began and alarms were published, by mark."""
    bare: Begun = {}
    through: Begun = {}
    async with trio.open_nursery() as nursery, open_broker(nursery) as broker:
        rules = rules_file(folder, Plant(broker.url, caught.url))
        runner = serving(rules, folder / "alarms.db")
        serve = await trio.to_thread.run_sync(runner.__enter__)
        try:
            warm = await block(0, WARM_UP, lambda mark: publish(broker, mark))
            await until_arrived(caught, warm)
            for number in range(BLOCKS):
                first = WARM_UP + 2 * number * BLOCK
                bare |= await trio.to_thread.run_sync(bare_block, first, caught.url)
                block_of = await block(first + BLOCK, BLOCK, lambda mark: publish(broker, mark))
                await until_arrived(caught, block_of)
                through |= block_of
            assert serve.program.runs, serve.program.said[-2000:]
        finally:
            await trio.to_thread.run_sync(runner.__exit__, None, None, None)
    return bare, through


async def block(first: int, number: int, begin: Callable[[int], object]) -> Begun:
    """Begin so many, one every hundredth of a second, whatever became of the one before."""
    begun: Begun = {}
    start = trio.current_time()
    for count in range(number):
        await trio.sleep_until(start + count / PER_SECOND)
        begun[first + count] = time.monotonic()
        begin(first + count)
    return begun


def bare_block(first: int, url: str) -> Begun:
    """As `block`, with sends as Apprise's documentation shows them."""
    begun: Begun = {}
    start = time.monotonic()
    for count in range(BLOCK):
        time.sleep(max(0.0, start + count / PER_SECOND - time.monotonic()))
        begun[first + count] = time.monotonic()
        bare_send(url, first + count)
    return begun


def bare_send(url: str, mark: int) -> None:
    from apprise import Apprise, NotifyFormat

    sender = Apprise()
    sender.add(url)
    assert sender.notify(body="8.4 C, limit 8 C", title=f"Freezer P{mark:08d}", body_format=NotifyFormat.TEXT)


def publish(broker: Broker, mark: int) -> None:
    """An alarm of a device that has the mark for its serial number, which the text names."""
    alarm = json.loads(payload(mark, mark % 998, probe=mark)) | {"serial_number": f"P{mark:08d}"}
    broker.publish(QUEUE, json.dumps(alarm).encode())


async def until_arrived(caught: Catcher, begun: Begun) -> None:
    with trio.fail_after(30):
        while not begun.keys() <= caught.arrived().keys():
            await trio.sleep(0.05)


if __name__ == "__main__":
    main()
