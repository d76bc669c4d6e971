"""Mails through real SMTP: aiosmtpd, in the clear and with TLS, and when it refuses."""

import email
import email.policy
import ssl
from contextlib import contextmanager
from functools import partial

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from router.notifiers import SendResult
from tests.integration.machine import free_port
from tests.notifiers.test_apprise import message, send

NO_SUCH_USER = "550 5.1.1 no such user"
LATER = "451 4.7.1 try again later"


class Desk:
    """Takes mail; `answers` maps a recipient, or `.` for the text, to a refusal."""

    def __init__(self):
        self.answers = {}
        self.taken = []
        self.secure = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        if "." in self.answers:
            return self.answers["."]
        self.taken.append(envelope)
        self.secure.append(session.ssl is not None)
        return "250 taken"


class StartTls(Controller):
    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def post(**options):
    desk = Desk()
    controller = StartTls(desk, hostname="127.0.0.1", port=free_port(), ready_timeout=10, **options)
    controller.start()
    try:
        yield desk, controller.port
    finally:
        controller.stop()


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """A CA that this process trusts, as an operator's own would be."""
    ca = trustme.CA()
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return ca


def context_of(authority, name="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def tell(port, to="bob@example.org", *, query="", schema="mailto", user=""):
    return send(message(f"{schema}://{user}127.0.0.1:{port}/?from=alarms@example.org&to={to}{query}"))


def test_a_mail_in_the_clear_arrives_whole():
    with post() as (desk, port):
        assert tell(port) == SendResult("accepted")
    (envelope,) = desk.taken
    got = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("alarms@example.org", ["bob@example.org"])
    assert got.get_content().strip() == "8.4 °C, limit 8 °C"
    assert desk.secure == [False]


def test_one_unknown_recipient_is_refused_and_the_next_mail_goes(authority):
    with post() as (desk, port):
        desk.answers["gone@example.org"] = NO_SUCH_USER
        refused = tell(port, "gone@example.org")
        assert refused.outcome == "refused"
        assert refused.detail.startswith("550 5.1.1")
        assert tell(port).outcome == "accepted"
        # of two recipients the known one still gets it
        assert tell(port, "bob@example.org,gone@example.org").outcome == "refused"
    assert [envelope.rcpt_tos for envelope in desk.taken] == [["bob@example.org"]] * 2


@pytest.mark.parametrize("where", ["bob@example.org", "."])
def test_a_temporary_refusal_can_be_tried_again(where):
    with post() as (desk, port):
        desk.answers[where] = LATER
        result = tell(port)
        assert (result.outcome, result.detail.split()[0]) == ("failed", "451")
        desk.answers.clear()
        assert tell(port).outcome == "accepted"


def test_starttls_with_a_trusted_certificate_and_a_login(authority):
    logins = []

    def check(server, session, envelope, mechanism, data):
        logins.append((session.ssl is not None, data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    options = {"tls_context": context_of(authority), "require_starttls": True, "authenticator": check}
    with post(**options, auth_required=True) as (desk, port):
        told = partial(tell, port, schema="mailtos", query="&mode=starttls")
        assert told(user="alice:right@") == SendResult("accepted")
        wrong = told(user="alice:wrong@")
        assert wrong.outcome == "refused"
        assert "wrong" not in wrong.detail
    assert desk.secure == [True]
    assert (True, b"alice", b"right") in logins


def test_a_certificate_of_somebody_else_gets_no_mail(authority):
    with post(tls_context=context_of(trustme.CA()), require_starttls=True) as (desk, port):
        result = tell(port, schema="mailtos", query="&mode=starttls")
        assert result.outcome == "failed"
        assert "TLS" in result.detail
    assert desk.taken == []


def test_a_server_that_has_no_tls_gets_no_mail_that_wants_it(authority):
    with post() as (desk, port):
        assert tell(port, schema="mailtos", query="&mode=starttls").outcome in {"failed", "refused"}
    assert desk.taken == []
