"""A CONNECT proxy that is every host: it answers TLS with certificates of its own CA, and what a test tells it.

Plugins with addresses built in are so tried unchanged: method, path, headers and body are seen as the provider would.
What must not be here: what a provider means by an answer.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import trustme


@dataclass
class Asked:
    """One request as the provider sees it."""

    host: str
    method: str
    path: str
    headers: Any
    body: bytes


@dataclass
class Providers:
    """`answers` by host: (status, body, headers), or nothing for hanging up after the request."""

    port: int = 0
    answers: dict[str, tuple[int, bytes, dict[str, str]] | None] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def says(self, host: str, status: int, body: bytes, **headers: str) -> None:
        self.answers[host] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def providers(folder: Path) -> Iterator[tuple[Providers, dict[str, str]]]:
    """The providers, and the environment that leads a process to them and to nobody else."""
    ca, told = trustme.CA(), Providers()
    bundle = folder / "proxy-ca.pem"
    ca.cert_pem.write_to_path(str(bundle))
    listener = socket.create_server(("127.0.0.1", 0))
    told.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, suppress(OSError):
                peer.settimeout(10)
                _tunnel(peer, ca, told)

    thread = threading.Thread(target=serve)
    thread.start()
    proxy = f"http://127.0.0.1:{told.port}"
    try:
        yield told, {"HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": str(bundle), "NO_PROXY": "127.0.0.1"}
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _tunnel(peer: socket.socket, ca: trustme.CA, told: Providers) -> None:
    """CONNECT host:443, then TLS with a certificate for that host, then one request."""
    with peer.makefile("rb", buffering=0) as lines:
        host = lines.readline().split()[1].decode().partition(":")[0]
        while lines.readline().strip():
            pass
    peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(host).configure_cert(context)
    with context.wrap_socket(peer, server_side=True) as secure, secure.makefile("rwb") as stream:
        method, path, _ = stream.readline().decode().split()
        head = b"".join(iter(stream.readline, b"\r\n"))
        headers = BytesHeaderParser().parsebytes(head)
        body = stream.read(int(headers.get("Content-Length", 0)))
        told.asked.append(Asked(host, method, path, headers, body))
        answer = told.answers.get(host)
        if answer is None:
            return
        status, text, extra = answer
        fields = {"Content-Length": str(len(text)), "Connection": "close", **extra}
        stream.write(f"HTTP/1.1 {status} Told\r\n".encode())
        stream.write("".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n" + text)
        stream.flush()
