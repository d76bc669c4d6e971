from pathlib import Path

import pytest

from router.commands.problems import show_error, show_problems, with_hint
from router.errors import ConfigError, Problem, StoreUnavailableError


def test_a_problem_is_shown_with_its_place_its_line_and_a_caret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\nrules:\n  - name: ä\n", "utf-8")
    show_problems([Problem(str(file), 3, 5, "x", "not so", "but so")], look="bad")
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:3:5: error: not so (but so)",
        "     3 |   - name: ä",
        "       |     ^",
    ]


def test_a_very_long_line_is_shown_around_the_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("x" * 300 + "HERE" + "y" * 300, "utf-8")
    show_problems([Problem(str(file), 1, 301, "x", "m")], look="warn")
    _, source, caret = capsys.readouterr().out.splitlines()
    assert len(source) < 120
    assert source[caret.index("^") :].startswith("HERE")


@pytest.mark.parametrize(("line", "column"), [(0, 0), (99, 1), (2, 1), (1, 40)])
def test_a_place_that_cannot_be_shown_is_only_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: int, column: int
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\n\n", "utf-8")
    show_problems([Problem(str(file), line, column, "x", "m")], look="bad")
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  sms: twilio://AC1:tok@+4930/{address}", "  sms: twilio://" + "•" * 14 + "{address}"),
        ('  m: {url: "mailto://${USER}:pw@h", rate: 1}', '  m: {url: "mailto://${USER}•••••", rate: 1}'),
        ("  bob: {mail: bob@example.org, sms: 1}", "  bob: {mail: •••••••••••••••, sms: 1}"),
        ('  bob: {sms: "+49 170 54321"}', '  bob: {sms: "••• ••• •••••"}'),
        ("  passcode: sesame, x", "  passcode: ••••••, x"),
        ("  password: ${PASSWORD}", "  password: ${PASSWORD}"),
        ("  secret: s3", "  secret: ••"),
        ("  - 2026-12-24", "  - 2026-12-24"),
        ("  wait: 5m", "  wait: 5m"),
    ],
)
def test_what_may_be_secret_in_the_line_is_covered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, shown: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(line, "utf-8")
    show_problems([Problem(str(file), 1, 3, "x", "m")], look="bad")
    assert capsys.readouterr().out.splitlines()[1] == f"     1 | {shown}"


def test_a_file_that_is_gone_is_only_named(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems([Problem("/no/such/file", 3, 1, "x", "m")], look="bad")
    assert capsys.readouterr().out == "/no/such/file:3:1: error: m\n"


def test_every_problem_of_an_error_is_shown_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(ConfigError((Problem("a", 0, 0, "x", "one"), Problem("b", 0, 0, "x", "two"))))
    show_error(StoreUnavailableError("locked"))
    assert capsys.readouterr() == ("", "a: error: one\nb: error: two\nerror: locked\n")


def test_a_missing_rules_file_gets_the_name_of_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").touch()
    missing = Problem(str(tmp_path / "ruls.yaml"), 0, 0, "unreadable-file", "m")
    assert with_hint(missing).suggestion == f"did you mean {tmp_path / 'rules.yaml'}?"
    nowhere = Problem(str(tmp_path / "no" / "rules.yaml"), 0, 0, "unreadable-file", "m")
    assert with_hint(nowhere).suggestion == "say where the rules file is"
