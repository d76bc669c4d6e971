"""The saveris source from the token to the alarm: a fake token endpoint over TLS, and brokers behind `url:`."""

import base64
import json
import ssl
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trio
import trustme

from router.core.settings import Reading, SaverisSettings, StompSettings, Tls
from router.demo.broker import Manners, open_broker
from router.errors import Secret
from router.sources.saveris_source import open_saveris
from tests.integration.test_brokers import ENOUGH, alarm, publish
from tests.sources.doors import FakeDoor

USER, PASSWORD, CLIENT = "plant-7", "correct horse", "2client"
QUEUE = f"/queue/{USER}/alarms"
LINK = "source plant link"
COGNITO = "AWSCognitoIdentityProviderService.InitiateAuth"


class WallDoor(FakeDoor):
    """By the wall's clock: the endpoint's threads know no other."""

    def now(self):
        return datetime.now(UTC)


@dataclass
class Endpoint:
    """Gives numbered tokens that live `lives` seconds by the door's clock; `says` replaces the next answers."""

    door: FakeDoor
    lives: float = 3600
    asked: int = 0
    port: int = 0
    says: tuple[int, dict] | None = None
    odd: list[str] = field(default_factory=list)

    def token(self):
        claims = json.dumps({"exp": int(self.door.now().timestamp() + self.lives), "n": self.asked}).encode()
        return f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"

    def answer(self, path, headers, asked):
        self.asked += 1
        if self.says is not None:
            return self.says
        if path == "/v1/token":
            good = asked == {"username": USER, "password": PASSWORD}
            return (200, {"idToken": self.token()}) if good else (401, {"message": "no"})
        wanted = {"USERNAME": USER, "PASSWORD": PASSWORD}
        shape = (asked.get("AuthFlow"), asked.get("ClientId"), headers["X-Amz-Target"], headers["Content-Type"])
        if shape != ("USER_PASSWORD_AUTH", CLIENT, COGNITO, "application/x-amz-json-1.1"):
            self.odd.append(repr(shape))
        if asked.get("AuthParameters") != wanted:
            return 400, {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
        return 200, {
            "AuthenticationResult": {"IdToken": self.token(), "TokenType": "Bearer"},
            "ChallengeParameters": {},
        }


@contextmanager
def endpoint(door, folder: Path):
    """It listens with a certificate of a CA of its own, whose file is the second answer."""
    ca, told = trustme.CA(), Endpoint(door)
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = told.answer(self.path, self.headers, asked)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def tokens(tmp_path):
    with endpoint(WallDoor(), tmp_path) as told:
        yield told


FORMS = [("data-api", "/v1/token"), ("cognito", "/")]
both_forms = pytest.mark.parametrize("form", FORMS, ids=[form for form, _ in FORMS])


def settings_for(tokens, url, form, *, folder, **changes):
    way, path = form
    tls = Tls(ca_file=folder / "ca.pem")
    plain = {"destinations": (QUEUE,), "heartbeat": timedelta(seconds=2)}
    stomp = StompSettings(name="plant", url=url, reading=Reading("plant"), tls=tls, **(plain | changes))
    account = {"username": USER, "password": Secret(PASSWORD), "token": way, "client_id": CLIENT}
    token_url = f"https://127.0.0.1:{tokens.port}{path}"
    return SaverisSettings("plant", stomp, token_url=token_url, **account)


@asynccontextmanager
async def reading(tokens, settings):
    with trio.move_on_after(ENOUGH) as limit:
        async with trio.open_nursery() as nursery:
            source = open_saveris(settings, tokens.door)
            nursery.start_soon(source.run)
            yield source
            nursery.cancel_scope.cancel()
    assert not limit.cancelled_caught, (tokens.asked, tokens.door.texts())


@asynccontextmanager
async def embedded(manners=None):
    async with trio.open_nursery() as nursery, open_broker(nursery, manners=manners) as broker:
        yield broker


@both_forms
async def test_an_alarm_comes_from_a_real_broker_with_a_token_of_either_form(broker, queue, tokens, form, tmp_path):
    """RabbitMQ does not read the token; without a login it takes us as its default user. ActiveMQ takes everybody."""
    settings = settings_for(tokens, broker.url, form, folder=tmp_path, host="/", destinations=(queue,))
    publish(broker, queue, ["a"])
    async with reading(tokens, settings) as source:
        while not tokens.door.ids():
            source.nudge()  # past the vendor's patience while our manners are learnt
            with trio.move_on_after(0.2):
                await tokens.door.until(tokens.door.ids)
    assert (tokens.door.ids(), tokens.asked, tokens.odd) == (["a"], 1, [])


@both_forms
async def test_the_token_is_kept_over_reconnects_and_shown_on_connect(tokens, form, tmp_path):
    manners = Manners()
    async with embedded(manners) as broker:
        settings = settings_for(tokens, broker.url, form, folder=tmp_path)
        async with reading(tokens, settings) as source:
            await broker.until(lambda: broker.connected == 1)
            broker.drop_links()
            await broker.until(lambda: not broker.links)
            source.nudge()
            await until_again(broker, source, 2)
        assert tokens.asked == 1


async def until_again(broker, source, number):
    """Nudge until the broker has seen so many sessions: the vendor's patience is not a test's."""
    while broker.connected < number:
        source.nudge()
        with trio.move_on_after(0.1):
            await broker.until(lambda: broker.connected >= number)


@both_forms
async def test_a_token_about_to_expire_is_renewed_before_the_next_connect(tokens, form, tmp_path):
    tokens.lives = 1  # renewed a tenth of its life before the end
    async with embedded() as broker:
        settings = settings_for(tokens, broker.url, form, folder=tmp_path)
        async with reading(tokens, settings) as source:
            await broker.until(lambda: broker.connected == 1)
            began = trio.current_time()
            while trio.current_time() - began < 1.1:
                await trio.sleep(0.05)
            broker.drop_links()
            await until_again(broker, source, 2)
        assert tokens.asked == 2


@both_forms
async def test_a_token_that_the_broker_refuses_is_fetched_anew_once(tokens, form, tmp_path):
    manners = Manners(tokens=frozenset({"another"}))
    async with embedded(manners) as broker:
        settings = settings_for(tokens, broker.url, form, folder=tmp_path)
        async with reading(tokens, settings) as source:
            await broker.until(lambda: broker.attempts == 1)
            manners.tokens = frozenset()
            await until_again(broker, source, 1)
        assert tokens.asked == 2


@both_forms
async def test_a_wrong_password_is_a_fault_without_it_and_a_reload_tries_again(tokens, form, tmp_path):
    tokens.says = (400, {"__type": "NotAuthorizedException", "message": "Incorrect username or password."})
    async with embedded() as broker:
        broker.publish(QUEUE, alarm("waiting"))
        settings = settings_for(tokens, broker.url, form, folder=tmp_path)
        async with reading(tokens, settings) as source:
            await tokens.door.until(lambda: tokens.door.faults() == [LINK])
            assert "NotAuthorizedException" in tokens.door.texts()[0]
            assert PASSWORD not in tokens.door.texts()[0]
            assert tokens.asked == 1
            tokens.says = None
            await until_again(broker, source, 1)
            await tokens.door.until(lambda: tokens.door.ids() == ["waiting"])
            await tokens.door.until(lambda: LINK in tokens.door.ended())


async def test_an_account_that_needs_a_new_password_is_a_fault_that_says_so(tokens, tmp_path):
    tokens.says = (200, {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s3ss10n", "ChallengeParameters": {}})
    async with embedded() as broker:
        settings = settings_for(tokens, broker.url, FORMS[1], folder=tmp_path)
        async with reading(tokens, settings):
            await tokens.door.until(lambda: tokens.door.faults() == [LINK])
    assert "NEW_PASSWORD_REQUIRED" in tokens.door.texts()[0]
    assert "s3ss10n" not in tokens.door.texts()[0]
    assert (tokens.asked, broker.attempts) == (1, 0)


async def test_an_endpoint_whose_certificate_nobody_signed_gets_no_password(tokens, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))  # another CA than the endpoint's
    async with embedded() as broker:
        settings = settings_for(tokens, broker.url, FORMS[0], folder=tmp_path)
        async with reading(tokens, settings) as source:
            for _ in range(3):
                source.nudge()
                await trio.sleep(0.1)
    assert (tokens.asked, broker.attempts) == (0, 0)
