"""The inventory adds labels to events, and says by line what is wrong with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.config.inventory import Inventory, read_inventory
from router.config.load import load
from router.config.report import Report
from router.core.model import Event
from router.errors import ConfigError
from tests.config.marked import BASE, the_problem, write

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(uuid: str | None = None, serial: str | None = None, labels: dict[str, str] | None = None) -> Event:
    return Event("1", "s", "alarm", "firing", "k", NOW, source_uuid=uuid, serial_number=serial, labels=labels or {})


def read(folder: Path, content: str | bytes) -> tuple[Inventory, list[tuple[int, str]]]:
    path = folder / "sensors.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    report = Report()
    found = read_inventory(path, report)
    return found, [(problem.line, problem.code) for problem in report.problems]


def test_columns_become_labels(tmp_path: Path) -> None:
    inventory, problems = read(tmp_path, "source_uuid,site,room\nABC,North,12\ndef,South,\n")
    assert problems == []
    assert inventory.labels(event("abc")) == {"site": "North", "room": "12"}
    assert inventory.labels(event("DEF")) == {"site": "South"}
    assert inventory.labels(event("ghi")) == {}
    assert inventory.labels(event()) == {}


def test_the_uuid_is_looked_up_before_the_serial_number(tmp_path: Path) -> None:
    inventory, _ = read(tmp_path, "serial_number,source_uuid,site\n0049,u1,A\n50,,B\n")
    assert inventory.labels(event("u1", "50")) == {"site": "A"}
    assert inventory.labels(event("u9", "50")) == {"site": "B"}
    assert inventory.labels(event(serial="0049")) == {"site": "A"}
    assert inventory.labels(event(serial="49")) == {}


def test_labels_of_the_source_win(tmp_path: Path) -> None:
    inventory, _ = read(tmp_path, "source_uuid,site,room\nu,North,12\n")
    assert inventory.with_labels(event("u", labels={"site": "mine"})).labels == {"site": "mine", "room": "12"}
    unknown = event("x")
    assert inventory.with_labels(unknown) is unknown


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfsource_uuid;site\r\nu;North, upper\r\n",
        b"Source UUID\tsite\nu\tNorth, upper\n",
        b'\n  source-uuid , site \nu,"North, upper"\n',
        b'site;SOURCE_UUID;\n"North, upper";u;\n\n',
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, content: bytes) -> None:
    inventory, problems = read(tmp_path, content)
    assert problems == []
    assert inventory.labels(event("u")) == {"site": "North, upper"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [(0, "empty")]),
        ("\n\n", [(0, "empty")]),
        ("uuid,site\nu,A\n", [(1, "missing-column")]),
        ("source_uuid,site,site\nu,A,B\n", [(1, "duplicate-column")]),
        ("source_uuid,site\nu,A\nU,B\n", [(3, "duplicate-key")]),
        ("source_uuid,site\n,A\n", [(2, "missing-key")]),
        ("source_uuid,site\nu,A,B\n", [(2, "bad-csv")]),
        ('source_uuid,site\nu,"A\n', [(2, "bad-csv")]),
        (b"source_uuid,site\nu,\xe4\n", [(2, "bad-encoding")]),
    ],
)
def test_mistakes_are_told_by_line(tmp_path: Path, content: str | bytes, expected: list[tuple[int, str]]) -> None:
    assert read(tmp_path, content)[1] == expected


def test_a_column_that_is_nearly_the_key_is_suggested(tmp_path: Path) -> None:
    report = Report()
    (tmp_path / "s.csv").write_text("serial_no,site\n")
    read_inventory(tmp_path / "s.csv", report)
    assert report.problems[0].suggestion == "rename serial_no to serial_number"


def test_the_rules_file_names_it_and_its_errors_come_with_the_others(tmp_path: Path) -> None:
    path = write(tmp_path, {"rules.yaml": f"inventory: s.csv\n{BASE}", "s.csv": "source_uuid,site\nu,A\nu,B\n"})
    with pytest.raises(ConfigError) as caught:
        load(path, environ={})
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.code) == (str(tmp_path / "s.csv"), 3, "duplicate-key")


def test_a_missing_inventory_is_told_where_it_is_named() -> None:
    assert the_problem("inventory: «nope.csv\n").code == "missing-file"
    assert the_problem("inventory: «[a.csv]\n").code == "wrong-type"
