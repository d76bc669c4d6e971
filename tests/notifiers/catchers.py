"""Local peers for notifier tests: an HTTP server that answers what it is told and a mail server, on free ports."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpCatcher:
    """`answers` are (status, body, headers), used in turn, the last for ever; status 0 hangs up without an answer."""

    port: int = 0
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=lambda: [(200, b"ok", {})])
    requests: list[Request] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answers = [(status, body, headers)]

    def next(self) -> tuple[int, bytes, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def http_catcher() -> Iterator[HttpCatcher]:
    catcher = HttpCatcher()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            catcher.requests.append(Request(self.path, dict(self.headers.items()), body))
            status, text, headers = catcher.next()
            if status == 0:
                self.close_connection = True
                return
            if status == -1:
                catcher.release.wait(10)
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text)), "Connection": "close"}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    catcher.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield catcher
    finally:
        catcher.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailCatcher:
    """A small SMTP server. `replies` overrides the answer to a verb (`RCPT`, `MAIL`, `.`); `""` hangs up instead."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[Message]:
        return [message_from_bytes(raw) for raw in self.raw]


@contextmanager
def mail_catcher() -> Iterator[MailCatcher]:
    catcher = MailCatcher()
    listener = socket.create_server(("127.0.0.1", 0))
    catcher.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb") as lines:
                _talk(catcher, lines)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield catcher
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _talk(catcher: MailCatcher, lines: Any) -> None:
    def say(verb: str, usual: str) -> bool:
        reply = catcher.replies.get(verb, usual)
        if reply:
            lines.write(f"{reply}\r\n".encode())
            lines.flush()
        return bool(reply) and reply[0] in "23"

    if not say("CONNECT", "220 catcher"):
        return
    while line := lines.readline():
        verb = line.split()[0].decode().upper() if line.split() else ""
        if verb == "QUIT":
            say(verb, "221 bye")
            return
        if verb == "RCPT":
            catcher.recipients.append(line.decode().strip())
        if verb == "DATA" and say(verb, "354 go on"):
            data = bytearray()
            while (part := lines.readline()) not in {b".\r\n", b""}:
                data += part
            if say(".", "250 taken"):
                catcher.raw.append(bytes(data))
            elif not catcher.replies.get("."):
                return
        elif verb != "DATA":
            say(verb, "250 fine")
