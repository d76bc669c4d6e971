"""Usual slips in writing YAML are told where they were made, with what to do."""

import pytest

from router.config.nodes import parse
from router.errors import Problem

RULE = "rules:\n  - name: a\n    match: {}\n"
ALIGN = "line up the keys of one rule"


def the_slip(text: str) -> Problem:
    _, problems = parse(text, "f")
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("text", "sign", "column"),
    [
        ("a: {glob: *battery*}", "*", 11),
        ("a: {glob: *battery}", "*", 11),
        ("a: [*]", "*", 5),
        ("a: &b* c", "&", 4),
        ("a: & x", "&", 4),
        ("a: @x", "@", 4),
        ("a: `x`", "`", 4),
        ("a: %x", "%", 4),
    ],
)
def test_a_text_that_begins_with_a_sign_of_yaml_needs_quotes(text: str, sign: str, column: int) -> None:
    found = the_slip(text)
    assert found.suggestion == f"a text that begins with {sign} needs quotes"
    assert (found.line, found.column) == (1, column)


@pytest.mark.parametrize(
    ("text", "line", "other"),
    [
        (RULE + "   policy: x\n", 4, 3),
        (RULE + "      policy: x\n", 4, 3),
        (RULE + "\n    # why\n   policy: x\n", 6, 3),
        (RULE + "  policy: x\n", 4, 3),
        (RULE + " - name: b\n", 4, 3),
        ("rules:\n  - name: a\n    - name: b\n", 3, 2),
    ],
)
def test_a_line_indented_otherwise_is_compared_with_the_one_above(text: str, line: int, other: int) -> None:
    found = the_slip(text)
    assert found.line == line
    assert found.suggestion.startswith(f"this line is indented differently from line {other}: ")
    assert ALIGN in found.suggestion


def test_a_key_indented_below_a_value_gets_both_hints() -> None:
    assert "indented wrongly" in the_slip("rules:\n  - name: a\n     match: {}\n").suggestion


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a: 1\nb: "x\nc: 1\nd: 2\n', (2, 4)),
        ("a: {b: 'x}\nc: 1\n", (1, 8)),
        ("a: [1, 'x]\n", (1, 8)),
    ],
)
def test_a_quote_that_is_never_closed_is_told_where_it_opens(text: str, place: tuple[int, int]) -> None:
    found = the_slip(text)
    assert (found.line, found.column) == place
    assert "never closed" in found.message


@pytest.mark.parametrize("text", ['a: "x\nb: "y"\n', "a: 'x' y\n", "a: 'it's'\n"])
def test_a_quote_that_ends_too_early_is_not_called_indentation(text: str) -> None:
    assert the_slip(text).suggestion == "a quote ends too early, here or in a line above"


def test_a_key_without_a_colon_is_told_by_its_line() -> None:
    assert "in line 4 a colon" in the_slip(RULE + "    policy x\n    for: 10m\n").suggestion


def test_no_text_of_the_file_is_quoted() -> None:
    assert "hunter2" not in str(the_slip('password: "hunter2\nother: 1\n'))
    assert "hunter2" not in str(the_slip("password: *hunter2*\n"))
