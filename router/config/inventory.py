"""The inventory: a CSV file that knows names, sites and owners of sensors; its columns become `labels.*` of events.

One column must be called `source_uuid` or `serial_number` (both may be there: the uuid is looked up first).
What must not be here: watching the file (whoever owns the clock reads everything again when it has changed).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from router.config.names import nearest
from router.config.report import Report, Spot
from router.core.model import NO_LABELS, Event

KEYS: Final = ("source_uuid", "serial_number")
_MAX_BYTES: Final = 64 * 1024 * 1024
_DELIMITERS: Final = ",;\t"
_Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is known of each sensor. A new file is a new inventory."""

    path: Path
    by_uuid: _Rows = field(default_factory=dict)
    by_serial: _Rows = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    """The names of the labels that it can give."""

    def labels(self, event: Event) -> Mapping[str, str]:
        """The labels of the event's sensor; empty for a sensor that is not in the file. Ids ignore case."""
        for rows, value in ((self.by_uuid, event.source_uuid), (self.by_serial, event.serial_number)):
            if value and (found := rows.get(value.strip().casefold())) is not None:
                return found
        return NO_LABELS

    def with_labels(self, event: Event) -> Event:
        """The event with the labels of its sensor; labels that the source itself gave win."""
        found = self.labels(event)
        return replace(event, labels=MappingProxyType({**found, **event.labels})) if found else event


def read_inventory(path: Path, report: Report) -> Inventory:
    """The inventory of a file; everything wrong in it is in the report, by line."""
    text = _text(path, report)
    if text is None:
        return Inventory(path)
    lines = text.splitlines()
    delimiter = max(_DELIMITERS, key=lines[0].count) if lines else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table = _Table(str(path), report)
    try:
        for row in reader:
            table.add(row, reader.line_num)
    except csv.Error as error:
        report.error(Spot(str(path), reader.line_num, 1), "bad-csv", f"not readable as CSV: {error}")
    table.finish()
    by_uuid, by_serial = (MappingProxyType(table.rows[key]) for key in KEYS)
    return Inventory(path, by_uuid, by_serial, table.labels())


def _text(path: Path, report: Report) -> str | None:
    spot = Spot(str(path))
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report.error(spot, "unreadable-file", f"cannot read the inventory: {reason}")
        return None
    if len(content) > _MAX_BYTES:
        report.error(spot, "too-large", f"the inventory is larger than {_MAX_BYTES // 1024 // 1024} MiB")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = "in a spreadsheet program: save as CSV UTF-8"
        report.error(Spot(str(path), line, 1), "bad-encoding", "this is not UTF-8", suggestion=hint)
        return None


class _Table:
    """Takes the rows of the file in order."""

    def __init__(self, file: str, report: Report) -> None:
        self.rows: dict[str, dict[str, Mapping[str, str]]] = {key: {} for key in KEYS}
        self._lines: dict[tuple[str, str], int] = {}
        self._columns: list[str] = []
        self._usable = True
        self._file = file
        self._report = report

    def add(self, row: Sequence[str], line: int) -> None:
        """One row; the first that is not empty names the columns."""
        cells = [cell.strip() for cell in row]
        if not any(cells):
            return
        if not self._columns:
            self._columns = [_column(cell) for cell in cells]
            self._check_columns(line)
        elif self._usable:
            self._add(cells, line)

    def labels(self) -> frozenset[str]:
        """The columns that become labels."""
        return frozenset(self._columns) - {"", *KEYS}

    def finish(self) -> None:
        """After the last row: a file without any is told."""
        if not self._columns:
            self._error(0, "empty", "the inventory is empty", "the first line names the columns")

    def _check_columns(self, line: int) -> None:
        named = [column for column in self._columns if column]
        for column in sorted({column for column in named if named.count(column) > 1}):
            self._error(line, "duplicate-column", f"two columns are called `{column}`", "rename one")
        if not set(KEYS) & set(named):
            self._usable = False
            near = next((column for column in named if nearest(column, KEYS)), None)
            hint = f"rename {near} to {nearest(near, KEYS)}" if near else f"there are: {', '.join(named)}"
            self._error(line, "missing-column", "no column is called source_uuid or serial_number", hint)

    def _add(self, cells: Sequence[str], line: int) -> None:
        if len(cells) > len(self._columns) and any(cells[len(self._columns) :]):
            message = f"{len(cells)} cells, but {len(self._columns)} columns"
            self._error(line, "bad-csv", message, "put a cell with a delimiter in it in double quotes")
        row = dict(zip(self._columns, cells, strict=False))
        labels = MappingProxyType({name: cell for name, cell in row.items() if name and name not in KEYS and cell})
        keys = [(key, row[key]) for key in KEYS if row.get(key)]
        if not keys:
            self._error(line, "missing-key", "this row has neither source_uuid nor serial_number", "")
        for key, value in keys:
            self._place(key, value, labels, line)

    def _place(self, key: str, value: str, labels: Mapping[str, str], line: int) -> None:
        first = self._lines.setdefault((key, value.casefold()), line)
        if first != line:
            message = f"{key} `{value}` stands twice: in line {first} and here, in line {line}"
            self._error(line, "duplicate-key", message, "remove one")
            return
        self.rows[key][value.casefold()] = labels

    def _error(self, line: int, code: str, message: str, hint: str) -> None:
        self._report.error(Spot(self._file, line, 1 if line else 0), code, message, suggestion=hint)


def _column(cell: str) -> str:
    """The column's name as a label: keys in any case and with spaces are known too."""
    folded = "_".join(cell.replace("-", " ").replace("_", " ").casefold().split())
    return folded if folded in KEYS else cell
