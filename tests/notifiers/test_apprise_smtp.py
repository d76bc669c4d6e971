"""Whole mails through Apprise to local SMTP servers."""

import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from router.errors import Secret
from router.notifiers import SendResult, fill_address
from tests.notifiers.catchers import MailCatcher, mail_catcher
from tests.notifiers.test_apprise import message, send


@pytest.fixture
def post() -> Iterator[MailCatcher]:
    with mail_catcher() as catcher:
        yield catcher


def mail(post: MailCatcher, query: str = "") -> str:
    return f"mailto://127.0.0.1:{post.port}/?from=alarms@example.org&to=bob%40example.org{query}"


def test_a_mail_is_plain_text_unless_there_is_html(post: MailCatcher) -> None:
    assert send(message(mail(post), body="<b>cold</b>\nnext")) == SendResult("accepted")
    got = post.mails[0]
    assert got.get_content_type() == "text/plain"
    assert got.get_payload(decode=True).split() == [b"<b>cold</b>", b"next"]
    assert "bob@example.org" in post.recipients[0]


def test_the_text_part_of_an_html_mail_is_ours_with_its_links(post: MailCatcher) -> None:
    body = "Acknowledge: https://alarms.example.org/a/1"
    assert send(message(mail(post), body=body, html='<a href="https://x">Acknowledge</a>')).outcome == "accepted"
    got = post.mails[0]
    assert got.get_content_type() == "multipart/alternative"
    text, html = got.get_payload()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_payload(decode=True).decode() == body
    assert html.get_payload(decode=True) == b'<a href="https://x">Acknowledge</a>'
    assert got["Subject"] == "Freezer 3"
    assert [name for name, _ in got.items() if name.lower() == "content-type"] == ["Content-Type"]


@pytest.mark.parametrize("html", [None, "<p>x</p>"])
def test_mails_of_one_alert_belong_together(post: MailCatcher, html: str | None) -> None:
    send(message(mail(post), html=html))
    send(message(mail(post), html=html, reason="resolved"))
    first, second = post.mails
    assert first["References"] == second["References"] == first["In-Reply-To"] == "<a1@alarm-router>"
    assert first["Message-ID"] != second["Message-ID"]
    assert len(first.get_all("Message-ID") or []) == 1
    assert first["Auto-Submitted"] == "auto-generated"


def test_only_a_critical_page_is_marked_as_urgent(post: MailCatcher) -> None:
    send(message(mail(post), priority=0))
    send(message(mail(post), priority=1))
    urgent, usual = post.mails
    assert (urgent["X-Priority"], usual["X-Priority"]) == ("1", None)


def test_line_breaks_in_a_title_add_no_header(post: MailCatcher) -> None:
    assert send(message(mail(post), title="Freezer\r\nBcc: eve@example.org")).outcome == "accepted"
    assert post.mails[0]["Bcc"] is None


@pytest.mark.parametrize(
    ("verb", "reply", "outcome", "detail"),
    [
        ("RCPT", "550 5.1.1 <bob@example.org>: no such user", "refused", "550 5.1.1 <•••>: no such user"),
        ("RCPT", "450 4.2.0 greylisted", "failed", "450 4.2.0 greylisted"),
        ("MAIL", "553 not you", "refused", "553 not you"),
        (".", "554 spam", "refused", "554 spam"),
        (".", "451 later", "failed", "451 later"),
        (".", "", "unknown", "the connection broke before the answer came"),
        ("DATA", "452 full", "failed", "452 full"),
        ("CONNECT", "421 busy", "failed", "421 busy"),
        ("CONNECT", "", "failed", "the server closed the connection"),
    ],
)
def test_what_the_mail_server_says_decides(post: MailCatcher, verb: str, reply: str, outcome: str, detail: str) -> None:
    post.replies[verb] = reply
    assert send(message(mail(post))) == SendResult(outcome, detail)  # type: ignore[arg-type]


def test_a_mail_server_that_is_away_is_a_failure() -> None:
    result = send(message("mailto://127.0.0.1:1/?from=a@example.org&to=b@example.org"))
    assert result == SendResult("failed", "no connection: Connection refused")


def test_a_plus_in_an_address_survives(post: MailCatcher) -> None:
    url = fill_address(
        Secret(f"mailto://127.0.0.1:{post.port}/?from=a@example.org&to={{address}}"), Secret("b+x@example.org")
    )
    assert send(replace(message("json://x"), url=url)).outcome == "accepted"
    assert "<b+x@example.org>" in post.recipients[0]


class Independent:
    """What aiosmtpd, an SMTP server that is not ours, understood."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.envelopes.append(envelope)
        return "250 taken"


def test_an_independent_mail_server_understands_our_mail() -> None:
    handler = Independent()
    controller = Controller(handler, hostname="127.0.0.1", port=0, ready_timeout=10)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        controller.port = probe.getsockname()[1]
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{controller.port}/?from=alarms@example.org&to=bob@example.org&cc=eve@example.org"
        assert send(message(url, html="<p>8.4 °C</p>")) == SendResult("accepted")
    finally:
        controller.stop()
    (envelope,) = handler.envelopes
    assert envelope.mail_from == "alarms@example.org"
    assert envelope.rcpt_tos == ["bob@example.org", "eve@example.org"]
    got = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert got.get_body(("plain",)).get_content() == "8.4 °C, limit 8 °C"  # type: ignore[union-attr]
    assert got.get_body(("html",)).get_content() == "<p>8.4 °C</p>"  # type: ignore[union-attr]
