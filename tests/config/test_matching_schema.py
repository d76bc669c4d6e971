"""The schema of match blocks has every field with its operators."""

from router.config.matching_schema import match_definitions, match_schema
from router.core.fields import FIELDS, OPERATORS


def test_every_field_is_there() -> None:
    schema = match_schema()
    assert set(FIELDS) <= set(schema["properties"])
    assert {"any", "all", "not", "during", "outside"} <= set(schema["properties"])
    assert set(schema["patternProperties"]) == {r"^labels\..+", r"^raw\..+"}
    assert schema["additionalProperties"] is False


def test_every_operator_of_a_kind_of_field_is_there() -> None:
    definitions = match_definitions()
    for kind, operators in OPERATORS.items():
        written = definitions[f"Field_{kind}"]["anyOf"][2]["properties"]
        assert set(written) == (operators - {"equals"}) | {"not"}
