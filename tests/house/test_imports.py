"""Laws 1 and 5: the core is pure, and imports go down only."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.tree import ROOT, Module, imports, modules, words

# From the ground up. A unit is a file or folder of `router`; `render.words` belongs to `render`, `cli_tables` to `cli`.
# A unit imports units of lower floors only; the top floor is a stair, since the commands start the demo and the app.
FLOORS = (
    ("errors",),
    ("core",),
    ("config", "render"),
    ("sources", "stores", "notifiers"),
    ("engine", "dispatch"),
    ("web",),
    ("logs", "supervisor"),
    ("app",),
    ("demo",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
HEIGHT = {unit: height for height, floor in enumerate(FLOORS) for unit in floor}
ADAPTERS = ("sources", "stores", "notifiers")
GROUND = {"errors", "core"}

IMPURE_MODULES = words(
    """
    asyncio atexit concurrent contextvars ctypes email fcntl ftplib getpass glob http imaplib importlib io
    locale logging mmap multiprocessing os platform poplib pty queue random resource sched secrets select
    selectors shelve shutil signal smtplib socket socketserver sqlite3 ssl subprocess syslog tempfile threading
    time tkinter urllib uuid warnings webbrowser
    """
)
# `hash` of a text differs from process to process, `id` from run to run: both are chance.
IMPURE_CALLS = words("__import__ breakpoint eval exec hash id input open print")
CLOCKS = {"now", "utcnow", "today"}
FILE_METHODS = words(
    """
    absolute cwd exists expanduser home is_dir is_file iterdir mkdir read_bytes read_text rglob rmdir stat
    unlink write_bytes write_text
    """
)

KNOWN = frozenset(module.name for module in modules())


def unit_of(name: str) -> str:
    """The unit a module belongs to: `router.sources.stomp` to `sources`; the bare package to none."""
    second = name.partition(".")[2].partition(".")[0]
    return next((unit for unit in HEIGHT if second == unit or second.startswith(f"{unit}_")), second)


def core_modules() -> list[Module]:
    return [module for module in modules() if unit_of(module.name) == "core"]


def our_imports(module: Module) -> dict[str, int]:
    return {name: line for name, line in imports(module, KNOWN).items() if name.partition(".")[0] == "router"}


def ways_up(module: Module) -> list[str]:
    """Imports that do not go down: to a higher floor, or to a neighbour on the same one."""
    own = unit_of(module.name)
    return [
        f"{module.place}:{line} imports {name}"
        for name, line in our_imports(module).items()
        if name != "router" and unit_of(name) != own and HEIGHT[unit_of(name)] >= HEIGHT[own]
    ]


def foreign_imports(module: Module) -> list[str]:
    """Imports of a ground floor module that are neither ours nor of the standard library."""
    allowed = sys.stdlib_module_names | {"router"}
    return [
        f"{module.place}:{line} imports {name}"
        for name, line in imports(module, KNOWN).items()
        if name.partition(".")[0] not in allowed
    ]


def impurities(module: Module) -> list[str]:
    """What a pure module must not do: import I/O, clocks or chance, or call them by way of a harmless import."""
    banned = [f"{module.place}:{line} {name}" for name, line in imports(module, KNOWN).items() if _impure(name)]
    nodes = (node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute | ast.Call))
    return banned + [f"{module.place}:{node.lineno} {word}" for node in nodes if (word := _impure_use(node))]


def _impure(name: str) -> bool:
    return name.partition(".")[0] in IMPURE_MODULES


def _impure_use(node: ast.Attribute | ast.Call) -> str:
    if isinstance(node, ast.Attribute):
        on_a_class = ast.unparse(node.value).rpartition(".")[2] in {"datetime", "date"}
        return ast.unparse(node) if on_a_class and node.attr in CLOCKS else ""
    if isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in IMPURE_CALLS else ""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return method if method in FILE_METHODS or (method == "astimezone" and not node.args) else ""


def downhill(unit: str) -> dict[str, set[str]]:
    """Which modules of one unit each of its modules imports."""
    members = {module.name: module for module in modules() if unit_of(module.name) == unit}
    return {name: {other for other in our_imports(module) if other in members} for name, module in members.items()}


def sample(text: str, name: str = "router.core.sample") -> Module:
    return Module(name, ROOT / (name.replace(".", "/") + ".py"), ast.parse(text))


def test_every_module_has_a_floor() -> None:
    assert [
        module.place for module in modules() if module.name != "router" and unit_of(module.name) not in HEIGHT
    ] == []


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_imports_go_down_only(module: Module) -> None:
    assert ways_up(module) == []


@pytest.mark.parametrize("unit", HEIGHT)
def test_inside_a_unit_imports_go_downhill(unit: str) -> None:
    try:
        TopologicalSorter(downhill(unit)).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("unit", ADAPTERS)
def test_adapters_know_only_the_ground_floor_and_themselves(unit: str) -> None:
    allowed = GROUND | {unit, ""}
    inside = [module for module in modules() if unit_of(module.name) == unit]
    strangers = [
        (module.place, name) for module in inside for name in our_imports(module) if unit_of(name) not in allowed
    ]
    assert strangers == []


@pytest.mark.parametrize("module", [m for m in modules() if unit_of(m.name) in GROUND], ids=lambda m: m.name)
def test_the_ground_floor_stands_on_the_standard_library(module: Module) -> None:
    assert foreign_imports(module) == []


@pytest.mark.parametrize("module", core_modules(), ids=lambda m: m.name)
def test_the_core_touches_no_clock_no_chance_and_no_io(module: Module) -> None:
    assert impurities(module) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from os import path",
        "def f():\n    import random",
        "from datetime import datetime\nnow = datetime.now(UTC)",
        "import datetime\nf = datetime.datetime.utcnow",
        "from datetime import date\ndate.today()",
        "open('x')",
        "print('x')",
        "id_ = hash(key)",
        "path.read_text()",
        "due.astimezone()",
        "import importlib",
    ],
)
def test_an_impure_core_would_be_noticed(text: str) -> None:
    assert impurities(sample(text))


@pytest.mark.parametrize("text", ["facts.now", "alert.open", "due.astimezone(UTC)", "from datetime import datetime"])
def test_a_pure_core_is_left_alone(text: str) -> None:
    assert impurities(sample(text)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("router.core.sample", "import router.engine"),
        ("router.core.sample", "from router import config"),
        ("router.errors", "from router.core.model import Event"),
        ("router.sources.sample", "from router.stores import Store"),
        ("router.stores.sample", "def f():\n    from router.app import run"),
        ("router.engine", "if TYPE_CHECKING:\n    import router.dispatch"),
        ("router.render.words", "from .config import load"),
    ],
)
def test_a_way_up_would_be_noticed(name: str, text: str) -> None:
    module = sample(text, name)
    names = imports(module, KNOWN | {"router.config", "router.app", "router.engine", "router.dispatch"})
    assert [other for other in names if unit_of(other) in HEIGHT and HEIGHT[unit_of(other)] >= HEIGHT[unit_of(name)]]


def test_ruff_shows_an_impure_core_at_once() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "--output-format=concise"]
    text = "import time\n\nSTARTED = time.time()\n"
    inside = [*command, "--stdin-filename", "router/core/sample.py", "-"]
    found = subprocess.run(inside, check=False, cwd=ROOT, input=text, capture_output=True, text=True)
    assert "TID251" in found.stdout
