"""A typo leads to the name that was meant, or to the names there are."""

import pytest

from router.config.names import NAME, did_you_mean, nearest, one_of


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("freezer", "freezers"),
        ("Alice", "alice"),
        ("lab_slack", "lab-slack"),
        ("lab slack", "lab-slack"),
        ("zzz", None),
    ],
)
def test_the_nearest_name(word: str, expected: str | None) -> None:
    assert nearest(word, ["freezers", "alice", "lab-slack"]) == expected


def test_without_a_near_name_the_few_there_are_are_listed() -> None:
    assert did_you_mean("zzz", ["bob", "alice"]) == "there are: alice, bob"


def test_many_names_are_counted_not_listed() -> None:
    assert did_you_mean("zzz", [f"rule-{n}" for n in range(50)]) == "there are 50, none looks like it"


def test_no_names_at_all() -> None:
    assert did_you_mean("zzz", []) == "none is defined"


def test_among_very_many_names_only_an_equal_one_is_found() -> None:
    names = [f"name{n}" for n in range(6000)]
    assert nearest("NAME17", names) == "name17"
    assert nearest("nam17", names) is None


def test_words_for_people() -> None:
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b", "c"]) == "a, b or c"


@pytest.mark.parametrize(
    ("name", "good"), [("alice", True), ("übung-1.a", True), ("a b", False), ("a+b", False), ("", False)]
)
def test_names_are_one_word(name: str, good: bool) -> None:
    assert bool(NAME.fullmatch(name)) is good
