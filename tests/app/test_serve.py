"""The parts together: an alarm from a broker becomes a page, a request an acknowledgement, and a stop an end."""

import signal
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio

from router.app.serve import Server, UnexpectedEndError, serve
from router.core.inputs import FaultOccurred
from router.demo.broker import open_broker
from router.engine import Engine
from router.errors import ConfigError, StoreCorruptError
from router.logs import JsonLines
from router.stores import Request, StoreInUseError, open_store
from tests.app.household import ALARM, RULES, Remembers, rules_file, running, until

SOURCE = "sources: {{plant: {{type: stomp, url: {url}, destination: /queue/alarms, link_timeout: 1s}}}}\n"


async def test_an_alarm_from_a_broker_pages_and_is_confirmed(tmp_path: Path) -> None:
    notifier = Remembers()
    async with trio.open_nursery() as nursery, open_broker(nursery) as broker:
        path = rules_file(tmp_path, RULES + SOURCE.format(url=broker.url))
        async with running(path, notifier):
            broker.publish("/queue/alarms", (ALARM % ("e1", "f3")).encode(), {})
            await until(lambda: notifier.messages)
            await until(lambda: not broker.pending("/queue/alarms"))
        nursery.cancel_scope.cancel()
    [page] = notifier.messages
    assert (page.channel, page.reason) == ("sms", "raised")
    assert "9.3" in page.body


async def test_a_request_of_a_command_is_met_while_it_runs(tmp_path: Path) -> None:
    notifier = Remembers()
    path = rules_file(tmp_path)
    async with running(path, notifier) as server:
        await server.engine().decided(FaultOccurred("test", "something is wrong"))
        beside = open_store(f"sqlite:///{tmp_path}/alarms.db")
        [alert] = beside.history.alerts(about="faults")
        beside.ask(Request("r1", "acknowledge", alert.id, "bob", datetime.now(UTC)))
        await until(lambda: beside.history.answered("r1"))
        [alert] = beside.history.alerts(about="faults")
        assert (alert.status, alert.acknowledged_by) == ("acknowledged", "bob")
        beside.close()


async def test_a_second_router_on_the_same_store_is_refused(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    async with running(path, Remembers()):
        second = Server(path, f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=Remembers())
        with pytest.raises(StoreInUseError):
            await second.run()


async def test_rules_that_cannot_be_used_do_not_start(tmp_path: Path) -> None:
    path = rules_file(tmp_path, RULES.replace("policy: freezers", "policy: freezer"))
    with pytest.raises(ConfigError, match="freezers"):
        await Server(path, f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=Remembers()).run()


async def test_a_part_that_ends_by_itself_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ends(engine: Engine) -> None:
        await trio.lowlevel.checkpoint()

    monkeypatch.setattr(Engine, "ring", ends)
    server = Server(rules_file(tmp_path), f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=Remembers())
    with pytest.RaisesGroup(UnexpectedEndError, flatten_subgroups=True):
        await server.run()


async def test_sigterm_ends_it_and_sighup_reads_the_rules_again(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    server = Server(path, f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=Remembers())
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, server)
            await server.ready.wait()
            first = server.engine().rules
            signal.raise_signal(signal.SIGHUP)
            await until(lambda: server.engine().rules is not first)
            signal.raise_signal(signal.SIGTERM)


async def test_what_was_under_way_at_a_stop_goes_out_after_the_restart(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    first = Remembers()
    async with running(path, first) as server:
        await server.engine().decided(FaultOccurred("test", "something is wrong"))
        await until(lambda: first.messages)
    again = Remembers()
    async with running(path, again) as server:
        assert server.engine().state.by_key["fault/test"]
        await until(lambda: not server.engine().outbox())
    assert len(first.messages) == 1
    assert again.messages == []


async def test_a_damaged_store_is_told_before_the_end(tmp_path: Path) -> None:
    notifier = Remembers()
    (tmp_path / "alarms.db").write_bytes(b"garbage" * 1000)
    server = Server(rules_file(tmp_path), f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=notifier)
    with pytest.raises(StoreCorruptError):
        await server.run()
    assert notifier.channels == ["ops"]
    assert "not a whole SQLite database" in notifier.messages[0].body


async def test_under_a_supervisor_a_damaged_store_is_told_once_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.supervisor.watched", lambda *_: True)
    notifier = Remembers()
    store = tmp_path / "alarms.db"
    store.write_bytes(b"garbage" * 1000)
    server = Server(rules_file(tmp_path), f"sqlite:///{store}", JsonLines(), notifier=notifier)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        await until(lambda: notifier.messages)
        store.unlink()  # somebody mends it
        with trio.fail_after(10):
            await server.ready.wait()
        server.stop.set()
    assert notifier.channels == ["ops"]


async def test_a_stop_ends_a_start_that_waits_for_its_store(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    async with running(path, Remembers()):
        pass
    other = sqlite3.connect(tmp_path / "alarms.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    server = Server(path, f"sqlite:///{tmp_path}/alarms.db", JsonLines(), notifier=Remembers())
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.run)
            await until(lambda: server._engine is not None)
            server.stop.set()
    assert not server.ready.is_set()
    other.close()
