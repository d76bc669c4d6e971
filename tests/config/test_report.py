"""A place in a file is found by a path through it."""

import pytest

from router.config.nodes import parse
from router.config.report import Part, Report, Spot, shown

TEXT = """\
steps:
  - notify: [ops, alice]
  - wait: 5m
    deep: {a: ~, b: true, c: 1, d: [x]}
"""


@pytest.fixture
def part() -> Part:
    root, problems = parse(TEXT, "f.yaml")
    assert root is not None
    assert problems == []
    return Part("f.yaml", root)


def test_values_and_keys(part: Part) -> None:
    assert part.spot("steps", 1, "wait") == Spot("f.yaml", 3, 11)
    assert part.key_spot("steps", 1, "wait") == Spot("f.yaml", 3, 5)
    assert part.spot("steps", 0, "notify", 1) == Spot("f.yaml", 2, 19)


def test_a_list_item_has_no_key_and_stands_for_itself(part: Part) -> None:
    assert part.key_spot("steps", 0) == Spot("f.yaml", 2, 5)


def test_what_is_not_in_the_file_is_skipped(part: Part) -> None:
    assert part.spot("steps", "Model", 1, "wait", 7) == part.spot("steps", 1, "wait")


def test_a_part_of_a_part(part: Part) -> None:
    inner = part.at("steps", 1)
    assert inner.spot("wait") == part.spot("steps", 1, "wait")
    assert inner.written("wait") == "5m"


def test_has_asks_for_the_whole_path(part: Part) -> None:
    assert part.has("steps", 0, "notify", 1)
    assert not part.has("steps", 0, "wait")
    assert not part.has("steps", 2)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (("steps",), "a list"),
        (("steps", 1), "a mapping"),
        (("steps", 1, "wait"), "a text"),
        (("steps", 1, "deep", "a"), "nothing"),
        (("steps", 1, "deep", "b"), "true or false"),
        (("steps", 1, "deep", "c"), "a number"),
    ],
)
def test_what_stands_there_is_said_without_its_content(part: Part, path: tuple[str | int, ...], what: str) -> None:
    assert part.what(*path) == what


def test_a_long_text_is_quoted_shortly_and_on_one_line() -> None:
    assert shown("a\n  b") == "a b"
    assert len(shown("x" * 1000)) == 61


def test_errors_and_warnings_are_kept_apart() -> None:
    report = Report()
    report.error(Spot("f", 1, 2), "code", "wrong", suggestion="so")
    report.warn(Spot("f"), "code", "odd")
    assert [str(problem) for problem in report.problems] == ["f:1:2: wrong (so)"]
    assert [str(problem) for problem in report.warnings] == ["f: odd"]
