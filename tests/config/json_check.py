"""As much of JSON Schema as the schema of the rules file uses: does a value fit?"""

# ruff: noqa: E501  # a case stands on one line

import re
from typing import Any

TYPES: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list, "null": type(None),
}  # fmt: skip
KNOWN = {
    "$defs", "$ref", "$schema", "title", "description", "default", "examples", "type", "enum", "const", "anyOf", "oneOf",
    "properties", "patternProperties", "additionalProperties", "required", "minProperties", "items", "minItems", "maxItems",
    "pattern", "minLength", "minimum", "maximum", "discriminator",
}  # fmt: skip


def misfits(value: Any, schema: Any, root: Any, path: str = "") -> list[str]:
    """Where the value does not fit, empty when it does."""
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    if "$ref" in schema:
        return misfits(value, definition(schema["$ref"], root), root, path)
    found = [f"{path}: {problem}" for problem in simple_misfits(value, schema)]
    for word, wanted in (("anyOf", lambda fits: fits > 0), ("oneOf", lambda fits: fits == 1)):
        if word in schema and not wanted(sum(not misfits(value, one, root, path) for one in schema[word])):
            found.append(f"{path}: {word}")
    if isinstance(value, list) and "items" in schema:
        found += [one for n, item in enumerate(value) for one in misfits(item, schema["items"], root, f"{path}[{n}]")]
    return found + (object_misfits(value, schema, root, path) if isinstance(value, dict) else [])


def definition(ref: str, root: Any) -> Any:
    node = root
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    return node


def simple_misfits(value: Any, schema: Any) -> list[str]:
    found = []
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(has_type(value, name) for name in types):
        found.append(f"not {types}")
    if "enum" in schema and value not in schema["enum"]:
        found.append("enum")
    if "const" in schema and value != schema["const"]:
        found.append("const")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append("pattern")
    if isinstance(value, str | list | dict) and len(value) < min_length(value, schema):
        found.append("too short")
    if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
        found.append("too long")
    if has_type(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append("range")
    return found


def min_length(value: Any, schema: Any) -> int:
    word = {str: "minLength", list: "minItems", dict: "minProperties"}[type(value)]
    return int(schema.get(word, 0))


def has_type(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def object_misfits(value: dict[str, Any], schema: Any, root: Any, path: str) -> list[str]:
    found = [f"{path}.{key} is missing" for key in schema.get("required", []) if key not in value]
    for key, inner in value.items():
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        rest = schema.get("additionalProperties", {})
        fitting = [schema["properties"][key]] if key in schema.get("properties", {}) else patterns or [rest]
        for one in fitting:
            if one is False:
                found.append(f"{path}.{key} is unknown")
            elif one is not True:
                found += misfits(inner, one, root, f"{path}.{key}")
    return found
