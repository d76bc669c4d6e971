"""How what is wrong with the rules is shown to people: one line a problem, and the line of the file it is about.

What must not be here: finding problems.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from router.commands.output import Look, Tint, clean, line, notice, shortened
from router.errors import ConfigError, Problem, RouterError

UNREADABLE: Final = "unreadable-file"
"""The code of a file that cannot be read at all."""
_LONGEST: Final = 100
_PLACEHOLDER: Final = re.compile(r"(\$?\{\w[^{}]*\})")
_SECRET: Final = re.compile(
    r"""(?<=://)[^\s"']+"""  # a URL: Apprise puts tokens everywhere
    r"""|[^\s"'<>,;:{}\[\]]+@[^\s"'<>,;:{}\[\]]+"""  # a mail address
    r"""|(?:\+|\b00)\d[\d ()/-]{5,}\d"""  # a phone number
    r"""|(?:(?<=password:)|(?<=passcode:)|(?<=secret:)|(?<=token:))(?:\$\{[^}]*\}|[^,}])+"""
)


def show_error(error: RouterError) -> None:
    """Write to standard error what a user must mend."""
    if isinstance(error, ConfigError):
        show_problems(map(with_hint, error.problems), look="bad", err=True)
    else:
        notice(Tint("error: ", "bad"), str(error))


def with_hint(problem: Problem) -> Problem:
    """A rules file that is not there gets the name of one that is."""
    path = Path(problem.file)
    if problem.code != UNREADABLE or problem.line or problem.suggestion or path.exists():
        return problem
    folder = path.parent
    there = sorted(each.name for each in folder.glob("*.y*ml")) if folder.is_dir() else []
    near = get_close_matches(path.name, there, n=1, cutoff=0.5) or there[:1]
    return replace(problem, suggestion=f"did you mean {folder / near[0]}?" if near else "say where the rules file is")


def show_problems(problems: Iterable[Problem], *, look: Look, err: bool = False) -> None:
    """Write `file:line:column: what is wrong (what to write instead)`, with the line that is meant below it."""
    for problem in problems:
        place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
        hint = f" ({problem.suggestion})" if problem.suggestion else ""
        word = "error: " if look == "bad" else "warning: "
        line(Tint(place, "strong"), ": ", Tint(word, look), problem.message, Tint(hint, "good"), err=err)
        _show_source(problem, look=look, err=err)


def _show_source(problem: Problem, *, look: Look, err: bool) -> None:
    lines = _lines(problem.file) if problem.line else ()
    if not 0 < problem.line <= len(lines):
        return
    text = lines[problem.line - 1]
    column = max(problem.column, 1)
    if not text.strip() or column > len(text) + 1:
        return
    start = max(0, column - _LONGEST + 20)
    shown = clean(covered(text)[start:])
    number = f"{problem.line:>6} | "
    line(Tint(number, "quiet"), shortened(shown, _LONGEST), err=err)
    line(Tint(" " * (len(number) - 2) + "| ", "quiet"), " " * (column - 1 - start), Tint("^", look), err=err)


def covered(text: str) -> str:
    """A line of the file with dots, one for one, where it may hold a secret; placeholders stay.

    Whoever writes a URL, an address or a password into the file itself must not find it in a terminal or a log.
    """
    return _SECRET.sub(lambda found: "".join(map(_dotted, _PLACEHOLDER.split(found[0]))), text)


def _dotted(part: str) -> str:
    return part if _PLACEHOLDER.fullmatch(part) else re.sub(r"\S", "•", part)


@cache
def _lines(file: str) -> tuple[str, ...]:
    """The lines of the file; none when it cannot be read (any more)."""
    try:
        return tuple(Path(file).read_text(encoding="utf-8-sig", errors="replace").splitlines())
    except (OSError, ValueError):
        return ()
