"""What the YAML parser refuses, told at the place where a person has to look, with a hint for the usual slips.

What must not be here: reading YAML (`nodes`), and text of the file in messages, which may be a secret.
"""

import re
from typing import Final

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from router.errors import Problem

_OPENING_QUOTE: Final = re.compile(r"""(?:^|[:\[{,-])\s*["']""")
_INDENTED: Final = ("did not find expected '-' indicator", "did not find expected key")
_SIGNS: Final = {"while scanning an alias": "*", "while scanning an anchor": "&"}
_AT_ONE_LINE: Final = "line up the keys of one rule, and the - of one list"


def syntax_problem(error: YAMLError, file: str, text: str) -> Problem:
    """The problem that an error of the parser tells."""
    if not isinstance(error, MarkedYAMLError):
        return Problem(file, *_place_of_control(text), "yaml", "a control character that YAML does not allow")
    if _is_open_quote(error):
        return _open_quote(error, file)
    marks = (error.context_mark, error.problem_mark)
    mark = (marks[0] or marks[1]) if error.context in _SIGNS else (marks[1] or marks[0])
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    what = error.problem or "not readable as YAML"
    return Problem(file, line, column, "yaml", _in_context(what, error), _hint(error, text, line, column))


def _is_open_quote(error: MarkedYAMLError) -> bool:
    return "quoted scalar" in (error.context or "") and "end of stream" in (error.problem or "")


def _open_quote(error: MarkedYAMLError, file: str) -> Problem:
    """At the quote that opens: the end of the file, where it is missed, helps nobody."""
    mark = error.context_mark or error.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    message = "this quote is never closed: the text goes on to the end of the file"
    return Problem(file, line, column, "yaml", message, "close it with the same quote, in the line where it opens")


def _in_context(what: str, error: MarkedYAMLError) -> str:
    if not error.context or error.context_mark is None or error.problem_mark is None:
        return what
    if error.context_mark.line == error.problem_mark.line:
        return f"{error.context}: {what}"
    return f"{error.context} that began in line {error.context_mark.line + 1}: {what}"


def _place_of_control(text: str) -> tuple[int, int]:
    for number, line in enumerate(text.split("\n"), start=1):
        for column, letter in enumerate(line, start=1):
            if not letter.isprintable() and letter not in "\t\r\x85\xa0\ufeff" and ord(letter) < 0xA0:
                return number, column
    return 0, 0


def _hint(error: MarkedYAMLError, text: str, line: int, column: int) -> str:
    what, lines = error.problem or "", text.split("\n")
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    letter = here[column - 1 : column]
    if "\t" in here[:column]:
        return "indent with spaces: a tab is not allowed here"
    if "${" in here and any(bracket in here for bracket in "[{"):
        return "inside [ ] and { } a text with ${…} needs quotes"
    if "cannot start any token" in what and letter:
        return f"a text that begins with {letter} needs quotes"
    if error.context in _SIGNS:
        return f"a text that begins with {_SIGNS[error.context]} needs quotes"
    if what in _INDENTED:
        return _indent_hint(lines, line, column)
    if "mapping values are not allowed" in what:
        return "a text with a colon and a space in it needs quotes; or this line, or the one above, is indented wrongly"
    if "could not find expected ':'" in what and error.context_mark is not None:
        return f"in line {error.context_mark.line + 1} a colon and a space are missing behind the key"
    return ""


def _indent_hint(lines: list[str], line: int, column: int) -> str:
    """At the beginning of a line it is the indentation; further right, a quote that ended too early."""
    here = lines[line - 1]
    if here[: column - 1].strip():
        return "a quote ends too early, here or in a line above" if _OPENING_QUOTE.search(here) else ""
    above = next((number for number in range(line - 1, 0, -1) if _says_something(lines[number - 1])), 0)
    if not above:
        return ""
    return f"this line is indented differently from line {above}: {_AT_ONE_LINE}"


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
