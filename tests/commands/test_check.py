import json

from tests.commands.stage import Stage, documents

TOKEN = {"OPS_TOKEN": "secret-token-1"}


def test_a_good_file_is_fine(stage: Stage) -> None:
    result = stage.run("check", str(stage.rules), env=TOKEN)
    assert result.exit_code == 0
    assert result.stdout == f"✓ {stage.rules}: 3 rules, 1 source, 3 channels\n"


def test_the_document_says_whether_it_is_fine_in_one_line(stage: Stage) -> None:
    result = stage.run("check", str(stage.rules), "--format", "json", env=TOKEN)
    assert documents(result) == [{"ok": True, "errors": [], "warnings": []}]


def test_every_error_is_in_the_document_with_its_place_and_what_to_write(stage: Stage) -> None:
    text = stage.rules.read_text("utf-8").replace("policy: cellar", "policy: celar").replace("wait: 5m", "wait: 5")
    stage.write("rules.yaml", text)
    result = stage.run("check", str(stage.rules), "--format", "json", env=TOKEN)
    assert result.exit_code == 1
    (document,) = documents(result)
    assert document["ok"] is False
    assert [set(error) for error in document["errors"]] == [
        {"file", "line", "column", "code", "message", "suggestion"}
    ] * 2
    first, second = document["errors"]
    assert (first["line"], first["suggestion"]) == (16, "add a unit: 5s, 5m, 5h or 5d")
    assert (second["line"], second["column"], second["suggestion"]) == (28, 13, "did you mean cellar?")


def test_errors_are_shown_to_people_with_the_line_they_are_about(stage: Stage) -> None:
    stage.write("rules.yaml", stage.rules.read_text("utf-8").replace("policy: cellar", "policy: celar"))
    result = stage.run("check", str(stage.rules), env=TOKEN)
    assert f"{stage.rules}:28:13: error: unknown policy `celar` (did you mean cellar?)" in result.stdout
    assert "    28 |     policy: celar" in result.stdout
    assert result.stdout.endswith(f"✗ {stage.rules}: 1 error\n")


def test_a_missing_variable_is_an_error(stage: Stage) -> None:
    result = stage.run("check", str(stage.rules), env={"OPS_TOKEN": None})  # type: ignore[dict-item]
    assert result.exit_code == 1
    assert "OPS_TOKEN" in result.stdout


def test_a_url_that_cannot_be_used_is_an_error_without_its_secrets(stage: Stage) -> None:
    text = stage.rules.read_text("utf-8").replace("json://127.0.0.1:1/ops?token=", "jsno://127.0.0.1:1/ops?token=")
    stage.write("rules.yaml", text)
    result = stage.run("check", str(stage.rules), env=TOKEN)
    assert result.exit_code == 1
    assert "jsno" in result.stdout
    assert "secret-token-1" not in result.stdout


def test_warnings_leave_it_fine(stage: Stage) -> None:
    text = stage.rules.read_text("utf-8")
    stage.write("rules.yaml", text[: text.index("rules:\n")] + "rules: []\n")
    result = stage.run("check", str(stage.rules), env=TOKEN)
    assert result.exit_code == 0
    assert "warning: " in result.stdout
    assert ", 1 warning" in result.stdout or ", 2 warnings" in result.stdout


def test_a_file_that_cannot_be_read_is_no_answer(stage: Stage) -> None:
    result = stage.run("check", str(stage.folder / "ruls.yaml"), "--format", "json")
    assert result.exit_code == 2
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["code"], error["line"]) == ("unreadable-file", 0)
    assert "did you mean" in error["suggestion"]
