"""The SQLite store: one file, one writer of decisions, any number of readers beside it.

The laws: one commit is one transaction with synchronous=FULL; the file's count of commits is compared before each, so
that a commit whose end was not seen is not written twice and another file in this one's place is noticed; reads are
short and have their own connection.
What must not be here: statements that any SQL store would share (`sql`, `history`), or how a file heals
(`sqlite_file`).
"""

import gc
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from threading import RLock
from typing import Any, Final

from router.core.model import Alert, Recovery
from router.core.state import Rows
from router.errors import StoreCorruptError
from router.stores import codec, sql
from router.stores.history import Read, SqlHistory
from router.stores.sqlite_file import BUSY_SECONDS, SqliteFile, lock_file
from router.stores.store import Access, Entry, History, JournalLine, Request, StoreUrlError

HEARD_EVERY: Final = timedelta(seconds=10)
"""How exactly the last word of a source is kept: a flood of measurements must not write on each."""
PAGE: Final = 500
ALWAYS: Final = (-(2**63), 2**63 - 1)


def open_sqlite(rest: str, access: Access) -> "SqliteStore":
    """Open the file of `sqlite://` + `rest`: `/x` is relative to the working directory, `//x` absolute."""
    if not rest.startswith("/") or rest in {"/", "//"}:
        raise StoreUrlError(
            "a SQLite store is sqlite:///name.db (in the working directory) or sqlite:////folder/name.db"
        )
    return SqliteStore(Path(rest[1:]).absolute(), access)


class SqliteStore:
    """`store.Store` in a file. `busy_seconds` is how long another program's lock is waited for."""

    def __init__(self, path: Path, access: Access, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._access = access
        self._file = SqliteFile(path, busy_seconds=busy_seconds)
        self._lock = RLock()
        self._descriptor: int | None = None
        self._commits = 0
        self._doubtful: tuple[Entry, ...] = ()
        self._heard: dict[str, datetime] = {}
        self._pending: dict[str, Request] = {}
        self._pending_at: tuple[int, int] | None = None
        self._history = SqlHistory(self._reading)
        if access == "serve":
            self._serve()
        else:
            self._file.check()

    def _serve(self) -> None:
        self._descriptor = lock_file(self.path.resolve())  # one file by two names is still one store
        try:
            self._file.make()
            with self._file.reading() as connection:
                self._commits = _commits(connection)
        except BaseException:
            self.close()
            raise

    @property
    def history(self) -> History:
        """What commands and pages read."""
        return self._history

    def load(self) -> Rows:
        """All rows still needed, frozen: they stay, so the garbage collector need never look at them."""
        shared = codec.Shared()
        alerts = codec.Reader(Alert, shared.alert)
        recoveries = codec.Reader(Recovery, shared.recovery)
        with self._file.reading() as connection, _no_collection():

            def bodies(statement: str) -> Iterator[bytes]:
                return map(itemgetter(0), connection.execute(statement))

            return Rows(
                alerts=tuple(alerts.many(bodies(sql.LOAD_ALERTS))),
                timers=tuple(sql.timer_of(row) for row in connection.execute(sql.LOAD_TIMERS)),
                notifications=tuple(codec.NOTIFICATION.many(bodies(sql.LOAD_NOTIFICATIONS))),
                recoveries=tuple(recoveries.many(bodies(sql.LOAD_RECOVERIES))),
                tallies=tuple(codec.TALLY.many(bodies(sql.LOAD_TALLIES))),
            )

    def commit(self, entries: Sequence[Entry]) -> None:
        """One transaction for all entries; see `Store.commit`."""
        assert self._access == "serve", "only serve writes decisions"
        with self._lock:
            left = self._not_landed(tuple(entries))
            try:
                self._commit(left, left)
            except (UnicodeEncodeError, OverflowError):
                self._commit(codec.printable(left), left)

    def _not_landed(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """The entries without those of a failed commit that was durable all the same."""
        doubtful = self._doubtful
        if doubtful:
            with self._file.using() as connection:
                landed = _commits(connection) == self._commits + 1
            if landed:
                again = all(one is other for one, other in zip(doubtful, entries, strict=False))
                assert again, "a failed commit must be repeated"
                assert len(entries) >= len(doubtful), "a failed commit must be repeated whole"
                self._commits += 1
                entries = entries[len(doubtful) :]
            self._doubtful = ()
        return entries

    def _commit(self, entries: tuple[Entry, ...], given: tuple[Entry, ...]) -> None:
        batch = sql.Batch.of(entries)
        batch.heard = {source: at for source, at in batch.heard.items() if self._is_news(source, at)}
        writes = list(batch.writes())
        if not writes:
            return
        self._doubtful = given
        with self._file.writing() as connection:
            if _commits(connection) != self._commits:
                raise StoreCorruptError(f"{self.path} was replaced while in use: start again, so that it is loaded")
            for statement, rows in writes:
                connection.executemany(statement, rows)
            connection.execute("UPDATE progress SET commits = ?", (self._commits + 1,))
        self._doubtful = ()
        self._commits += 1
        self._written(batch)

    def _is_news(self, source: str, at: datetime) -> bool:
        known = self._heard.get(source)
        return known is None or abs(at - known) >= HEARD_EVERY

    def _written(self, batch: sql.Batch) -> None:
        self._heard.update(batch.heard)
        for _, request_id in batch.answered:
            self._pending.pop(request_id, None)

    def seen(self, ids: Collection[str]) -> set[str]:
        """Which of these ids are in the journal."""
        by_digest = {codec.digest(said): said for said in ids}
        found: set[str] = set()
        for part in _parts(list(by_digest), PAGE):
            with self._reading() as read:
                rows = read(sql.SEEN.format(", ".join("?" * len(part))), part)
            found.update(by_digest[each] for (each,) in rows)
        return found

    def ask(self, request: Request) -> None:
        """Leave a request for the engine."""
        with self._lock:
            with self._file.writing() as connection:
                connection.execute(sql.ASK, sql.request_row(request))
            self._pending_at = None

    def requests(self) -> list[Request]:
        """The requests not met yet; reads them only when another connection has written something."""
        with self._lock:
            with self._file.using() as connection:
                version = int(connection.execute("PRAGMA data_version").fetchone()[0])
                if (self._file.generation, version) != self._pending_at:
                    rows = connection.execute(sql.OPEN_REQUESTS).fetchall()
                    self._pending = {row[0]: sql.request_of(row) for row in rows}
                    self._pending_at = (self._file.generation, version)
            return list(self._pending.values())

    def journal(
        self, since: datetime | None = None, until: datetime | None = None, *, after: int = 0
    ) -> Iterator[JournalLine]:
        """The lines between two instants, read in pages."""
        first = ALWAYS[0] if since is None else codec.micros(since)
        end = ALWAYS[1] if until is None else codec.micros(until)
        with self._reading() as read:
            start = read(sql.JOURNAL_START, (first,))[0][0]
        if start is None:
            return
        after = max(after, start - 1)
        while True:
            with self._reading() as read:
                rows = read(sql.JOURNAL, (after, first, end, PAGE))
            for seq, at, kind, stored in rows:
                yield JournalLine(seq, codec.instant_of(at), codec.input_of(kind, stored))
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def trim(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows that were over before this instant."""
        left = limit
        instant = codec.micros(before)
        with self._file.writing() as connection:
            for statement in sql.TRIM:
                if left > 0:
                    left -= connection.execute(statement, {"before": instant, "limit": left}).rowcount
        return limit - left

    def close(self) -> None:
        """Close the file and give the lock back."""
        with self._lock:
            self._file.close()
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    @contextmanager
    def _reading(self) -> Iterator[Read]:
        with self._file.reading() as connection:

            def read(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
                return connection.execute(statement, parameters).fetchall()

            yield read


def _parts(whole: list[bytes], size: int) -> Iterator[list[bytes]]:
    return (whole[at : at + size] for at in range(0, len(whole), size))


def _commits(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT commits FROM progress").fetchone()[0])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Half of the time of loading would go into looking for garbage among rows that all stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was:
            gc.enable()
