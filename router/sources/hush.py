"""What a peer says, without the secrets that we told it: servers quote them in errors, handshakes and answers.

What must not be here: where such a text comes from and where it goes.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from router.errors import Secret

DOTS: Final = str(Secret(""))
_SHORTEST: Final = 4
"""Hiding shorter texts would make what a peer says unreadable and hides nothing worth it."""
_PLAIN: Final = frozenset({"true", "false", "auto", "client"})


def hushed(text: str, secrets: Iterable[str]) -> str:
    """The text with dots for each secret, also for one that is cut off at its end."""
    known = {form for secret in secrets for form in _forms(secret) if form.lower() not in _PLAIN}
    longest_first = sorted(known, key=lambda form: (-len(form), form))
    for form in longest_first:
        text = text.replace(form, DOTS)
    for form in longest_first:
        for length in range(len(form) - 1, _SHORTEST - 1, -1):
            if text.endswith(form[:length]):
                return text[:-length] + DOTS
    return text


def secrets_in_url(url: str) -> Iterator[str]:
    """User, password and the values of the query; what cannot be taken apart is secret as a whole."""
    try:
        parts = urlsplit(url)
    except ValueError:
        yield url
        return
    yield from parts.netloc.rpartition("@")[0].split(":", 1)
    yield from (pair.partition("=")[2] or pair for pair in parts.query.split("&"))


def _forms(secret: str) -> Iterator[str]:
    """As written, percent-encoded and decoded, and each of its words (`Bearer …` may be quoted without the first)."""
    for whole in (secret, quote(secret, safe=""), unquote(secret), unquote_plus(secret)):
        yield from (form for form in (whole, *whole.split()) if len(form) >= _SHORTEST)
