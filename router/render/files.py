"""Template files: where they stand, how their names are read, and each one compiled.

A file is `NAME.j2`, `NAME.VARIANT.j2` or `NAME.VARIANT.html.j2`. What must not be here: facts, or
which text goes where.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Template
from jinja2.runtime import Context

from router.errors import Problem
from router.render.budget import SOURCE
from router.render.checks import forbidden, guard, unknown
from router.render.sandbox import Escape, Sandbox

_DEPTH: Final = 4
_CHECKOUT: Final = Path(__file__).parents[2] / "templates"
Block = Callable[[Context], Iterable[str]]


@dataclass(frozen=True, slots=True)
class File:
    """The source of a template. `path` is for people; `shipped` tells the defaults from the operator's own."""

    path: str
    name: str
    variant: str
    escape: Escape
    shipped: bool
    source: str

    @property
    def filename(self) -> str:
        """The bare name, as `extends` says it."""
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template that can run: the functions of its blocks, its own first and then those it extends."""

    file: File
    blocks: Mapping[str, list[Block]]
    chain: tuple[Template, ...]
    turn: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A template that cannot run, and why."""

    file: File
    problems: tuple[Problem, ...]


def shipped_files() -> tuple[File, ...]:
    """The default templates: beside the package in an installed wheel, at the top of a checkout otherwise."""
    packaged = resources.files("router") / "templates"
    folder = packaged if packaged.is_dir() else _CHECKOUT
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".j2")), key=lambda entry: entry.name)
    return tuple(_file(f"templates/{entry.name}", entry.read_text("utf-8"), shipped=True) for entry in found)


def own_files(folder: Path | None) -> tuple[tuple[File, ...], tuple[Problem, ...]]:
    """The operator's templates, and what keeps some from being read; a folder that is not there holds none."""
    files, problems = [], []
    for path in sorted(folder.glob("*.j2")) if folder is not None else ():
        try:
            source = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 0, 0, "template-unreadable", f"cannot be read: {error}"))
        else:
            files.append(_file(str(path), source, shipped=False))
    return tuple(files), tuple(problems)


def _file(path: str, source: str, *, shipped: bool) -> File:
    stem = Path(path).name.removesuffix(".j2")
    escape: Escape = "html" if stem.endswith(".html") else "text"
    name, _, variant = stem.removesuffix(".html").partition(".")
    return File(path=path, name=name, variant=variant, escape=escape, shipped=shipped, source=source)


class Compiler:
    """Compiles files, each with those it extends. One environment for text and one for HTML."""

    def __init__(self, files: Iterable[File], *, environments: Mapping[Escape, Sandbox]) -> None:
        self._environments = environments
        self._files = tuple(files)
        self._parts: dict[File, tuple[Template, str] | Broken] = {}

    def compiled(self, file: File) -> Compiled | Broken:
        """The file ready to run, or what is wrong with it."""
        chain: list[Template] = []
        blocks: dict[str, list[Block]] = {}
        size, at = 0, file
        while True:
            part = self._part(at)
            if isinstance(part, Broken):
                return (
                    part
                    if at is file
                    else _broken(file, (0, f"extends {at.path}, which has problems"), "template-extends")
                )
            template, extends = part
            chain.append(template)
            size += len(at.source)
            for name, block in template.blocks.items():
                blocks.setdefault(name, []).append(block)
            if not extends:
                break
            above = self._extended(at, extends)
            if above is None or len(chain) >= _DEPTH:
                return _broken(file, (1, self._why(at, extends)), "template-extends")
            at = above
        if "body" not in blocks:
            return _broken(file, (0, "has no {% block body %}"), "template-body")
        return Compiled(file, blocks, tuple(chain), turn=20 + size // 10)

    def _extended(self, file: File, extends: str) -> File | None:
        """The file of that name: the operator's own before the shipped one, and never the file itself."""
        found = [
            other
            for other in self._files
            if other.filename == extends and other != file and other.escape == file.escape
            and (other.shipped or not file.shipped)
        ]  # fmt: skip
        return min(found, key=lambda other: other.shipped, default=None)

    def _why(self, file: File, extends: str) -> str:
        if self._extended(file, extends) is not None:
            return f"extends {_DEPTH} templates or more, or itself"
        return f"extends {extends!r}, which is not there (an .html.j2 file extends only another)"

    def _part(self, file: File) -> tuple[Template, str] | Broken:
        if file not in self._parts:
            self._parts[file] = self._compile(file)
        return self._parts[file]

    def _compile(self, file: File) -> tuple[Template, str] | Broken:
        environment = self._environments[file.escape]
        if len(file.source) > SOURCE:
            return _broken(file, (0, f"is longer than {SOURCE} characters"), "template-too-long")
        try:
            tree = environment.parse(file.source)
            findings = [(line, text, "template-forbidden") for line, text in forbidden(tree)]
            findings += [(line, text, "template-unknown-name") for line, text in unknown(tree)]
            if findings:
                return Broken(file, tuple(Problem(file.path, line, 1, code, text) for line, text, code in findings))
            extends = _extends(tree)
            code = environment.compile(guard(tree), file.filename, file.path)
            return Template.from_code(environment, code, {}), extends
        except TemplateSyntaxError as error:
            return _broken(file, (error.lineno, error.message or "cannot be read"), "template-syntax")
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
            return _broken(file, (0, f"cannot be compiled: {error}"), "template-syntax")


def _extends(tree: nodes.Template) -> str:
    extends = tree.find(nodes.Extends)
    return str(extends.template.value) if extends is not None and isinstance(extends.template, nodes.Const) else ""


def _broken(file: File, finding: tuple[int, str], code: str) -> Broken:
    line, text = finding
    return Broken(file, (Problem(file.path, line, 1 if line else 0, code, text),))


def line_of(template: Compiled, error: BaseException) -> tuple[str, int]:
    """The file and line of a template in which an error arose; line 0 when it did not arise in one."""
    place = (template.file.path, 0)
    step = error.__traceback__
    while step is not None:
        for part in template.chain:
            if step.tb_frame.f_code.co_filename == part.filename:
                place = (part.filename or "", part.get_corresponding_lineno(step.tb_lineno))
        step = step.tb_next
    return place
