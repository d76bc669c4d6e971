"""What of a rules file must not be quoted: messages about it reach terminals, logs, the journal and people's phones.

Somebody writes a URL where a channel's name belongs, a password as a key, an address as a target: the message says
where it stands, and shows dots. What was filled in for `${NAME}` is never quoted at all.
What must not be here: where such a text was found, and what is wrong with it.
"""

import re
from typing import Final

DOTS: Final = "•••"
_SHAPED: Final = re.compile(
    r"""(?<=://)[\w@+%${][^\s"'`]*"""  # a URL: Apprise puts tokens everywhere
    r"""|[^\s"'`<>,;:{}\[\]()]+@[^\s"'`<>,;:{}\[\]()]+"""  # a mail address
    r"""|(?:\+|\b00)\d[\d ()/-]{5,}\d"""  # a phone number
)
_WORD: Final = re.compile(r"[^\W_]{8,}")
_TOKEN: Final = re.compile(r"\w*\d\w*[^\W\d]\w*|\d+")
"""Letters after digits in one long word, or digits alone: names count at their end (`freezer12`), tokens do not."""


def covered(text: str) -> str:
    """The message with dots for every URL behind its `://`, mail address and phone number."""
    return _SHAPED.sub(DOTS, text)


def covered_quote(text: str) -> str:
    """A text of the file as a message may quote it: as `covered`, with dots for words that look like tokens too."""
    return _WORD.sub(lambda word: DOTS if _TOKEN.fullmatch(word[0]) else word[0], covered(text))
