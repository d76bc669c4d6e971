"""What people write where a number belongs, and what they are told."""

import pytest

from router.config.number_hints import number_hint, split_by_comma
from tests.config.marked import the_problem


def rule(match: str) -> str:
    return f"rules:\n  - name: r\n    policy: freezers\n    match: {match}\n"


@pytest.mark.parametrize(
    ("match", "hint"),
    [
        ('{value: {above: «"8,0"}}', "write 8.0: with a decimal point"),
        ("\n      value:\n        above: «8,0", "write 8.0: with a decimal point"),
        ("{value: «{above: 8,0}}", "write above: 8.0, with a decimal point"),
        ("{value: {above: «8 °C}}", "write 8; the unit stands in `unit`"),
        ('{value: {between: [2, «"8,5 %"]}}', "write 8.5; the unit stands in `unit`"),
        ("{value: {above: «-18C}}", "write -18; the unit stands in `unit`"),
        ('{value: «"> 8"}', "write {above: 8}"),
        ('{value: «">=8,5"}', "write {at_least: 8.5}"),
        ('{value: «"< -18 °C"}', "write {below: -18}"),
        ('{value: [3, «"≤ 2"]}', "write {at_most: 2}"),
        ('{value: {above: «"> 8"}}', "write 8"),
        ('{value: {above: «"8"}}', "write it without quotes"),
        ("{value: «8 °C}", "write 8; the unit stands in `unit`"),
        ("{value: {above: «warm}}", ""),
        ("{value: {above: «true}}", ""),
    ],
)
def test_a_number_written_otherwise_gets_a_hint(match: str, hint: str) -> None:
    assert the_problem(rule(match)).suggestion == hint


def test_a_delay_has_its_unit_in_itself() -> None:
    assert "unit" not in the_problem(rule("{delay: {above: «10 °C}}")).suggestion
    assert the_problem(rule("{delay: {above: «10 minutes}}")).suggestion == "write 10m"


@pytest.mark.parametrize("text", ["", "8 9", "1.2.3", "8 °C today and tomorrow", "${LIMIT}", "1,2,3", ">", "nan"])
def test_where_nobody_can_tell_there_is_no_hint(text: str) -> None:
    assert number_hint(text) == ""


def test_two_operators_are_no_number_with_a_comma() -> None:
    assert split_by_comma({"above": 8, "below": None}) == ""
    assert split_by_comma({"5": None}) == ""
