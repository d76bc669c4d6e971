"""Taking secrets out of texts that come from libraries and from providers.

Everything after the scheme of a channel's URL counts as secret: Apprise puts tokens where other URLs have a host, a
path or a query, and `url(privacy=True)` shows many of them. Mail addresses and phone numbers go too, also foreign ones.
What must not be here: a network, Apprise, logging.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

from router.errors import Secret

MAX_DETAIL: Final = 200
DOTS: Final = "•••"
_SEPARATORS: Final = re.compile(r"[/@:?&=,; <>\"'+#()\[\]]+")
_MAIL: Final = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")
_PHONE: Final = re.compile(r"\+?\d[\d ()-]{7,}\d")
_SHORT: Final = 4
_PLAIN: Final = frozenset({"yes", "no", "true", "false", "text", "html", "markdown", "http", "https", "smtp", "mail"})


def scrub(text: str, url: Secret, *, limit: int | None = MAX_DETAIL) -> str:
    """`text` without the secrets of `url` and without addresses; on one line and cut when there is a `limit`."""
    for pattern in _patterns(url.reveal()):
        text = pattern.sub(DOTS, text)
    text = _PHONE.sub(DOTS, _MAIL.sub(DOTS, text))
    text = re.sub(r"•••(?:[/@:,.&= -]*•••)+", DOTS, text)
    if limit is None:
        return text
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _patterns(url: str) -> Iterator[re.Pattern[str]]:
    """One pattern for all long secrets (longest first) and one for the short ones, which count as whole words only."""
    found = sorted(secrets_in(url), key=len, reverse=True)
    long = [re.escape(word) for word in found if len(word) >= _SHORT]
    short = [re.escape(word) for word in found if len(word) < _SHORT]
    if long:
        yield re.compile("|".join(long), re.IGNORECASE)
    if short:
        yield re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)", re.IGNORECASE)


def secrets_in(url: str) -> set[str]:
    """Everything in the URL that may be secret, as written and decoded, whole and in parts. Query keys are not."""
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    values = [part.partition("=")[2] or part for part in query.split("&")]
    found = set(_logins(place))
    for raw in (place, *values, *_SEPARATORS.split(place), *(w for v in values for w in _SEPARATORS.split(v))):
        for form in (raw, unquote(raw), unquote_plus(raw), unquote(unquote(raw))):
            found.update((form, form.lstrip("+"), *_SEPARATORS.split(form)))
    return {word for word in found if len(word) > 1 and word.lower() not in _PLAIN and word.lower() != scheme.lower()}


def _logins(place: str) -> Iterator[str]:
    """User and password as HTTP and mail servers get them, and sometimes quote them: in base64."""
    login, at, _ = place.rpartition("@")
    if not at:
        return
    user, _, password = login.partition(":")
    for decode in (str, unquote, unquote_plus):
        name, word = decode(user), decode(password)
        for form in (name, word, f"{name}:{word}", f"\0{name}\0{word}"):
            yield b64encode(form.encode()).decode().rstrip("=")
