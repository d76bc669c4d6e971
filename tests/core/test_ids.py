"""Ids and jitter derive from their cause."""

from router.core.ids import derived_id, spread


def test_the_same_cause_gives_the_same_id_and_another_cause_another() -> None:
    assert derived_id("a", "b") == derived_id("a", "b")
    assert len({derived_id("a", "b"), derived_id("ab"), derived_id("b", "a"), derived_id("a", "b", "")}) == 4


def test_an_id_is_twelve_characters_that_nobody_misreads() -> None:
    ids = [derived_id(str(number)) for number in range(500)]
    assert {len(each) for each in ids} == {12}
    assert set("".join(ids)) == set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_text_that_is_no_utf8_has_an_id_too() -> None:
    assert derived_id("\udc80")


def test_jitter_lies_between_nought_and_one_and_is_the_same_again() -> None:
    numbers = [spread(str(number)) for number in range(200)]
    assert all(0 <= number < 1 for number in numbers)
    assert max(numbers) - min(numbers) > 0.9
    assert spread("a") == spread("a")
