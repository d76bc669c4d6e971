"""The real `serve` in a process of its own, over a rules file made for measuring; and what it has done so far.

What must not be here: a measurement.
"""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.matching import uuid
from tests.integration.machine import Program

QUEUE = "/queue/alarms"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Plant:
    """What the rules file says: `wait` before the first page, how many `rules`, where pages go."""

    broker: str
    pages: str
    rules: int = 1000
    wait: str = "0s"
    rate: str = ""
    prefetch: int = 1000


def rules_file(folder: Path, plant: Plant) -> Path:
    """A rules file (JSON is YAML) whose rules name two sensors each, then one for everything else."""
    match = {"severity": "Alarm", "condition_type": ["Upper limit", "Lower limit"]}
    rules: list[dict[str, Any]] = [
        {
            "name": f"rule {number}",
            "match": match | {"source_uuid": [uuid(2 * number), uuid(2 * number + 1)]},
            "policy": "freezers",
        }
        for number in range(plant.rules - 1)
    ]
    rate = {"rate": plant.rate} if plant.rate else {}
    source = {"type": "stomp", "url": plant.broker, "login": "guest", "passcode": "guest", "host": "/"}
    written = {
        "version": 1,
        "settings": {"fallback": ["ops"]},
        "sources": {"plant": source | {"destination": QUEUE, "prefetch": plant.prefetch}},
        "channels": {
            "pages": {"url": plant.pages, "concurrency": 16, **rate},
            "ops": {"url": plant.pages, "rate": "60/min"},
        },
        "policies": {
            "freezers": {"steps": [{"wait": plant.wait, "notify": ["pages"]}, {"wait": "5h", "notify": ["ops"]}]}
        },
        "rules": [*rules, {"name": "everything else", "match": {}, "policy": "freezers"}],
    }
    path = folder / "rules.yaml"
    path.write_text(json.dumps(written, indent=1), encoding="utf-8")
    return path


class Serving:
    """A `serve` that runs; `store` is its file."""

    def __init__(self, program: Program, store: Path) -> None:
        self.program = program
        self.store = store

    def journal(self) -> int:
        """How many events are committed."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=5)) as connection:
            found = connection.execute("SELECT count(said) FROM journal").fetchone()[0]
        return int(found)

    def cpu(self) -> float:
        """Seconds of CPU time that it has used."""
        fields = Path(f"/proc/{self.program.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def serving(rules: Path, store: Path) -> Iterator[Serving]:
    """`serve` that is ready; stopped properly at the end."""
    command = [sys.executable, "-m", "router", "serve", str(rules), "--store", f"sqlite:///{store}"]
    program = Program(command, rules.parent / "serve.log")
    try:
        program.until_said('"event":"ready"', 60)
        yield Serving(program, store)
        program.tell(signal.SIGTERM)
        program.ended(10)
    finally:
        program.kill()
