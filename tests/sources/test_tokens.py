"""Tokens: both endpoints, every answer they may give, kept until shortly before they expire, and never told."""

import json
import logging
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import partial

import pytest
import trio

from router.core.settings import Reading, SaverisSettings, StompSettings
from router.errors import Secret
from router.sources.refusals import NoToken
from router.sources.tokens import Tokens, expiry_of, token_in
from tests.sources.doors import FakeDoor

PASSWORD = "p4ssw0rd-secret"


def jwt(expires: float | None, mark: str = "a") -> str:
    claims = {"sub": mark} | ({} if expires is None else {"exp": expires})
    parts = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "RS256"}, claims))
    return ".".join((*parts, "c2ln"))


class Endpoint:
    """An HTTP server that answers from a list; the last answer again and again."""

    def __init__(self, *answers: tuple[int, object], headers: str = "") -> None:
        self.answers = list(answers)
        self.headers = headers
        self.requests: list[tuple[str, dict]] = []
        self.url = ""

    async def serve(self, stream: trio.SocketStream) -> None:
        data = b""
        while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < length_of(data):
            data += await stream.receive_some()
        head, body = data.split(b"\r\n\r\n", 1)
        self.requests.append((head.decode().lower(), json.loads(body)))
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        lines = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{self.headers}Connection: close\r\n\r\n"
        await stream.send_all(lines.encode() + content)
        await stream.aclose()


def length_of(data: bytes) -> int:
    lines = data.lower().split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    return next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))


async def started(nursery: trio.Nursery, endpoint: Endpoint) -> Endpoint:
    listeners = await nursery.start(partial(trio.serve_tcp, endpoint.serve, 0, host="127.0.0.1"))
    endpoint.url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/v1/token"
    return endpoint


def tokens_of(url: str, token: str = "data-api", **changes) -> Tokens:
    stomp = StompSettings("s", "ws://127.0.0.1:1/", ("/queue/a",), Reading("s"))
    plain = {"username": "me", "password": Secret(PASSWORD), "token": token, "token_url": url, "client_id": "client-1"}
    return Tokens(SaverisSettings("s", stomp, **(plain | changes)), FakeDoor().now)


@pytest.fixture
def quiet(caplog):
    """No log line of any library holds the password or a token."""
    caplog.set_level(logging.DEBUG)
    yield
    text = "".join(record.getMessage() for record in caplog.records)
    assert PASSWORD not in text
    assert "eyJ" not in text


async def test_a_token_of_the_data_api(nursery, autojump_clock, quiet):
    text = jwt(FakeDoor().now().timestamp() + 3600)
    endpoint = await started(nursery, Endpoint((200, {"IdToken": text})))
    assert await tokens_of(endpoint.url).get() == Secret(text)
    head, body = endpoint.requests[0]
    assert head.startswith("post /v1/token ")
    assert "content-type: application/json" in head
    assert body == {"username": "me", "password": PASSWORD}


async def test_a_token_of_cognito(nursery, autojump_clock, quiet):
    text = jwt(FakeDoor().now().timestamp() + 3600)
    answer = {"AuthenticationResult": {"IdToken": text, "AccessToken": "no"}, "ChallengeParameters": {}}
    endpoint = await started(nursery, Endpoint((200, answer)))
    assert await tokens_of(endpoint.url, "cognito").get() == Secret(text)
    head, body = endpoint.requests[0]
    assert "x-amz-target: awscognitoidentityproviderservice.initiateauth" in head
    assert "content-type: application/x-amz-json-1.1" in head
    assert body == {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "client-1",
        "AuthParameters": {"USERNAME": "me", "PASSWORD": PASSWORD},
    }


async def test_a_token_is_kept_until_shortly_before_its_expiry(nursery, autojump_clock, quiet):
    start = FakeDoor().now().timestamp()
    first, second = jwt(start + 3600, "first"), jwt(start + 7200, "second")
    endpoint = await started(nursery, Endpoint((200, {"idToken": first}), (200, {"idToken": second})))
    tokens = tokens_of(endpoint.url)
    for _ in range(3):
        assert await tokens.get() == Secret(first)
        await trio.sleep(1090)
    assert len(endpoint.requests) == 1
    await trio.sleep(60)  # 3330 s: less than five minutes left
    assert await tokens.get() == Secret(second)


async def test_a_token_whose_expiry_cannot_be_read_lives_55_minutes(nursery, autojump_clock, quiet):
    endpoint = await started(nursery, Endpoint((200, {"idToken": "opaque"})))
    tokens = tokens_of(endpoint.url)
    await tokens.get()
    await trio.sleep(49 * 60)
    await tokens.get()
    assert len(endpoint.requests) == 1
    await trio.sleep(6 * 60)
    await tokens.get()
    assert len(endpoint.requests) == 2


async def test_a_refused_token_is_fetched_anew(nursery, autojump_clock, quiet):
    endpoint = await started(nursery, Endpoint((200, {"idToken": "opaque"})))
    tokens = tokens_of(endpoint.url)
    await tokens.get()
    assert tokens.forget()
    await tokens.get()
    assert len(endpoint.requests) == 2


async def test_a_literal_token_needs_no_endpoint():
    tokens = tokens_of("", "literal", literal_token=Secret("mine"))
    assert await tokens.get() == Secret("mine")
    assert not tokens.forget()


async def test_a_token_that_has_expired_already_points_at_the_clock(nursery, autojump_clock, quiet):
    endpoint = await started(nursery, Endpoint((200, {"idToken": jwt(FakeDoor().now().timestamp() - 5)})))
    answer = await tokens_of(endpoint.url).get()
    assert isinstance(answer, NoToken)
    assert "clock" in answer.reason


@pytest.mark.parametrize(
    ("status", "said", "reason", "hold", "needs_person"),
    [
        (200, {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "x"}, "NEW_PASSWORD_REQUIRED", 60, True),
        (400, {"__type": "PasswordResetRequiredException"}, "PasswordResetRequiredException", 60, True),
        (200, {"ChallengeName": "SMS_MFA"}, "SMS_MFA", 60, True),
        (400, {"__type": "NotAuthorizedException", "message": PASSWORD}, "NotAuthorizedException", 15, True),
        (400, {"__type": "com.amazonaws#UserNotFoundException"}, "UserNotFoundException", 15, True),
        (400, {"__type": "ResourceNotFoundException"}, "ResourceNotFoundException", 15, True),
        (400, {"__type": "TooManyRequestsException"}, "HTTP 400 TooManyRequestsException", 0, False),
        (401, {"message": "no"}, "HTTP 401", 15, True),
        (403, b"<html>", "HTTP 403", 15, True),
        (429, {}, "HTTP 429", 1, False),
        (500, b"oops", "HTTP 500", 0, False),
        (503, {}, "HTTP 503", 0, False),
        (302, {}, "HTTP 302", 0, False),
        (200, {}, "without a token", 0, False),
        (200, b"[" * 100_000, "without a token", 0, False),
        (200, {"idToken": 7}, "without a token", 0, False),
        (200, {"idToken": "a\nb"}, "without a token", 0, False),
        (200, {"idToken": ""}, "without a token", 0, False),
    ],
)
async def test_why_there_is_no_token(nursery, autojump_clock, quiet, status, said, reason, hold, needs_person):
    endpoint = await started(nursery, Endpoint((status, said)))
    answer = await tokens_of(endpoint.url).get()
    assert isinstance(answer, NoToken)
    assert reason in answer.reason
    assert (answer.hold, answer.needs_person) == (timedelta(minutes=hold), needs_person)
    assert PASSWORD not in answer.reason


async def test_retry_after_is_obeyed(nursery, autojump_clock, quiet):
    endpoint = await started(nursery, Endpoint((429, {}), headers="Retry-After: 90\r\n"))
    answer = await tokens_of(endpoint.url).get()
    assert isinstance(answer, NoToken)
    assert answer.hold == timedelta(seconds=90)


async def test_a_mute_endpoint_is_left_in_bounded_time(nursery, autojump_clock, quiet):
    listeners = await nursery.start(partial(trio.serve_tcp, lambda stream: trio.sleep_forever(), 0, host="127.0.0.1"))
    start = trio.current_time()
    answer = await tokens_of(f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/").get()
    assert isinstance(answer, NoToken)
    assert trio.current_time() - start <= 21


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "", "http://[", "nonsense:"])
async def test_an_endpoint_that_is_not_there_is_a_reason(autojump_clock, quiet, url):
    assert isinstance(await tokens_of(url).get(), NoToken)


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "a.!!!.c", "a.e30.c", "a.W10.c", "é.é.é", "a." + "W" * 100_000 + ".c"]
)
def test_an_expiry_that_cannot_be_read_is_none(text):
    assert expiry_of(Secret(text)) is None


def test_an_answer_is_not_quoted():
    class Answer:
        status_code, content, headers = 400, json.dumps({"__type": "x " + PASSWORD}).encode(), {}

    answer = token_in(Answer())
    assert isinstance(answer, NoToken)
    assert PASSWORD not in answer.reason
