"""A STOMP 1.2 client over plain TCP in a few lines: what is published or left is not judged by our own codec."""

import socket
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}
NOTHING: Mapping[str, str] = {}


def escaped(text: str) -> str:
    return "".join(ESCAPES.get(char, char) for char in text)


def frame(command: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """As STOMP 1.2 writes it; CONNECT is not escaped."""
    write = str if command == "CONNECT" else escaped
    lines = [command, *(f"{write(name)}:{write(value)}" for name, value in headers.items())]
    return "\n".join(lines).encode() + b"\n\n" + body + b"\0"


class Wire:
    """A connected client; every call fails after 20 s without an answer."""

    def __init__(self, port: int, login: str, passcode: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._lines = self._socket.makefile("rb")
        self._say("CONNECT", {"accept-version": "1.2", "host": "/", "login": login, "passcode": passcode})
        self._receipts = 0
        assert self._hear()[0] == "CONNECTED"

    def publish(self, destination: str, bodies: Iterable[bytes], headers: Mapping[str, str] = NOTHING) -> None:
        """Put the bodies into a queue, persistently; returns when the broker has them all."""
        for body in bodies:
            about = {"destination": destination, "content-type": "application/json", "persistent": "true", **headers}
            self._say("SEND", about | {"content-length": str(len(body))}, body)
        self._receipts += 1
        self._say("SUBSCRIBE", {"id": f"r{self._receipts}", "destination": "/queue/nothing", "receipt": "r"})
        while self._hear()[0] != "RECEIPT":
            pass
        self._say("UNSUBSCRIBE", {"id": f"r{self._receipts}"})

    def take(self, destination: str, number: int) -> list[bytes]:
        """The next so many messages of a queue, taken for good."""
        self._say("SUBSCRIBE", {"id": "take", "destination": destination, "ack": "auto"})
        bodies: list[bytes] = []
        while len(bodies) < number:
            command, body = self._hear()
            assert command in {"MESSAGE", "RECEIPT"}, body
            bodies += [body] if command == "MESSAGE" else []
        self._say("UNSUBSCRIBE", {"id": "take"})
        return bodies

    def _say(self, command: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self._socket.sendall(frame(command, headers, body))

    def _hear(self) -> tuple[str, bytes]:
        while not (command := self._lines.readline().strip()):
            pass
        length = None
        while line := self._lines.readline().rstrip(b"\r\n"):
            name, _, value = line.partition(b":")
            length = int(value) if name == b"content-length" else length
        body = self._lines.read(length + 1)[:-1] if length is not None else self._to_nul()
        assert command != b"ERROR", body
        return command.decode(), body

    def _to_nul(self) -> bytes:
        body = bytearray()
        while (octet := self._lines.read(1)) not in {b"\0", b""}:
            body += octet
        return bytes(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()
