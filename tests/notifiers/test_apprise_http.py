"""What an HTTP exchange means. The exchanges themselves are made in `test_apprise`."""

from collections.abc import Iterator

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from router.notifiers.apprise_http import Exchange, denied, outcome_of, watching
from tests.notifiers.catchers import HttpCatcher, http_catcher


@pytest.fixture
def web() -> Iterator[HttpCatcher]:
    with http_catcher() as catcher:
        yield catcher


def test_exchanges_are_gathered_while_watching_only(web: HttpCatcher) -> None:
    url = f"http://127.0.0.1:{web.port}/"
    with watching() as seen:
        requests.post(url, timeout=5)
    requests.post(url, timeout=5)
    assert seen == [Exchange(200, "ok")]


def test_a_failed_request_is_gathered_and_still_raised() -> None:
    with watching() as seen, pytest.raises(requests.ConnectionError):
        requests.post("http://127.0.0.1:1/", timeout=5)
    assert isinstance(seen[0].error, requests.ConnectionError)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (requests.ConnectTimeout(), "failed"),
        (requests.ReadTimeout(), "unknown"),
        (requests.exceptions.SSLError("bad certificate"), "failed"),
        (requests.exceptions.ProxyError("refused"), "failed"),
        (requests.exceptions.ChunkedEncodingError(), "unknown"),
        (requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())), "unknown"),
        (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "x"))), "failed"),  # type: ignore[arg-type]
        (requests.exceptions.InvalidURL("x"), "refused"),
    ],
)
def test_an_error_after_the_request_has_left_is_unknown(error: requests.RequestException, outcome: str) -> None:
    assert outcome_of(Exchange(error=error))[0] == outcome


@pytest.mark.parametrize(
    ("body", "outcome"),
    [('{"ok": false, "error": "channel_not_found"}', "refused"), ('{"ok": false, "error": "fatal_error"}', "failed")],
)
def test_slack_words_that_no_retry_cures_are_refused(body: str, outcome: str) -> None:
    assert outcome_of(Exchange(200, body))[0] == outcome


@pytest.mark.parametrize(
    ("schema", "body", "outcome"),
    [
        ("vonage", '{"messages": [{"status": "0"}]}', None),
        ("nexmo", '{"messages": [{"status": "0"}, {"status": 9, "error-text": "quota"}]}', "refused"),
        ("vonage", '{"messages": [{"status": "1"}]}', "failed"),
        ("clicksend", '{"data": {"messages": [{"status": "SUCCESS"}]}}', None),
        ("clicksend", '{"data": {"messages": [{"status": "INVALID_RECIPIENT"}]}}', "refused"),
        ("clicksend", '{"data": {"messages": [{"status": "INSUFFICIENT_CREDIT"}]}}', "failed"),
        ("clickatell", '{"messages": [{"accepted": true}]}', None),
        ("clickatell", '{"messages": [{"accepted": false, "error": "bad number"}]}', "refused"),
        ("seven", '{"success": "100"}', None),
        ("seven", "900", "refused"),
        ("seven", '{"success": "900"}', "refused"),
        ("pagerduty", '{"status": "success"}', None),
        ("pagerduty", '{"status": "invalid event", "message": "no key"}', "refused"),
        ("json", '{"messages": [{"status": "9"}]}', None),
    ],
)
def test_a_success_whose_body_says_no_is_none(schema: str, body: str, outcome: str | None) -> None:
    verdict = denied(schema, Exchange(200, body))
    assert (verdict and verdict[0]) == outcome


@pytest.mark.parametrize("schema", ["vonage", "clicksend", "clickatell", "seven", "pagerduty"])
@pytest.mark.parametrize("body", ["", "ok", "null", "[]", "{", '{"messages": 3}', '{"data": []}', "[" * 100_000])
def test_a_body_that_cannot_be_read_denies_nothing(schema: str, body: str) -> None:
    if (schema, body) != ("seven", "[]"):
        assert denied(schema, Exchange(200, body)) is None
