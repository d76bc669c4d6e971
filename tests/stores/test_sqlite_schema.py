"""Whose file it is, and the way to the newest schema."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.errors import StoreCorruptError, StoreUnavailableError
from router.stores import sqlite_schema
from router.stores.sqlite import SqliteStore
from router.stores.sqlite_schema import APPLICATION_ID, MIGRATIONS, migrate, schema_version

PATH = Path("x.db")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def test_an_empty_file_has_no_schema_and_gets_the_newest(connection: sqlite3.Connection) -> None:
    assert schema_version(connection, PATH) == 0
    migrate(connection, 0)
    assert schema_version(connection, PATH) == len(MIGRATIONS)


def test_the_newest_schema_is_left_alone(connection: sqlite3.Connection) -> None:
    migrate(connection, 0)
    before = connection.total_changes
    migrate(connection, len(MIGRATIONS))
    assert connection.total_changes == before


def test_a_newer_schema_is_refused_with_advice(connection: sqlite3.Connection) -> None:
    migrate(connection, 0)
    connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreCorruptError, match=r"schema 99.*install that version again"):
        schema_version(connection, PATH)


@pytest.mark.parametrize("made", ["CREATE TABLE notes (x)", "CREATE TABLE schema_version (version)"])
def test_the_database_of_another_program_is_refused(connection: sqlite3.Connection, made: str) -> None:
    connection.execute(made)
    with pytest.raises(StoreCorruptError, match="another program"):
        schema_version(connection, PATH)


def test_a_migration_that_fails_leaves_the_version_before(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(sqlite3.OperationalError):
        sqlite_schema._run(connection, "CREATE TABLE half (x); CREATE TABLE half (x);", 1)
    assert not connection.in_transaction
    assert schema_version(connection, PATH) == 0
    assert connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,)


def test_a_command_does_not_touch_an_older_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path, "serve").close()
    other = sqlite3.connect(path)
    other.execute("UPDATE schema_version SET version = 0")
    other.commit()
    other.close()
    with pytest.raises(StoreUnavailableError, match="start serve once"):
        SqliteStore(path, "beside")


def test_each_migration_is_a_file_numbered_by_the_version_it_makes() -> None:
    assert list(MIGRATIONS) == [f"sqlite_{number:04}.sql" for number in range(1, len(MIGRATIONS) + 1)]
