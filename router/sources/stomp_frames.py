"""STOMP frames: bytes in, frames out, and back (1.0 for reading, 1.1, 1.2). Sans-io, no clock, no session.

What must not be here: what a frame means (`stomp_protocol`), sockets, logging, anything of alarms.

Laws of the decoder
1. Any split of the input gives the same frames; no octet is lost; a frame before a broken one still comes out.
2. Whatever comes, `feed` raises nothing: what cannot be read is the last item, a `RemoteProtocolError`, and the end.
3. Everything is bounded (`Limits`). A body over `max_body` is cut, not refused: a frame that is refused would be
   redelivered for ever; a frame that arrives cut can be rejected, stored and acknowledged.
4. CONNECT and CONNECTED are never unescaped. Other frames are, in 1.1 and 1.2, in one pass from left to right.
5. Lenient by default, for the same reason as 3: an undefined escape, a stray backslash, a header that is not UTF-8 or
   a byte order mark stay as text and are counted in `oddities`. `strict=True` reads as the specification is written.

Formats: stomp-spec 1.0, 1.1, 1.2; the habits of RabbitMQ, ActiveMQ, Spring and stompjs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Version = Literal["1.0", "1.1", "1.2"]

NEVER_ESCAPED: Final = frozenset({"CONNECT", "STOMP", "CONNECTED"})

_ESCAPES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "1.1": MappingProxyType({"\\": "\\\\", "\n": "\\n", ":": "\\c"}),
        "1.2": MappingProxyType({"\\": "\\\\", "\n": "\\n", ":": "\\c", "\r": "\\r"}),
    }
)
_UNESCAPES: Final = {v: {escape: char for char, escape in pairs.items()} for v, pairs in _ESCAPES.items()}
_TO_ESCAPE: Final = re.compile(r"[\\\n:\r]")
_ESCAPED: Final = re.compile(r"\\.?", re.DOTALL)
_BETWEEN_FRAMES: Final = re.compile(rb"[\r\n\0]*")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_NOT_A_COMMAND: Final = b"\r\n\0" + _BYTE_ORDER_MARK[:1]
_BREAKS: Final = re.compile(r"[\r\n\0]")


class StompError(Exception):
    """The base of both kinds of protocol error; the text holds no header value of ours."""


class LocalProtocolError(StompError):
    """We tried to say something that STOMP does not allow here. Nothing was sent. The text never holds a value."""


class RemoteProtocolError(StompError):
    """The peer said something that cannot be read. The link is of no use any more: close it with `close_code`.

    `destination` and `message_id` name the frame as far as its beginning could be read, else they are empty: a broker
    will send that frame again, and a person has to find it. They are raw text from the wire, at most 200 characters.
    """

    def __init__(self, reason: str, *, close_code: int = 1002, destination: str = "", message_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.close_code = close_code
        self.destination = destination
        self.message_id = message_id


class Frame(NamedTuple):
    """One frame. `headers` holds the first of repeated headers; `dropped` counts the octets cut off the body."""

    command: str
    headers: dict[str, str]
    body: bytes = b""
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class HeartBeat:
    """One or more line ends between frames."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may send. Sizes in octets; `max_line` is one header line, `max_head` command and headers together.

    `max_body` is soft (the body comes out cut), `max_frame` is hard (close 1009), the others are hard too (close 1002).
    """

    max_headers: int = 1000
    max_line: int = 64 * 1024
    max_head: int = 256 * 1024
    max_body: int = 1024 * 1024
    max_frame: int = 16 * 1024 * 1024


Item = Frame | HeartBeat | RemoteProtocolError
"""What `Decoder.feed` returns; an error is always the last one."""

_HEART_BEAT: Final = HeartBeat()
_DEFAULT_LIMITS: Final = Limits()


def encode(frame: Frame, version: str = "1.2") -> bytes:
    """The octets of a frame, with `content-length` when there is a body (one in `headers` is replaced).

    Raises `LocalProtocolError` for a name or value that `version` cannot carry (a line break where nothing is escaped).
    """
    escape = _escaper(frame.command, version)
    if escape(":") == ":" and any(":" in name for name in frame.headers):
        raise LocalProtocolError(f"a header name of {frame.command} holds a colon")
    lines = [frame.command]
    lines += [f"{escape(k)}:{escape(v)}" for k, v in frame.headers.items() if k != "content-length"]
    if frame.body:
        lines.append(f"content-length:{len(frame.body)}")
    try:
        head = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise LocalProtocolError(f"a header of {frame.command} is not valid text") from None
    return b"%b\n\n%b\0" % (head, frame.body)


def _escaper(command: str, version: str) -> Callable[[str], str]:
    table = None if command in NEVER_ESCAPED else _ESCAPES.get(version)

    def plain(text: str) -> str:
        if _BREAKS.search(text):
            raise LocalProtocolError(f"a header of {command} holds a line break or NUL")
        return text

    def escaped(text: str) -> str:
        if "\0" in text:
            raise LocalProtocolError(f"a header of {command} holds NUL")
        # 1.1 has no escape for CR: it stands for itself there.
        return _TO_ESCAPE.sub(lambda found: table.get(found[0], found[0]), text) if table else text

    return escaped if table else plain


class _Bad(Exception):  # noqa: N818  # never leaves this module
    """A frame cannot be read; turned into `RemoteProtocolError` by `feed`, where the frame can be named."""

    def __init__(self, reason: str, close_code: int = 1002) -> None:
        super().__init__(reason)
        self.close_code = close_code


class Decoder:
    """Reads what one peer sends. `version` is the one in force; a CONNECTED frame sets it for the frames after it."""

    def __init__(self, version: str = "1.2", limits: Limits = _DEFAULT_LIMITS, *, strict: bool = False) -> None:
        self.version = version
        self.oddities = 0
        self._limits = limits
        self._strict = strict
        self._buffer: bytes | bytearray = b""  # what was fed when nothing waits: a whole frame is not copied
        self._begin = 0  # where the frame being read begins
        self._scanned = 0  # up to where its end has been looked for in vain
        self._head: tuple[str, dict[str, str]] | None = None  # its command and headers, once they are complete
        self._body = 0  # where its body begins
        self._length = -1  # content-length, -1 when there is none
        self._broken = False

    def feed(self, data: bytes) -> list[Item]:
        """The frames and heart-beats that are complete now, in order. After an error: nothing, ever."""
        if self._broken:
            return []
        if self._buffer:
            self._buffer += data
        else:
            self._buffer = data
        items: list[Item] = []
        try:
            self._read(items)
        except _Bad as bad:
            items.append(self._error(bad))
            self.stop()
            return items
        self._forget()
        return items

    def stop(self) -> None:
        """Read nothing more: the session above found a frame that must not be there."""
        self._broken = True
        self._buffer = b""

    def _forget(self) -> None:
        """Let go of what has been read, and keep the rest where octets can be added."""
        begin, buffer = self._begin, self._buffer
        if begin == len(buffer):
            self._buffer = b""
        elif isinstance(buffer, bytearray):
            del buffer[:begin]
        else:
            self._buffer = bytearray(buffer[begin:])
        self._scanned -= begin
        self._body -= begin
        self._begin = 0

    def _read(self, items: list[Item]) -> None:
        size = len(self._buffer)
        while self._begin < size:
            if self._head is None:
                if self._buffer[self._begin] in _NOT_A_COMMAND and self._skip(items):
                    continue
                if not self._read_head():
                    break
            frame = self._read_body()
            if frame is None:
                break
            items.append(frame)
        if size - self._begin > self._limits.max_frame:
            raise _Bad(f"a frame of more than {self._limits.max_frame} octets", 1009)

    def _skip(self, items: list[Item]) -> bool:
        """Step over what may stand between frames; false when a frame begins here."""
        buffer, begin = self._buffer, self._begin
        if buffer[begin] in b"\r\n\0":
            found = _BETWEEN_FRAMES.match(buffer, begin)
            self._begin = self._scanned = found.end() if found else begin
            if buffer.find(b"\n", begin, self._begin) >= 0:
                items.append(_HEART_BEAT)
            return True
        if buffer.startswith(_BYTE_ORDER_MARK, begin):
            self._odd("a byte order mark before a frame")
            self._begin = self._scanned = begin + len(_BYTE_ORDER_MARK)
            return True
        return False

    def _read_head(self) -> bool:
        """Read command and headers; false when they are not complete yet."""
        buffer, begin, most = self._buffer, self._begin, self._limits.max_head
        start = max(begin, self._scanned - 3)  # the three octets of an empty CR LF line may be split anywhere
        end = buffer.find(b"\n\n", start, begin + most + 3)
        other = buffer.find(b"\n\r\n", start, begin + most + 3 if end < 0 else end + 1)
        self._body = end + 2
        if other >= 0:
            end, self._body = other, other + 3
        if end < 0:
            self._scanned = len(buffer)
            if len(buffer) - begin > most + 3:
                raise _Bad(f"command and headers of more than {most} octets")
            return False
        self._head = self._parse(bytes(buffer[begin:end]))
        self._length = self._content_length(self._head[1])
        self._scanned = self._body
        return True

    def _read_body(self) -> Frame | None:
        """The whole frame, none when its end has not come yet."""
        buffer, head, length = self._buffer, self._head, self._length
        assert head is not None
        if length >= 0:
            end = self._body + length
            if end >= len(buffer):
                return None
            if buffer[end]:
                raise _Bad("no NUL where content-length says that the body ends")
        else:
            end = buffer.find(b"\0", self._scanned)
            if end < 0:
                self._scanned = len(buffer)
                return None
        if end - self._begin > self._limits.max_frame:
            raise _Bad(f"a frame of more than {self._limits.max_frame} octets", 1009)
        cut = min(end, self._body + self._limits.max_body)
        body = bytes(buffer[self._body : cut])
        self._head = None
        self._begin = self._scanned = end + 1
        return Frame(head[0], head[1], body, end - cut)

    def _parse(self, head: bytes) -> tuple[str, dict[str, str]]:
        if b"\0" in head:
            raise _Bad("NUL before the end of the headers")
        command, *lines = self._text(head).split("\n")
        limits = self._limits
        if len(lines) > limits.max_headers:
            raise _Bad(f"more than {limits.max_headers} headers")
        if len(head) > limits.max_line and max(map(len, head.split(b"\n"))) > limits.max_line:
            raise _Bad(f"a header line of more than {limits.max_line} octets")
        if b"\r" in head:
            command, *lines = [self._without_cr(line) for line in (command, *lines)]
        headers = self._headers(lines, self._reader(command) if b"\\" in head or self.version == "1.0" else None)
        if command == "CONNECTED":
            self.version = headers.get("version", "1.0")
        return command, headers

    def _headers(self, lines: list[str], read: Callable[[str], str] | None) -> dict[str, str]:
        lines.reverse()  # so that the first of repeated headers is the one that stays
        try:
            headers = dict([line.split(":", 1) for line in lines])
        except ValueError:
            raise _Bad("a header line without a colon") from None
        return {read(name): read(value) for name, value in headers.items()} if read else headers

    def _reader(self, command: str) -> Callable[[str], str] | None:
        if command in NEVER_ESCAPED:
            return None
        if self.version == "1.0":
            return str.strip
        table = _UNESCAPES["1.1" if self.version == "1.1" else "1.2"]

        def one(found: re.Match[str]) -> str:
            char = table.get(found[0])
            if char is None:
                self._odd("an undefined escape in a header")
                return found[0]
            return char

        def read(text: str) -> str:
            if "\\" not in text:
                return text
            quick = text.replace("\\c", ":").replace("\\n", "\n")
            if "\\" not in quick:  # an escaped backslash would have left one here, and then one pass is needed
                return quick
            return _ESCAPED.sub(one, text)

        return read

    def _content_length(self, headers: Mapping[str, str]) -> int:
        text = headers.get("content-length")
        if text is None:
            return -1
        digits = text if self._strict else text.strip(" ")
        # int() of a text without end is slow and refuses more than 4300 digits, with another exception
        if not (digits.isascii() and digits.isdigit()):
            raise _Bad("content-length is not a number")
        length = int(digits) if len(digits) <= 12 else self._limits.max_frame + 1
        if length > self._limits.max_frame:
            raise _Bad(f"a frame of more than {self._limits.max_frame} octets", 1009)
        return length

    def _text(self, head: bytes) -> str:
        try:
            return head.decode()
        except UnicodeDecodeError:
            self._odd("a header that is not UTF-8")
            return head.decode(errors="backslashreplace")

    def _without_cr(self, line: str) -> str:
        line = line.removesuffix("\r")
        if self._strict and self.version == "1.2" and "\r" in line:
            raise _Bad("a CR inside a header line")
        return line

    def _odd(self, what: str) -> None:
        if self._strict:
            raise _Bad(what)
        self.oddities += 1

    def _error(self, bad: _Bad) -> RemoteProtocolError:
        head = bytes(self._buffer[self._begin : self._begin + self._limits.max_head])
        return RemoteProtocolError(
            str(bad),
            close_code=bad.close_code,
            destination=_glimpse(head, b"\ndestination:"),
            message_id=_glimpse(head, b"\nmessage-id:"),
        )


def _glimpse(head: bytes, begin: bytes) -> str:
    """The value after `begin`, as far as it can be read in a frame that cannot."""
    at = head.find(begin)
    if at < 0:
        return ""
    line = head[at + len(begin) : at + len(begin) + 200].partition(b"\n")[0].partition(b"\0")[0]
    return line.decode(errors="replace").rstrip("\r")
