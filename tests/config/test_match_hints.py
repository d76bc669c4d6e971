"""What was probably meant by an unknown field or operator."""

import pytest

from router.config.match_hints import Field, field_hint, operator_problem


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("Severity", "x", "did you mean severity?"),
        ("source-uuid", "x", "did you mean source_uuid?"),
        ("durring", "x", "did you mean during?"),
        ("labels.", "x", "write labels.NAME"),
        ("label", {"room": 1}, "write labels.room"),
    ],
)
def test_fields(field: str, value: object, hint: str) -> None:
    assert field_hint(field, value) == hint


def test_operators_of_a_field_do_not_include_equality_which_is_written_without() -> None:
    assert Field("unit", "word").operators == {"glob", "regex", "present", "not"}


def test_an_operator_of_another_kind_of_field_is_told_from_an_unknown_one() -> None:
    assert operator_problem(Field("unit", "word"), "above")[0] == "wrong-operator"
    assert operator_problem(Field("unit", "word"), "bove")[0] == "unknown-operator"
