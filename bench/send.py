"""What our way of sending adds to Apprise's own, as JSON lines: the bare send and ours to one local catcher, in turn.

The catcher answers in a process of its own. The floor is what Apprise's documentation shows (a fresh object, `add`,
`notify`); `notifier` is ours around it; `dispatcher` counts from the row being due to the answer, with real threads,
100 pages a second and an engine that commits at once. What must not be here: the engine and the store.
"""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import trio

from router.core.inputs import DeliveryReported, HandedOver, Input
from router.core.model import Notification
from router.core.settings import Channel
from router.dispatch import dispatch
from router.errors import Secret
from router.notifiers import AppriseNotifier, Message, SendResult, preload

SENDS = 500
PER_SECOND = 100
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def main() -> None:
    """Print one line for each way of sending, in milliseconds."""
    preload()
    with catcher() as port:
        url = f"json://127.0.0.1:{port}/"
        timings: dict[str, list[float]] = {"bare apprise": [], "notifier": []}
        for _ in range(SENDS):
            timings["bare apprise"].append(timed(lambda: bare(url)))
            timings["notifier"].append(timed(lambda: ours(url)))
        sends: list[float] = []
        timings["dispatcher"] = trio.run(dispatched, url, sends)
        timings["send inside the dispatcher"] = sends
        added = [whole - send for whole, send in zip(timings["dispatcher"], sends, strict=True)]
        timings["added by the dispatcher"] = added
    for name, values in timings.items():
        print(json.dumps({"bench": "send", "what": name, "unit": "ms", "n": len(values), **percentiles(values)}))


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49] * 1000, 3), "p99": round(cuts[98] * 1000, 3)}


def timed(send: Callable[[], object]) -> float:
    started = time.perf_counter()
    assert send()
    return time.perf_counter() - started


def bare(url: str) -> object:
    from apprise import Apprise, NotifyFormat

    sender = Apprise()
    sender.add(url)
    return sender.notify(body="8.4 C, limit 8 C", title="Freezer 3", body_format=NotifyFormat.TEXT)


def ours(url: str) -> bool:
    return AppriseNotifier().send(message(url)).outcome == "accepted"


def message(url: str) -> Message:
    return Message(
        channel="bench", url=Secret(url), title="Freezer 3", body="8.4 C, limit 8 C", reason="raised", alert_id="a"
    )


class Timing:
    """Our notifier, noting how long each send took, by title."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    def send(self, given: Message) -> SendResult:
        started = time.perf_counter()
        result = AppriseNotifier().send(given)
        self.took[given.title] = time.perf_counter() - started
        return result


class Instant:
    """An engine that commits at once and notes when each page was due and answered."""

    def __init__(self) -> None:
        self.rows: dict[str, Notification] = {}
        self.since: dict[str, float] = {}
        self.took: dict[str, float] = {}
        self.changed = trio.Event()

    def put(self, name: str) -> None:
        now = self.now()
        self.since[name] = time.perf_counter()
        self.rows[name] = Notification(
            id=name,
            alert_id="a",
            target="bench",
            channel="bench",
            reason="raised",
            title=name,
            body="8.4 C",
            created_at=now,
            due=now,
        )
        self.changed.set()

    def outbox(self) -> Mapping[str, Notification]:
        return self.rows

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def decided(self, happened: Input, /) -> None:
        assert isinstance(happened, HandedOver)
        for name in happened.notification_ids:
            self.rows[name] = replace(self.rows[name], status="underway")
        await trio.lowlevel.checkpoint()

    async def submit(self, happened: Input, /) -> None:
        assert isinstance(happened, DeliveryReported)
        assert happened.outcome == "accepted", happened.detail
        self.took[happened.notification_id] = time.perf_counter() - self.since[happened.notification_id]
        del self.rows[happened.notification_id]

    async def wait_changed(self) -> None:
        await self.changed.wait()
        self.changed = trio.Event()


async def dispatched(url: str, sends: list[float]) -> list[float]:
    engine, notifier, stop = Instant(), Timing(), trio.Event()
    channel = Channel("bench", Secret(url), personal=False, concurrency=16, timeout=timedelta(seconds=20))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            lambda: dispatch(engine, notifier, channels=lambda: {"bench": channel}, addresses=dict, stop=stop)
        )
        begin = trio.current_time()
        for number in range(SENDS):
            await trio.sleep_until(begin + number / PER_SECOND)
            engine.put(f"p{number}")
        while engine.rows:
            await trio.sleep(0.01)
        stop.set()
    sends += [notifier.took[name] for name in engine.took]
    return list(engine.took.values())


@contextmanager
def catcher() -> Iterator[int]:
    """A process that answers 200 to everything; its port."""
    with subprocess.Popen([sys.executable, "-m", "bench.send", "catch"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def catch() -> None:
    """Answer one request per connection, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            peer, _ = server.accept()
            with peer:
                peer.settimeout(5)
                got = b""
                while b'"type"' not in got and (part := peer.recv(65536)):
                    got += part
                peer.sendall(ANSWER)


if __name__ == "__main__":
    catch() if sys.argv[1:] == ["catch"] else main()
