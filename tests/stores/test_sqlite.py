"""The SQLite store keeps the contract; what is a file's own: how it breaks, and heals."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from router.core.changes import PutAlert, Record
from router.core.inputs import EventReceived, TimerDue
from router.errors import StoreCorruptError, StoreUnavailableError
from router.stores import Access, Store, StoreInUseError, StoreUrlError
from router.stores.sqlite import SqliteStore, open_sqlite
from tests.stores.contract import StoreContract
from tests.stores.samples import NOW, Opener, alert, entry, event, later, request


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a store?.db"


@pytest.fixture
def opener(path: Path) -> Iterator[Opener]:
    opened: list[Store] = []

    def open_one(access: Access) -> Store:
        store = SqliteStore(path, access, busy_seconds=0.01)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener("serve")


def raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def lines(store: Store) -> list[str]:
    return [line.input.timer_id for line in store.journal() if isinstance(line.input, TimerDue)]


class TestContract(StoreContract):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Callable[[], Store]:
        number = count()
        return lambda: SqliteStore(tmp_path / f"fresh {next(number)}.db", "serve")


def test_a_url_is_relative_with_three_strokes_and_absolute_with_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for rest in ("/x.db", f"/{tmp_path}/x.db"):
        store = open_sqlite(rest, "serve")
        assert store.path == tmp_path / "x.db"
        store.close()


@pytest.mark.parametrize("rest", ["", "/", "//", "host/x.db"])
def test_a_url_without_a_path_is_refused_with_an_example(rest: str) -> None:
    with pytest.raises(StoreUrlError, match=r"sqlite:///name\.db"):
        open_sqlite(rest, "serve")


def test_a_locked_file_is_unavailable_and_the_same_commit_works_later(store: Store, path: Path) -> None:
    other = raw(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked by another program"):
        store.commit([entry(TimerDue("1"))])
    other.execute("COMMIT")
    other.close()
    store.commit([entry(TimerDue("1")), entry(TimerDue("2"))])
    assert lines(store) == ["1", "2"]


def test_a_full_disk_is_unavailable_and_the_same_commit_works_later(store: SqliteStore) -> None:
    store.commit([entry(TimerDue("0"))])
    connection = store._file._open_writer()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    big = [entry(TimerDue("1"), PutAlert(alert(resolution="x" * 100_000)), Record("", NOW, "x", {}))]
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="the disk is full"):
            store.commit(big)
    assert lines(store) == ["0"]
    assert store.load().alerts == ()
    connection.execute("PRAGMA max_page_count = 1000000")
    store.commit(big)
    assert lines(store) == ["0", "1"]
    assert len(store.history.timeline(NOW)) == 1


def test_a_read_only_connection_is_unavailable_and_is_opened_anew(store: SqliteStore) -> None:
    store._file._open_writer().execute("PRAGMA query_only = 1")
    with pytest.raises(StoreUnavailableError, match="read-only"):
        store.commit([entry(TimerDue("1"))])
    store.commit([entry(TimerDue("1"))])
    assert lines(store) == ["1"]


class Failing(sqlite3.Connection):
    """A connection whose COMMIT is done, but answers with an I/O error."""

    def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
        cursor = super().execute(statement, *parameters)  # type: ignore[arg-type]
        if statement == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"
            raise error
        return cursor


def test_a_commit_that_landed_although_it_failed_is_not_written_twice(store: SqliteStore, path: Path) -> None:
    store.ask(request())
    assert store.requests() == [request()]
    store._file._open_writer()
    assert store._file._writer is not None
    store._file._writer.close()
    store._file._writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Failing)
    first = [entry(request().input, Record("", NOW, "once", {})), entry(TimerDue("1"))]
    with pytest.raises(StoreUnavailableError, match="SQLITE_IOERR_FSYNC"):
        store.commit(first)
    store.commit([*first, entry(TimerDue("2"))])
    assert lines(store) == ["1", "2"]
    assert len(store.history.timeline(NOW)) == 1
    assert store.requests() == []
    store.commit([entry(TimerDue("3"))])
    assert lines(store) == ["1", "2", "3"]


def test_a_deleted_file_is_noticed_and_used_again_when_it_is_back(store: Store, path: Path, tmp_path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    path.rename(tmp_path / "away")
    for call in (lambda: store.commit([entry(TimerDue("2"))]), store.requests, store.load):
        with pytest.raises(StoreUnavailableError, match="no such file"):
            call()
    (tmp_path / "away").rename(path)
    store.commit([entry(TimerDue("2"))])
    assert lines(store) == ["1", "2"]


def test_an_equal_copy_in_the_place_of_the_file_is_taken(store: Store, path: Path, tmp_path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    copy(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    store.commit([entry(TimerDue("2"))])
    assert lines(store) == ["1", "2"]
    other = raw(path)
    assert other.execute("SELECT count(*) FROM journal").fetchone() == (2,)
    other.close()


def test_an_older_copy_in_the_place_of_the_file_is_refused(store: Store, path: Path, tmp_path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    copy(path, tmp_path / "copy")
    store.commit([entry(TimerDue("2"))])
    (tmp_path / "copy").replace(path)
    with pytest.raises(StoreCorruptError, match="replaced while in use"):
        store.commit([entry(TimerDue("3"))])
    assert path.with_name(path.name + "-wal.of-replaced-file").stat().st_size > 0
    other = raw(path)
    assert other.execute("SELECT count(*) FROM journal").fetchone() == (1,)
    assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.close()


def test_a_reader_takes_no_other_file_before_the_writer_has(store: Store, path: Path, tmp_path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    copy(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    with pytest.raises(StoreUnavailableError, match="another file"):
        store.history.counts()
    store.requests()
    assert lines(store) == ["1"]


def test_a_log_that_was_deleted_loses_nothing(store: Store, path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    path.with_name(path.name + "-wal").unlink()
    store.commit([entry(TimerDue("2"))])
    assert lines(store) == ["1", "2"]
    other = raw(path)
    assert other.execute("SELECT count(*) FROM journal").fetchone() == (2,)
    other.close()


def test_an_empty_file_in_the_place_of_the_file_is_refused(store: Store, path: Path) -> None:
    store.commit([entry(TimerDue("1"))])
    path.unlink()
    path.touch()
    with pytest.raises(StoreCorruptError, match="replaced by an empty file"):
        store.commit([entry(TimerDue("2"))])


def copy(path: Path, to: Path) -> None:
    source, target = raw(path), raw(to)
    source.backup(target)
    source.close()
    target.close()


def test_a_damaged_row_is_named(store: Store, path: Path) -> None:
    store.commit([entry(TimerDue("1"), PutAlert(alert()))])
    other = raw(path)
    other.execute("UPDATE alerts SET body = x'c1'")
    other.execute("UPDATE journal SET kind = 'Dreamt'")
    other.close()
    with pytest.raises(StoreCorruptError, match="stored alert cannot be read"):
        store.load()
    with pytest.raises(StoreCorruptError, match="unknown kind, 'Dreamt'"):
        list(store.journal())


def test_a_flood_of_counted_measurements_hardly_writes(store: Store, path: Path) -> None:
    for number in range(50):
        store.commit([entry(EventReceived(event(str(number))), at=later(number / 10), counted=True)])
    other = raw(path)
    assert other.execute("SELECT commits FROM progress").fetchone() == (1,)
    other.close()


def test_a_poll_for_requests_reads_the_table_only_after_another_connection_wrote(store: SqliteStore) -> None:
    said: list[str] = []
    store.requests()
    store._file._open_writer().set_trace_callback(said.append)
    store.requests()
    store.commit([entry(TimerDue("1"))])
    store.requests()
    assert not any("FROM requests" in statement for statement in said)


def test_commits_are_durable_and_logged_ahead(store: SqliteStore) -> None:
    connection = store._file._open_writer()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_commit_takes_the_write_lock_at_once(store: SqliteStore) -> None:
    said: list[str] = []
    store._file._open_writer().set_trace_callback(said.append)
    store.commit([entry(TimerDue("1"))])
    assert said[0] == "BEGIN IMMEDIATE"
    assert said[-1] == "COMMIT"


def test_open_alerts_are_found_without_reading_those_that_are_over(store: SqliteStore) -> None:
    with store._file.reading() as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT seq, body FROM alerts WHERE status <> 'resolved' AND fault = 0 AND seq < 99 "
            "ORDER BY seq DESC LIMIT 5"
        ).fetchall()
    assert [row[3] for row in plan] == ["SEARCH alerts USING INDEX alerts_open (fault=? AND rowid<?)"]


KILLED = """
import sys
from itertools import count
from pathlib import Path
from router.core.changes import PutAlert, Record, SetTimer
from router.core.inputs import EventReceived
from router.stores.sqlite import SqliteStore
from tests.stores.samples import NOW, alert, entry, event, timer

def alarm(n):
    changes = PutAlert(alert("a" + n)), SetTimer(timer("t" + n)), Record("a" + n, NOW, "x", {})
    return entry(EventReceived(event(n)), *changes)

store = SqliteStore(Path(sys.argv[1]), "serve")
first = len(list(store.journal()))
for number in count(first, 20):
    store.commit([alarm(str(n)) for n in range(number, number + 20)])
    print(number + 20, flush=True)
"""


@pytest.mark.slow
def test_after_a_kill_every_confirmed_commit_is_there_and_each_is_whole(path: Path, opener: Opener) -> None:
    for kills in range(4):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        confirmed = 0
        for line in child.stdout:
            confirmed = int(line)
            if confirmed % 20 == 0 and confirmed // 20 % 7 == kills:
                os.kill(child.pid, signal.SIGKILL)
                break
        confirmed = max([confirmed, *(int(line) for line in child.stdout if line.endswith("\n"))])
        child.wait()
        child.stdout.close()
        store = opener("serve")
        rows = store.load()
        heard = [line.input.event.id for line in store.journal() if isinstance(line.input, EventReceived)]
        assert len(heard) >= confirmed
        assert len(heard) % 20 == 0
        assert heard == [str(number) for number in range(len(heard))]
        assert {row.id for row in rows.alerts} == {f"a{name}" for name in heard}
        assert {row.id for row in rows.timers} == {f"t{name}" for name in heard}
        assert all(store.history.alert(f"a{name}").timeline for name in heard[-20:])  # type: ignore[union-attr]
        store.close()


def test_one_file_by_two_names_is_one_store(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "a.db", "serve")
    (tmp_path / "b.db").symlink_to(tmp_path / "a.db")
    with pytest.raises(StoreInUseError):
        SqliteStore(tmp_path / "b.db", "serve")
    first.close()
