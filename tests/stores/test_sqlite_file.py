"""One file: who may have it, how its errors are told, and on real disks that are full or may not be written."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from router.errors import StoreCorruptError, StoreUnavailableError
from router.stores import StoreInUseError
from router.stores.sqlite import SqliteStore
from router.stores.sqlite_file import SqliteFile, lock_file, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreUnavailableError, "locked"),
        (sqlite3.SQLITE_FULL, StoreUnavailableError, "disk is full"),
        (sqlite3.SQLITE_IOERR_WRITE, StoreUnavailableError, "cannot be read or written"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StoreUnavailableError, "read-only"),
        (sqlite3.SQLITE_CANTOPEN, StoreUnavailableError, "cannot be opened"),
        (sqlite3.SQLITE_NOTADB, StoreCorruptError, "put a backup in its place"),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreCorruptError, "put a backup in its place"),
    ],
)
def test_an_error_of_sqlite_becomes_ours_with_its_reason(
    code: int, kind: type[Exception], text: str, path: Path
) -> None:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_X"
    ours = told(error, path)
    assert isinstance(ours, kind)
    assert text in str(ours)
    assert str(path) in str(ours)
    assert "what SQLite says" in str(ours)


def test_wrong_sql_is_our_mistake_and_stays_what_it_is(path: Path) -> None:
    file = SqliteFile(path)
    file.make()
    with pytest.raises(sqlite3.OperationalError, match="no such table"), file.writing() as connection:
        connection.execute("SELECT * FROM nowhere")
    file.close()
    assert told(sqlite3.ProgrammingError("without a code"), path) is None


def test_a_transaction_that_raises_leaves_nothing(path: Path) -> None:
    file = SqliteFile(path)
    file.make()
    with pytest.raises(sqlite3.IntegrityError), file.writing() as connection:
        connection.executemany("INSERT INTO tallies VALUES (?, x'80')", [("x",), ("x",)])
    with file.reading() as connection:
        assert connection.execute("SELECT count(*) FROM tallies").fetchone() == (0,)
    file.close()


def test_a_reader_cannot_write(path: Path) -> None:
    file = SqliteFile(path)
    file.make()
    with pytest.raises(StoreUnavailableError, match="read-only"), file.reading() as connection:
        connection.execute("DELETE FROM tallies")
    file.close()


def test_a_new_file_and_all_beside_it_are_for_their_owner_only(path: Path) -> None:
    store = SqliteStore(path, "serve")
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm", "x.db.lock"), 0o600)
    store.close()


def test_the_lock_names_its_holder_and_is_free_after_closing(path: Path) -> None:
    descriptor = lock_file(path)
    with pytest.raises(StoreInUseError, match=f"process {os.getpid()}"):
        lock_file(path)
    os.close(descriptor)
    os.close(lock_file(path))


def test_the_lock_is_free_again_when_opening_fails(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to have a header of one hundred bytes" * 3)
    for _ in range(2):
        with pytest.raises(StoreCorruptError, match="not a whole SQLite database"):
            SqliteStore(path, "serve")


def test_a_command_makes_no_store(path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="no such file"):
        SqliteStore(path, "beside")
    assert list(path.parent.iterdir()) == []


def test_a_missing_folder_and_a_folder_in_the_files_place_are_told(path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="No such file or directory"):
        SqliteStore(path / "deeper" / "x.db", "serve")
    path.mkdir()
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        SqliteStore(path, "serve")


def in_another_process(script: str, path: Path) -> str:
    """What the script prints; it may take rights and room away from itself."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + script, str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PRELUDE = """
import sys
from pathlib import Path
from router.core.changes import PutAlert
from router.core.inputs import TimerDue
from router.errors import StoreUnavailableError
from router.stores.sqlite import SqliteStore
from tests.stores.samples import alert, entry
path = Path(sys.argv[1])

def commit(store, name, size=0):
    try:
        store.commit([entry(TimerDue(name), PutAlert(alert(name, resolution="x" * size)))])
        print("committed", name)
    except StoreUnavailableError as error:
        print(str(error).removeprefix(f"the store {path}: "))
"""


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_unavailable_and_goes_on_by_itself(path: Path) -> None:
    script = """
import resource
store = SqliteStore(path, "serve")
commit(store, "1")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
commit(store, "2", 1_000_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
commit(store, "2", 1_000_000)
print(sorted(row.id for row in store.load().alerts))
"""
    said = in_another_process(script, path).splitlines()
    assert said[0] == "committed 1"
    assert said[1].startswith(("the disk cannot be read or written", "the disk is full"))
    assert said[2:] == ["committed 2", "['1', '2']"]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_unavailable_and_goes_on_by_itself(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    script = """
store = SqliteStore(path, "serve")
commit(store, "1")
ballast = path.with_name("ballast")
try:
    ballast.write_bytes(b"x" * 2_000_000)
except OSError:
    pass
commit(store, "2", 100_000)
commit(store, "2", 100_000)
ballast.unlink()
commit(store, "2", 100_000)
print(sorted(row.id for row in store.load().alerts))
store.close()
"""
    try:
        said = in_another_process(script, disk / "x.db").splitlines()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert said[0] == "committed 1"
    assert "the disk is full" in said[1]
    assert "the disk is full" in said[2]
    assert said[3:] == ["committed 2", "['1', '2']"]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user who may less")
def test_a_file_of_somebody_else_is_unavailable() -> None:
    script = """
import os
os.setuid(65534)
for access in ("serve", "beside"):
    try:
        SqliteStore(path, access)
    except StoreUnavailableError as error:
        print(error)
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        SqliteStore(path, "serve").close()
        path.parent.chmod(0o755)
        closed = in_another_process(script, path).splitlines()
        path.chmod(0o444)
        path.with_name("x.db.lock").chmod(0o666)
        readable = in_another_process(script, path).splitlines()
    assert "Permission denied" in closed[0]
    assert "cannot be opened" in closed[1]
    assert "read-only" in readable[0]
    assert "cannot be opened" in readable[1] or "read-only" in readable[1]
