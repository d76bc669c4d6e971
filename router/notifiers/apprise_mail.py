"""Mail through Apprise's own URL parsing, message headers and SMTP connection, with our message and our verdict.

Apprise would make the text part of an HTML mail itself and drop the targets of its links, so both parts are ours here.
It would also turn every SMTP answer into True or False: here the code is kept, and where the conversation broke off,
because after DATA a mail may have arrived. What must not be here: HTTP, scrubbing. Loads Apprise: import it late.
"""

import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email import message_from_string
from email.header import Header, decode_header, make_header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any, Final

from apprise import NotifyFormat
from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from router.core.inputs import SendOutcome
from router.notifiers.message import Message

# Apprise says that it is typed, but its methods are not.
_NotifyEmail: Any = NotifyEmail
_Controller: Any = AppriseSMTPController
Verdict = tuple[SendOutcome, str]
_STEP_SECONDS: Final = 15
_LINE: Final = 76


class Mail(_NotifyEmail):  # type: ignore[misc]
    """One mail. `verdicts` is filled by `send`, one per recipient or one for a connection that failed."""

    def __init__(self, *, message: Message, **settings: Any) -> None:
        super().__init__(**settings)
        self.message = message
        self.verdicts: list[Verdict] = []
        # Apprise uses this for every step of the conversation, not only to connect.
        self.socket_connect_timeout = min(_STEP_SECONDS, message.timeout.total_seconds())

    def send(self, body: str, title: str = "", **_: Any) -> bool:
        """Send to every recipient over one connection; True only when all of them were accepted."""
        try:
            with Conversation(
                host=self.smtp_host,
                port=self.port,
                secure_mode=self.secure_mode,
                user=self.user,
                password=self.password,
                verify_certificate=self.verify_certificate,
                socket_connect_timeout=self.socket_connect_timeout,
            ) as conversation:
                for recipient, text in self.texts(body, title):
                    self.verdicts.append(conversation.deliver(self.from_addr[1], recipient, text))
        except (OSError, smtplib.SMTPException, RuntimeError, AppriseException) as error:
            self.verdicts.append(verdict_of(error))
        return bool(self.verdicts) and all(outcome == "accepted" for outcome, _ in self.verdicts)

    def texts(self, body: str, title: str) -> list[tuple[list[str], str]]:
        """Recipients and complete message for each target; HTML only where PGP does not wrap the text."""
        prepared = _NotifyEmail.prepare_emails(
            subject=title,
            body=body,
            notify_format=NotifyFormat.TEXT,
            from_addr=self.from_addr,
            to=self.targets,
            cc=self.cc,
            bcc=self.bcc,
            reply_to=self.reply_to,
            smtp_host=self.smtp_host,
            headers={**headers_of(self.message), **self.headers},
            names=self.names,
            pgp=self.pgp,
            pgp_mode=self.pgp_mode,
            tzinfo=self.tzinfo,
        )
        html = self.message.html if self.pgp_mode == "no" else None
        return [(mail.to_addrs, folded(with_html(mail.body, body, html))) for mail in prepared]


class Conversation(_Controller):  # type: ignore[misc]
    """Apprise's SMTP connection, with a delivery that tells refused, failed and unknown apart."""

    def deliver(self, sender: str, recipients: Sequence[str], text: str) -> Verdict:
        """MAIL, RCPT and DATA of one message (RFC 5321, 3.3)."""
        smtp = self._socket
        handed_over = False
        try:
            smtp.ehlo_or_helo_if_needed()
            sender_answer = smtp.mail(sender)
            refused = [] if sender_answer[0] == 250 else [sender_answer]
            answers = [] if refused else [smtp.rcpt(recipient) for recipient in recipients]
            refused += [answer for answer in answers if answer[0] not in {250, 251}]
            if len(refused) < len(answers):
                # Those whom the server knows get it, also when another one is refused.
                handed_over = True
                answer = smtp.data(text)
                refused += [] if answer[0] == 250 else [answer]
            if refused:
                return verdict_of_answer(*refused[0])
        except UnicodeError:
            return "refused", "the address has characters that the server cannot take"
        except smtplib.SMTPResponseException as error:
            return verdict_of(error)
        except (OSError, smtplib.SMTPException) as error:
            return ("unknown", "the connection broke before the answer came") if handed_over else verdict_of(error)
        return "accepted", ""


def verdict_of_answer(code: int, text: bytes) -> Verdict:
    """5xx is for ever, everything else for now (RFC 5321, 4.2.1)."""
    return ("refused" if 500 <= code < 600 else "failed"), f"{code} {text.decode('utf-8', 'replace')}"


def verdict_of(error: Exception) -> Verdict:
    """What an error before the message was handed over means."""
    match error:
        case smtplib.SMTPResponseException():
            text = error.smtp_error
            return verdict_of_answer(error.smtp_code, text if isinstance(text, bytes) else text.encode())
        case smtplib.SMTPServerDisconnected():
            return "failed", "the server closed the connection"
        case smtplib.SMTPException():
            return "failed", str(error) or type(error).__name__
        case ssl.SSLError():
            why = getattr(error, "verify_message", "") or getattr(error, "reason", "")
            return "failed", f"TLS: {why or 'failed'}"
        case TimeoutError():
            return "failed", "no connection: timed out"
        case OSError():
            return "failed", f"no connection: {error.strerror or type(error).__name__}"
        case _:
            return "refused", str(error) or type(error).__name__


def headers_of(message: Message) -> Mapping[str, str]:
    """Threading, and what keeps holiday replies away (RFC 3834).

    All mails of one alert refer to a message that never existed: clients put them together. A `Message-ID` of our own
    would stand in the mail twice.
    """
    thread = f"<{re.sub(r'[^A-Za-z0-9._-]', '-', message.alert_id) or 'none'}@alarm-router>"
    headers = {"References": thread, "In-Reply-To": thread, "Auto-Submitted": "auto-generated"}
    if message.priority == 0:
        headers |= {"X-Priority": "1", "Importance": "high"}
    return headers


def with_html(mail: str, text: str, html: str | None) -> str:
    """The mail with `text` and `html` as alternatives (RFC 2046, 5.1.4: the best last) and its headers kept."""
    if html is None:
        return mail
    both = MIMEMultipart("alternative")
    both.attach(MIMEText(text, "plain", "utf-8"))
    both.attach(MIMEText(html, "html", "utf-8"))
    for name, value in message_from_string(mail).items():
        if not name.lower().startswith("content-") and name.lower() != "mime-version":
            both[name] = value
    return both.as_string()


def folded(mail: str) -> str:
    """The mail with its subject on lines of the usual length (RFC 2047, 2): Apprise writes one, however long.

    A line over 998 octets, 200 letters of many scripts, is refused by strict servers (RFC 5322, 2.1.1).
    """
    head, gap, body = mail.partition("\n\n")
    lines = [_folded(line) if line.startswith("Subject: ") and len(line) > _LINE else line for line in head.split("\n")]
    return "\n".join(lines) + gap + body


def _folded(line: str) -> str:
    title = str(make_header(decode_header(line.removeprefix("Subject: "))))
    return "Subject: " + Header(title, "utf-8", maxlinelen=_LINE, header_name="Subject").encode()
