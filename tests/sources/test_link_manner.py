"""A peer that refuses how we speak is spoken to otherwise on the next link; what is no UTF-8 does not end one."""

import pytest
import trio
from trio_websocket import ConnectionClosed
from wsproto.frame_protocol import FrameProtocol, Opcode

from router.sources.link import SUBPROTOCOLS, LinkEndedError, Manner, with_link
from tests.sources.test_link import QUICK, ends, websocket_peer


async def say_hello(link) -> bytes:
    await link.send("grüße".encode())
    return await link.receive()


async def gateway(request) -> None:
    """As websockify: no subprotocol, binary messages only; what it hears it says again."""
    if request.proposed_subprotocols:
        await request.reject(400)
        return
    connection = await request.accept()
    try:
        message = await connection.get_message()
        if isinstance(message, str):
            await connection.aclose(1003, "text is not supported")
        await connection.send_message(message)
        await connection.get_message()
    except ConnectionClosed:
        return


async def test_a_gateway_is_understood_at_the_third_link_and_from_then_on(nursery):
    url, manner = await websocket_peer(nursery, gateway), Manner()
    assert (await ends(url, say_hello, manner=manner)).status == 400
    assert (await ends(url, say_hello, manner=manner)).code == 1003
    for _ in range(2):
        assert await with_link(url, say_hello, timeouts=QUICK, manner=manner) == "grüße".encode()
    assert manner == Manner(subprotocols=(), binary=True)


def test_a_refusal_that_persists_is_tried_both_ways() -> None:
    manner = Manner()
    for _ in range(2):
        manner.learn(LinkEndedError("", status=400))
        manner.learn(LinkEndedError("", code=1003))
    assert manner == Manner(SUBPROTOCOLS, binary=False)


@pytest.mark.parametrize(("status", "code"), [(503, 0), (401, 0), (0, 1000), (0, 1002), (0, 1009), (0, 0)])
def test_no_other_end_changes_how_we_speak(status: int, code: int) -> None:
    manner = Manner()
    manner.learn(LinkEndedError("", status=status, code=code))
    assert manner == Manner()


async def test_a_text_message_that_is_no_utf_8_is_received(nursery):
    async def latin_1(request) -> None:
        connection = await request.accept()
        frame = FrameProtocol(client=False, extensions=[])._serialize_frame(Opcode.TEXT, b"8,4 \xb0C")
        await connection._stream.send_all(frame)
        await trio.sleep_forever()

    async def hear(link) -> bytes:
        return await link.receive()

    assert await with_link(await websocket_peer(nursery, latin_1), hear, timeouts=QUICK) == b"8,4 \xb0C"
    nursery.cancel_scope.cancel()
