"""How fast the SQLite store commits and is read, one JSON document per line: `python -m bench.store [FOLDER]`.

Each entry is an alarm that opens an alert: a journal line with the payload, an alert, a timer, two timeline lines, and
for every fifth a notification. The floor, in the same run, is SQLite with one row for each entry. The folder
decides which disk is measured (default: a temporary one).
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from router.core.changes import Change, Decision, PutAlert, PutNotification, Record, SetTimer, Trace
from router.core.inputs import EventReceived
from router.core.model import Alert, Event, Notification, Route, Timer, Told
from router.stores import Entry, open_store

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
ALERTS = 20_000
RUNS = 3
ENTRY = 2_600
"""Octets that an entry takes in the file."""


def alarm(number: int) -> Event:
    payload = {
        "uuid": f"6c1f0d9e-0a5b-4f0e-9d55-{number:012d}", "tenant_uuid": "2f0c2f7e-1111-4a6b-8b1e-5d7d0a9c0001",
        "alarm_reason": "Alarm condition is violated", "alarm_status": "Alarm",
        "last_status_change_time": "2025-03-17T20:59:00Z", "alarm_condition_type": "Upper limit",
        "alarm_severity": "Alarm", "alarm_time": "2025-03-17T20:59:00Z", "serial_number": f"{number:08d}",
        "alarm_source_uuid": f"b8a3d1c2-2222-4c3d-9e4f-{number:012d}", "alarm_type": "measurement alarm",
        "alarm_delay": "900000", "alarm_value": "9.3", "physical_unit": "°C", "physical_value": "Temperature",
        "physical_value_extension": "Air Temperature",
    }  # fmt: skip
    return Event(
        id=payload["uuid"],
        source="cold-chain",
        kind="measurement alarm",
        status="firing",
        key=f"{payload['tenant_uuid']}|{number:08d}|measurement alarm|Upper limit|Alarm|Temperature|Air Temperature",
        arrived_at=NOW,
        severity="Alarm",
        level="critical",
        condition_type="Upper limit",
        reason=payload["alarm_reason"],
        source_uuid=payload["alarm_source_uuid"],
        serial_number=payload["serial_number"],
        tenant=payload["tenant_uuid"],
        value=9.3,
        unit="°C",
        quantity="Temperature",
        quantity_detail="Air Temperature",
        delay=900.0,
        started_at=NOW,
        changed_at=NOW,
        processed_at=NOW,
        labels={"site": "Berlin", "room": f"room {number % 100}"},
        raw=json.dumps(payload),
    )


def entry(number: int) -> Entry:
    event = alarm(number)
    alert_id = f"{number:010x}"
    alert = Alert(
        id=alert_id,
        key=event.key,
        status="firing",
        event=alarm_without_payload(event),
        opened_at=NOW,
        updated_at=NOW,
        started_at=NOW,
        routes=(Route("freezer limits", 41, "freezers", 1),),
        told=(Told("sms", "alice"),),
    )
    changes: list[Change] = [
        PutAlert(alert),
        SetTimer(Timer(f"{alert_id}/step", "step", NOW + timedelta(minutes=5), alert_id, "freezer limits")),
        Record(alert_id, NOW, "opened", {"event": event.id, "severity": "Alarm", "value": 9.3}),
        Record(alert_id, NOW, "step", {"rule": "freezer limits", "step": 1, "targets": ["alice via sms"]}),
    ]
    if number % 5 == 0:
        page = Notification(
            id=f"{alert_id}-1", alert_id=alert_id, target="alice via sms", channel="sms", reason="raised",
            title="Freezer 3", body="Upper limit\n" * 10, created_at=NOW, due=NOW, person="alice",
        )  # fmt: skip
        changes.append(PutNotification(page))
    return Entry(NOW, EventReceived(event), Decision(tuple(changes), Trace("opened", (alert_id,))))


def alarm_without_payload(event: Event) -> Event:
    values = {name: getattr(event, name) for name in Event.__slots__}
    return Event(**(values | {"raw": ""}))


def numbers(total: int) -> Iterator[int]:
    """Every number once, scattered, as random ids fall into an index."""
    return ((number * 7_919) % total for number in range(total))


def say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")


def commits(folder: Path, batch: int, total: int) -> None:
    rates, times, floors = [], [], []
    for run in range(RUNS):
        floors.append(floor(folder / f"floor-{batch}-{run}.db", batch, total))
        entries = [entry(number) for number in numbers(total)]
        store = open_store(f"sqlite:///{folder}/commit-{batch}-{run}.db", "serve")
        began = time.perf_counter()
        for at in range(0, total, batch):
            one = time.perf_counter()
            store.commit(entries[at : at + batch])
            times.append(time.perf_counter() - one)
        rates.append(total / (time.perf_counter() - began))
        store.close()
    say(
        bench="store commit", batch=batch, entries=total, entries_per_s=round(statistics.median(rates)),
        commit_ms_p50=round(statistics.median(times) * 1e3, 2), commit_ms_max=round(max(times) * 1e3, 1),
        of_the_floor=round(statistics.median(rates) / statistics.median(floors), 2),
    )  # fmt: skip


def floor(path: Path, batch: int, total: int) -> float:
    """Entries a second of SQLite alone: as many durable transactions, one row of an entry's size for each entry."""
    rows = [(b"x" * ENTRY,)] * batch
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE one (body BLOB)")
        began = time.perf_counter()
        for _ in range(total // batch):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO one VALUES (?)", rows)
            connection.execute("COMMIT")
        return total / (time.perf_counter() - began)


def reads(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/reads.db", "serve")
    for at in range(0, ALERTS, 1000):
        store.commit([entry(number) for number in range(at, at + 1000)])
    ids = {f"cold-chain/6c1f0d9e-0a5b-4f0e-9d55-{number * 331 % (2 * ALERTS):012d}" for number in range(500)}
    tries: dict[str, list[float]] = {"seen 500 ids": [], "requests, none": [], "counts": [], "first page of alerts": []}
    for _ in range(20):
        for name, call in (
            ("seen 500 ids", lambda: store.seen(ids)),
            ("requests, none", store.requests),
            ("counts", store.history.counts),
            ("first page of alerts", lambda: list(store.history.alerts(limit=50))),
        ):
            began = time.perf_counter()
            call()
            tries[name].append(time.perf_counter() - began)
    for name, times in tries.items():
        say(bench="store read", what=name, ms_p50=round(statistics.median(times) * 1e3, 3))
    store.close()


def main(disk: str | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        for batch, total in ((1, 300), (10, 2_000), (100, 5_000), (500, 5_000)):
            commits(Path(folder), batch, total)
        reads(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:2])
