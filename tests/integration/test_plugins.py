"""Slack, Twilio, Vonage and PagerDuty as Apprise ships them, unchanged, and what their answers mean for an alarm."""

import json
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from router.errors import Secret
from tests.integration.proxy import providers
from tests.notifiers.test_apprise import message, send

HOOK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#cold-chain"
BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/#cold-chain"
TWILIO = f"twilio://AC{'0123456789abcdef' * 2}:{'fedcba9876543210' * 2}@15550001111/4917012345678"
VONAGE = "vonage://abcdef01:s3cretS3cret@15550001111/4917012345678"
PAGERDUTY = "pagerduty://0123456789abcdef0123456789abcdef@apikeyapikeyapikey"
HOSTS = {
    HOOK: "hooks.slack.com",
    BOT: "slack.com",
    TWILIO: "api.twilio.com",
    VONAGE: "rest.nexmo.com",
    PAGERDUTY: "events.pagerduty.com",
}


@pytest.fixture
def web(tmp_path, monkeypatch):
    with providers(tmp_path) as (told, env):
        for name, value in env.items():
            monkeypatch.delenv(name.lower(), raising=False)
            monkeypatch.setenv(name, value)
        yield told


def vonage(status, text=""):
    return json.dumps({"message-count": "1", "messages": [{"status": status, "error-text": text}]}).encode()


GOOD = {
    HOOK: (200, b"ok"),
    BOT: (200, b'{"ok": true, "channel": "C1"}'),
    TWILIO: (201, b'{"sid": "SM1", "status": "queued"}'),
    VONAGE: (200, vonage("0")),
    PAGERDUTY: (202, b'{"status": "success", "message": "Event processed", "dedup_key": "a1"}'),
}
BAD = [
    (HOOK, 429, b"ratelimited", "failed", "429"),
    (HOOK, 403, b"invalid_token", "refused", "403"),
    (HOOK, 404, b"channel_not_found", "refused", "404"),
    (HOOK, 503, b"", "failed", "503"),
    (BOT, 200, b'{"ok": false, "error": "invalid_auth"}', "refused", "invalid_auth"),
    (BOT, 200, b'{"ok": false, "error": "ratelimited"}', "failed", "ratelimited"),
    (TWILIO, 401, b'{"code": 20003, "message": "Authenticate"}', "refused", "401"),
    (TWILIO, 400, b'{"code": 21211, "message": "not a valid phone number"}', "refused", "400"),
    (TWILIO, 429, b'{"code": 20429, "message": "Too Many Requests"}', "failed", "429"),
    (TWILIO, 500, b"", "failed", "500"),
    (VONAGE, 200, vonage("4", "Bad Credentials"), "refused", "Bad Credentials"),
    (VONAGE, 200, vonage("9", "Quota exceeded"), "refused", "Quota"),
    (VONAGE, 200, vonage("1", "Throttled"), "failed", "Throttled"),
    (VONAGE, 500, b"", "failed", "500"),
    (PAGERDUTY, 400, b'{"status": "invalid event", "message": "Event object is invalid"}', "refused", "400"),
    (PAGERDUTY, 429, b"", "failed", "429"),
    (PAGERDUTY, 502, b"", "failed", "502"),
]


@pytest.mark.parametrize("url", GOOD, ids=HOSTS.get)
def test_a_good_answer_is_accepted(web, url):
    web.says(HOSTS[url], *GOOD[url], Content_Type="application/json")
    result = send(message(url))
    assert (result.outcome, result.detail) == ("accepted", "")
    assert [asked.host for asked in web.asked] == [HOSTS[url]]
    assert web.asked[0].method == "POST"


@pytest.mark.parametrize(("url", "status", "body", "outcome", "says"), BAD)
def test_a_bad_answer_says_whether_to_try_again_and_why(web, url, status, body, outcome, says):
    web.says(HOSTS[url], status, body, Content_Type="application/json")
    result = send(message(url))
    assert result.outcome == outcome
    assert says in result.detail
    assert len(web.asked) == 1


@pytest.mark.parametrize("url", GOOD, ids=HOSTS.get)
def test_hanging_up_after_the_request_is_unknown(web, url):
    assert send(message(url)).outcome == "unknown"


@pytest.mark.parametrize("url", GOOD, ids=HOSTS.get)
def test_nothing_secret_is_in_the_reason_also_when_the_provider_quotes_it(web, url):
    secrets = [
        part for part in url.replace("://", "/").replace(":", "/").replace("@", "/").split("/") if len(part) > 12
    ]
    web.says(HOSTS[url], 401, " ".join(secrets).encode())
    result = send(message(url))
    assert result.outcome == "refused"
    assert secrets
    assert [secret for secret in secrets if secret in result.detail] == []


def test_slack_gets_the_text_as_text(web):
    web.says(HOSTS[HOOK], *GOOD[HOOK])
    send(message(HOOK, body="<!channel> 8.4 °C"))
    (asked,) = web.asked
    assert asked.path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert "&lt;!channel&gt; 8.4 °C" in json.dumps(json.loads(asked.body), ensure_ascii=False)


def test_twilio_and_vonage_get_number_and_text_of_one_sms(web):
    for url in (TWILIO, VONAGE):
        web.says(HOSTS[url], *GOOD[url])
        send(message(url))
    twilio, nexmo = web.asked
    form = parse_qs(twilio.body.decode())
    assert twilio.path == f"/2010-04-01/Accounts/AC{'0123456789abcdef' * 2}/Messages.json"
    assert (form["To"], form["Body"]) == (["+4917012345678"], ["8.4 °C, limit 8 °C"])
    form = parse_qs(nexmo.body.decode())
    assert (form["to"], form["text"]) == (["4917012345678"], ["8.4 °C, limit 8 °C"])


def test_pagerduty_opens_and_ends_one_incident_per_alert(web):
    web.says(HOSTS[PAGERDUTY], *GOOD[PAGERDUTY])
    raised = message(PAGERDUTY)
    send(raised)
    send(replace(raised, reason="resolved"))
    events = [json.loads(asked.body) for asked in web.asked]
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]
    assert [event["dedup_key"] for event in events] == ["a1", "a1"]


def test_a_certificate_that_nobody_trusts_is_a_failure_and_nothing_is_sent(web, tmp_path, monkeypatch):
    with providers(tmp_path) as (_, env):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", env["REQUESTS_CA_BUNDLE"])  # of the other CA
        result = send(replace(message(TWILIO), url=Secret(TWILIO)))
    assert result.outcome == "failed"
    assert "TLS" in result.detail
    assert web.asked == []
