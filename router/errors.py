"""The errors that cross floors, and the wrapper that keeps secrets out of texts.

What must not be here: errors of one adapter only (they live beside it), and anything that is a normal outcome
(a refused message, a failed send): those are values.
"""

from dataclasses import dataclass


class RouterError(Exception):
    """The base of every error of ours that a user can meet; its text is fit for a user and holds no secret."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the rules file or a file it names.

    `line` and `column` count from 1; 0 means "the file as a whole". `code` is a short stable word for machines
    (`unknown-key`, `bad-duration`); `suggestion` is what to write instead, empty when there is nothing sensible to say.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f" ({self.suggestion})" if self.suggestion else "")


class ConfigError(RouterError):
    """The rules cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: "tuple[Problem, ...]") -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class StoreUnavailableError(RouterError):
    """The store cannot be read or written now (full disk, lock, read-only file, lost server); it may come back."""


class StoreCorruptError(RouterError):
    """The store can be opened but must not be used: wrong schema version, damaged file. Waiting does not help."""


class Secret:
    """A text that must not reach logs, errors, pages or the store: every way of printing it shows dots.

    `reveal()` is the only way to the text; whoever calls it answers for where the text goes.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __str__(self) -> str:
        return "•••"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)
