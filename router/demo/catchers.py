"""Who would receive what: a web server in place of the SMS and chat providers, and a mail server, both on loopback.

What must not be here: the router, the story. They run in threads of their own, at the world's pace.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal
from urllib.parse import unquote

Kind = Literal["sms", "chat", "mail"]
_LONGEST_BODY: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One text that has reached somebody. `to` is a phone number, a mail address or the name of a chat room."""

    kind: Kind
    to: str
    title: str
    text: str


class Providers:
    """The SMS and chat providers behind one web address: `POST /sms/NUMBER` and `POST /chat/ROOM`, JSON in."""

    def __init__(self, receive: Callable[[Received], None]) -> None:
        self.port = 0
        self.hung = 0
        self._receive = receive
        self._answering = threading.Event()
        self._answering.set()

    def hang(self) -> None:
        """From now on the SMS provider takes requests and never answers; the chat is another company's."""
        self._answering.clear()

    def answer(self) -> None:
        """End `hang`. What hung is lost, as with real ones."""
        self._answering.set()

    def take(self, path: str, body: bytes) -> int:
        """The HTTP status for a request; 0 hangs up without an answer, perhaps after a long time."""
        kind, _, to = unquote(path).strip("/").partition("/")
        if kind not in ("sms", "chat") or not to:
            return 404
        if kind == "sms" and not self._answering.is_set():
            self.hung += 1
            self._answering.wait()
            return 0
        try:
            said = json.loads(body)
            message = Received("sms" if kind == "sms" else "chat", to, str(said["title"]), str(said["message"]))
        except (ValueError, LookupError, TypeError):
            return 400
        self._receive(message)
        return 200


@contextmanager
def open_providers(receive: Callable[[Received], None]) -> Iterator[Providers]:
    """Listen on a free port; leaving lets go of everything that hangs."""
    providers = Providers(receive)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _LONGEST_BODY))
            status = providers.take(self.path, body)
            if status:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            """Nothing: the terminal belongs to the view."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    server.block_on_close = False
    providers.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield providers
    finally:
        providers.answer()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def open_mail(receive: Callable[[Received], None]) -> Iterator[int]:
    """A mail server for every address; yields its port."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve_mail(_Mailbox(receive), started)), daemon=True)
    thread.start()
    port, loop, stop = started.result()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _serve_mail(
    mailbox: "_Mailbox", started: "Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]]"
) -> None:
    from aiosmtpd.smtp import SMTP

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="demo", loop=loop), "127.0.0.1", 0)
    started.set_result((server.sockets[0].getsockname()[1], loop, stop))
    await stop.wait()
    server.close()


class _Mailbox:
    """What aiosmtpd calls for each mail."""

    def __init__(self, receive: Callable[[Received], None]) -> None:
        self._receive = receive

    async def handle_DATA(self, _server: object, _session: object, envelope: "_Envelope") -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        for address in envelope.rcpt_tos:
            self._receive(Received("mail", address, str(mail["Subject"] or ""), _text_of(mail)))
        return "250 OK"


class _Envelope:
    content: bytes
    rcpt_tos: list[str]


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content()).strip()
