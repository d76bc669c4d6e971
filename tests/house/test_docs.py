"""What a user can type is written down, and what is written down leads somewhere."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from router import cli
from router.core.fields import FIELDS, OPERATORS, PREFIXES
from tests.house.tree import ROOT, documents

FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^(https?|mailto):")


def code_in(text: str) -> str:
    """Everything that a document sets as code: names of things stand there."""
    fenced = [match[0] for match in FENCED.finditer(text)]
    inline = [match[2] for match in INLINE.finditer(FENCED.sub("", text))]
    return "\n".join([*fenced, *inline])


@cache
def documented() -> str:
    """The code of every document that a user reads; the decisions (adr) are not for looking things up."""
    return "\n".join(code_in(path.read_text(encoding="utf-8")) for path in documents() if "adr" not in path.parts)


def is_documented(word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", documented()) is not None


@cache
def group() -> click.Group:
    """The command group behind `alarm-router`."""
    return next(value for value in vars(cli).values() if isinstance(value, click.Group))


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command a user can see, by its name."""
    context = click.Context(group(), info_name="alarm-router")
    for name in group().list_commands(context):
        command = group().get_command(context, name)
        if command is not None and not command.hidden:
            yield name, command


def options() -> set[str]:
    """Every long option of every command."""
    parameters = [parameter for _, command in commands() for parameter in [*command.params, *group().params]]
    shown = [parameter for parameter in parameters if isinstance(parameter, click.Option) and not parameter.hidden]
    return {text for option in shown for text in [*option.opts, *option.secondary_opts] if text.startswith("--")}


@cache
def schema() -> Any:
    """What the command `schema` prints."""
    result = CliRunner().invoke(group(), ["schema"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def keys(node: Any) -> set[str]:
    """Every key that a JSON Schema allows, at any depth."""
    if isinstance(node, list):
        return set().union(*map(keys, node))
    if not isinstance(node, dict):
        return set()
    own = {name for name in node.get("properties", {}) if not name.startswith("$")}
    return own.union(*map(keys, node.values()))


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as forges make them."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    plain = [
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).lower())
        for heading in HEADING.findall(text)
    ]
    return {heading.strip().replace(" ", "-") for heading in plain}


def dead_links(path: Path) -> list[str]:
    """Links of a document that lead to no file, or to no heading of it."""
    text = INLINE.sub("", FENCED.sub("", path.read_text(encoding="utf-8")))
    targets = [match["target"] for match in LINK.finditer(text)]
    return [f"{path.relative_to(ROOT)}: {target}" for target in targets if not _leads_somewhere(path, target)]


def _leads_somewhere(path: Path, target: str) -> bool:
    if ELSEWHERE.match(target):
        return True
    name, _, anchor = target.partition("#")
    there = (path.parent / name).resolve() if name else path
    return there.exists() and (not anchor or there.suffix != ".md" or anchor in anchors(there))


def missing(words: set[str]) -> list[str]:
    return sorted(word for word in words if not is_documented(word))


def test_every_command_is_documented() -> None:
    assert missing({name for name, _ in commands()}) == []


def test_every_option_is_documented() -> None:
    assert missing(options()) == []


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in commands() if not command.get_short_help_str(limit=200)] == []


def test_every_key_of_the_rules_file_is_documented() -> None:
    assert {"rules", "policies", "channels", "people", "match", "notify"} <= keys(schema())
    assert missing(keys(schema())) == []


def test_every_field_and_operator_is_documented() -> None:
    operators = set[str]().union(*OPERATORS.values()) - {"equals"}  # written as the bare value
    assert missing({*FIELDS, *(prefix + "*" for prefix in PREFIXES), *operators}) == []


@pytest.mark.parametrize("path", [*documents(), ROOT / "CHANGELOG.md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_every_document_is_reached_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / match["target"].partition("#")[0]).resolve() for match in LINK.finditer(text)}
    assert [path.name for path in sorted((ROOT / "docs").glob("*.md")) if path not in linked] == []


def test_every_decision_is_listed_and_numbered_once() -> None:
    folder = ROOT / "docs" / "adr"
    listed = [match["target"] for match in LINK.finditer((folder / "README.md").read_text(encoding="utf-8"))]
    written = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in listed if re.match(r"\d{4}-", name)] == written
    assert len({name[:4] for name in written}) == len(written)


def test_the_changelog_opens_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:1] == ["[Unreleased]"]


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_names_count_only_where_they_stand_as_code() -> None:
    assert "wait" in code_in("`wait` for it")
    assert "repeat" in code_in("```yaml\nrepeat: 3\n```")
    assert "linger" not in code_in("we linger `here` and linger")


@pytest.mark.parametrize("link", ["[x](no-such-file.md)", "[x](README.md#no-such-heading)", "[`a` b](docs/none.md)"])
def test_a_dead_link_would_be_noticed(link: str) -> None:
    target = next(LINK.finditer(link))["target"]
    assert not _leads_somewhere(ROOT / "README.md", target)
