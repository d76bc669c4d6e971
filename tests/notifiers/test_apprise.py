"""The notifier against real local peers; Apprise is the real one."""

import io
import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from router.core.model import Reason
from router.errors import Secret
from router.notifiers import AppriseNotifier, Message, SendResult, check_url, preload
from router.notifiers.apprise import _service
from tests.notifiers.catchers import HttpCatcher, http_catcher

TOKEN = "k3yT0kenABCDEF"


@pytest.fixture
def web() -> Iterator[HttpCatcher]:
    with http_catcher() as catcher:
        yield catcher


def message(url: str, *, reason: Reason = "raised", **other: Any) -> Message:
    fields: dict[str, Any] = {"title": "Freezer 3", "body": "8.4 °C, limit 8 °C"} | other
    return Message(channel="test", url=Secret(url), reason=reason, alert_id="a1", **fields)


def hook(web: HttpCatcher, query: str = "") -> str:
    return f"json://alice:{TOKEN}@127.0.0.1:{web.port}/{TOKEN}path/{query}"


def send(given: Message) -> SendResult:
    return AppriseNotifier().send(given)


# HTTP


def test_a_text_is_accepted_and_arrives_as_written(web: HttpCatcher) -> None:
    assert send(message(hook(web), body="<!channel> a < b & ünï\nsecond")) == SendResult("accepted")
    assert web.requests[0].json()["message"] == "<!channel> a < b & ünï\nsecond"
    assert web.requests[0].json()["title"] == "Freezer 3"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, "refused") for status in (400, 401, 403, 404, 410, 422)),
        *((status, "failed") for status in (302, 408, 425, 429, 500, 502, 503)),
    ],
)
def test_the_status_says_whether_trying_again_makes_sense(web: HttpCatcher, status: int, outcome: str) -> None:
    web.says(status, b"because", Location="http://127.0.0.1:1/")
    result = send(message(hook(web)))
    assert result.outcome == outcome
    assert f"HTTP {status}: because" in result.detail
    assert len(web.requests) == 1


def test_the_providers_wish_to_wait_is_told(web: HttpCatcher) -> None:
    web.says(429, b"slow down", Retry_After="30")
    assert send(message(hook(web))).detail == "HTTP 429, try again in 30: slow down"


def test_no_listener_is_a_failure(web: HttpCatcher) -> None:
    assert send(message("json://127.0.0.1:1/x")) == SendResult("failed", "no connection: Connection refused")


def test_an_unknown_host_is_a_failure() -> None:
    assert send(message("json://nowhere.invalid/x")).outcome == "failed"


def test_hanging_up_after_the_request_is_unknown(web: HttpCatcher) -> None:
    web.says(0)
    assert send(message(hook(web))) == SendResult("unknown", "the connection broke before the answer came")


def test_no_answer_in_time_is_unknown(web: HttpCatcher) -> None:
    web.says(-1)
    result = send(message(hook(web, "?rto=0.05")))
    assert result == SendResult("unknown", "no answer in time")


def test_a_provider_may_take_nearly_as_long_as_the_channel_allows(web: HttpCatcher) -> None:
    service, _ = _service(message(hook(web), timeout=timedelta(seconds=20)))
    assert service.request_timeout == (4.0, 15.0)


def test_retry_and_optional_in_the_url_do_not_hide_a_failure(web: HttpCatcher) -> None:
    web.says(503)
    started = time.monotonic()
    assert send(message(hook(web, "?retry=3&wait=5&optional=yes"))).outcome == "failed"
    assert len(web.requests) == 1
    assert time.monotonic() - started < 2


def test_no_secret_of_the_url_is_in_the_reason(web: HttpCatcher) -> None:
    web.says(403, f"bad token {TOKEN} for alice at /{TOKEN}path/, call +49 170 1234567 or bob@example.org".encode())
    detail = send(message(hook(web, "?-key=q%2FuerySecret&+X-Auth=Bearer%20hdrSecret"))).detail
    assert TOKEN not in detail
    for secret in ("alice", "1234567", "bob@", "uerySecret", "hdrSecret"):
        assert secret not in detail
    assert detail.startswith("HTTP 403: bad token •••")


def test_a_long_reason_is_cut(web: HttpCatcher) -> None:
    web.says(400, b"x y " * 1000)
    assert len(send(message(hook(web))).detail) == 200


def test_nothing_secret_reaches_the_programs_log(web: HttpCatcher, capfd: pytest.CaptureFixture[str]) -> None:
    web.says(500)
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        send(message(hook(web)))
        check_url(Secret(f"mailto://{TOKEN}"))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert written.getvalue() + "".join(capfd.readouterr()) == ""


def test_sending_never_sleeps_also_when_the_clock_is_set_back(
    web: HttpCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    given = message(hook(web))
    service, _ = _service(given)
    service._last_io_datetime = datetime(2999, 1, 1)  # noqa: DTZ001 - as Apprise keeps it
    for _ in range(3):
        assert service.notify("body", title="title")
    service.throttle(wait=60)
    assert send(given).outcome == send(given).outcome == "accepted"
    assert slept == []


def test_many_threads_at_once_get_their_own_results(web: HttpCatcher) -> None:
    web.says(404, b"no")
    results: list[SendResult] = []
    good = [threading.Thread(target=lambda: results.append(send(message("json://127.0.0.1:1/")))) for _ in range(8)]
    bad = [threading.Thread(target=lambda: results.append(send(message(hook(web))))) for _ in range(8)]
    for thread in good + bad:
        thread.start()
    for thread in good + bad:
        thread.join()
    assert sorted(result.outcome for result in results) == ["failed"] * 8 + ["refused"] * 8


def test_a_hung_send_holds_up_no_other(web: HttpCatcher) -> None:
    web.answers = [(-1, b"", {})] * 12 + [(200, b"", {})]
    hung = [threading.Thread(target=send, args=(message(hook(web)),)) for _ in range(12)]
    for thread in hung:
        thread.start()
    started = time.monotonic()
    while len(web.requests) < 12:
        assert time.monotonic() - started < 5, "the sends wait for one another"
        time.sleep(0.001)
    assert send(message(hook(web))) == SendResult("accepted")
    web.release.set()
    for thread in hung:
        thread.join()


def test_a_url_that_apprise_does_not_take_is_refused() -> None:
    assert send(message("twilio://bad")) == SendResult("refused", "Apprise does not take this channel's URL")
    assert send(message("mailto://nobody")).outcome == "refused"


def test_an_empty_text_is_still_sent(web: HttpCatcher) -> None:
    assert send(message(hook(web), title="", body="")).outcome == "accepted"
    assert web.requests[0].json()["message"] == "(no text)"


def test_a_broken_unicode_text_is_still_sent(web: HttpCatcher) -> None:
    assert send(message(hook(web), body="a\ud800b\0c")).outcome == "accepted"
    assert web.requests[0].json()["message"] == "a?bc"


def test_no_attachment_or_icon_goes_out(web: HttpCatcher) -> None:
    send(message(hook(web)))
    assert web.requests[0].json()["attachments"] == []
    assert b"github" not in web.requests[0].body


# SMS and other services with addresses of their own


@pytest.fixture
def vonage(web: HttpCatcher, monkeypatch: pytest.MonkeyPatch) -> str:
    preload()
    from apprise.plugins.vonage import NotifyVonage

    monkeypatch.setattr(NotifyVonage, "notify_url", f"http://127.0.0.1:{web.port}/sms/json")
    return "vonage://abcdef01:s3cretS3cret@15550001111/4917012345678"


def test_vonage_saying_no_in_a_200_is_refused(web: HttpCatcher, vonage: str) -> None:
    web.says(200, b'{"messages": [{"status": "4", "error-text": "Bad Credentials"}]}')
    assert send(message(vonage)) == SendResult("refused", "status 4: Bad Credentials")


def test_vonage_saying_later_in_a_200_is_failed(web: HttpCatcher, vonage: str) -> None:
    web.says(200, b'{"messages": [{"status": "1", "error-text": "Throttled"}]}')
    assert send(message(vonage)).outcome == "failed"


def test_an_sms_has_no_title_and_is_cut(web: HttpCatcher, vonage: str) -> None:
    web.says(200, b'{"messages": [{"status": "0"}]}')
    assert send(message(vonage, body="x" * 900)).outcome == "accepted"
    assert len(web.requests) == 1
    assert f"text={'x' * 456}...&".encode() in web.requests[0].body
    assert b"Freezer" not in web.requests[0].body


@pytest.fixture
def slack(web: HttpCatcher, monkeypatch: pytest.MonkeyPatch) -> HttpCatcher:
    preload()
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{web.port}")
    monkeypatch.setattr(NotifySlack, "api_url", f"http://127.0.0.1:{web.port}/{{}}")
    return web


def test_slack_shows_a_text_as_text_and_without_icons(slack: HttpCatcher) -> None:
    slack.says(200, b"ok")
    text = "<!channel> <http://evil|click>"
    result = send(message("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#cold-chain", body=text))
    assert result == SendResult("accepted")
    sent = slack.requests[0].body.decode()
    assert "&lt;!channel&gt;" in sent
    assert "<http://evil" not in sent
    assert "icon" not in sent


def test_slack_saying_no_in_a_200_is_refused(slack: HttpCatcher) -> None:
    slack.says(200, b'{"ok": false, "error": "channel_not_found"}', Content_Type="application/json")
    result = send(message("slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/#cold-chain"))
    assert result.outcome == "refused"
    assert "channel_not_found" in result.detail


def test_pagerduty_has_one_incident_per_alert(web: HttpCatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    preload()
    from apprise.plugins import pagerduty

    monkeypatch.setitem(pagerduty.PAGERDUTY_API_LOOKUP, "us", f"http://127.0.0.1:{web.port}/")
    web.says(202, b'{"status": "success"}')
    url = "pagerduty://integrationkey1@apikey1"
    assert send(message(url, priority=0)).outcome == send(message(url, reason="resolved")).outcome == "accepted"
    raised, resolved = (request.json() for request in web.requests)
    assert (raised["event_action"], raised["dedup_key"]) == ("trigger", "a1")
    assert raised["payload"]["severity"] == "critical"
    assert (resolved["event_action"], resolved["dedup_key"]) == ("resolve", "a1")


# Checking URLs


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("fooo://x", "Apprise knows no service fooo://"),
        ("no url at all", "this is not an Apprise URL: it needs schema://…"),
        ("twilio://AC1:tok@+123/45", "Apprise does not take this twilio:// URL"),
    ],
)
def test_a_url_is_refused_with_a_reason(url: str, says: str) -> None:
    assert (check_url(Secret(url)) or "").startswith(says)


@pytest.mark.parametrize(
    "url",
    [f"mailtos://u:{TOKEN}@smtp.example.org?from=a@example.org&to=b%40example.org", "slack://xoxb-1234-1234-abc/#cold"],
)
def test_a_good_url_is_taken(url: str) -> None:
    assert check_url(Secret(url)) is None


@pytest.mark.parametrize("schema", ["mailto", "slack", "twilio", "vonage", "pagerduty", "json", "ntfy", "telegram"])
def test_a_reason_holds_nothing_of_the_url(schema: str) -> None:
    reason = check_url(Secret(f"{schema}://us3rUser:{TOKEN}@{TOKEN}host:x99/{TOKEN}path?key={TOKEN}"))
    assert reason is None or (TOKEN not in reason and "us3rUser" not in reason)
