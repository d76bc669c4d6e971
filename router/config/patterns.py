r"""Globs and regular expressions, compiled by RE2: linear in the text, whatever the pattern.

A glob covers the whole text and ignores case (`*` any run, `?` one character, `[abc]` `[a-z]` `[!a]` one of a class; a
special character stands for itself in a class: `[*]`). A regex searches the raw text, and case counts.
What must not be here: which field a pattern is for, and positions in a file.

RE2 compiles many patterns into one search. Two forms are used, both only to find candidates:
- `re2.Filter` looks for the literal pieces that patterns cannot match without (a set of these, inside): cheap with tens
  of thousands of them, where a set of the whole patterns (`fridge*1`, `fridge*2` ...) has far too many states;
- `re2.Set` runs the few patterns that need no literal at all (`^\d+$`) together.
A set that runs out of memory while it searches reports *no match*, which is wrong. So each holds one pattern more that
always matches: when it is missing from the answer, the answer is "any of them".
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import re2

Kind = Literal["glob", "regex"]
_Hits = Callable[[bytes], Sequence[int]]

_MEMORY: Final = 2 * 1024 * 1024
"""Bytes for one pattern: its program (up to two thirds) and search states (with too few, RE2 is slower, not wrong)."""
_SET_MEMORY: Final = 32 * 1024 * 1024
"""Bytes for one set of patterns."""
_SET_SIZE: Final = 256
"""At most so many patterns in a set; more are candidates for every text."""
_FILTER_SIZE: Final = 4000
"""At most so many patterns in a filter: RE2 gives one 8 MiB and refuses what needs more."""
_SENTINEL: Final = b"\x00\x00alarm-router end of text\x00\x00"
"""Added to a text for the filter, and a pattern in it; see above."""
_HINTS: Final = (
    (("(?=", "(?!", "(?<", "(?P<="), "RE2 has no look-around: use `not` with a second pattern"),
    (("(?P", "(?("), "RE2 has no back-references; groups are (?P<name>...)"),
    (("(?>",), "RE2 has no atomic groups, and needs none"),
    (("(?x", "(?#"), "RE2 knows the flags i, m, s and U only, and no comments"),
    (tuple(f"escape sequence: \\{digit}" for digit in range(1, 10)), "RE2 has no back-references"),
    (("\\Z",), r"the end of the text is \z in RE2"),
    (("\\G", "\\h", "\\R", "\\K", "\\e"), r"RE2 does not know this escape; a backslash itself is \\"),
    (("{",), "RE2 repeats at most 1000 times"),
    (("*+", "++", "?+"), "RE2 has no possessive repetition, and needs none"),
    (("**",), r"a literal * is \*; perhaps this is a glob"),
    (("*", "?", "+"), "there is nothing to repeat; perhaps this is a glob"),
    (("too large",), "the pattern needs too much memory: repeat less, or use several"),
)


def compile_search(kind: Kind, pattern: str) -> Callable[[str], bool]:
    """A function that says whether a text matches; `ValueError` with RE2's reason and a hint for a bad pattern."""
    try:
        compiled = re2.compile(_encoded(_regex(kind, pattern)), _options(_MEMORY))
    except re2.error as error:
        raise ValueError(_explained(_reason(error))) from None
    return lambda text: compiled.search(_encoded(text)) is not None


def index_patterns(patterns: Sequence[tuple[Kind, str]]) -> Callable[[str], list[int]]:
    """A function from a text to the numbers of the patterns that may match it: too many perhaps, never too few.

    The patterns must be good (`compile_search` has taken them).
    """
    regexes = [_encoded(_regex(kind, pattern)) for kind, pattern in patterns]
    parts = [(first, _part(regexes[first : first + _FILTER_SIZE])) for first in range(0, len(regexes), _FILTER_SIZE)]

    def candidates(text: str) -> list[int]:
        encoded = _encoded(text)
        return [first + number for first, hits in parts for number in hits(encoded)]

    return candidates


def _part(regexes: Sequence[bytes]) -> _Hits:
    """Like `index_patterns`, for regexes that RE2 can search for at once; parted again when it cannot."""
    potential = _filter(regexes)
    if potential is None:
        return _halves(regexes)
    without_literal = potential(b"") or []
    always = frozenset(without_literal)
    hits = _set([regexes[number] for number in without_literal])

    def candidates(text: bytes) -> Sequence[int]:
        found = potential(text)
        if found is None:
            return range(len(regexes))
        if not always:
            return found
        return [*(number for number in found if number not in always), *(without_literal[hit] for hit in hits(text))]

    return candidates


def _halves(regexes: Sequence[bytes]) -> _Hits:
    if len(regexes) == 1:
        return lambda text: (0,)
    middle = len(regexes) // 2
    left, right = _part(regexes[:middle]), _part(regexes[middle:])
    return lambda text: [*left(text), *(middle + number for number in right(text))]


def _filter(regexes: Sequence[bytes]) -> Callable[[bytes], list[int] | None] | None:
    """Which regexes have all the literals that they need in a text; the function gives `None` when RE2 gave up."""
    options = _options(_MEMORY)
    searched = re2.Filter()
    try:
        for regex in (re2.escape(_SENTINEL), *regexes):
            searched.Add(regex, options)
        searched.Compile()
    except re2.error:
        return None

    def potential(text: bytes) -> list[int] | None:
        found = searched.Match(text + _SENTINEL, potential=True) or ()
        return [number - 1 for number in found if number] if 0 in found else None

    return potential


def _set(regexes: Sequence[bytes]) -> _Hits:
    """Which regexes match a text; all of them when RE2 cannot run them together."""
    everything = range(len(regexes))
    together = re2.Set.SearchSet(_options(_SET_MEMORY))
    try:
        for regex in ("", *regexes):
            together.Add(regex)
        usable = len(regexes) <= _SET_SIZE and together.Compile() is None
    except re2.error:
        usable = False
    if not usable:  # a set that was not compiled must not be asked: it crashes
        return lambda text: everything

    def hits(text: bytes) -> Sequence[int]:
        found = together.Match(text) or ()
        return [number - 1 for number in found if number] if 0 in found else everything

    return hits


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False  # RE2 would print to standard error
    options.never_capture = True
    return options


def _encoded(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, which JSON allows, becomes a question mark instead of an error."""
    return text.encode("utf-8", "replace")


def _regex(kind: Kind, pattern: str) -> str:
    return pattern if kind == "regex" else _glob_regex(_encoded(pattern).decode())


def _glob_regex(glob: str) -> str:
    r"""The glob as RE2. A star at an end drops the anchor there instead of adding `.*`: fewer states for RE2."""
    parts: list[str] = []
    rest = glob
    while rest:
        part, rest = _next_part(rest)
        parts.append(part)
    start, end = r"\A", r"\z"
    while parts and parts[0] == ".*":
        start = ""
        parts.pop(0)
    while parts and parts[-1] == ".*":
        end = ""
        parts.pop()
    return f"(?is){start}{''.join(parts)}{end}"


def _next_part(glob: str) -> tuple[str, str]:
    """The first sign of the glob as RE2, and what comes after it."""
    if glob[0] == "*":
        return ".*", glob.lstrip("*")
    if glob[0] == "?":
        return ".", glob[1:]
    close = glob.find("]", 3 if glob[1:2] == "!" else 2) if glob[0] == "[" else -1
    if close < 0:
        return re2.escape(glob[0]), glob[1:]
    negated = glob[1] == "!"
    members = glob[2 if negated else 1 : close]
    escaped = "".join(f"\\{sign}" if sign in "[]^\\" else sign for sign in members)
    return f"[{'^' if negated else ''}{escaped}]", glob[close + 1 :]


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _explained(reason: str) -> str:
    for signs, hint in _HINTS:
        if any(sign in reason for sign in signs):
            return f"{reason} ({hint})"
    return reason
