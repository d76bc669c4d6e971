"""A STOMP source, the embedded broker it reads from, and the door it puts things through."""

import json
from contextlib import asynccontextmanager

import pytest
import trio

from router.core.settings import Reading, StompSettings
from router.demo import link as demo_link
from router.demo.broker import Manners, open_broker
from router.errors import Secret
from router.sources.backoff import Backoff
from router.sources.link import Timeouts
from router.sources.refusals import NoToken
from router.sources.stomp import StompSource
from tests.sources.doors import FakeDoor

QUEUE = "/queue/alarms"
LINK = "source plant link"
ACK_MODE = "source plant ack mode"
UNREADABLE = "source plant unreadable"


def alarm(uuid: str) -> bytes:
    return json.dumps(
        {"uuid": uuid, "alarm_status": "Alarm", "alarm_type": "measurement alarm", "serial_number": "1"}
    ).encode()


def settings_for(broker, **changes) -> StompSettings:
    plain = {"name": "plant", "url": broker.url, "destinations": (QUEUE,), "reading": Reading("plant")}
    return StompSettings(**(plain | changes))


class FakeCredentials:
    """Tokens from a list; the last one again and again."""

    def __init__(self, *tokens: str | NoToken) -> None:
        self.tokens = list(tokens)
        self.asked = 0
        self.renewable = True

    async def headers(self):
        self.asked += 1
        token = self.tokens[0]
        return token if isinstance(token, NoToken) else {"Authorization": Secret(f"Bearer {token}")}

    def refused(self) -> bool:
        if len(self.tokens) > 1:
            del self.tokens[0]
        return self.renewable


class Spy:
    """Every frame that the broker hears; `refuse` may answer one with an ERROR."""

    def __init__(self) -> None:
        self.frames = []
        self.refuse = lambda frame: None

    def of(self, command: str) -> list:
        return [frame for frame in self.frames if frame.command == command]

    def modes(self) -> list[str]:
        return [frame.headers["ack"] for frame in self.of("SUBSCRIBE")]


@pytest.fixture
def spy(monkeypatch) -> Spy:
    spy, answer = Spy(), demo_link.Link._answer

    def listen(link, frame) -> None:
        spy.frames.append(frame)
        if text := spy.refuse(frame):
            raise demo_link._Refused(text)
        answer(link, frame)

    monkeypatch.setattr(demo_link.Link, "_answer", listen)
    return spy


def wants_acks(frame) -> bool:
    return frame.command == "SUBSCRIBE" and frame.headers["ack"] != "auto"


class World:
    def __init__(self, broker, door, source) -> None:
        self.broker, self.door, self.source = broker, door, source


@asynccontextmanager
async def world(
    *, manners: Manners | None = None, credentials=None, door=None, enrich=None, last_received=None, **changes
):
    """A broker, a source that reads from it, and the door it puts things through."""
    async with trio.open_nursery() as nursery, open_broker(nursery, manners=manners) as broker:
        door = door or FakeDoor()
        source = StompSource(
            settings_for(broker, **changes),
            door,
            credentials=credentials,
            last_received=last_received,
            backoff=Backoff(first=1, longest=60, chance=lambda: 0.0),
            timeouts=Timeouts(handshake=5, send=5, close=1),
            **({"enrich": enrich} if enrich else {}),
        )
        nursery.start_soon(source.run)
        yield World(broker, door, source)
        nursery.cancel_scope.cancel()
