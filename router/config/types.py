"""The kinds of values that stand in the rules file: texts, durations, addresses of the web, names.

Each refuses with what was expected, never with what was found: that may be a secret.
What must not be here: keys of the file (`schema`).
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from router.config.durations import EXPECTED, parse_duration, parse_rate
from router.config.nodes import WrittenFloat, WrittenInt
from router.config.placeholders import unresolved

_DURATION_PATTERN: Final = r"^(?=.)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def _text(value: Any) -> Any:
    """Numbers are texts as they were written: `serial_number: 0049`."""
    return value.text if isinstance(value, WrittenInt | WrittenFloat) else value


def _said(value: Any) -> Any:
    text = _text(value)
    if not isinstance(text, str) or not text.strip():
        raise PydanticCustomError("missing-text", "expected a text that says something")
    return text.strip()


def _wanted(code: str, parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A validator from a parser that raises `ValueError`; its text must not quote the value."""

    def validate(value: Any) -> Any:
        if isinstance(value, timedelta):
            return value
        text = _text(value)
        try:
            return parse(text if isinstance(text, str) else "")
        except ValueError as error:
            raise PydanticCustomError(code, "{reason}", {"reason": str(error)}) from None

    return validate


def _never(text: str) -> timedelta | None:
    if text == "never":
        return None
    try:
        return parse_duration(text)
    except ValueError:
        raise ValueError(f"{EXPECTED}, or never") from None


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected the name of a time zone such as Europe/Berlin or UTC") from None
    return text


def _url_of(*schemes: str) -> Callable[[str], str]:
    expected = "expected an address that begins with " + " or ".join(f"{scheme}://" for scheme in schemes)

    def check(text: str) -> str:
        if unresolved(text):
            return text
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good or re.search(r"\s", text):
            raise ValueError(expected)
        return text

    return check


def _apprise_url(text: str) -> str:
    if unresolved(text) or _URL.fullmatch(text):
        return text
    raise ValueError("expected an Apprise URL such as mailtos://…, slack://… or json://…")


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number"]})]
"""A text; a number stands for the text that wrote it."""
Said = Annotated[str, BeforeValidator(_said), WithJsonSchema({"type": ["string", "number"], "minLength": 1})]
"""A text that is not empty: a name, a reason."""
_DURATION_SCHEMA: Final = {"type": "string", "pattern": _DURATION_PATTERN, "examples": ["30s", "5m", "2h", "1d"]}
Duration = Annotated[
    timedelta, BeforeValidator(_wanted("bad-duration", parse_duration)), WithJsonSchema(_DURATION_SCHEMA)
]
Never = Annotated[
    timedelta | None,
    BeforeValidator(_wanted("bad-duration", _never)),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"const": "never"}]}),
]
"""A duration, or the word `never` (then `None`)."""
Rate = Annotated[
    tuple[int, timedelta],
    BeforeValidator(_wanted("bad-rate", parse_rate)),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s*/\s*(s|sec|m|min|h|hour|d|day)$", "examples": ["10/min"]}),
]
Zone = Annotated[
    str,
    BeforeValidator(_wanted("unknown-zone", _zone)),
    WithJsonSchema({"type": "string", "examples": ["Europe/Berlin", "UTC"]}),
]
WebAddress = Annotated[
    str,
    BeforeValidator(_wanted("bad-url", _url_of("http", "https"))),
    WithJsonSchema({"type": "string", "pattern": r"^(https?://|\$\{)"}),
]
SocketAddress = Annotated[
    str,
    BeforeValidator(_wanted("bad-url", _url_of("ws", "wss"))),
    WithJsonSchema({"type": "string", "pattern": r"^(wss?://|\$\{)"}),
]
AppriseUrl = Annotated[
    str,
    BeforeValidator(_wanted("bad-url", _apprise_url)),
    WithJsonSchema({"type": "string", "pattern": r"^([A-Za-z][A-Za-z0-9+.-]*://|\$\{)"}),
]
