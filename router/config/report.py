"""Collects everything wrong with the rules files, each at its place.

A `Part` is one value of a file together with where it stands; paths inside it lead to lines and columns.
What must not be here: what is right or wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from router.config.cover import DOTS, covered, covered_quote
from router.config.nodes import Mapping, Node, Scalar, Sequence
from router.errors import Problem

PathItem = str | int
_TEXT_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file; lines and columns count from 1, 0 = the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Part:
    """A value of a file. `key` is the scalar that names it, `None` for list items and whole files."""

    file: str
    node: Node
    key: Scalar | None = None

    def at(self, *path: PathItem) -> "Part":
        """The part at the path."""
        key, node = self._walk(path)
        return Part(self.file, node, key)

    def spot(self, *path: PathItem) -> Spot:
        """Where the value at the path begins. Items of the path that are not in the file are skipped."""
        node = self._walk(path)[1]
        return Spot(self.file, node.line, node.column)

    def key_spot(self, *path: PathItem) -> Spot:
        """Where the key of the value at the path stands (of a list item: the item itself)."""
        key, node = self._walk(path)
        place = key or node
        return Spot(self.file, place.line, place.column)

    def written(self, *path: PathItem) -> str:
        """The value as it stands in the file, before any `${NAME}` is filled in; empty for lists and mappings."""
        node = self._walk(path)[1]
        return node.text if isinstance(node, Scalar) else ""

    def what(self, *path: PathItem) -> str:
        """What stands there, said without its content: `a list`, `a number`, …"""
        return kind_of_node(self._walk(path)[1])

    def has(self, *path: PathItem) -> bool:
        """Does the whole path exist?"""
        node: Node = self.node
        for item in path:
            inner = _step(node, item)
            if inner is None:
                return False
            node = inner[1]
        return True

    def _walk(self, path: Iterable[PathItem]) -> tuple[Scalar | None, Node]:
        here: tuple[Scalar | None, Node] = (self.key, self.node)
        for item in path:
            here = _step(here[1], item) or here
        return here


def _step(node: Node, item: PathItem) -> tuple[Scalar | None, Node] | None:
    if isinstance(node, Mapping) and isinstance(item, str):
        return node.entries.get(item)
    if isinstance(node, Sequence) and isinstance(item, int) and item < len(node.items):
        return None, node.items[item]
    return None


def kind_of_node(node: Node) -> str:
    """What a node is, for people."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    match node.value():
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case _:
            return "a text"


def shown_key(key: str) -> str:
    """An unknown key as it may be quoted: of `password:1234`, where a space is missing, the part that is a key."""
    first, colon, value = key.partition(":")
    return shown(first) + (f":{DOTS}" if colon and value else colon)


def shown(text: str) -> str:
    """A text of the file as it may be quoted in a message: short, on one line, without what may be secret."""
    line = covered_quote(" ".join(text.split()))
    return line if len(line) <= _TEXT_SHOWN else f"{line[:_TEXT_SHOWN]}…"


@dataclass(slots=True)
class Report:
    """The problems and warnings found so far."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, spot: Spot, code: str, message: str, *, suggestion: str = "") -> None:
        """Something that keeps the rules from being used."""
        self.problems.append(_problem(spot, code, message, suggestion))

    def warn(self, spot: Spot, code: str, message: str, *, suggestion: str = "") -> None:
        """Something that is probably not meant."""
        self.warnings.append(_problem(spot, code, message, suggestion))


def _problem(spot: Spot, code: str, message: str, suggestion: str) -> Problem:
    return Problem(spot.file, spot.line, spot.column, code, covered(message), covered(suggestion))
