"""One SQLite file as two connections, a writer and a reader, that heal by themselves; SQLite's errors in our words.

1. Writes begin with BEGIN IMMEDIATE: a deferred transaction that turns into a write fails at once whatever the timeout.
2. Before each use the file's identity is looked at: SQLite goes on writing happily into a file that has been deleted.
3. After an error that may have left a connection in doubt it is closed and opened anew at the next use.
What must not be here: what the tables mean, or how they are made (`sqlite_schema`).
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Final, Literal
from urllib.parse import quote

from router.errors import RouterError, StoreCorruptError, StoreUnavailableError
from router.stores.sqlite_schema import MIGRATIONS, migrate, schema_version
from router.stores.store import StoreInUseError

BUSY_SECONDS: Final = 1.5

_WHY: Final = {
    sqlite3.SQLITE_BUSY: "it is locked by another program",
    sqlite3.SQLITE_LOCKED: "it is locked by another program",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "this user may not use it",
    sqlite3.SQLITE_AUTH: "this user may not use it",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_NOLFS: "the disk cannot hold so large a file",
    sqlite3.SQLITE_PROTOCOL: "its locks do not work here",
    sqlite3.SQLITE_INTERRUPT: "the work was interrupted",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}
_SOUND: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
"""After these the connection is as good as before."""
_DAMAGED: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})

Identity = tuple[int, int, int]


def told(error: sqlite3.Error, path: Path) -> RouterError | None:
    """The error in our words; `None` for one that says that our SQL is wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _DAMAGED:
        return StoreCorruptError(
            f"{path} is not a whole SQLite database ({error}): put a backup in its place, or move it away to begin anew"
        )
    if primary in _WHY:
        return StoreUnavailableError(f"the store {path}: {_WHY[primary]} ({error.sqlite_errorname}: {error})")
    return None


def lock_file(path: Path) -> int:
    """Take the lock that makes this process the only `serve` of the store; closing the descriptor gives it back.

    The kernel gives it back too when the process dies. Raises `StoreInUseError`, `StoreUnavailableError`.
    """
    beside = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailableError(f"the store {path}: its lock {beside} cannot be made ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise StoreInUseError(f"the store {path}: another serve uses it (process {holder or 'unknown'})") from error
    with suppress(OSError):  # a full disk: the number is only for the other's message
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


class SqliteFile:
    """The connections to one file; any thread may use them, one at a time each. `generation` counts open writers.

    The writer's lock is taken before the reader's where both are needed.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._writer_is: Identity | None = None
        self._reader_is: Identity | None = None
        self._known = False
        self._write_lock = RLock()
        self._read_lock = RLock()
        self.generation = 0

    def make(self) -> None:
        """Make the file (mode 0600) if it is missing, and bring its schema up to date. For the holder of the lock."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise StoreUnavailableError(f"the store {self.path}: it cannot be made ({error.strerror})") from error
        with self.using() as connection:
            migrate(connection, schema_version(connection, self.path))
        self._known = True

    def check(self) -> None:
        """Refuse a store that is missing or whose schema is not the one that we know."""
        with self.reading() as connection:
            version = schema_version(connection, self.path)
        if version < len(MIGRATIONS):
            raise StoreUnavailableError(
                f"the store {self.path} has schema {version}, this version needs {len(MIGRATIONS)}: start serve once"
            )
        self._known = True

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """The writing connection, outside of a transaction."""
        with self._write_lock, self._translated("writer"):
            yield self._open_writer()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed and durable when the block ends, undone when it raises."""
        with self.using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view, to be left soon: while it lasts the write-ahead log cannot be emptied."""
        with self._read_lock, self._translated("reader"):
            connection = self._open_reader()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def drop(self, which: Literal["writer", "reader"]) -> None:
        """Close one connection; the next use opens it anew."""
        connection = self._writer if which == "writer" else self._reader
        if which == "writer":
            self._writer, self._writer_is = None, None
        else:
            self._reader, self._reader_is = None, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def close(self) -> None:
        """Close both connections; the last one to close empties the write-ahead log into the file."""
        with self._write_lock, self._read_lock:
            self.drop("reader")
            self.drop("writer")

    @contextmanager
    def _translated(self, which: Literal["writer", "reader"]) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            ours = told(error, self.path)
            if ours is None:
                raise
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _SOUND:
                self.drop(which)
            raise ours from error

    def _open_writer(self) -> sqlite3.Connection:
        identity = self._identity()
        if self._writer is not None and identity != self._writer_is:
            self._leave(self._writer_is, identity)
        if self._writer is None:
            connection = self._connect("rw")
            self._writer = connection
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            connection.execute("PRAGMA cache_size = -16000")
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise StoreUnavailableError(f"the store {self.path}: its disk cannot hold a write-ahead log ({mode})")
            self._recognise(connection)
            self._writer_is = self._identity()
            self.generation += 1
        return self._writer

    def _leave(self, before: Identity | None, now: Identity) -> None:
        """Close both connections; the log of a file that was replaced is put aside.

        SQLite would take the log for the new file's own, and write its pages into a file that they do not belong to.
        """
        self.close()
        if before is not None and now[:2] != before[:2] and now[2] == before[2]:
            for ending in ("-wal", "-shm"):
                beside = self.path.with_name(self.path.name + ending)
                with suppress(FileNotFoundError):
                    beside.rename(beside.with_name(beside.name + ".of-replaced-file"))

    def _open_reader(self) -> sqlite3.Connection:
        identity = self._identity()
        if self._reader is not None and identity != self._reader_is:
            self.drop("reader")
        if self._writer is not None and self._writer_is is not None and identity[:2] != self._writer_is[:2]:
            raise StoreUnavailableError(f"the store {self.path}: another file has come into its place")
        if self._reader is None:
            self._reader = self._connect("ro")
            self._recognise(self._reader)
            self._reader_is = self._identity()
        return self._reader

    def _recognise(self, connection: sqlite3.Connection) -> None:
        """Look into the file, so that it is really open; refuse another one that has come into its place."""
        version = schema_version(connection, self.path)
        if self._known and version != len(MIGRATIONS):
            raise StoreCorruptError(f"{self.path} was replaced by an empty file while in use: put the right one back")

    def _connect(self, mode: Literal["rw", "ro"]) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )

    def _identity(self) -> Identity:
        try:
            found = self.path.stat()
        except FileNotFoundError as error:
            raise StoreUnavailableError(f"the store {self.path}: there is no such file") from error
        except OSError as error:
            raise StoreUnavailableError(f"the store {self.path}: it cannot be looked at ({error.strerror})") from error
        try:
            log = os.stat(f"{self.path}-wal").st_ino  # noqa: PTH116 -- runs before every transaction
        except OSError:
            log = 0
        return found.st_dev, found.st_ino, log
