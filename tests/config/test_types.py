"""The kinds of values: what they take, and that a refusal quotes nothing of what was found."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from router.config.nodes import WrittenInt
from router.config.types import AppriseUrl, Duration, Never, Rate, Said, SocketAddress, Text, WebAddress, Zone


def written(text: str) -> WrittenInt:
    number = WrittenInt(text)
    number.text = text
    return number


def taken(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value, strict=True)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Text, "x", "x"),
        (Text, written("0049"), "0049"),
        (Said, " x ", "x"),
        (Duration, "5m", timedelta(minutes=5)),
        (Never, "never", None),
        (Never, "4h", timedelta(hours=4)),
        (Rate, "10/min", (10, timedelta(minutes=1))),
        (Zone, "Europe/Berlin", "Europe/Berlin"),
        (WebAddress, "https://x.example/hooks?a=b", "https://x.example/hooks?a=b"),
        (WebAddress, "${URL}", "${URL}"),
        (SocketAddress, "wss://x.example:15674/ws", "wss://x.example:15674/ws"),
        (AppriseUrl, "slack://a/b/c/#d", "slack://a/b/c/#d"),
        (AppriseUrl, "${URL}", "${URL}"),
    ],
)
def test_what_is_taken(kind: Any, value: Any, expected: Any) -> None:
    assert taken(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (Said, "  ", "missing-text"),
        (Said, None, "missing-text"),
        (Said, True, "missing-text"),
        (Duration, "secret", "bad-duration"),
        (Duration, written("5"), "bad-duration"),
        (Duration, None, "bad-duration"),
        (Never, None, "bad-duration"),
        (Never, "secret", "bad-duration"),
        (Rate, "secret", "bad-rate"),
        (Zone, "Mars/secret", "unknown-zone"),
        (Zone, "../secret", "unknown-zone"),
        (Zone, "", "unknown-zone"),
        (WebAddress, "ftp://secret", "bad-url"),
        (WebAddress, "https://", "bad-url"),
        (WebAddress, "https://x:secret/", "bad-url"),
        (SocketAddress, "https://secret", "bad-url"),
        (SocketAddress, "ws://a secret", "bad-url"),
        (AppriseUrl, "secret", "bad-url"),
        (AppriseUrl, "mailtos://a secret", "bad-url"),
    ],
)
def test_what_is_refused_is_not_quoted(kind: Any, value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        taken(kind, value)
    (error,) = caught.value.errors(include_input=False, include_url=False)
    assert error["type"] == code
    assert "secret" not in error["msg"]
    assert "secret" not in str(error.get("ctx"))
