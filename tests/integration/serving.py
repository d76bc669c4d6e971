"""`serve` as an operator runs it: a process of its own, with a rules file, a store, and a catcher for what it sends.

What must not be here: expectations.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from router.stores import open_store
from tests.house.tree import ROOT
from tests.integration.brokers import RealBroker
from tests.integration.machine import Program, until
from tests.notifiers.catchers import HttpCatcher

START = 40.0
"""Seconds that a start may take on a busy machine."""
TEMPLATE = "{% block title %}{{ reason }}{% endblock %}{% block body %}{{ event.serial_number }}{% endblock %}"
RULES = """\
version: 1
settings: {{timezone: UTC, fallback: [watch], templates: templates}}
sources:
  plant:
    {{type: stomp, url: "{url}", login: guest, passcode: guest, host: /, destination: "{queue}", format: saveris,
     prefetch: 200}}
channels:
  pager: {{url: "json://127.0.0.1:{catcher}/pager", concurrency: {concurrency}}}
  second: {{url: "json://127.0.0.1:{catcher}/second"}}
  watch: {{url: "json://127.0.0.1:{catcher}/watch"}}
policies:
  one:
    steps: {steps}
rules:
  - {{name: all, match: {{}}, policy: one, template: page}}
"""
# As of a file that cannot grow: what the kernel says is an error code, not a signal.
LIMITED = (
    "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY)); "
    "sys.argv[0] = 'alarm-router'; runpy.run_module('router', run_name='__main__', alter_sys=True)"
)


def alarm(serial: str) -> bytes:
    plain = {"uuid": serial, "alarm_status": "Alarm", "alarm_type": "measurement alarm", "serial_number": serial}
    return json.dumps(plain).encode()


class Site:
    """One router's folder: `rules.yaml`, the store, the logs of its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = folder / "rules.yaml"
        self.store = f"sqlite:///{folder / 'alarm-router.db'}"
        self.lives: list[Program] = []
        (folder / "templates").mkdir(exist_ok=True)
        (folder / "templates" / "page.j2").write_text(TEMPLATE)

    def write(
        self, broker: RealBroker, queue: str, *, catcher: int, concurrency: int = 4, steps: str = "[{notify: [pager]}]"
    ) -> None:
        """Write the rules file at once, as an editor does that keeps the old one until the new one is whole."""
        text = RULES.format(url=broker.url, queue=queue, catcher=catcher, concurrency=concurrency, steps=steps)
        draft = self.folder / "rules.yaml.new"
        draft.write_text(text)
        draft.rename(self.rules)

    def start(self, env: Mapping[str, str] | None = None, *, limit: int = 0) -> Program:
        """Start `serve`; `limit` is the largest file that it may write, in octets."""
        how = ["-c", LIMITED.format(limit=limit)] if limit else ["-m", "router"]
        command = [sys.executable, *how, "serve", str(self.rules), "--store", self.store]
        life = Program(
            command, self.folder / f"serve-{len(self.lives)}.log", env={**os.environ, **(env or {})}, cwd=ROOT
        )
        self.lives.append(life)
        return life

    def ready(self, **how: Any) -> Program:
        """Start it and wait until every part listens."""
        life = self.start(**how)
        life.until_said('"event":"ready"', START)
        return life

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """What the store's history answers, beside whoever runs."""
        store = open_store(self.store, "beside")
        try:
            return question(store.history)
        finally:
            store.close()

    def alerts(self) -> list[Any]:
        """Every alarm's alert, open or over."""
        found: list[Any] = self.ask(lambda history: list(history.alerts("all", "alarms")))
        return found

    def until_open(self, number: int, seconds: float) -> None:
        until(lambda: len(self.alerts()) >= number, seconds, f"{number} alerts in the store")

    def end(self) -> None:
        """End every life that still runs."""
        for life in self.lives:
            with suppress(ProcessLookupError):
                life.end()


def lines_of(life: Program) -> list[dict[str, Any]]:
    """The JSON log lines of a life; the last may be cut off."""
    found = []
    for line in life.said.splitlines():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def arrived(catcher: HttpCatcher, path: str) -> list[dict[str, Any]]:
    """What came to a channel whole; a sender that is killed leaves half a request, which nobody was told."""
    whole = [one for one in list(catcher.requests) if len(one.body) == int(one.headers["Content-Length"])]
    return [one.json() for one in whole if one.path == path]


def texts(catcher: HttpCatcher, path: str) -> Counter[str]:
    """How often each text came to a channel."""
    return Counter(said["message"] for said in arrived(catcher, path))
