"""`docs/operating.md` names every fault and every verdict that an operator can meet."""

import ast
import re
from collections.abc import Iterator

import pytest

from router.engine_log import TOLD
from tests.house.tree import ROOT, modules

TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
TABLE = TEXT.partition("\n## Faults\n")[2].partition("\n## ")[0]
NAMED = [cell for row in re.findall(r"^\| (`[^|]+)\|", TABLE, re.MULTILINE) for cell in re.findall(r"`([^`]+)`", row)]


def words_of(node: ast.expr) -> str | None:
    """The text of a literal, with a blank for what is put into it: `source {name} link` is `source  link`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else " " for part in node.values)
    return None


def causes() -> Iterator[str]:
    """Every text in the program that is the cause of a fault: it stands first in one, or in something called so."""
    for module in modules():
        for node in ast.walk(module.tree):
            for value in _places(node):
                text = words_of(value) or ""
                if text.strip():  # else it is made of other causes, which are named themselves
                    yield " ".join(text.split())


def _places(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("FaultOccurred", "FaultEnded")):
        return node.args[:1]
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        target = ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])
        if re.search(r"(?i)cause$|FALLBACK_FAILED", target):
            return [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
    if isinstance(node, ast.FunctionDef) and node.name.endswith("_cause"):
        return [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value is not None]
    return []


def test_the_program_has_faults_and_the_document_a_table() -> None:
    found = set(causes())
    assert {"rejected input", "source link", "store", "fallback", "rules file"} <= found
    assert len(NAMED) >= len(found) - 2


def test_every_fault_is_explained() -> None:
    # A single letter in the table stands for a name; `contact P via C` is a target, as a policy writes it.
    named = {" ".join(word for word in name.removesuffix(" via C").split() if len(word) > 2) for name in NAMED}
    own_words = {" ".join(word for word in cause.split() if len(word) > 2) for cause in causes()}
    assert sorted(own_words - named - {"fault/"}) == []


@pytest.mark.parametrize("verdict", sorted(TOLD))
def test_every_verdict_of_the_log_is_explained(verdict: str) -> None:
    verdicts = TEXT.partition("Verdicts: ")[2].partition("\n\n")[0]
    assert f"`{verdict}`" in verdicts


def log_lines() -> Iterator[str]:
    """What the program logs in fixed words; of a text with a gap the words before it."""
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and re.fullmatch(r"(?i)_?log\.\w+", ast.unparse(node.func)):
                text = words_of(node.args[0]) or ""
                yield text.partition(" %")[0]


def test_every_line_of_the_log_is_explained() -> None:
    table = TEXT.partition("\n## Logs\n")[2].partition("\n## ")[0]
    found = {line for line in log_lines() if line}
    assert {"ready", "decided", "channel"} <= found
    assert sorted(line for line in found if f"`{line}`" not in table and f"`{line} …`" not in table) == []
