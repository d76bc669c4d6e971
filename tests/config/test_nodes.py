"""YAML is read as 1.2 says, with places, and nothing in a file can exhaust the reader."""

import time

import pytest

from router.config.nodes import MAX_DEPTH, MAX_NODES, Mapping, Node, Scalar, Sequence, WrittenInt, parse


def tree(text: str) -> Node:
    node, problems = parse(text, "f")
    assert problems == []
    assert node is not None
    return node


def value(text: str) -> object:
    node = tree(f"a: {text}")
    assert isinstance(node, Mapping)
    scalar = node.entries["a"][1]
    assert isinstance(scalar, Scalar)
    return scalar.value()


def problem(text: str) -> tuple[int, int, str]:
    _, problems = parse(text, "f")
    assert len(problems) == 1, problems
    return problems[0].line, problems[0].column, problems[0].code


@pytest.mark.parametrize(
    "text", ["12:30", "on", "off", "yes", "no", "2026-01-01", "1_000", "0b1", "1e", "-x", "+", "."]
)
def test_what_only_old_yaml_converts_stays_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", 12), ("-3", -3), ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("8.", 8.0)],
)
def test_numbers_are_numbers(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("FALSE", False), ("~", None), ("null", None), ("", None)]
)
def test_words_of_the_core_schema(text: str, expected: object) -> None:
    assert value(text) is expected


@pytest.mark.parametrize("text", ["'12'", '"true"', '""', "'null'"])
def test_quoted_is_always_text(text: str) -> None:
    assert value(text) == text.strip("'\"")


def test_a_number_remembers_how_it_was_written() -> None:
    number = value("0049")
    assert isinstance(number, WrittenInt)
    assert (number, number.text) == (49, "0049")


def test_an_endless_number_is_a_text() -> None:
    assert value("9" * 5000) == "9" * 5000


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("[Mon-Fri 08:00-17:00]", "Mon-Fri 08:00-17:00"),
        ("[mailtos://x.org?to={a}]", None),
        ("[https://x.org/a?b=c]", "https://x.org/a?b=c"),
        ("['a:b?c']", "a:b?c"),
        ("[a::b]", "a::b"),
    ],
)
def test_colons_and_question_marks_inside_a_text_are_text(text: str, inside: str | None) -> None:
    node, problems = parse(text, "f")
    if inside is None:
        assert [found.code for found in problems] == ["yaml"]
        return
    assert isinstance(node, Sequence)
    assert [item.text for item in node.items if isinstance(item, Scalar)] == [inside]


def test_places_count_from_one_and_are_not_moved_by_colons() -> None:
    line = "b: {u: http://x/?y, deep: [1, here]}"
    node = tree(f"a: 1\n{line}\n")
    assert isinstance(node, Mapping)
    key, inner = node.entries["b"]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(inner, Mapping)
    deep = inner.entries["deep"][1]
    assert isinstance(deep, Sequence)
    assert (deep.items[1].line, deep.items[1].column) == (2, line.index("here") + 1)


def test_json_is_yaml() -> None:
    node = tree('{"a":1,"b":["c:d"]}')
    assert isinstance(node, Mapping)
    assert list(node.entries) == ["a", "b"]


def test_an_alias_repeats_what_it_names() -> None:
    node = tree("a: &x [1, 2]\nb: *x\n")
    assert isinstance(node, Mapping)
    assert node.entries["a"][1] is node.entries["b"][1]


def test_a_key_written_twice_is_told_with_both_lines() -> None:
    _, problems = parse("a: 1\nb: 2\na: 3\n", "f")
    assert [(p.line, p.column, p.code) for p in problems] == [(3, 1, "duplicate-key")]
    assert "line 1" in problems[0].message
    assert "line 3" in problems[0].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !foo 1", (1, 4, "tag")),
        ("a: !!python/object:os.system x", (1, 4, "tag")),
        ("a: !!set {b}", (1, 4, "tag")),
        ("<<: {a: 1}", (1, 1, "merge-key")),
        ("? [a]\n: 1", (1, 3, "bad-key")),
        ("a: *nope", (1, 4, "unknown-alias")),
        ("a: &x [*x]", (1, 8, "recursive-alias")),
        ("a: &x {b: *x}", (1, 11, "recursive-alias")),
        ("a: 1\n---\nb: 2", (2, 1, "several-documents")),
        ("a: 1\nb: \x07", (2, 4, "yaml")),
        ("a: [1, 2\nb: 3", (2, 2, "yaml")),
        ("a: b: c", (1, 5, "yaml")),
        ("[" * 100, (1, MAX_DEPTH + 1, "too-deep")),
    ],
)
def test_what_has_no_meaning_is_refused_at_its_place(text: str, expected: tuple[int, int, str]) -> None:
    assert problem(text) == expected


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 200_000, "? " * 200_000])
def test_a_very_deep_file_is_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    assert problem(text)[2] == "too-deep"
    assert time.perf_counter() - started < 2


def test_aliases_of_aliases_cost_nothing() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    started = time.perf_counter()
    assert problem(bomb)[2] == "too-large"
    assert time.perf_counter() - started < 2
    assert str(MAX_NODES)[0] == "3"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\t- b", "spaces"),
        ("a: [${NAME}]", "quotes"),
        ("a: %x", "begins with %"),
        ("a: b: c", "quotes"),
    ],
)
def test_usual_slips_get_a_hint(text: str, hint: str) -> None:
    _, problems = parse(text, "f")
    assert hint in problems[0].suggestion


def test_other_errors_are_told_beside_a_duplicate_key() -> None:
    _, problems = parse("a: 1\na: 2\nb: !x 3\nb: 4\n", "f")
    assert [found.code for found in problems] == ["duplicate-key", "tag", "duplicate-key"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_nothing_is_nothing(text: str) -> None:
    assert parse(text, "f") == (None, [])
