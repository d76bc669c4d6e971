"""The notifier for everything that Apprise knows: one URL, one fresh Apprise object, one attempt, and why it ended so.

A fresh object for each send costs 0.4 ms and has no memory: no throttle of an earlier send, no state shared between
threads. Apprise itself (1.2 s, 48 MB) is loaded on first use or by `preload`.
What must not be here: retries, rate limits, deadlines (the dispatcher's), attachments (a text from outside could name a
local file).
"""

import logging
import re
import warnings
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any, Final

from router.core.inputs import SendOutcome
from router.errors import Secret
from router.notifiers import sms
from router.notifiers.message import Message, SendResult
from router.notifiers.scrub import scrub
from router.notifiers.urls import url_schema

_WORST_FIRST: Final[tuple[SendOutcome, ...]] = ("failed", "unknown", "refused", "accepted")
"""Of several recipients the one that a new attempt can help decides."""
_REASON_LINE: Final = re.compile(r"(?:Socket Exception|Response Details|Notification Exception):\s*(.*)", re.DOTALL)
_CONNECT_SECONDS: Final = 4
_MARGIN_SECONDS: Final = 1


class AppriseNotifier:
    """Sends through Apprise; may be used from any number of threads at once."""

    def send(self, message: Message) -> SendResult:
        """Try once, now. A plugin that raises is Apprise's failure and a result; our own mistakes are raised."""
        from router.notifiers.apprise_http import watching

        with watching() as exchanges:
            service, schema = _service(message)
            if service is None:
                return SendResult("refused", "Apprise does not take this channel's URL")
            accepted, lines = _notify(service, message, schema=schema)
        outcome, reason = _verdict(service, schema, accepted=accepted, exchanges=exchanges, lines=lines)
        return SendResult(outcome, scrub(reason, message.url))


def preload() -> None:
    """Load Apprise with all its plugins, and keep it and its HTTP library from logging what is secret."""
    _apprise()


def check_url(url: Secret) -> str | None:
    """Why Apprise refuses the URL, without anything secret; `None` when it takes it. `{address}` must be filled."""
    apprise = _apprise()
    lines: list[str] = []
    with _gathering(lines):
        service = apprise.Apprise.instantiate(url.reveal(), asset=_asset())
    if service is not None:
        return None
    schema = url_schema(url)
    if schema and schema not in _schemas():
        return f"Apprise knows no service {schema}://"
    said = next((line for line in lines if not line.startswith(("Could not load", "Unparseable", "Unsupported"))), "")
    reason = (
        f"Apprise does not take this {schema}:// URL" if schema else "this is not an Apprise URL: it needs schema://…"
    )
    return f"{reason}: {scrub(said, url)}" if said else reason


def _notify(service: Any, message: Message, *, schema: str) -> tuple[bool, list[str]]:
    apprise = _apprise()
    sender = apprise.Apprise(asset=_asset(), location=apprise.ContentLocation.HOSTED)
    sender.add(service)
    title, body = _texts(message, schema)
    result = sender.notify(
        body=body,
        title=title,
        notify_type=_notify_type(message),
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
        log_level=logging.DEBUG,
    )
    return bool(result), [entry.message for entry in result.logs()]


def _texts(message: Message, schema: str) -> tuple[str, str]:
    """Title and body as the service can take them: valid Unicode, never both empty, an SMS without a title."""
    title, body = (text.encode("utf-8", "replace").decode().replace("\0", "") for text in (message.title, message.body))
    body = body.strip("\n") or title or "(no text)"
    return ("", sms.fit(body)) if schema in sms.SCHEMAS else (title, body)


def _notify_type(message: Message) -> str:
    if message.reason in {"resolved", "acknowledged"}:
        return "success" if message.reason == "resolved" else "info"
    urgent = message.priority == 0 or message.reason in {"escalated", "repeated"}  # nobody has answered: no milder
    return "failure" if urgent else "warning"


def _verdict(
    service: Any, schema: str, *, accepted: bool, exchanges: Iterable[Any], lines: Iterable[str]
) -> tuple[SendOutcome, str]:
    """The outcome: from SMTP or HTTP itself where we saw it, else from what Apprise wrote to its log."""
    from router.notifiers.apprise_http import denied, outcome_of

    found: list[tuple[SendOutcome, str]]
    if accepted:
        found = [no for exchange in exchanges if (no := denied(schema, exchange)) is not None]
        return _worst(found) if found else ("accepted", "")
    if found := [verdict for verdict in getattr(service, "verdicts", ()) if verdict[0] != "accepted"]:
        return _worst(found)
    seen = [exchange for exchange in exchanges if exchange.error is not None or not 200 <= exchange.status < 300]
    if seen or (seen := list(exchanges)[-1:]):
        return _worst([outcome_of(exchange) for exchange in seen])
    return "failed", _said(lines)


def _worst(found: list[tuple[SendOutcome, str]]) -> tuple[SendOutcome, str]:
    return min(found, key=lambda verdict: _WORST_FIRST.index(verdict[0]))


def _said(lines: Iterable[str]) -> str:
    """The cause out of Apprise's log lines. They also hold the payload: only lines that are known to tell a cause."""
    lines = list(lines)
    causes = [match.group(1) for line in lines if (match := _REASON_LINE.match(line))]
    return next((cause for cause in causes if cause.strip()), "Apprise gives no reason")


def _service(message: Message) -> tuple[Any, str]:
    """A fresh service object for the URL, unable to wait, to repeat or to call a failure a success; and its schema."""
    apprise = _apprise()
    settings = _plugins().url_to_dict(message.url.reveal())
    if settings is None:
        return None, ""
    schema = str(settings["schema"])
    plugins = _plugins().N_MGR
    mail = plugins[schema] is plugins["mailto"]
    service = _mail(settings, message) if mail else apprise.Apprise.instantiate(settings, asset=_asset())
    if service is not None:
        _tame(service, message)
    return service, schema


def _mail(settings: dict[str, Any], message: Message) -> Any:
    from router.notifiers.apprise_mail import Mail

    try:
        return Mail(message=message, asset=_asset(), **settings)
    except TypeError:
        # What Apprise's plugins raise for settings they cannot use.
        return None


def _tame(service: Any, message: Message) -> None:
    # Apprise sleeps between the requests of one object, by a difference of local times: when the clock is set back by
    # an hour it would sleep for an hour. Rates are the dispatcher's business.
    service.throttle = _no_wait
    service.request_rate_per_sec = 0
    # `?retry=`, `?wait=` and `?optional=yes` in a URL: the outbox retries, and a failure is never a success.
    service.retry = 0
    service.optional = False
    if "rto=" not in message.url.reveal():
        service.socket_read_timeout = max(1, message.timeout.total_seconds() - _CONNECT_SECONDS - _MARGIN_SECONDS)
    if type(service).__name__ == "NotifyPagerDuty" and "action=" not in message.url.reveal():
        # One incident per alert, ended with it.
        service.dedup = service.dedup or message.alert_id
        service.action = "resolve" if message.reason == "resolved" else "trigger"


def _no_wait(last_io: object = None, wait: object = None) -> None:
    """Stands in for `URLBase.throttle`."""


def _plugins() -> Any:
    import apprise.plugins

    return apprise.plugins


@cache
def _apprise() -> ModuleType:
    with warnings.catch_warnings():
        # What its optional parts import is deprecated; that is not for our operators to read.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1")
    logger = logging.getLogger("apprise")
    # DEBUG holds the causes, and payloads: they go to our own captures only, never to the program's log.
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    # Its DEBUG lines hold request paths, and with them tokens.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    return apprise


@cache
def _schemas() -> frozenset[str]:
    return frozenset(_plugins().N_MGR.schemas())


@cache
def _asset() -> Any:
    return _apprise().AppriseAsset(
        app_id="alarm-router",
        app_desc="alarm-router",
        app_url="",
        # Icons would be fetched from a third party's site by whoever reads the message.
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        service_timeout=0,
        async_mode=False,
        storage_mode="memory",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        interpret_emojis=False,
    )


class _gathering(logging.Handler):  # noqa: N801 - used like a function
    """Gathers what Apprise logs while a block runs in this thread."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> None:
        logging.getLogger("apprise").addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
