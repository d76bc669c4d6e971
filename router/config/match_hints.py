"""Fields of match blocks as the file names them, and hints for what was probably meant.

What must not be here: conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.config.names import nearest, one_of
from router.config.report import shown
from router.core.fields import FIELDS, OPERATORS, PREFIXES, FieldKind

LABELS: Final = "labels."
BLOCKS: Final = ("any", "all", "not", "during", "outside")
_KINDS: Final[Mapping[FieldKind, str]] = {
    "word": "a word",
    "id": "an id",
    "level": "a level",
    "number": "a number",
    "time": "a time",
    "text": "a text",
    "label": "a label",
    "raw": "a value of the payload",
}
_OTHER_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys((">", "gt", "greater", "greater_than", "over", "more_than"), "above"),
    **dict.fromkeys((">=", "ge", "gte", "min", "from"), "at_least"),
    **dict.fromkeys(("<", "lt", "less", "less_than", "under"), "below"),
    **dict.fromkeys(("<=", "le", "lte", "max", "to"), "at_most"),
    **dict.fromkeys(("like", "contains", "starts_with", "ends_with", "pattern"), "glob"),
    **dict.fromkeys(("re", "regexp", "matches"), "regex"),
    **dict.fromkeys(("exists", "defined", "set"), "present"),
    **dict.fromkeys(("range", "within"), "between"),
}
_FEW: Final = 12
_ITSELF: Final = frozenset({"equals", "equal", "eq", "is", "==", "=", "in", "any", "any_of", "one_of"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a rule asks for."""

    name: str
    kind: FieldKind

    @property
    def operators(self) -> frozenset[str]:
        """What may be written behind it; equality is written without an operator."""
        return OPERATORS[self.kind] - {"equals"} | {"not"}


def field_hint(field: str, value: Any) -> str:
    """What was probably meant: a field, a block, a label."""
    for prefix in PREFIXES:
        stem = prefix.removesuffix(".")
        if field in {stem, prefix, stem.removesuffix("s")}:
            inner = next(iter(value), "NAME") if isinstance(value, dict) else "NAME"
            return f"write {prefix}{inner}"
    if field.startswith("label."):
        return f"did you mean labels.{field.removeprefix('label.')}?"
    name, colon, _ = field.partition(":")
    if colon and value is None:
        return f"write a space after the colon of {name}:"
    near = nearest(field, (*FIELDS, *BLOCKS))
    if near is not None:
        return f"did you mean {near}?"
    return f"fields are {', '.join(FIELDS)}, labels.* and raw.*"


def label_hint(field: str, labels: frozenset[str]) -> str:
    """The nearest label that there is, or where labels come from."""
    near = nearest(field.removeprefix(LABELS), labels)
    if near is not None:
        return f"did you mean {LABELS}{near}?"
    if labels and len(labels) <= _FEW:
        return f"there are: {', '.join(LABELS + shown(label) for label in sorted(labels))}"
    return "add a column of this name to the inventory, or map it in `fields` of a json source"


def operator_problem(field: Field, name: str) -> tuple[str, str, str]:
    """Code, message and suggestion for an operator that does not exist, or not for this kind of field."""
    every = {operator for known in OPERATORS.values() for operator in known} - {"equals"}
    fitting = one_of(sorted(field.operators))
    if name in every:
        message = f"`{name}` does not fit `{field.name}`, which is {_KINDS[field.kind]}"
        hint = "for severities in order use level" if field.name == "severity" else f"here: {fitting}"
        return "wrong-operator", message, hint
    message = f"unknown operator `{shown(name)}`"
    if name in _ITSELF:
        return "unknown-operator", message, f"write the value itself, or a list of values: {field.name}: […]"
    near = _OTHER_WORDS.get(name) or nearest(name, field.operators)
    return "unknown-operator", message, f"did you mean {near}?" if near else f"here: {fitting}"
