"""A small household for the tests of the app: rules on disk, a notifier that remembers, a server that runs.

Real threads, a real store and real time: these tests wait for conditions, never for a number of seconds.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio

from router.app.serve import Server
from router.logs import JsonLines
from router.notifiers import Message, SendResult

RULES = """\
version: 1
settings: {fallback: [ops]}
channels:
  ops: json://127.0.0.1:9/ops
  sms: json://127.0.0.1:9/sms?to={address}
people:
  alice: {name: Alice Ito, sms: "+4917012345"}
policies:
  freezers: {steps: [{notify: [alice]}, {wait: 5m, notify: [ops]}]}
rules:
  - {name: all, match: {}, policy: freezers}
"""
ALARM = (
    '{"uuid":"%s","tenant_uuid":"t","alarm_reason":"Alarm condition is violated","alarm_status":"Alarm",'
    '"alarm_condition_type":"Upper limit","alarm_severity":"Alarm","alarm_time":"2025-03-17T20:59:00Z",'
    '"serial_number":"56000000","alarm_source_uuid":"%s","alarm_type":"measurement alarm","alarm_value":"9.3",'
    '"physical_unit":"°C","physical_value":"Temperature"}'
)


@dataclass
class Remembers:
    """A notifier that accepts everything, and says what it was given."""

    messages: list[Message] = field(default_factory=list)
    answer: SendResult = field(default_factory=lambda: SendResult("accepted"))

    def send(self, message: Message) -> SendResult:
        self.messages.append(message)
        return self.answer

    @property
    def channels(self) -> list[str]:
        return [message.channel for message in self.messages]


def rules_file(folder: Path, text: str = RULES) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for the condition; it not coming true in time is the failure."""
    with trio.fail_after(seconds):
        while not condition():
            await trio.sleep(0.005)


@asynccontextmanager
async def running(rules: Path, notifier: Remembers) -> AsyncIterator[Server]:
    """A server that is ready, stopped at the end."""
    server = Server(rules, f"sqlite:///{rules.parent}/alarms.db", JsonLines(), notifier=notifier)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        with trio.fail_after(20):
            await server.ready.wait()
        yield server
        server.stop.set()
        with trio.fail_after(10):
            while nursery.child_tasks:
                await trio.sleep(0.005)
