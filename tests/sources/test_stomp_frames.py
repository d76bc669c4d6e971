"""The codec: the numbered cases of the parser list, both directions, every split, any noise."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.sources.stomp_frames import (
    Decoder,
    Frame,
    HeartBeat,
    Item,
    Limits,
    LocalProtocolError,
    RemoteProtocolError,
    encode,
)

BEAT = HeartBeat()
SMALL = Limits(max_headers=4, max_line=60, max_head=160, max_body=8, max_frame=300)


def read(data: bytes, version: str = "1.2", *, strict: bool = False) -> list[Item]:
    return Decoder(version, strict=strict).feed(data)


def frame(data: bytes, version: str = "1.2", *, strict: bool = True) -> Frame:
    (item,) = read(data, version, strict=strict)
    assert isinstance(item, Frame), item
    return item


def header(line: bytes, version: str = "1.2", *, command: bytes = b"MESSAGE", strict: bool = True) -> str | None:
    """The value of `line`, none when it is a protocol error."""
    (item,) = read(command + b"\n" + line + b"\n\n\0", version, strict=strict)
    return item.headers[line.split(b":")[0].decode()] if isinstance(item, Frame) else None


def length(value: bytes, body: bytes) -> Item:
    (item,) = read(b"MESSAGE\ncontent-length:" + value + b"\n\n" + body + b"\0")
    return item


CONNECTED = b"CONNECTED\nversion:1.2\nsession:ID:b-1:2\n\n\0"
MESSAGE = b"MESSAGE\nmessage-id:ID\\cb-1\\c2\nsubscription:0\ndestination:/queue/a\n\nx\0"


@pytest.mark.parametrize(
    ("case", "line", "version", "expected"),
    [
        (3, b"a:\\\\nx", "1.2", "\\nx"),
        (4, b"a:\\t", "1.2", None),
        (5, b"a:\\r", "1.2", "\r"),
        (5, b"a:\\r", "1.1", None),
        (7, b"a:b\\", "1.2", None),
        (7, b"a:b\\", "1.1", None),
        (9, b"foo:", "1.2", ""),
        (10, b"foo: bar ", "1.2", " bar "),
        (10, b"foo: bar ", "1.1", " bar "),
        (10, b"foo: bar ", "1.0", "bar"),
        (11, b"foo", "1.2", None),
    ],
)
def test_numbered_cases_of_one_header_line_read_strictly(
    case: int, line: bytes, version: str, expected: str | None
) -> None:
    assert header(line, version) == expected


@pytest.mark.parametrize(
    ("case", "line", "version", "expected"),
    [
        (4, b"a:\\t", "1.2", "\\t"),
        (5, b"a:\\r", "1.1", "\\r"),
        (7, b"a:b\\", "1.2", "b\\"),
        (7, b"a:\\c\\", "1.1", ":\\"),
    ],
)
def test_an_undefined_escape_of_a_server_stays_as_text_and_is_counted(
    case: int, line: bytes, version: str, expected: str
) -> None:
    decoder = Decoder(version)
    (item,) = decoder.feed(b"MESSAGE\n" + line + b"\n\n\0")
    assert isinstance(item, Frame)
    assert item.headers["a"] == expected
    assert decoder.oddities == 1


def test_case_1_connected_is_not_unescaped() -> None:
    assert frame(CONNECTED).headers["session"] == "ID:b-1:2"


def test_case_2_message_headers_are_unescaped() -> None:
    assert frame(MESSAGE) == (
        "MESSAGE",
        {"message-id": "ID:b-1:2", "subscription": "0", "destination": "/queue/a"},
        b"x",
        0,
    )


def test_case_6_a_backslash_in_connected_is_a_backslash() -> None:
    assert header(b"a:\\t", command=b"CONNECTED") == "\\t"


def test_case_8_the_first_of_repeated_headers_counts() -> None:
    assert frame(b"MESSAGE\nfoo:World\nfoo:Hello\n\n\0").headers == {"foo": "World"}


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_case_12_lines_may_end_with_cr_lf(version: str) -> None:
    assert frame(b"MESSAGE\r\nfoo:bar\r\nx:\r\n\r\nb\r\n\0", version) == (
        "MESSAGE",
        {"foo": "bar", "x": ""},
        b"b\r\n",
        0,
    )


def test_an_empty_cr_lf_line_ends_the_headers_also_before_an_empty_line_of_the_body() -> None:
    assert frame(b"MESSAGE\r\nfoo:bar\r\n\r\n\nb\0").body == b"\nb"


@pytest.mark.parametrize(
    ("case", "value", "body"),
    [(13, b"3", b"a\0b"), (15, b"5", "é€".encode()), (16, b"0", b""), (18, b"1\ncontent-length:2", b"a")],
)
def test_numbered_cases_of_a_content_length_that_fits(case: int, value: bytes, body: bytes) -> None:
    item = length(value, body)
    assert isinstance(item, Frame)
    assert item.body == body


@pytest.mark.parametrize(
    ("case", "value", "body", "code"),
    [
        (14, b"2", b"abc", 1002),
        (17, b"-1", b"", 1002),
        (17, b"abc", b"", 1002),
        (17, b"99999999999", b"", 1009),
        (17, "\u0663".encode(), b"abc", 1002),
        (17, b"9" * 5000, b"", 1009),
        (17, b"", b"", 1002),
    ],
)
def test_numbered_cases_of_a_content_length_that_does_not_fit(case: int, value: bytes, body: bytes, code: int) -> None:
    item = length(value, body)
    assert isinstance(item, RemoteProtocolError)
    assert item.close_code == code


def test_case_19_a_body_without_content_length_ends_at_nul() -> None:
    assert frame(b"MESSAGE\n\nx\0").body == b"x"


@pytest.mark.parametrize("data", [b"\n", b"\r\n", b"\n\n\n"])
def test_case_20_line_ends_alone_are_a_life_sign(data: bytes) -> None:
    assert read(data) == [BEAT]


def test_case_21_two_frames_in_one_message() -> None:
    first, beat, second = read(MESSAGE + b"\n" + MESSAGE)
    assert first == second == frame(MESSAGE)
    assert beat == BEAT


def test_case_22_nul_between_frames_is_skipped() -> None:
    assert read(b"\0\0" + MESSAGE + b"\0\0" + MESSAGE + b"\0") == [frame(MESSAGE)] * 2


def test_case_23_octet_by_octet() -> None:
    decoder = Decoder()
    assert [item for octet in MESSAGE for item in decoder.feed(bytes([octet]))] == [frame(MESSAGE)]


@pytest.mark.parametrize(
    "data",
    [b"MESSAGE\r\na:\\c\r\n\r\nb\0", b"M\ncontent-length:3\n\na\0b\0", "MESSAGE\nä:\\c\n\né€\0".encode(), b"M\n\n\0"],
)
def test_case_24_a_cut_anywhere(data: bytes) -> None:
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == [frame(data)]
        assert decoder.feed(data + data[:cut]) + decoder.feed(data[cut:] + data) == [frame(data)] * 3


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"MESSAGE\n\n" + b"x" * 400, 1009), (b"MESSAGE\na:" + b"x" * 200, 1002), (b"x" * 400, 1002)],
)
def test_case_25_a_frame_without_end_is_an_error_at_the_cap(data: bytes, code: int) -> None:
    (item,) = Decoder(limits=SMALL).feed(data)
    assert isinstance(item, RemoteProtocolError)
    assert item.close_code == code


def test_case_26_a_receipt_with_a_body_is_tolerated() -> None:
    assert frame(b"RECEIPT\nreceipt-id:1\n\nbody\0").headers == {"receipt-id": "1"}


def test_case_27_an_unknown_command_is_a_frame_like_any_other() -> None:
    assert frame(b"FOO\n\n\0").command == "FOO"


def test_case_30_a_byte_order_mark_before_a_frame_is_skipped_and_counted() -> None:
    for cut in range(4):
        decoder = Decoder()
        data = b"\xef\xbb\xbf" + MESSAGE
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == [frame(MESSAGE)]
        assert decoder.oddities == 1
    (item,) = read(b"\xef\xbb\xbf" + MESSAGE, strict=True)
    assert isinstance(item, RemoteProtocolError)


def test_case_31_connected_without_version_begins_1_0_reading() -> None:
    _, message = read(b"CONNECTED\n\n\0MESSAGE\nmessage-id: ID\\cb \n\n\0")
    assert isinstance(message, Frame)
    assert message.headers["message-id"] == "ID\\cb"


def test_connected_sets_the_version_for_frames_of_the_same_message() -> None:
    _, message = read(b"CONNECTED\nversion:1.1\n\n\0MESSAGE\na:\\r\n\n\0")
    assert isinstance(message, Frame)
    assert message.headers["a"] == "\\r"


# ---- limits


def test_a_body_over_the_soft_limit_comes_out_cut_and_the_next_frame_is_whole() -> None:
    for data in (b"MESSAGE\na:b\n\n123456789ab\0", b"MESSAGE\ncontent-length:11\na:b\n\n123456789ab\0"):
        first, second = Decoder(limits=SMALL).feed(data + b"FOO\n\n12345678\0")
        assert isinstance(first, Frame)
        assert (first.body, first.dropped, first.headers["a"]) == (b"12345678", 3, "b")
        assert second == ("FOO", {}, b"12345678", 0)


@pytest.mark.parametrize(
    "head",
    [b"M\n" + b"a:b\n" * 5, b"M\na:" + b"b" * 60 + b"\n", b"M" * 61 + b"\n", b"M\n" + b"a:" + b"b" * 160 + b"\n"],
)
def test_too_many_or_too_long_headers_are_an_error(head: bytes) -> None:
    (item,) = Decoder(limits=SMALL).feed(head + b"\n\0")
    assert isinstance(item, RemoteProtocolError)
    assert item.close_code == 1002


def test_headers_at_their_limits_are_read() -> None:
    (item,) = Decoder(limits=SMALL).feed(b"M\na:" + b"b" * 58 + b"\n" + b"c:\n" * 3 + b"\n\0")
    assert isinstance(item, Frame)


@pytest.mark.parametrize("size", [280, 400])
def test_a_complete_frame_over_the_hard_limit_is_an_error_like_an_endless_one(size: int) -> None:
    for data in (
        b"M\nx:" + b"y" * 30 + b"\n\n" + b"x" * size + b"\0",
        b"M\ncontent-length:%d\nx:%b\n\n" % (size, b"y" * 30),
    ):
        (item,) = Decoder(limits=SMALL).feed(data.ljust(size + 80, b"\0"))
        assert isinstance(item, RemoteProtocolError)
        assert item.close_code == 1009


def test_a_frame_before_a_broken_one_still_comes_out_and_nothing_after_it() -> None:
    decoder = Decoder()
    good, bad = decoder.feed(MESSAGE + b"MESSAGE\nfoo\n\n\0" + MESSAGE)
    assert good == frame(MESSAGE)
    assert isinstance(bad, RemoteProtocolError)
    assert decoder.feed(MESSAGE) == []


def test_the_error_names_the_frame_for_a_person() -> None:
    (item,) = read(b"MESSAGE\r\ndestination:/queue/a\r\nmessage-id:7\r\nfoo\r\n\r\n\0")
    assert isinstance(item, RemoteProtocolError)
    assert (item.destination, item.message_id, str(item)) == ("/queue/a", "7", "a header line without a colon")


@pytest.mark.parametrize("line", [b"a:\xff", b"a:b\rc"])
def test_odd_headers_are_kept_leniently_and_refused_strictly(line: bytes) -> None:
    assert header(line) is None
    assert header(line, strict=False) in ("\\xff", "b\rc")


def test_nul_inside_the_headers_is_an_error() -> None:
    assert header(b"a:b\0MESSAGE", strict=False) is None


def test_reading_a_long_frame_in_small_pieces_takes_linear_work() -> None:
    """Quadratic work would need hundreds of gigabytes of scanning here, not a fraction of a second."""
    decoder = Decoder()
    decoder.feed(b"MESSAGE\n\n")
    for _ in range(40_000):
        assert decoder.feed(b"x" * 100) == []
    (item,) = decoder.feed(b"\0")
    assert isinstance(item, Frame)
    assert len(item.body) + item.dropped == 4_000_000


# ---- writing


def test_a_frame_is_written_with_escapes_and_the_length_of_its_body() -> None:
    sent = Frame("SEND", {"destination": "/queue/a:b", "content-length": "99", "x": "\\\r\n"}, "é".encode())
    assert encode(sent) == b"SEND\ndestination:/queue/a\\cb\nx:\\\\\\r\\n\ncontent-length:2\n\n\xc3\xa9\0"


def test_connect_is_written_without_escapes() -> None:
    assert encode(Frame("CONNECT", {"host": "a:b\\c"})) == b"CONNECT\nhost:a:b\\c\n\n\0"


@pytest.mark.parametrize(
    ("sent", "version"),
    [
        (Frame("CONNECT", {"passcode": "secret\nx:y"}), "1.2"),
        (Frame("CONNECT", {"a:b": "secret"}), "1.2"),
        (Frame("ACK", {"id": "secret\0"}), "1.2"),
        (Frame("ACK", {"message-id": "secret\n"}), "1.0"),
        (Frame("ACK", {"id": "secret\udcff"}), "1.2"),
    ],
)
def test_what_cannot_be_written_is_refused_without_its_value(sent: Frame, version: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        encode(sent, version)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
texts_1_1 = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@given(headers=st.dictionaries(texts, texts, max_size=5), body=st.binary(max_size=50))
def test_what_is_written_in_1_2_is_read_back(headers: dict[str, str], body: bytes) -> None:
    headers.pop("content-length", None)
    read_back = frame(encode(Frame("SEND", headers, body)))
    read_back.headers.pop("content-length", None)
    assert read_back == Frame("SEND", headers, body)


@given(headers=st.dictionaries(texts_1_1, texts_1_1, max_size=5), body=st.binary(max_size=50))
def test_what_is_written_in_1_1_is_read_back(headers: dict[str, str], body: bytes) -> None:
    headers.pop("content-length", None)
    read_back = frame(encode(Frame("SEND", headers, body), "1.1"), "1.1")
    read_back.headers.pop("content-length", None)
    assert read_back == Frame("SEND", headers, body)


# ---- any split, any noise

PIECES = [
    b"MESSAGE", b"CONNECTED", b"ERROR", b"\n", b"\r\n", b"\n\n", b"\0", b":", b"a:b\n", b"\\c", b"\\\\", b"\\t",
    b"\\", b"\r", b"version:1.1\n", b"content-length:3\n", b"content-length:9\n", b"content-length:x\n", b"abc",
    b"\xef\xbb\xbf", b"\xef", b"\xff", "é".encode(), b"x" * 40, b"x" * 150, MESSAGE, CONNECTED,
    b"M\ncontent-length:3\n\na\0b\0",
]  # fmt: skip
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=25).map(b"".join)


def told(items: list[Item]) -> list[object]:
    """What must not depend on the split: frames and the error; not how often line ends were seen."""
    seen: list[object] = [item for item in items if isinstance(item, Frame)]
    errors = [(i.reason, i.close_code) for i in items if isinstance(i, RemoteProtocolError)]
    return seen + errors[:1]


@given(data=noise, cuts=st.lists(st.integers(0, 400), max_size=8), strict=st.booleans())
@example(data=b"M\r\n\r\n\n\0", cuts=[3, 4, 5], strict=True)
def test_any_split_of_any_noise_tells_the_same(data: bytes, cuts: list[int], strict: bool) -> None:
    whole, split = Decoder(limits=SMALL, strict=strict), Decoder(limits=SMALL, strict=strict)
    ends = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    items = [item for begin, end in pairwise(ends) for item in split.feed(data[begin:end])]
    assert told(items) == told(whole.feed(data))
    assert split.oddities == whole.oddities


@given(data=noise)
def test_octet_by_octet_tells_the_same_as_at_once(data: bytes) -> None:
    split = Decoder(limits=SMALL)
    items = [item for octet in data for item in split.feed(bytes([octet]))]
    assert told(items) == told(Decoder(limits=SMALL).feed(data))


@given(data=st.lists(st.binary(max_size=30), max_size=10), version=st.sampled_from(["1.0", "1.1", "1.2", "nonsense"]))
def test_no_octets_raise_anything(data: list[bytes], version: str) -> None:
    decoder = Decoder(version, SMALL)
    for piece in data:
        decoder.feed(piece)
