import json

from tests.commands.stage import Stage


def test_the_schema_is_a_json_document_that_names_the_sections(stage: Stage) -> None:
    result = stage.run("schema")
    assert result.exit_code == 0
    assert {"settings", "sources", "channels", "people", "policies", "rules"} <= set(
        json.loads(result.stdout)["properties"]
    )
