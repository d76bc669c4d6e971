"""The JSON Schema of the rules file, for editors (`alarm-router schema`), made from the models that check it.

What must not be here: rules of its own: what an editor accepts and what `check` accepts should not drift apart.
"""

from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from router.config.durations import spoken
from router.config.matching_schema import BLOCK, MARK, match_definitions
from router.config.schema import RulesFile


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a rules file."""
    schema: dict[str, Any] = _without_titles(RulesFile.model_json_schema(by_alias=True))
    schema["$defs"] |= match_definitions()
    rule = schema["$defs"]["RuleModel"]
    rule["oneOf"] = [{"required": ["policy"]}, {"required": ["ignore"]}]
    rule["properties"]["ignore"].pop("default")
    stomp = schema["$defs"]["StompModel"]
    stomp["oneOf"] = [{"required": ["destination"]}, {"required": ["destinations"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "alarm-router rules", **schema}


def _spoken(iso: str) -> str:
    """pydantic writes a default duration as ISO 8601; the file has it as `5m`."""
    return spoken(TypeAdapter(timedelta).validate_python(iso))


def _without_titles(node: Any) -> Any:
    """Without the titles that pydantic makes of names (an editor would show them), and with match blocks in place."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: _without_titles(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    default = inner.get("default", "")
    if default is None:
        del inner["default"]
    elif isinstance(default, str) and default.startswith("P"):
        inner["default"] = _spoken(default)
    if MARK.items() <= inner.items():
        return {**{key: value for key, value in inner.items() if key not in MARK}, **BLOCK}
    return inner
