"""Texts cut to three parts of an SMS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.notifiers.sms import fit, size

LINK = "https://alarms.example.org/a/0123456789abcdef"


def test_a_text_that_fits_stays() -> None:
    assert fit("Freezer 3: 8.4 C\n" + LINK) == "Freezer 3: 8.4 C\n" + LINK


@pytest.mark.parametrize(("char", "room"), [("x", 459), ("é", 459), ("€", 229), ("°", 201), ("😀", 100)])
def test_three_parts_hold_what_the_alphabet_allows(char: str, room: int) -> None:
    assert fit(char * room) == char * room
    assert fit(char * (room + 1)).endswith("...")


def test_the_link_at_the_end_is_kept_whole() -> None:
    text = fit("8.4 °C " * 100 + "\n" + LINK)
    assert text.endswith("...\n" + LINK)
    assert size(text)[0] <= 201


def test_a_link_that_is_too_long_itself_is_cut() -> None:
    assert len(fit("text\nhttps://" + "x" * 600)) == 459


@given(st.text(max_size=700))
def test_whatever_is_cut_fits_and_is_as_long_as_it_may(text: str) -> None:
    used, room = size(fit(text))
    assert used <= room
