"""Labels that no event can have are told, and those that some source or the inventory gives are not."""

from pathlib import Path

import pytest

from router.config.load import load
from router.errors import Problem
from tests.config.marked import loaded, rules_file, the_warning, write

SAVERIS = "sources: {s: {type: saveris, region: eu, username: u, password: p}}\n"
SENTILO = "sources: {s: {type: stomp, url: 'ws://x/ws', destination: /q, format: sentilo}}\n"
JSON = SENTILO.replace("sentilo", "json, fields: {serial_number: a, labels.line: b}")
CSV = "serial_number,site,Room Name\n1,lab,\n"


def rule(match: str) -> str:
    return f"rules:\n  - name: r\n    policy: freezers\n    match: {match}\n"


def with_inventory(folder: Path, text: str) -> list[Problem]:
    files = {"rules.yaml": rules_file("inventory: s.csv\n" + text), "s.csv": CSV}
    return list(load(write(folder, files), environ={}).warnings)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (SAVERIS + rule("{«labels.site: x}"), "add a column of this name to the inventory"),
        (SAVERIS + rule("{not: {«labels.site: {present: false}}}"), "add a column"),
        (SENTILO + rule("{«labels.providr: x}"), "did you mean labels.provider?"),
        (SENTILO + rule("{«labels.site: x}"), "there are: labels.alert, labels.component, labels.limit"),
        (JSON + rule("{any: [{«labels.lines: x}]}"), "did you mean labels.line?"),
        (JSON + rule("{«labels.Line: x}"), "did you mean labels.line?"),
    ],
)
def test_a_label_that_no_event_can_have_is_a_warning(text: str, hint: str) -> None:
    found = the_warning(text)
    assert (found.code, found.message) == ("unknown-label", "no event has this label")
    assert hint in found.suggestion


@pytest.mark.parametrize("label", ["limit", "alert", "provider", "component", "sender"])
def test_labels_that_sentilo_gives_are_known(label: str) -> None:
    assert loaded(SENTILO + rule(f"{{labels.{label}: x}}")).warnings == ()


def test_labels_that_a_json_source_maps_are_known() -> None:
    assert loaded(JSON + rule("{labels.line: x}")).warnings == ()


def test_every_column_of_the_inventory_is_known_even_an_empty_one(tmp_path: Path) -> None:
    assert with_inventory(tmp_path, SAVERIS + rule("{labels.site: lab, labels.Room Name: x}")) == []


def test_the_key_columns_of_the_inventory_are_no_labels(tmp_path: Path) -> None:
    assert [found.code for found in with_inventory(tmp_path, rule("{labels.serial_number: 1}"))] == ["unknown-label"]


def test_the_nearest_column_is_suggested(tmp_path: Path) -> None:
    (found,) = with_inventory(tmp_path, SAVERIS + rule("{labels.sites: lab}"))
    assert found.suggestion == "did you mean labels.site?"


def test_without_sources_and_inventory_any_label_may_come() -> None:
    assert loaded(rule("{labels.site: x}")).warnings == ()
