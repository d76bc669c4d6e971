"""WebSocket text frames read as binary ones, so that octets which are no UTF-8 do not end the link.

A library must fail a connection for a text message that is no UTF-8 (RFC 6455, 8.1). A broker sends as text whatever a
publisher gave it, and sends it again after every reconnect: one message in Latin-1 would shut the queue for ever. STOMP
counts octets, so the frames' kind (opcode 1) is changed to binary (2) on the way in, and the payload's mapping judges.
What must not be here: anything about frames but where they begin (RFC 6455, 5.2).
"""

_TEXT, _BINARY = 0x1, 0x2


class TextAsOctets:
    """Takes what a server sends, cut anywhere, from the HTTP answer on; gives as many octets as it gets."""

    def __init__(self) -> None:
        self._answer = b""
        self._opened = False
        self._head = bytearray()
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """The octets for the library."""
        if self._opened:
            return self._frames(data)
        before = len(self._answer)
        self._answer = (self._answer + data)[-3 - len(data) :]
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return data
        self._opened = True
        first = end + 4 - min(before, 3)
        self._answer = b""
        return data[:first] + self._frames(data[first:])

    def _frames(self, data: bytes) -> bytes:
        octets, at = bytearray(data), 0
        while at < len(octets):
            if self._left:
                step = min(self._left, len(octets) - at)
                self._left, at = self._left - step, at + step
                continue
            if not self._head and octets[at] & 0x0F == _TEXT:
                octets[at] ^= _TEXT | _BINARY
            self._head.append(octets[at])
            at += 1
            self._measure()
        return bytes(octets)

    def _measure(self) -> None:
        """The payload's length, once the frame's head is whole."""
        if len(self._head) < 2:
            return
        short = self._head[1] & 0x7F
        extra = {126: 2, 127: 8}.get(short, 0)
        if len(self._head) == 2 + extra + (4 if self._head[1] & 0x80 else 0):
            self._left = int.from_bytes(self._head[2 : 2 + extra]) if extra else short
            self._head.clear()
