"""Names that people type: the nearest known one for a typo, and what a name may look like.

What must not be here: which names exist.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from router.config.cover import covered_quote

NAME: Final = re.compile(r"\w[\w.-]*")
"""Names of people, channels, sources, policies and hours: one word, so that `alice via sms+mail` reads one way only."""
_CUTOFF: Final = 0.6
_MOST: Final = 5000
"""Among more names than this nobody looks for the nearest: it would take longer than loading the file."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like the word (ignoring case, `-`, `_` and spaces), `None` when none does."""
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(_fold(name), name)
    folded = _fold(word)
    if folded in by_fold:
        return by_fold[folded]
    if len(by_fold) > _MOST:
        return None
    found = get_close_matches(folded, by_fold, n=1, cutoff=_CUTOFF)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion for an unknown name: the nearest one, else the few there are, else that there are none."""
    names = sorted(set(known))
    near = nearest(word, names)
    if near is not None:
        return f"did you mean {near}?"
    if not names:
        return "none is defined"
    return (
        f"there are: {', '.join(map(covered_quote, names))}"
        if len(names) <= 12
        else f"there are {len(names)}, none looks like it"
    )


def one_of(words: Iterable[str]) -> str:
    """`a, b or c`, for people."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


def _fold(name: str) -> str:
    return re.sub(r"[-_ ]+", " ", name).strip().casefold()
