"""The pieces of a mail; whole mails are sent in `test_apprise`."""

import smtplib
import ssl
from email import message_from_string
from email.header import Header, decode_header, make_header
from typing import Any

import pytest

from router.errors import Secret
from router.notifiers import Message, preload

preload()

from router.notifiers.apprise_mail import folded, headers_of, verdict_of, with_html  # noqa: E402 - Apprise warns on import

MAIL = 'Content-Type: text/plain; charset="utf-8"\nMIME-Version: 1.0\nSubject: =?utf-8?q?K=C3=BChl?=\nTo: a@b\n\ntext\n'


def message(**other: Any) -> Message:
    fields = {"alert_id": "a1", "priority": 1} | other
    return Message(channel="mail", url=Secret("x://"), title="", body="", reason="raised", **fields)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "refused"),
        (smtplib.SMTPConnectError(421, "busy"), "failed"),
        (smtplib.SMTPServerDisconnected("gone"), "failed"),
        (smtplib.SMTPNotSupportedError("no STARTTLS"), "failed"),
        (ssl.SSLCertVerificationError("self-signed"), "failed"),
        (TimeoutError(), "failed"),
        (ConnectionRefusedError(111, "refused"), "failed"),
        (RuntimeError("no TLS"), "refused"),
    ],
)
def test_an_error_before_the_text_left_says_whether_to_try_again(error: Exception, outcome: str) -> None:
    verdict = verdict_of(error)
    assert verdict[0] == outcome
    assert verdict[1]


def test_an_alert_id_cannot_break_a_header() -> None:
    assert headers_of(message(alert_id="a b>\r\nBcc: x"))["References"] == "<a-b---Bcc--x@alarm-router>"


def test_without_html_the_mail_stays_as_it_is() -> None:
    assert with_html(MAIL, "text", None) is MAIL


def test_headers_survive_the_second_part() -> None:
    mail = message_from_string(with_html(MAIL, "text", "<p>ü</p>"))
    assert (mail["Subject"], mail["To"]) == ("=?utf-8?q?K=C3=BChl?=", "a@b")
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_long_subject_in_any_script_stands_on_short_lines() -> None:
    long = "холодильник в подвале " * 9
    mail = f"To: a@b\nSubject: {Header(long, 'utf-8', maxlinelen=9999).encode()}\nX: y\n\nSubject: {'b' * 100}\n"
    made = message_from_string(folded(mail))
    assert max(map(len, folded(mail).partition("\n\n")[0].split("\n"))) <= 76
    assert str(make_header(decode_header(made["Subject"]))).split() == long.split()
    assert (made["To"], made["X"], made.get_payload()) == ("a@b", "y", f"Subject: {'b' * 100}\n")
    assert folded(MAIL) == MAIL
