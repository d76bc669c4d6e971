"""`${NAME}`, `${file:…}` and `$${`: what the file takes from its surroundings; and plain data from nodes.

Inside a channel URL what is filled in is percent-encoded, unless the placeholder is the whole URL.
What must not be here: any text that quotes what was filled in: it may be a secret.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from router.config import nodes
from router.config.names import nearest
from router.config.report import Report, Spot, shown
from router.errors import Secret

Missing = Literal["error", "stand"]
"""What a name does that is not in the environment: it is an error, or `${NAME}` stays as it is (dry-run)."""
Fill = Callable[[nodes.Scalar, Spot], nodes.Plain]

ADDRESS: Final = "{address}"
_PLACEHOLDER: Final = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST_FILE: Final = 64 * 1024
_EXPECTED: Final = "expected ${NAME} for an environment variable or ${file:/path} for the content of a file"


def with_address(url: Secret, address: Secret) -> Secret:
    """A personal channel's URL for one address, percent-encoded as it goes into a URL."""
    return Secret(url.reveal().replace(ADDRESS, quote(address.reveal(), safe="")))


def unresolved(text: str) -> bool:
    """A `${NAME}` that nobody filled in stands in the text."""
    return "${" in text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where placeholders are looked up. `folder` is that of the rules file: relative files start there."""

    report: Report
    folder: Path
    environ: Mapping[str, str]
    missing: Missing = "error"

    def fill(self, scalar: nodes.Scalar, spot: Spot) -> nodes.Plain:
        """The scalar's value with its placeholders filled in."""
        return self._filled(scalar, spot) if "${" in scalar.text else scalar.value()

    def fill_url(self, scalar: nodes.Scalar, spot: Spot) -> nodes.Plain:
        """As `fill`, percent-encoded inside a URL."""
        if "${" not in scalar.text:
            return scalar.value()
        found = _PLACEHOLDER.fullmatch(scalar.text.strip())
        whole = found is not None and found[1] is not None
        return self._filled(scalar, spot) if whole else self._filled(scalar, spot, encode=_percent)

    def _filled(self, scalar: nodes.Scalar, spot: Spot, *, encode: Callable[[str], str] = str) -> str:
        def replaced(found: re.Match[str]) -> str:
            if found[1] is None:
                return "${"
            value = self._value(found, spot)
            return found[0] if value is None else encode(value)

        return _PLACEHOLDER.sub(replaced, scalar.text)

    def _value(self, found: re.Match[str], spot: Spot) -> str | None:
        name = found[1]
        if not found[0].endswith("}"):
            self.report.error(spot, "bad-placeholder", "a placeholder without its }", suggestion=_EXPECTED)
            return None
        if name.startswith("file:"):
            return self._content(name.removeprefix("file:"), spot)
        if not _NAME.fullmatch(name):
            hint = "for a literal ${ write $${"
            self.report.error(spot, "bad-placeholder", f"`{shown(found[0])}`: {_EXPECTED}", suggestion=hint)
            return None
        return self._variable(name, spot)

    def _variable(self, name: str, spot: Spot) -> str | None:
        value = self.environ.get(name)
        if value is None and self.missing == "error":
            near = nearest(name, self.environ)
            hint = f"did you mean ${{{near}}}?" if near else f"set {name} before the start"
            self.report.error(spot, "missing-variable", f"the environment has no {name}", suggestion=hint)
        elif value == "":
            self.report.warn(spot, "empty-variable", f"{name} is set, but empty")
        return value

    def _content(self, name: str, spot: Spot) -> str | None:
        if self.missing == "stand":
            return None
        path = self.folder / name
        try:
            with path.open("rb") as stream:
                content = stream.read(_LARGEST_FILE + 1)
            text = content.decode()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.report.error(spot, "unreadable-file", f"cannot read the file {shown(name)}: {reason}")
            return None
        if len(content) > _LARGEST_FILE:
            self.report.error(
                spot, "unreadable-file", f"the file {shown(name)} is larger than {_LARGEST_FILE // 1024} KiB"
            )
            return None
        return text.rstrip("\r\n")


def environment() -> Mapping[str, str]:
    """The process's own environment."""
    return os.environ


def plain(node: nodes.Node, file: str, fill: Fill) -> Any:
    """The node as dicts, lists and scalars, each scalar filled in."""
    if isinstance(node, nodes.Scalar):
        return fill(node, Spot(file, node.line, node.column)) if "${" in node.text else node.value()
    if isinstance(node, nodes.Sequence):
        return [plain(item, file, fill) for item in node.items]
    return {key: plain(value, file, fill) for key, (_, value) in node.entries.items()}


def _percent(text: str) -> str:
    return quote(text, safe="")
