"""A stage for the commands: a folder with a rules file, payloads, and a store in which something has happened."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from router.app.loading import Loaded, load
from router.cli import main
from router.core.changes import Decision
from router.core.decide import decide
from router.core.inputs import DeliveryReported, EventReceived, HandedOver, Input
from router.core.model import Alert
from router.core.state import State
from router.sources.payload import Unreadable, read
from router.stores import Entry, Store, open_store

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RULES = """\
version: 1
settings: {timezone: Europe/Berlin, fallback: [ops]}
sources:
  plant: {type: stomp, url: "ws://127.0.0.1:1/ws", destination: /queue/a, format: saveris}
inventory: sensors.csv
channels:
  ops: json://127.0.0.1:1/ops?token=${OPS_TOKEN}
  sms: json://127.0.0.1:1/{address}
  mail: json://127.0.0.1:1/mail/{address}
people:
  alice: {name: Alice Ito, sms: "+49170111", mail: alice@example.org}
policies:
  freezers:
    steps:
      - notify: [alice via sms]
      - {wait: 5m, notify: [ops]}
  cellar: {steps: [{notify: [ops]}]}
rules:
  - name: batteries
    match: {severity: Warning, condition_type: {glob: "*battery*"}}
    ignore: changed every January
  - name: freezer limits
    match: {severity: Alarm, condition_type: [Upper limit, Lower limit]}
    policy: freezers
    continue: true
  - name: cellar
    match: {severity: Alarm, labels.room: Cellar}
    policy: cellar
"""
SENSORS = "source_uuid,name,room\nu-1,Freezer 3,Cellar\n"


def alarm(**changes: Any) -> dict[str, Any]:
    """A Saveris alarm; `None` leaves a field out."""
    known = {
        "uuid": "e-1",
        "alarm_type": "measurement alarm",
        "alarm_status": "Alarm",
        "alarm_severity": "Alarm",
        "alarm_condition_type": "Upper limit",
        "alarm_time": "2026-11-22T09:58:00Z",
        "alarm_source_uuid": "u-2",
        "alarm_value": "9.3",
        "physical_unit": "°C",
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


def measurement(**changes: Any) -> dict[str, Any]:
    known = {"uuid": "m-1", "measurement": "4.5", "sensor_uuid": "u-2", "timestamp": "2026-11-22T09:58:00Z"}
    return known | changes


@dataclass(slots=True)
class Stage:
    """The folder, and the commands run in it."""

    folder: Path
    state: State = field(default_factory=State)
    now: datetime = NOW

    @property
    def rules(self) -> Path:
        return self.folder / "rules.yaml"

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.folder / 'alarm-router.db'}"

    def write(self, name: str, content: Any) -> str:
        """A file with this text, or with this as JSON; returns its path."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
        return str(path)

    def run(self, *arguments: str, input_: str | None = None, env: dict[str, str] | None = None) -> Result:
        """What the command says; an error of ours is raised."""
        surroundings = {"ALARM_ROUTER_STORE": "", "ALARM_ROUTER_USER": "", "OPS_TOKEN": "", "TZ": "UTC"} | (env or {})
        return CliRunner(env=surroundings).invoke(main, arguments, input=input_, catch_exceptions=False)

    def dry_run(self, *payloads: Any, options: tuple[str, ...] = (), at: str = "2026-11-22T10:00:00Z") -> Result:
        """`dry-run` of these payloads."""
        text = "\n".join(each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in payloads)
        return self.run("dry-run", str(self.rules), "--event", self.write("events.jsonl", text), "--at", at, *options)

    def dry_json(self, *payloads: Any, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """The documents of `dry-run --format json`."""
        return documents(self.dry_run(*payloads, options=("--format", "json", *options)))

    def loaded(self) -> Loaded:
        return load(self.rules, secrets="placeholder")

    def happens(self, *inputs: Input | dict[str, Any]) -> None:
        """Decide these and commit what is decided, a second apart; a payload is an event of the plant."""
        loaded = self.loaded()
        store = open_store(self.store_url, "serve")
        try:
            for each in inputs:
                self._decide(self._input(each, loaded), loaded, store)
        finally:
            store.close()

    def sends(self, outcome: str = "accepted", detail: str = "") -> None:
        """Every waiting notification is tried once and ends so."""
        for page in list(self.state.outbox.values()):
            report = DeliveryReported(page.id, outcome, detail, seconds=0.4)  # type: ignore[arg-type]
            self.happens(HandedOver((page.id,)), report)

    def alerts(self) -> list[Alert]:
        return list(self.state.alerts.values())

    def _input(self, each: Input | dict[str, Any], loaded: Loaded) -> Input:
        if not isinstance(each, dict):
            return each
        source = loaded.settings.sources["plant"]
        event = read(source.reading, json.dumps(each).encode(), self.now)  # type: ignore[union-attr]
        assert not isinstance(event, Unreadable)
        return EventReceived(loaded.enrich(event))

    def _decide(self, input_: Input, loaded: Loaded, store: Store) -> Decision:
        decision = decide(loaded.rules, self.state, input_, self.now)
        self.state.apply(decision.changes)
        store.commit([Entry(self.now, input_, decision)])
        self.now += timedelta(seconds=1)
        return decision


def staged(folder: Path, rules: str = RULES) -> Stage:
    """A stage in this folder, with the rules file and the inventory."""
    stage = Stage(folder)
    stage.write("rules.yaml", rules)
    stage.write("sensors.csv", SENSORS)
    return stage


def documents(result: Result) -> list[dict[str, Any]]:
    """The JSON documents on standard output, one a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]
