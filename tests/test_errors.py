"""Secrets do not show, problems say where they are."""

import copy
import json

import pytest

from router.errors import ConfigError, Problem, Secret


@pytest.mark.parametrize(
    "shown", [str, repr, "{}".format, lambda secret: f"{secret!r:>20}", lambda secret: f"{[secret]}"]
)
def test_a_secret_shows_dots_however_it_is_printed(shown) -> None:  # type: ignore[no-untyped-def]
    text = shown(Secret("hunter2"))
    assert "hunter2" not in text
    assert "•••" in text


def test_only_reveal_gives_the_text() -> None:
    assert Secret("hunter2").reveal() == "hunter2"
    with pytest.raises(TypeError):
        json.dumps(Secret("hunter2"))


def test_equal_secrets_are_equal_so_that_a_reload_sees_what_changed() -> None:
    assert Secret("a") == copy.copy(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_a_problem_says_where_what_and_what_to_write_instead() -> None:
    problem = Problem("rules.yaml", 3, 7, "unknown-key", "unknown key `polcy`", "did you mean `policy`?")
    assert str(problem) == "rules.yaml:3:7: unknown key `polcy` (did you mean `policy`?)"
    assert str(Problem("rules.yaml", 0, 0, "empty", "the file is empty")) == "rules.yaml: the file is empty"


def test_all_problems_are_told_at_once() -> None:
    error = ConfigError((Problem("a", 1, 1, "x", "one"), Problem("a", 2, 1, "x", "two")))
    assert str(error) == "a:1:1: one\na:2:1: two"
