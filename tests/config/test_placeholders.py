"""What the file takes from its surroundings, and that none of it is ever told."""

from pathlib import Path

import pytest

from router.config.nodes import Scalar, parse
from router.config.placeholders import Missing, Surroundings, environment, plain, unresolved, with_address
from router.config.report import Report, Spot
from router.errors import Secret

SPOT = Spot("f", 1, 1)


def around(folder: Path, environ: dict[str, str] | None = None, missing: Missing = "error") -> Surroundings:
    return Surroundings(Report(), folder, environ or {}, missing)


def scalar(text: str) -> Scalar:
    return Scalar(text, plain=True, line=1, column=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "one"),
        ("x${A}-${B}y", "xone-two/ y"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("$A", "$A"),
        ("a$", "a$"),
        ("{A}", "{A}"),
    ],
)
def test_names_come_from_the_environment(tmp_path: Path, text: str, expected: str) -> None:
    assert around(tmp_path, {"A": "one", "B": "two/ "}).fill(scalar(text), SPOT) == expected


def test_what_is_filled_in_is_not_filled_again(tmp_path: Path) -> None:
    assert around(tmp_path, {"A": "${B}", "B": "x"}).fill(scalar("${A}"), SPOT) == "${B}"


def test_numbers_without_placeholders_stay_numbers_and_filled_ones_are_texts(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"A": "12"})
    assert surroundings.fill(scalar("12"), SPOT) == 12
    assert surroundings.fill(scalar("${A}"), SPOT) == "12"


def test_inside_a_url_what_is_filled_in_is_percent_encoded(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"USER": "a@b", "PASS": "p/ä:{address}"})
    filled = surroundings.fill_url(scalar("mailtos://${USER}:${PASS}@x?to={address}"), SPOT)
    assert filled == "mailtos://a%40b:p%2F%C3%A4%3A%7Baddress%7D@x?to={address}"


def test_a_placeholder_that_is_the_whole_url_stays_as_it_is(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"URL": "mailtos://a%40b:p@x?to={address}"})
    assert surroundings.fill_url(scalar("${URL}"), SPOT) == "mailtos://a%40b:p@x?to={address}"


def test_a_file_gives_its_content_without_the_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s e c r e t\n\n")
    surroundings = around(tmp_path)
    assert surroundings.fill(scalar("${file:secret}"), SPOT) == "s e c r e t"
    assert surroundings.fill(scalar(f"${{file:{tmp_path / 'secret'}}}"), SPOT) == "s e c r e t"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${NOPE}", "missing-variable"),
        ("${file:nope}", "unreadable-file"),
        ("${file:binary}", "unreadable-file"),
        ("${file:large}", "unreadable-file"),
        ("${open", "bad-placeholder"),
        ("${}", "bad-placeholder"),
        ("${a b}", "bad-placeholder"),
        ("${A:-default}", "bad-placeholder"),
    ],
)
def test_what_cannot_be_filled_in_is_an_error_at_its_place(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    surroundings = around(tmp_path, {"A": "very secret"})
    surroundings.fill(scalar(text), Spot("f", 3, 7))
    assert [(p.line, p.column, p.code) for p in surroundings.report.problems] == [(3, 7, code)]


def test_the_nearest_variable_is_suggested(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"SAVERIS_PASSWORD": "geheim"})
    surroundings.fill(scalar("${SAVERIS_PASWORD}"), SPOT)
    assert surroundings.report.problems[0].suggestion == "did you mean ${SAVERIS_PASSWORD}?"
    assert "geheim" not in str(surroundings.report)


def test_without_secrets_a_missing_name_stands_as_it_is_written(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"A": "one"}, missing="stand")
    assert surroundings.fill(scalar("${A} ${NOPE} ${file:nope}"), SPOT) == "one ${NOPE} ${file:nope}"
    assert surroundings.report.problems == []
    assert unresolved("${NOPE}")


def test_an_empty_variable_is_a_warning(tmp_path: Path) -> None:
    surroundings = around(tmp_path, {"A": ""})
    assert surroundings.fill(scalar("${A}"), SPOT) == ""
    assert [warning.code for warning in surroundings.report.warnings] == ["empty-variable"]


def test_whole_trees_are_filled_with_places(tmp_path: Path) -> None:
    root, _ = parse("a: [1, {b: ${A}}]\nc: ${NOPE}\n".replace("${A}", "'${A}'"), "f")
    assert root is not None
    surroundings = around(tmp_path, {"A": "x"})
    assert plain(root, "f", surroundings.fill) == {"a": [1, {"b": "x"}], "c": "${NOPE}"}
    assert [(p.line, p.column) for p in surroundings.report.problems] == [(2, 4)]


def test_an_address_goes_into_a_url_percent_encoded() -> None:
    url = with_address(Secret("twilio://a:b@+1/{address}?to={address}"), Secret("+49 1/2"))
    assert url == Secret("twilio://a:b@+1/%2B49%201%2F2?to=%2B49%201%2F2")


def test_the_environment_is_the_process_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARM_ROUTER_TEST", "x")
    assert environment()["ALARM_ROUTER_TEST"] == "x"
