"""What a match block looks like to an editor: the JSON Schema of fields and operators.

What must not be here: how a block is compiled (`matching`).
"""

from typing import Annotated, Any, Final

from pydantic import WithJsonSchema

from router.core.fields import FIELDS, OPERATORS, FieldKind
from router.core.model import LEVELS

MARK: Final[dict[str, Any]] = {"format": "match block"}
"""Stands where a match block may stand until `json_schema` puts the reference there: pydantic knows no foreign ones."""
BLOCK: Final[dict[str, Any]] = {"$ref": "#/$defs/Match"}
_NUMBER: Final[dict[str, Any]] = {"type": "number"}
_WORD: Final[dict[str, Any]] = {"type": ["string", "number", "boolean"]}
_TEXTS: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}
_LEVEL: Final[dict[str, Any]] = {"enum": list(LEVELS)}


def match_schema() -> dict[str, Any]:
    """The definition `Match`: fields, `labels.*`, `raw.*`, blocks and hours."""
    return {
        "type": "object",
        "description": "all of these must hold; {} is every alarm",
        "properties": {
            **{name: {"$ref": f"#/$defs/Field_{kind}"} for name, kind in FIELDS.items()},
            "any": {"type": "array", "items": BLOCK, "minItems": 1, "description": "at least one block holds"},
            "all": {"type": "array", "items": BLOCK, "minItems": 1, "description": "every block holds"},
            "not": {**BLOCK, "description": "the block does not hold"},
            "during": {**_TEXTS, "description": "now is within these hours"},
            "outside": {**_TEXTS, "description": "now is outside these hours"},
        },
        "patternProperties": {
            r"^labels\..+": {"$ref": "#/$defs/Field_label"},
            r"^raw\..+": {"$ref": "#/$defs/Field_raw"},
        },
        "additionalProperties": False,
    }


def match_definitions() -> dict[str, Any]:
    """All definitions that a match block refers to."""
    kinds = dict.fromkeys((*FIELDS.values(), *OPERATORS))
    return {"Match": match_schema(), **{f"Field_{kind}": _field(kind) for kind in kinds}}


def _field(kind: FieldKind) -> dict[str, Any]:
    """A value, a list of values or operators, or operators; `not` holds any of these again."""
    value = _LEVEL if kind == "level" else _WORD
    operators = {
        "type": "object",
        "properties": {**_operators(kind), "not": {"$ref": f"#/$defs/Field_{kind}"}},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [value, {"type": "array", "items": {"anyOf": [value, operators]}, "minItems": 1}, operators]}


def _operators(kind: FieldKind) -> dict[str, Any]:
    bound = _LEVEL if kind == "level" else _NUMBER
    known: dict[str, Any] = {
        **dict.fromkeys(("above", "below", "at_least", "at_most"), bound),
        "between": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
        "glob": _TEXTS,
        "regex": _TEXTS,
        "present": {"type": "boolean"},
    }
    return {name: schema for name, schema in known.items() if name in OPERATORS[kind]}


MatchBlock = Annotated[dict[str, Any], WithJsonSchema(dict(MARK))]
"""A block as the file has it: `matching` compiles it, and says what is wrong with it."""
