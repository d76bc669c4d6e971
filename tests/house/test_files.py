"""What every file keeps to: its size, its test, where it may catch everything, and what it must not say."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import CODE, ROOT, Module, files, modules, parse, written_by_us

MOST_LINES = 400

# The guards of docs/architecture.md: the only places that turn whatever they catch into a value.
GUARDS = {
    "a decision": {"router/engine.py:_entry"},
    "the mapping of a payload": {"router/sources/payload.py:read_payload"},
    "one send": {"router/dispatch.py:send_guarded"},
    "the render of a template": {
        "router/render/templates.py:_problems_of",  # tried when the rules are loaded
        "router/render/templates.py:_render",
        "router/render/templates.py:_with_html",  # the text goes out without its HTML
        "router/render/templates.py:_failed",  # facts so odd that not even the plain text can be made
    },
}
MOST_GUARDS = 5
EVERYTHING = {"Exception", "BaseException"}

# In pieces, so that this file does not say them itself.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")))
MACHINE_PATHS = re.compile("|".join(("/wo" + "rk/", "/ro" + "ot/", r"/ho" + r"me/\w+/", "/Us" + r"ers/\w+/")))
REGISTRIES = re.compile(
    "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "npmjs" + r"\.org"))
)

# Statements that do nothing by themselves: a file of only these is a name or a table, and needs no test of its own.
INERT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


def has_logic(tree: ast.Module) -> bool:
    """Whether a module holds more than a docstring, imports and tables."""
    return any(not isinstance(node, INERT) and not _is_text(node) for node in tree.body)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_file_of(module: Module) -> Path:
    """Where the test of a source file stands: `router/a/b.py` has `tests/a/test_b.py`."""
    inside = module.path.relative_to(ROOT / "router")
    return ROOT / "tests" / inside.with_name(f"test_{inside.stem.strip('_')}.py")


test_file_of.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test, in spite of its name


def blind_catches(place: str, tree: ast.Module) -> set[str]:
    """`file:function` of everything that swallows whatever comes, `contextlib.suppress(Exception)` included.

    Cleaning up and raising on swallows nothing.
    """
    return {f"{place}:{_function_around(node, tree)}" for node in ast.walk(tree) if _is_blind(node)}


def _is_blind(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        everything = node.type is None or any(name in EVERYTHING for name in _names(node.type))
        return everything and not _raises_on(node)
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return any(name in EVERYTHING for argument in node.args for name in _names(argument))
    return False


def _raises_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    ways_out = (ast.Return, ast.Break, ast.Continue)
    leaves = any(isinstance(node, ways_out) for statement in handler.body for node in ast.walk(statement))
    return isinstance(last, ast.Raise) and last.exc is None and not leaves


def _names(node: ast.AST) -> list[str]:
    return [
        ast.unparse(part).rpartition(".")[2] for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)
    ]


def _function_around(inner: ast.AST, tree: ast.Module) -> str:
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(child is inner for child in ast.walk(node))
    ]
    return around[-1].name if around else "<module>"


def places(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """`file:line` of everything that a pattern finds."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_every_source_file_with_logic_has_its_test_file() -> None:
    wanted = [
        test_file_of(module) for module in modules() if has_logic(module.tree) and module.name != "router.__main__"
    ]
    assert [str(path.relative_to(ROOT)) for path in wanted if not path.is_file()] == []


@pytest.mark.parametrize("folder", CODE)
def test_no_file_is_long(folder: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(folder, ".py")}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_opens_with_a_docstring() -> None:
    assert [module.place for module in modules() if not ast.get_docstring(module.tree)] == []


def test_only_the_guards_catch_everything() -> None:
    found = set[str]().union(*(blind_catches(module.place, module.tree) for module in modules()))
    assert found == set[str]().union(*GUARDS.values())
    assert len(GUARDS) <= MOST_GUARDS


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    try: g()\n    except Exception: pass",
        "def f():\n    try: g()\n    except: pass",
        "def f():\n    try: g()\n    except (ValueError, BaseException): pass",
        "def f():\n    try: g()\n    except* builtins.Exception: pass",
        "def f():\n    try: g()\n    except Exception as e:\n        if e.args: return\n        raise",
        "def f():\n    try: g()\n    except Exception as e: raise OSError from e",
        "def f():\n    with contextlib.suppress(Exception): g()",
    ],
)
def test_a_blind_catch_would_be_noticed(text: str) -> None:
    assert blind_catches("a.py", ast.parse(text)) == {"a.py:f"}


@pytest.mark.parametrize(
    "text", ["try: f()\nexcept (OSError, ExceptionGroup): pass", "try: f()\nexcept BaseException:\n    g()\n    raise"]
)
def test_named_errors_and_cleaning_up_are_left_alone(text: str) -> None:
    assert blind_catches("a.py", ast.parse(text)) == set()


def test_nothing_in_the_program_is_unfinished() -> None:
    assert places(UNFINISHED, files("router", ".py", ".sql", ".yaml")) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert places(MACHINE_PATHS, written_by_us()) == []


def test_no_file_names_a_package_registry() -> None:
    assert places(REGISTRIES, written_by_us()) == []


def test_the_wheel_holds_every_package() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    assert {module.name for module in modules() if module.is_package} | {"router.templates"} == set(written)


def test_every_test_file_can_be_parsed_and_tests_something() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in files("tests", ".py")
        if path.name.startswith("test_") and not any("test" in name.lower() for name in _defined(parse(path)))
    ]
    assert empty == []


def _defined(tree: ast.Module) -> list[str]:
    defined = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return [node.name for node in defined] + [ast.unparse(target) for target in assigned]
