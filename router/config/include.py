"""Reads the rules file and the files it includes, and gathers their sections.

What must not be here: what stands inside a section.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.config import nodes
from router.config.names import nearest
from router.config.report import Part, Report, Spot, kind_of_node, shown, shown_key
from router.config.schema import SECTIONS, RulesFile
from router.config.validate import known_keys

MAX_BYTES: Final = 64 * 1024 * 1024
_MAIN_ONLY: Final = frozenset({"settings", "include", "inventory"})
_MAGIC: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read."""

    path: Path
    root: Part
    digest: bytes

    @property
    def entries(self) -> dict[str, tuple[nodes.Scalar, nodes.Node]]:
        """Its top-level keys."""
        return self.root.node.entries if isinstance(self.root.node, nodes.Mapping) else {}

    def part(self, key: str) -> Part | None:
        """The value of a top-level key."""
        found = self.entries.get(key)
        return None if found is None else Part(self.root.file, found[1], found[0])


@dataclass(slots=True)
class Sections:
    """The sections of all files together. `named[section][name]` and `rules` lead to what was written, and where.

    `watched` are files and folders whose change may change the rules.
    """

    main: Document
    named: dict[str, dict[str, Part]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    rules: list[Part] = field(default_factory=list)
    watched: list[Path] = field(default_factory=list)
    version: str = ""


def gather(path: Path, main: Document, report: Report) -> Sections:
    """The sections of the main file, then those of its includes in the order of their names."""
    sections = Sections(main, watched=[path])
    documents = [main, *_included(main, sections, report)]
    for document in documents:
        _check_keys(document, report, main=main)
        for section in SECTIONS:
            _add_named(document, section, sections, report)
        _add_rules(document, sections, report)
    sections.version = hashlib.sha256(b"".join(document.digest for document in documents)).hexdigest()[:16]
    return sections


def read(path: Path, report: Report) -> Document | None:
    """The file as a document; `None` when it cannot be used at all (told)."""
    spot = Spot(str(path))
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report.error(spot, "unreadable-file", f"cannot read this file: {reason}")
        return None
    if len(content) > MAX_BYTES:
        report.error(spot, "too-large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
        return None
    return document_of(path, content, report)


def document_of(path: Path, content: bytes, report: Report) -> Document | None:
    """The document of a file's content."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        spot = Spot(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
        report.error(spot, "bad-encoding", "this is not UTF-8", suggestion="save the file as UTF-8")
        return None
    root, problems = nodes.parse(text, str(path))
    report.problems += problems
    if isinstance(root, nodes.Mapping):
        return Document(path, Part(str(path), root), hashlib.sha256(content).digest())
    if root is not None:
        message = f"expected keys such as version, settings and rules, not {kind_of_node(root)}"
        report.error(Spot(str(path), root.line, root.column), "wrong-type", message)
    elif not problems:
        report.error(Spot(str(path)), "empty", "the file is empty", suggestion="start from rules.example.yaml")
    return None


def _included(main: Document, sections: Sections, report: Report) -> Iterator[Document]:
    seen = {main.path.resolve()}
    for pattern, spot in _patterns(main, report):
        paths = _matching_files(main.path.parent, pattern, spot, report)
        if _MAGIC & set(pattern):
            sections.watched += sorted({path.parent for path in paths} or {main.path.parent})
        for path in paths:
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            sections.watched.append(path)
            document = read(path, report)
            if document is not None:
                yield document


def _patterns(main: Document, report: Report) -> Iterator[tuple[str, Spot]]:
    part = main.part("include")
    if part is None:
        return
    items = part.node.items if isinstance(part.node, nodes.Sequence) else [part.node]
    for item in items:
        spot = Spot(part.file, item.line, item.column)
        if isinstance(item, nodes.Scalar) and isinstance(item.value(), str):
            yield item.text, spot
        elif not (isinstance(item, nodes.Scalar) and item.value() is None and item is part.node):
            report.error(spot, "wrong-type", f"expected the name of a file or a glob, not {kind_of_node(item)}")


def _matching_files(folder: Path, pattern: str, spot: Spot, report: Report) -> list[Path]:
    anchor = Path(pattern).anchor
    base = Path(anchor) if anchor else folder
    if not _MAGIC & set(pattern):
        found = [base / pattern]
        if not found[0].is_file():
            report.error(spot, "missing-file", f"there is no file {shown(pattern)} beside this file")
            return []
        return found
    try:
        found = sorted(path for path in base.glob(pattern.removeprefix(anchor)) if path.is_file())
    except (ValueError, OSError) as error:
        report.error(spot, "bad-glob", f"this glob cannot be used: {error}")
        return []
    if not found:
        report.warn(spot, "no-file", "no file fits this glob")
    return found


def _check_keys(document: Document, report: Report, *, main: Document) -> None:
    known = known_keys(RulesFile)
    for key, (scalar, _) in document.entries.items():
        spot = Spot(document.root.file, scalar.line, scalar.column)
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near}?" if near else f"known here: {', '.join(known)}"
            report.error(spot, "unknown-key", f"unknown key `{shown_key(key)}`", suggestion=hint)
        elif key in _MAIN_ONLY and document is not main:
            report.error(spot, "main-file-only", f"`{key}` stands in the main file only", suggestion="move it there")
    _check_version(document, report, main=main)


def _check_version(document: Document, report: Report, *, main: Document) -> None:
    part = document.part("version")
    if part is None:
        if document is main:
            spot = document.root.spot()
            report.error(
                spot, "missing-key", "`version` is missing: the version of this format", suggestion="version: 1"
            )
    elif not isinstance(part.node, nodes.Scalar) or part.node.value() != 1 or part.node.value() is True:
        report.error(part.spot(), "bad-version", "this program reads version 1", suggestion="version: 1")


def _add_named(document: Document, section: str, sections: Sections, report: Report) -> None:
    part = document.part(section)
    if part is None or _is_nothing(part.node):
        return
    if not isinstance(part.node, nodes.Mapping):
        report.error(part.spot(), "wrong-type", f"expected names and what they stand for, not {part.what()}")
        return
    for name, (key, node) in part.node.entries.items():
        new = Part(part.file, node, key)
        first = sections.named[section].setdefault(name, new)
        if first is not new:
            _tell_twice(f"`{shown(name)}` in {section}", new, first, report)


def _tell_twice(what: str, new: Part, first: Part, report: Report) -> None:
    message = f"{what} stands twice: at {first.key_spot()} and here, at {new.key_spot()}"
    report.error(new.key_spot(), "duplicate-name", message, suggestion="give one of them another name")


def _add_rules(document: Document, sections: Sections, report: Report) -> None:
    part = document.part("rules")
    if part is None or _is_nothing(part.node):
        return
    if not isinstance(part.node, nodes.Sequence):
        hint = "begin each rule with `- name:`"
        report.error(part.spot(), "wrong-type", f"expected a list of rules, not {part.what()}", suggestion=hint)
        return
    sections.rules += [Part(part.file, item) for item in part.node.items]


def _is_nothing(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Scalar) and node.value() is None
