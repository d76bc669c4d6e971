"""Several files are one: sections merge, names stay unique, errors name the right file."""

# ruff: noqa: E501  # a case stands on one line

from pathlib import Path

import pytest

from router.config.load import load
from router.errors import ConfigError, Problem
from tests.config.marked import BASE, write

MAIN = f"include: [rules.d/*.yaml]\n{BASE}"


def found(folder: Path, files: dict[str, str]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, files), environ={})
    return list(caught.value.problems)


def places(folder: Path, files: dict[str, str]) -> list[tuple[str, int, int, str]]:
    return [(str(Path(one.file).relative_to(folder)), one.line, one.column, one.code) for one in found(folder, files)]


def test_rules_are_appended_in_the_order_of_the_file_names(tmp_path: Path) -> None:
    files = {
        "rules.yaml": MAIN.replace("  - {name: all, match: {}, policy: freezers}", "  - {name: first, match: {unit: C}, policy: freezers}"),
        "rules.d/b.yaml": "rules:\n  - {name: third, match: {}, policy: more}\n",
        "rules.d/a.yaml": "policies: {more: {steps: [{notify: [eve via sms]}]}}\npeople: {eve: {sms: '1'}}\n"
        "rules:\n  - {name: second, match: {unit: F}, policy: freezers}\n",
    }  # fmt: skip
    got = load(write(tmp_path, files), environ={})
    assert [rule.name for rule in got.rules.rules] == ["first", "second", "third"]
    assert got.rules.rules[2].file == str(tmp_path / "rules.d" / "b.yaml")
    assert got.rules.rules[2].line == 2
    assert got.rules.policies["more"].steps[0].notify[0].text == "eve via sms"


def test_errors_name_the_file_they_are_in(tmp_path: Path) -> None:
    files = {"rules.yaml": MAIN, "rules.d/a.yaml": "rules:\n  - name: x\n    match: {}\n    policy: freezer\n"}
    assert places(tmp_path, files) == [("rules.d/a.yaml", 4, 13, "unknown-policy")]


def test_a_name_in_two_files_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    files = {
        "rules.yaml": MAIN,
        "rules.d/a.yaml": "channels:\n  ops: json://localhost\n",
        "rules.d/b.yaml": "rules:\n  - {name: all, match: {unit: C}, policy: freezers}\n",
    }
    problems = found(tmp_path, files)
    assert [(Path(one.file).name, one.line, one.column, one.code) for one in problems] == [
        ("a.yaml", 2, 3, "duplicate-name"),
        ("b.yaml", 2, 5, "duplicate-name"),
    ]
    assert f"{tmp_path / 'rules.yaml'}:5:3" in problems[0].message
    assert f"{tmp_path / 'rules.yaml'}:16:5" in problems[1].message


def test_a_broken_file_does_not_hide_what_is_wrong_in_the_others(tmp_path: Path) -> None:
    files = {
        "rules.yaml": MAIN.replace("policy: freezers}", "policy: freezer}"),
        "rules.d/a.yaml": "rules: [\n",
        "rules.d/b.yaml": "rulez: []\n",
        "rules.d/c.yaml": "- a list\n",
        "rules.d/d.yaml": "",
    }
    assert [(place[0], place[3]) for place in places(tmp_path, files)] == [
        ("rules.yaml", "unknown-policy"),
        ("rules.d/a.yaml", "yaml"),
        ("rules.d/b.yaml", "unknown-key"),
        ("rules.d/c.yaml", "wrong-type"),
        ("rules.d/d.yaml", "empty"),
    ]


@pytest.mark.parametrize("text", ["settings: {fallback: [ops]}\n", "include: x.yaml\n", "inventory: x.csv\n"])
def test_some_things_stand_in_the_main_file_only(tmp_path: Path, text: str) -> None:
    files = {"rules.yaml": MAIN, "rules.d/a.yaml": text}
    assert places(tmp_path, files) == [("rules.d/a.yaml", 1, 1, "main-file-only")]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("include: nope.yaml", (1, 10, "missing-file")),
        ("include: [nope.yaml]", (1, 11, "missing-file")),
        ("include: 3", (1, 10, "wrong-type")),
        ("include: [{a: b}]", (1, 11, "wrong-type")),
        ("include: ['a**b']", (1, 11, "bad-glob")),
    ],
)
def test_a_bad_include_is_told(tmp_path: Path, include: str, expected: tuple[int, int, str]) -> None:
    assert places(tmp_path, {"rules.yaml": f"{include}\n{BASE}"}) == [("rules.yaml", *expected)]


def test_a_glob_without_files_is_a_warning(tmp_path: Path) -> None:
    warnings = load(write(tmp_path, {"rules.yaml": MAIN}), environ={}).warnings
    assert [(one.line, one.column, one.code) for one in warnings] == [(1, 11, "no-file")]


def test_a_file_is_read_once_and_never_the_main_file_again(tmp_path: Path) -> None:
    main = f"include: [a.yaml, '*.yaml', {tmp_path}/a.yaml]\n{BASE}"
    files = {"rules.yaml": main, "a.yaml": "rules:\n  - {name: x, match: {}, policy: freezers}\n"}
    assert [rule.name for rule in load(write(tmp_path, files), environ={}).rules.rules] == ["all", "x"]


def test_the_version_changes_with_every_file(tmp_path: Path) -> None:
    files = {"rules.yaml": MAIN, "rules.d/a.yaml": "rules: []\n"}
    one = load(write(tmp_path, files), environ={})
    two = load(write(tmp_path, {"rules.d/a.yaml": "rules: [] # other\n"}), environ={})
    again = load(write(tmp_path, files), environ={})
    assert one.rules.version == one.settings.version == again.rules.version != two.rules.version


def test_files_and_folders_to_watch(tmp_path: Path) -> None:
    got = load(write(tmp_path, {"rules.yaml": MAIN, "rules.d/a.yaml": "rules: []\n"}), environ={})
    assert got.settings.files == (tmp_path / "rules.yaml", tmp_path / "rules.d", tmp_path / "rules.d" / "a.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("empty", 0, 0)),
        ("- a\n", ("wrong-type", 1, 1)),
        ("just text\n", ("wrong-type", 1, 1)),
    ],
)
def test_a_file_that_is_no_rules_file(tmp_path: Path, text: str, expected: tuple[str, int, int]) -> None:
    (problem,) = found(tmp_path, {"rules.yaml": text})
    assert (problem.code, problem.line, problem.column) == expected


def test_a_missing_file_a_folder_and_another_encoding(tmp_path: Path) -> None:
    for path, content in ((tmp_path / "none.yaml", None), (tmp_path, None), (tmp_path / "l1.yaml", b"a: 1\nb: \xe4\n")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            load(path, environ={})
        (problem,) = caught.value.problems
        assert problem.code == ("unreadable-file" if content is None else "bad-encoding")
        assert (problem.line, problem.column) == ((0, 0) if content is None else (2, 4))


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    assert len(load(path, environ={}).rules.rules) == 1


@pytest.mark.parametrize(
    ("version", "code"),
    [("version: 2", "bad-version"), ("version: '1'", "bad-version"), ("version: true", "bad-version"), ("hours: {}", "missing-key")],
)  # fmt: skip
def test_the_version_must_be_one_that_is_known(tmp_path: Path, version: str, code: str) -> None:
    text = BASE.replace("version: 1", version).replace("hours:\n  office: [Mon-Fri 08:00-17:00]\n", "")
    assert [place[3] for place in places(tmp_path, {"rules.yaml": text})] == [code]


def test_sections_may_be_empty_but_not_of_another_kind(tmp_path: Path) -> None:
    assert load(write(tmp_path, {"rules.yaml": BASE + "sources:\n"}), environ={}).settings.sources == {}
    assert places(tmp_path, {"rules.yaml": BASE + "sources: []\n"}) == [("rules.yaml", 16, 10, "wrong-type")]
    text = BASE.replace("rules:\n  - {name: all, match: {}, policy: freezers}", "rules: {a: b}")
    assert places(tmp_path, {"rules.yaml": text}) == [("rules.yaml", 14, 8, "wrong-type")]
