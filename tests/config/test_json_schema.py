"""The JSON Schema says what `check` says, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import pytest

from router.config.json_schema import json_schema
from router.config.nodes import parse
from router.config.placeholders import plain
from router.config.schema import RulesFile
from router.config.validate import known_keys
from tests.config.json_check import definition, misfits
from tests.config.marked import rules_file

SCHEMA = json_schema()
EXAMPLE = Path(__file__).parents[2] / "rules.example.yaml"


def data_of(text: str) -> Any:
    root, problems = parse(text, "f")
    assert root is not None
    assert problems == []
    return json.loads(json.dumps(plain(root, "f", lambda scalar, spot: scalar.text)))


def test_the_example_fits() -> None:
    assert misfits(data_of(EXAMPLE.read_text(encoding="utf-8")), SCHEMA, SCHEMA) == []


def test_it_is_json_and_every_reference_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    references = {part.split('"')[0] for part in text.split('"$ref": "')[1:]}
    assert references
    for reference in references:
        assert definition(reference, SCHEMA)


def test_every_key_and_its_meaning_is_there() -> None:
    assert set(SCHEMA["properties"]) == set(known_keys(RulesFile))
    rule = SCHEMA["$defs"]["RuleModel"]["properties"]
    assert {"continue", "for", "match", "clear"} <= set(rule)
    assert all(value.get("description") for name, value in rule.items())


def test_defaults_are_written_as_in_the_file() -> None:
    assert SCHEMA["$defs"]["PolicyModel"]["properties"]["ack_timeout"]["default"] == "4h"
    assert "default" not in SCHEMA["$defs"]["PolicyModel"]["properties"]["repeat"]
    assert '"PT' not in json.dumps(SCHEMA)


GOOD = [
    "people: {eve: {mail: x, sms: 12, prefer: [sms]}}\n",
    "channels: {a: 'json://x', b: {url: '${URL}', rate: 1/s}}\n",
    "sources: {a: {type: stomp, url: 'ws://x', destination: /q, resolve_after: 5m}}\n",
    "sources: {a: {type: stomp, url: 'ws://x', destinations: [/q], format: json, fields: {id: a, kind: {path: b}}}}\n",
    "rules: [{name: a, match: {not: {any: [{value: {above: 8, not: 9}}]}, labels.x: [a, {glob: b}]}, ignore: x}]\n",
    "include: a.yaml\n",
    "hours: {}\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_right_fits(text: str) -> None:
    assert misfits(data_of(rules_file(text)), SCHEMA, SCHEMA) == []


BAD = [
    "settings: {}\n",
    "settings: {fallback: []}\n",
    "people: {eve: {mail: []}}\n",
    "channels: {a: {ulr: 'json://x'}}\n",
    "channels: {a: nothing}\n",
    "sources: {a: {type: stmp}}\n",
    "sources: {a: {type: stomp, url: 'ws://x'}}\n",
    "sources: {a: {type: stomp, url: 'ws://x', destination: /q, resolve_after: 5}}\n",
    "policies: {a: {steps: []}}\n",
    "policies: {a: {steps: [{notify: [x], wait: 5}]}}\n",
    "rules: [{name: a, match: {}}]\n",
    "rules: [{name: a, match: {}, policy: x, ignore: y}]\n",
    "rules: [{name: a, match: {sevrity: x}, policy: x}]\n",
    "rules: [{name: a, match: {value: {glob: x}}, policy: x}]\n",
    "rules: [{name: a, match: {any: []}, policy: x}]\n",
    "rules: [{name: a, match: {level: crit}, policy: x}]\n",
    "rulez: []\n",
    "version: 2\n",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_does_not_fit(text: str) -> None:
    assert misfits(data_of(rules_file(text)), SCHEMA, SCHEMA) != []
