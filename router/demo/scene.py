"""The hands of the story: what it can do to the world around the router, and what it waits for.

What must not be here: what happens when (`story`), how the router is started (`stage`). Nothing here reaches into the
router: sensors speak to the broker, people acknowledge by a request in the store, as the `ack` command does.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import trio

from router.core.model import Alert
from router.core.state import State
from router.demo.board import Board
from router.demo.broker import Broker
from router.demo.catchers import Providers
from router.demo.payloads import Condition, over, raised
from router.errors import RouterError
from router.stores import Request, open_store

QUEUE: Final = "/queue/demo/alarms"
SOURCE: Final = "cold-chain"
_LOOK_EVERY: Final = 1.0
_PATIENCE: Final = 15.0


class StoryError(RouterError):
    """The router did not do what the story expects of it."""


@dataclass(slots=True, eq=False)
class Scene:
    """One performance. Times are story minutes since `began`; `said` are the ids of all events that sensors sent."""

    broker: Broker
    providers: Providers
    board: Board
    state: Callable[[], State]
    store_url: str
    now: Callable[[], datetime]
    began: datetime
    said: list[str] = field(default_factory=list)

    async def at(self, minute: float) -> None:
        """Wait for this minute of the story; it may have passed."""
        left = self.began + timedelta(minutes=minute) - self.now()
        await trio.sleep(max(left.total_seconds(), 0.0))

    def say(self, text: str) -> None:
        """Tell the audience."""
        self.board.say(text)

    def alarm(self, condition: Condition, *, minutes_ago: float = 0.2) -> None:
        """A sensor tells that something began."""
        self._publish(raised(condition, self._ago(minutes_ago), number=len(self.said)))
        self.board.sensor(f"⚡ {condition.sensor.name}: {_described(condition)}")

    def recovery(self, condition: Condition, *, minutes_ago: float = 0.2) -> None:
        """A sensor tells that something is over."""
        self._publish(over(condition, self._ago(minutes_ago), number=len(self.said)))
        self.board.sensor(f"✓ {condition.sensor.name}: {_described(condition, end=True)}")

    async def acknowledge(self, condition: Condition, by: str) -> None:
        """Somebody takes the alert, as `alarm-router ack` does: by a row in the store."""
        alert = await self._alert(condition)
        self.board.say(f"{by} types: alarm-router ack {alert.id} --by {by}")
        await trio.to_thread.run_sync(self._ask, alert.id, by)
        await self.until(lambda: not _firing(self.state(), alert.id), f"{by} to be heard")

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait until it has happened. Raises `StoryError` when a quarter of an hour is not enough."""
        with trio.move_on_after(60 * _PATIENCE):
            while not happened():
                await trio.sleep(_LOOK_EVERY)
            return
        raise StoryError(f"waited {_PATIENCE:g} minutes of the story for {what}")

    async def received(self, kind: str, to: str, part: str) -> None:
        """Wait until somebody has a text with this part in its title or text."""
        await self.until(lambda: self.has(kind, to, part), f"{to} to get a text ({kind}) with {part!r}")

    def has(self, kind: str, to: str, part: str) -> bool:
        """Whether somebody has got such a text in this performance."""
        return any(
            entry.at >= self.began
            and (entry.received.kind, entry.received.to) == (kind, to)
            and part in f"{entry.received.title}\n{entry.received.text}"
            for entry in self.board.received()
            if entry.received is not None
        )

    def cut_link(self) -> None:
        """Pull the cable between the broker and the router."""
        self.broker.manners.http_status = 503
        self.broker.drop_links()

    def mend_link(self) -> None:
        """Put it back."""
        self.broker.manners.http_status = 0

    def _publish(self, payload: bytes) -> None:
        self.said.append(json.loads(payload)["uuid"])
        self.broker.publish(QUEUE, payload, {"content-type": "application/json"})

    def _ago(self, minutes: float) -> datetime:
        return self.now() - timedelta(minutes=minutes)

    async def _alert(self, condition: Condition) -> Alert:
        await self.until(lambda: self._open(condition) is not None, f"an alert of {condition.sensor.name}")
        alert = self._open(condition)
        assert alert is not None
        return alert

    def _open(self, condition: Condition) -> Alert | None:
        return next(
            (
                alert
                for alert in self.state().alerts.values()
                if alert.open
                and (alert.event.serial_number, alert.event.condition_type) == (condition.sensor.serial, condition.type)
            ),
            None,
        )

    def _ask(self, alert_id: str, by: str) -> None:
        store = open_store(self.store_url)
        try:
            store.ask(Request(uuid4().hex, "acknowledge", alert_id, by, self.now()))
        finally:
            store.close()


def _firing(state: State, alert_id: str) -> bool:
    alert = state.alerts.get(alert_id)
    return alert is not None and alert.status == "firing"


def _described(condition: Condition, *, end: bool = False) -> str:
    value = "" if condition.value is None else f", {condition.value:g} {condition.sensor.unit}"
    word = condition.type.partition(",")[0]
    return f"{word}{value}" + (" – is over" if end else "")
