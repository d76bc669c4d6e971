"""What really came back over HTTP while Apprise sent: status, body, error; and our own verdict on it.

Apprise tells us True or False and a few log lines. That is too little to know whether trying again makes sense, and
some of its plugins call an HTTP 200 a success although the body says otherwise. Nearly all of them send with
`requests`, so we watch `requests.Session.send` from inside, in the sending thread only. Nothing is changed on the way.
What must not be here: mail, the choice of a plugin, scrubbing.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import requests

from router.core.inputs import SendOutcome

_BODY_LIMIT: Final = 4096
_LATER: Final = frozenset({408, 425, 429})
"""Client errors that say "later", not "never"."""
# fmt: off
_PERMANENT: Final = frozenset((
    "account_inactive", "channel_not_found", "channel_is_archived", "invalid_auth", "is_archived",
    "missing_scope", "no_permission", "no_service", "not_authed", "not_in_channel", "org_login_required",
    "token_expired", "token_revoked", "user_not_found",
))
# fmt: on
"""Slack's words in `{"ok": false, "error": …}` that no retry will cure (https://api.slack.com/methods)."""


_HUNG_UP: Final = frozenset({"RemoteDisconnected", "Connection reset by peer"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: a response (`status`, the start of `body`) or an `error`."""

    status: int = 0
    body: str = ""
    retry_after: str = ""
    error: requests.RequestException | None = None


_exchanges: ContextVar[list[Exchange] | None] = ContextVar("alarm_router_exchanges", default=None)


@contextmanager
def watching() -> Iterator[list[Exchange]]:
    """Gather the exchanges of this thread while the block runs."""
    install()
    seen: list[Exchange] = []
    token = _exchanges.set(seen)
    try:
        yield seen
    finally:
        _exchanges.reset(token)


def install() -> None:
    """Put the watch around `requests.Session.send`, once per process."""
    if not hasattr(requests.Session.send, "watched"):
        requests.Session.send = _watched(requests.Session.send)  # type: ignore[method-assign]


def _watched(send: Callable[..., Any]) -> Callable[..., Any]:
    def watched_send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:
        seen = _exchanges.get()
        if seen is None:
            return send(session, request, **options)
        try:
            response = send(session, request, **options)
        except requests.RequestException as error:
            seen.append(Exchange(error=error))
            raise
        seen.append(_exchange(response, streamed=bool(options.get("stream"))))
        return response

    watched_send.watched = True  # type: ignore[attr-defined]
    return watched_send


def _exchange(response: requests.Response, *, streamed: bool) -> Exchange:
    body = "" if streamed else response.content[:_BODY_LIMIT].decode("utf-8", "replace")
    return Exchange(response.status_code, body, response.headers.get("Retry-After", ""))


def outcome_of(exchange: Exchange) -> tuple[SendOutcome, str]:
    """What one exchange means, with a reason that is not scrubbed yet."""
    if exchange.error is not None:
        return _outcome_of_error(exchange.error)
    status = exchange.status
    detail = f"HTTP {status}" + (f", try again in {exchange.retry_after}" if exchange.retry_after else "")
    detail += f": {exchange.body}" if exchange.body.strip() else ""
    if 200 <= status < 300:
        return ("refused" if _permanent(exchange.body) else "failed"), detail
    return ("refused" if 400 <= status < 500 and status not in _LATER else "failed"), detail


def _permanent(body: str) -> bool:
    answer = _json(body)
    return isinstance(answer, dict) and answer.get("error") in _PERMANENT


def _outcome_of_error(error: requests.RequestException) -> tuple[SendOutcome, str]:
    """Before the request had left nothing can have arrived; afterwards it may have."""
    match error:
        case requests.ConnectTimeout():
            return "failed", "no connection: timed out"
        case requests.exceptions.SSLError():
            return "failed", f"TLS: {innermost(error)}"
        case requests.exceptions.ProxyError() if innermost(error) in _HUNG_UP:
            # Through a proxy urllib3 gives this name also to an end inside the tunnel, after the request had left.
            return "unknown", "the connection broke before the answer came"
        case requests.exceptions.ProxyError():
            return "failed", f"proxy: {innermost(error)}"
        case requests.ReadTimeout():
            return "unknown", "no answer in time"
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return "unknown", "the answer broke off"
        case requests.ConnectionError() if _aborted(error):
            return "unknown", "the connection broke before the answer came"
        case requests.ConnectionError():
            return "failed", f"no connection: {innermost(error)}"
        case _:
            return "refused", f"the request is not possible: {type(error).__name__}"


def _aborted(error: BaseException) -> bool:
    return any(type(arg).__name__ == "ProtocolError" for arg in error.args)


def innermost(error: BaseException) -> str:
    """The first cause of an error in plain words: libraries wrap it and add the address they talked to."""
    seen: BaseException = error
    for _ in range(8):
        inner = getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        inner = inner or next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
        if not isinstance(inner, BaseException):
            break
        seen = inner
    return getattr(seen, "strerror", None) or getattr(seen, "verify_message", None) or type(seen).__name__


def denied(schema: str, exchange: Exchange) -> tuple[SendOutcome, str] | None:
    """Why a body says "no" under an HTTP success that the plugin believed; `None` when it does not.

    Sources: Vonage SMS API (`messages[].status`, "0" is success; 1 and 5 are temporary), ClickSend v3
    (`data.messages[].status`), Clickatell (`messages[].accepted`), seven.io (`success` or a bare code; 100, 101 good),
    PagerDuty Events v2 (`status`).
    """
    check = _CHECKS.get(schema)
    if check is None or not 200 <= exchange.status < 300:
        return None
    return check(_json(exchange.body))


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _messages(answer: Any) -> list[dict[str, Any]]:
    found = answer.get("messages") if isinstance(answer, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _vonage(answer: Any) -> tuple[SendOutcome, str] | None:
    for entry in _messages(answer):
        status = str(entry.get("status", ""))
        if status not in {"0", ""}:
            return ("failed" if status in {"1", "5"} else "refused"), f"status {status}: {entry.get('error-text', '')}"
    return None


def _clicksend(answer: Any) -> tuple[SendOutcome, str] | None:
    for entry in _messages(answer.get("data") if isinstance(answer, dict) else None):
        status = str(entry.get("status", "SUCCESS"))
        if status != "SUCCESS":
            return ("failed" if status in {"THROTTLED", "INSUFFICIENT_CREDIT"} else "refused"), status
    return None


def _clickatell(answer: Any) -> tuple[SendOutcome, str] | None:
    for entry in _messages(answer):
        if entry.get("accepted") is False:
            return "refused", str(entry.get("error") or "not accepted")
    return None


def _seven(answer: Any) -> tuple[SendOutcome, str] | None:
    code = str(answer.get("success", "") if isinstance(answer, dict) else answer or "")
    return None if code in {"", "100", "101", "True"} else ("refused", f"code {code}")


def _pagerduty(answer: Any) -> tuple[SendOutcome, str] | None:
    status = answer.get("status", "success") if isinstance(answer, dict) else "success"
    return None if status == "success" else ("refused", f"{status}: {answer.get('message', '')}")


_CHECKS: Final[dict[str, Callable[[Any], tuple[SendOutcome, str] | None]]] = {
    "vonage": _vonage,
    "nexmo": _vonage,
    "clicksend": _clicksend,
    "clickatell": _clickatell,
    "seven": _seven,
    "pagerduty": _pagerduty,
}
