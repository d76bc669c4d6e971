"""The stage: a folder, free ports, the broker, the catchers, and the real router between them.

What must not be here: the story, and anything drawn. Nothing of the router is replaced: `router.app` runs as `serve`
runs it, with a faster clock.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import trio

from router.app.loading import Loaded, load_to_serve
from router.app.serve import Server
from router.core.inputs import EventReceived
from router.core.state import State
from router.demo.broker import Broker, open_broker
from router.demo.catchers import Providers, Received, open_mail, open_providers
from router.demo.manners import Manners
from router.logs import JsonLines
from router.stores import open_store

TOKEN: Final = "demo-token-of-tonight"  # noqa: S105  # it opens nothing but the broker of the demo
_BEATS: Final = (60.0, 60.0)
_PORTS: Final = {"broker": "127.0.0.1:18401", "providers": "127.0.0.1:18402", "mail": "127.0.0.1:18403"}
"""As the packaged rules have them."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie while the demo runs, and afterwards."""

    folder: Path

    @property
    def rules(self) -> Path:
        """The rules of this performance."""
        return self.folder / "rules.yaml"

    @property
    def store_url(self) -> str:
        """The store beside them, where `alarm-router alerts` looks for it."""
        return f"sqlite:///{self.folder / 'alarm-router.db'}"

    @property
    def sample(self) -> Path:
        """What a sensor of the story says."""
        return self.folder / "alarm.json"

    @property
    def log(self) -> Path:
        """What the router logs."""
        return self.folder / "router.log"


def write_rules(places: Places, ports: dict[str, str]) -> None:
    """Copy the demo's rules and inventory into the folder, with the addresses of these parts."""
    packaged = files("router.demo")
    text = packaged.joinpath("rules.yaml").read_text(encoding="utf-8")
    for part, address in _PORTS.items():
        text = text.replace(address, ports[part])
    places.rules.write_text(text, encoding="utf-8")
    inventory = packaged.joinpath("sensors.csv").read_text(encoding="utf-8")
    places.rules.with_name("sensors.csv").write_text(inventory, encoding="utf-8")


@dataclass(slots=True, eq=False)
class Stage:
    """Everything that stands, and the router running on it."""

    broker: Broker
    providers: Providers
    server: Server
    loaded: Loaded

    def state(self) -> State:
        """What the router knows now."""
        return self.server.engine().state


@contextmanager
def catching(receive: Callable[[Received], None]) -> Iterator[tuple[Providers, int]]:
    """The providers and the port of the mail server."""
    with open_providers(receive) as providers, open_mail(receive) as mail_port:
        yield providers, mail_port


@asynccontextmanager
async def open_stage(
    places: Places, lines: JsonLines, *, now: Callable[[], datetime], receive: Callable[[Received], None]
) -> AsyncIterator[Stage]:
    """Set everything up; the router is ready inside, and has ended in order afterwards."""
    with catching(receive) as (providers, mail_port):
        async with trio.open_nursery() as outer:
            manners = Manners(tokens=frozenset({TOKEN}), heart_beat=_BEATS)
            async with open_broker(outer, manners=manners) as broker:
                address = broker.url.removeprefix("ws://").removesuffix("/ws")
                mail, web = f"127.0.0.1:{mail_port}", f"127.0.0.1:{providers.port}"
                write_rules(places, {"broker": address, "providers": web, "mail": mail})
                server = Server(places.rules, places.store_url, lines, now=now)
                loaded = await trio.to_thread.run_sync(load_to_serve, places.rules)
                async with _running(server):
                    yield Stage(broker, providers, server, loaded)


@asynccontextmanager
async def _running(server: Server) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        ended = trio.Event()

        async def run() -> None:
            try:
                await server.run()
            finally:
                ended.set()

        nursery.start_soon(run)
        await server.ready.wait()
        try:
            yield
        finally:
            server.stop.set()
            with trio.CancelScope(shield=True):
                await ended.wait()


def missing(places: Places, source: str, ids: list[str]) -> list[str]:
    """Which of these events the store does not know."""
    store = open_store(places.store_url)
    try:
        heard = (line.input for line in store.journal())
        known = {each.event.id for each in heard if isinstance(each, EventReceived) and each.event.source == source}
    finally:
        store.close()
    return [id_ for id_ in ids if id_ not in known]
