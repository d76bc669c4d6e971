"""The rules file: read, checked, and turned into `core.rules.Rules` and `core.settings.Settings`.

The door is `load.load`. The map, downhill: `load` -> `build_*` (one per section), `known` -> `matching`, `validate` ->
`schema`, `types` -> `placeholders`, `include` -> `report` -> `nodes`; `names`, `durations`, `number_hints`,
`patterns`, `watch` stand alone, `slips` tells what YAML refuses; `inventory` reads the CSV; `json_schema`: editors.
What must not be here: logic, and imports: a command that needs one of these modules loads that one.
"""
