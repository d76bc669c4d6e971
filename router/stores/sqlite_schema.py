"""The schema of the SQLite file: whose file it is, which version it has, and the scripts that lead to the newest.

What must not be here: a script's text (`sqlite_NNNN.sql`), or how the file is opened.
"""

import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import Final

from router.errors import StoreCorruptError

MIGRATIONS: Final = ("sqlite_0001.sql",)
"""Forward only; the position, from 1, is the schema version that the script makes out of the one before."""
APPLICATION_ID: Final = 0x616C726D
"""`alrm`, in the file's header: tells our file from any other program's."""


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version, 0 for an empty file; raises `StoreCorruptError` for what is not ours or newer than we are."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID or "schema_version" not in tables:
        raise StoreCorruptError(f"{path} is a database of another program: choose another --store")
    version = int(connection.execute("SELECT version FROM schema_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreCorruptError(
            f"{path} was written by a newer version (schema {version}, this one knows {len(MIGRATIONS)}): "
            "install that version again, or choose another --store"
        )
    return version


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Run the scripts after `version`, each in a transaction of its own."""
    for number, name in enumerate(MIGRATIONS[version:], version + 1):
        _run(connection, files("router.stores").joinpath(name).read_text("utf-8"), number)


def _run(connection: sqlite3.Connection, script: str, number: int) -> None:
    mark = f"DELETE FROM schema_version; INSERT INTO schema_version VALUES ({number:d});"  # noqa: S608 -- a number
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID};\n{script}\n{mark}\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
