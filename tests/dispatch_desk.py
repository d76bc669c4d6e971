"""A running dispatcher with a fake engine and a fake notifier around it, for the dispatcher's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import trio

from router.core.inputs import DeliveryReported, HandedOver, Input, SendOutcome
from router.core.model import Notification
from router.core.settings import Channel
from router.dispatch import dispatch
from router.errors import Secret
from router.notifiers import Message, SendResult

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DETAIL = "HTTP 503"


def page(name: str, *, channel: str = "mail", after: float = 0.0, **other: Any) -> Notification:
    fields: dict[str, Any] = {"created_at": START, "due": START + timedelta(seconds=after)} | other
    return Notification(
        id=name, alert_id="a1", target=channel, channel=channel, reason="raised", title=name, body="text", **fields
    )


@dataclass
class FakeEngine:
    """An engine that commits at once and decides as little as it may. `commit` and `room` can be held back."""

    rows: dict[str, Notification] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    zero: float = field(default_factory=trio.current_time)
    commit: trio.Event = field(default_factory=trio.Event)
    room: trio.Event = field(default_factory=trio.Event)
    changed: trio.Event = field(default_factory=trio.Event)
    offset: timedelta = timedelta()
    ignored: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.commit.set()
        self.room.set()

    def put(self, *rows: Notification) -> None:
        self.rows |= {row.id: row for row in rows}
        self.changed.set()

    def outbox(self) -> Mapping[str, Notification]:
        return self.rows

    def now(self) -> datetime:
        return START + self.offset + timedelta(seconds=trio.current_time() - self.zero)

    async def decided(self, happened: Input, /) -> None:
        await self.commit.wait()
        self._apply(happened)

    async def submit(self, happened: Input, /) -> None:
        await self.room.wait()
        self._apply(happened)

    def _apply(self, happened: Input) -> None:
        self.inputs.append(happened)
        if isinstance(happened, HandedOver):
            for name in happened.notification_ids:
                if name in self.rows and name not in self.ignored:
                    self.rows[name] = replace(self.rows[name], status="underway")
        if isinstance(happened, DeliveryReported):
            self.rows.pop(happened.notification_id, None)
        self.changed.set()

    async def wait_changed(self) -> None:
        await self.changed.wait()
        self.changed = trio.Event()

    @property
    def reports(self) -> list[DeliveryReported]:
        return [item for item in self.inputs if isinstance(item, DeliveryReported)]

    @property
    def outcomes(self) -> dict[str, SendOutcome]:
        return {report.notification_id: report.outcome for report in self.reports}


@dataclass
class FakeNotifier:
    """Keeps what it was given; `answers` by title, `accepted` otherwise; an exception is raised."""

    sent: list[Message] = field(default_factory=list)
    answers: dict[str, SendResult | Exception] = field(default_factory=dict)

    def send(self, message: Message) -> SendResult:
        self.sent.append(message)
        answer = self.answers.get(message.title, SendResult("accepted"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.sent]


@dataclass
class Desk:
    """A running dispatcher and everything around it. `seconds` is how long a send takes, by title."""

    engine: FakeEngine
    notifier: FakeNotifier
    channels: dict[str, Channel]
    addresses: dict[tuple[str, str], Secret]
    stop: trio.Event
    seconds: dict[str, float] = field(default_factory=dict)
    running: int = 0
    most: int = 0

    async def run_sync(self, function: Callable[[Message], SendResult], message: Message) -> SendResult:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await trio.sleep(self.seconds.get(message.title, 0))
            return function(message)
        finally:
            self.running -= 1


def channel(name: str, *, url: str = "json://localhost", **other: Any) -> Channel:
    return Channel(name, Secret(url), personal="{address}" in url, **other)


@asynccontextmanager
async def desk(*channels: Channel, run_sync: Callable[..., Awaitable[SendResult]] | None = None) -> AsyncIterator[Desk]:
    made = {given.name: given for given in channels or (channel("mail"),)}
    it = Desk(FakeEngine(), FakeNotifier(), made, {}, trio.Event())
    async with trio.open_nursery() as nursery:
        await nursery.start(
            lambda task_status: dispatch(
                it.engine,
                it.notifier,
                channels=lambda: it.channels,
                addresses=lambda: it.addresses,
                stop=it.stop,
                run_sync=run_sync or it.run_sync,
                task_status=task_status,
            )
        )
        try:
            yield it
        finally:
            nursery.cancel_scope.cancel()
