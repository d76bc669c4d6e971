"""Text frames become binary ones, whatever their size and wherever the stream is cut; nothing else changes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from router.sources.octets import TextAsOctets

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def frames(*payloads: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    server = FrameProtocol(client=False, extensions=[])
    return b"".join(server._serialize_frame(opcode, payload) for payload in payloads)


def fed(data: bytes, *cuts: int) -> bytes:
    reader, bounds = TextAsOctets(), sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return b"".join(reader.feed(data[a:b]) for a, b in pairwise(bounds))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_text_frame_of_any_size_becomes_a_binary_one(size: int) -> None:
    payload = b"\x81" * size
    data = ANSWER + frames(payload, payload)
    assert fed(data) == ANSWER + frames(payload, payload, opcode=Opcode.BINARY)


@given(st.lists(st.binary(max_size=300), max_size=4), st.lists(st.integers(0, 900), max_size=8))
def test_cuts_change_nothing(payloads: list[bytes], cuts: list[int]) -> None:
    assert fed(ANSWER + frames(*payloads), *cuts) == ANSWER + frames(*payloads, opcode=Opcode.BINARY)


def test_every_single_cut_changes_nothing() -> None:
    data = ANSWER + frames(b"x" * 130, b"y")
    for cut in range(len(data)):
        assert fed(data, cut) == ANSWER + frames(b"x" * 130, b"y", opcode=Opcode.BINARY)


def test_octet_by_octet_changes_nothing() -> None:
    data = ANSWER + frames(b"x" * 130, b"y")
    assert fed(data, *range(len(data))) == ANSWER + frames(b"x" * 130, b"y", opcode=Opcode.BINARY)


def test_other_frames_and_a_masked_one_stay_in_step() -> None:
    masked = b"\x81\x82abcdxy"
    data = frames(b"p", opcode=Opcode.PING) + masked + frames(b"z")
    changed = frames(b"p", opcode=Opcode.PING) + b"\x82" + masked[1:] + frames(b"z", opcode=Opcode.BINARY)
    assert fed(ANSWER + data) == ANSWER + changed


def test_an_answer_that_never_ends_stays_as_it_is() -> None:
    assert fed(b"\x81" * 10_000, 3, 5000) == b"\x81" * 10_000
