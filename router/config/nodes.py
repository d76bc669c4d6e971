"""YAML text -> a tree of nodes that know their line and column, within fixed budgets.

Scalars follow YAML 1.2 only: `on`, `12:30`, `2026-01-01` and `1_000` are texts. Tags, merge keys, keys that are no
texts, recursive aliases, depth and size beyond the budgets are refused; of a key written twice both lines are told.
The parser's events are read one by one: its own composer recurses in C and dies of a deeply nested file.
What must not be here: what the keys mean, placeholders, files.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from router.config.cover import covered_quote
from router.config.slips import syntax_problem
from router.errors import Problem

MAX_DEPTH: Final = 60
MAX_NODES: Final = 3_000_000
"""Nodes of one file, those that aliases repeat counted each time."""

_INNER_MARKS: Final = re.compile(r"""(?<!\S)!\S*|(?<=[^\s"'\[\]{},])(?::(?=[^\s,\[\]{}])|\?)""")
"""Colons and question marks inside a plain text, and whole tags, which keep theirs."""
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INT: Final = re.compile(r"[-+]?[0-9]+")
_HEX_OR_OCTAL: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMBER_START: Final = frozenset("+-.0123456789")
_LONGEST_NUMBER: Final = 400
_QUOTES: Final = frozenset({"'", '"', "|", ">"})


class WrittenInt(int):
    """A whole number that remembers how it was written: `0049` as an id is not 49."""

    text: str = ""


class WrittenFloat(float):
    """A number that remembers how it was written."""

    text: str = ""


Plain = str | WrittenInt | WrittenFloat | bool | None


@dataclass(slots=True)
class Scalar:
    """A single value. `plain`: written without quotes, so that it may be a number, true, false or nothing."""

    text: str
    plain: bool
    line: int
    column: int
    size: int = 1

    def value(self) -> Plain:
        """What YAML 1.2 (core schema) says it is; numbers keep their text."""
        text = self.text
        if not self.plain:
            return text
        if text and text[0] in _NUMBER_START:
            return _number(text)
        if text in _NULL:
            return None
        return True if text in _TRUE else False if text in _FALSE else text


@dataclass(slots=True)
class Sequence:
    """A list. `line` and `column` are those of its first character."""

    line: int
    column: int
    items: "list[Node]" = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class Mapping:
    """A mapping: of each key the scalar that wrote it, and its value."""

    line: int
    column: int
    entries: "dict[str, tuple[Scalar, Node]]" = field(default_factory=dict)
    size: int = 1


Node = Scalar | Sequence | Mapping


def parse(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The tree of one document, and what is wrong with it as YAML; `None` for an empty or unreadable one."""
    hidden = _stand_ins(text)
    shown = _INNER_MARKS.sub(lambda found: hidden.get(found[0], found[0]), text) if hidden else text
    builder = _Builder(file, {stand_in: mark for mark, stand_in in hidden.items()})
    try:
        for event in YAML(typ="safe").parse(shown):
            builder.feed(event)
    except _BudgetError as error:
        builder.problems.append(error.problem)
        return None, builder.problems
    except YAMLError as error:
        return None, [*builder.problems, syntax_problem(error, file, text)]
    return builder.root, builder.problems


def _stand_ins(text: str) -> dict[str, str]:
    """A character each to stand for `:` and `?` inside a plain text (`08:00`, `https://…?to=`) while it is parsed.

    YAML 1.2 allows these also inside `[ ]` and `{ }`; the C parser does not. Same length, so columns stay.
    """
    if not _INNER_MARKS.search(text):
        return {}
    free = [chr(code) for code in range(0xE000, 0xE100) if chr(code) not in text]
    return dict(zip(":?", free, strict=False)) if len(free) > 1 else {}


class _BudgetError(Exception):
    """The file is built to exhaust us, or is absurd; nothing more of it is read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come. `key` is the key that waits for its value."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    keyless: bool = False


class _Builder:
    """Takes the parser's events in order; `root` is the tree when all have come."""

    def __init__(self, file: str, stand_ins: dict[str, str]) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._file = file
        self._stand_ins = stand_ins
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0
        self._documents = 0
        self._takers: Final = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": lambda event: self._start(event, Mapping(*_place(event))),
            "SequenceStartEvent": lambda event: self._start(event, Sequence(*_place(event))),
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }

    def feed(self, event: Any) -> None:
        """One event of the parser."""
        take = self._takers.get(type(event).__name__)
        if take is not None:
            take(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._stop(event, "several-documents", "a second document begins here", "remove this ---")

    def _scalar(self, event: Any) -> None:
        text = event.value
        for stand_in, letter in self._stand_ins.items():
            text = text.replace(stand_in, letter)
        node = Scalar(text, event.style not in _QUOTES, *_place(event))
        self._check_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._count(event, 1)
        self._put(node)

    def _start(self, event: Any, node: Sequence | Mapping) -> None:
        self._check_tag(event)
        self._count(event, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if len(self._open) >= MAX_DEPTH:
            raise self._stop(event, "too-deep", f"more than {MAX_DEPTH} levels of nesting")
        self._open.append(_Open(node, event.anchor))

    def _end(self, _event: Any) -> None:
        done = self._open.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = done.node
        self._put(done.node)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise self._stop(
                event,
                "unknown-alias",
                "a * here repeats what a & has named: there is none before it",
                "a text that begins with * needs quotes",
            )
        node = self._anchors[event.anchor]
        if node is None:
            raise self._stop(event, "recursive-alias", f"*{event.anchor} stands inside what it repeats")
        self._count(event, node.size)
        self._put(node)

    def _put(self, node: Node) -> None:
        """Put a complete node where it belongs: into the innermost open list or mapping."""
        if not self._open:
            self.root = node
            return
        inner = self._open[-1]
        inner.node.size += node.size
        if isinstance(inner.node, Sequence):
            inner.node.items.append(node)
        elif inner.key is not None or inner.keyless:
            self._value(inner, inner.node, node)
        else:
            self._key(inner, node)

    def _key(self, inner: _Open, node: Node) -> None:
        if isinstance(node, Scalar) and not (node.plain and node.text == "<<"):
            inner.key = node
            return
        inner.keyless = True
        if isinstance(node, Scalar):
            self._note(node, "merge-key", "<< is no key of YAML 1.2", "write the keys out, or use `include:`")
        else:
            self._note(node, "bad-key", "a key must be a single text", "a text with { or [ in it needs quotes")

    def _value(self, inner: _Open, mapping: Mapping, node: Node) -> None:
        key, inner.key, inner.keyless = inner.key, None, False
        if key is None:
            return
        first = mapping.entries.get(key.text)
        if first is None:
            mapping.entries[key.text] = (key, node)
            return
        self._note(
            key,
            "duplicate-key",
            f"`{covered_quote(key.text)}` stands twice: in line {first[0].line} and here, in line {key.line}",
            "remove one, or give it another name",
        )

    def _check_tag(self, event: Any) -> None:
        tag = event.ctag or event.tag
        if tag is None or str(tag) == "!":
            return
        self.problems.append(Problem(self._file, *_place(event), "tag", "tags (!…) have no meaning here", "remove it"))

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._stop(event, "too-large", f"more than {MAX_NODES} values, those repeated by aliases included")

    def _note(self, node: Node, code: str, message: str, suggestion: str) -> None:
        self.problems.append(Problem(self._file, node.line, node.column, code, message, suggestion))

    def _stop(self, event: Any, code: str, message: str, suggestion: str = "") -> _BudgetError:
        return _BudgetError(Problem(self._file, *_place(event), code, message, suggestion))


def _place(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _number(text: str) -> Plain:
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        whole = WrittenInt(text)
        whole.text = text
        return whole
    if _HEX_OR_OCTAL.fullmatch(text):
        whole = WrittenInt(text, 0)
        whole.text = text
        return whole
    if _FLOAT.fullmatch(text):
        broken = WrittenFloat(text)
        broken.text = text
        return broken
    return text
