"""The source tree as the tests of the house see it: modules, what they import, and the texts beside them.

What must not be here: a rule of the house. Those are tests, and their tables stand beside them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("router", "tests", "bench")
_OURS = ("router", "tests", "bench", "docs", "templates", "tools", ".ci", ".github")
_NOT_OURS = {"__pycache__", "node_modules"}


def words(text: str) -> frozenset[str]:
    """A table of words, written as they read."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Module:
    """One Python file of the program. `name` is dotted; a package's `__init__` has the package's name."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of `router`."""
    return tuple(Module(dotted(path), path, parse(path)) for path in files("router", ".py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def files(folder: str, *endings: str) -> list[Path]:
    """Every file below a folder of the project, without what tools left there."""
    found = (ROOT / folder).rglob("*")
    return sorted(
        path
        for path in found
        if path.is_file() and not _NOT_OURS & set(path.parts) and (not endings or path.suffix in endings)
    )


def written_by_us() -> list[Path]:
    """Every text file of the project: the code, the documents, and what stands at the top."""
    ignored = {".coverage"}
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name not in ignored and path.suffix != ".db"]
    return sorted(top) + [path for folder in _OURS for path in files(folder)]


def documents() -> list[Path]:
    """What a user reads."""
    return [path for path in (*ROOT.glob("*.md"), *files("docs", ".md")) if path.name != "CHANGELOG.md"]


def imports(module: Module, known: frozenset[str]) -> dict[str, int]:
    """The modules that a module names, late imports and those for types only included, with a line for each.

    `from router.sources import stomp` names `router.sources.stomp` when that is a module. A module that imports by
    text (`import_module`) names every module whose name stands in it as a text.
    """
    found: dict[str, int] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name: node.lineno for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            found |= {_deepest(f"{base}.{alias.name}", base, known): node.lineno for alias in node.names}
    if "importlib" in found or "__import__" in ast.dump(module.tree):
        found |= {name: line for name, line in _texts(module.tree) if name in known}
    return found


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*base, *filter(None, [node.module])])


def _deepest(longer: str, shorter: str, known: frozenset[str]) -> str:
    return longer if longer in known else shorter


def _texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[0], node.lineno
