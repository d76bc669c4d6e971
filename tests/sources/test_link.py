"""A link ends in one way, in bounded time, whatever the peer is."""

import base64
import hashlib
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest
import trio
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from router.core.settings import Tls
from router.sources.link import Link, LinkEndedError, Timeouts, tls_context, with_link

Peer = Callable[[trio.SocketStream], Awaitable[None]]
QUICK = Timeouts(handshake=2, send=2, close=1)


async def raw_peer(nursery: trio.Nursery, peer: Peer) -> str:
    """A TCP server; the answer is its ws:// URL."""
    listeners = await nursery.start(partial(trio.serve_tcp, peer, 0, host="127.0.0.1"))
    return f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}/ws"


async def websocket_peer(nursery: trio.Nursery, handler, context: ssl.SSLContext | None = None) -> str:
    server = await nursery.start(serve_websocket, handler, "127.0.0.1", 0, context)
    return f"{'wss' if context else 'ws'}://127.0.0.1:{server.port}/ws"


async def stay(link: Link) -> None:
    await link.receive()


async def ends(url: str, body=stay, **options) -> LinkEndedError:
    with pytest.raises(LinkEndedError) as caught:
        await with_link(url, body, timeouts=QUICK, **options)
    return caught.value


async def test_a_peer_that_is_mute_after_accept_ends_the_link_at_our_deadline(nursery, autojump_clock):
    url = await raw_peer(nursery, lambda stream: trio.sleep_forever())
    start = trio.current_time()
    error = await ends(url)
    assert error.reason == "no WebSocket handshake within 2 s"
    assert 2 <= trio.current_time() - start < 2.5


async def test_http_503_ends_the_link_with_its_status(nursery, autojump_clock):
    async def refuse(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")

    error = await ends(await raw_peer(nursery, refuse))
    assert error.status == 503
    assert "503" in error.reason


async def test_http_503_without_a_length_ends_the_link_with_its_status(nursery, autojump_clock):
    async def refuse(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nbusy")
        await stream.aclose()

    error = await ends(await raw_peer(nursery, refuse))
    assert error.status == 503


ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@given(noise=st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda tail: ANSWER + tail + b"\r\n\r\n")))
@settings(max_examples=150)
async def test_no_answer_to_the_handshake_gets_out_as_anything_else(noise):
    async def answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(noise)
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        await ends(await raw_peer(nursery, answer))
        nursery.cancel_scope.cancel()


@given(noise=st.binary(max_size=60))
@settings(max_examples=150)
async def test_no_frame_gets_out_as_anything_else(noise):
    async def answer(stream: trio.SocketStream) -> None:
        await shake_hands(stream)
        await stream.send_all(noise)
        await stream.aclose()

    async def read(link: Link) -> None:
        while True:
            await link.receive()

    async with trio.open_nursery() as nursery:
        await ends(await raw_peer(nursery, answer), read)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("banner", "seconds"),
    [(b"220 mail.example.org ESMTP\r\n\r\n", 0.1), (b"SSH-2.0-OpenSSH_9.2\r\n", 2.1), (b"\x00\xff" * 50_000, 0.1)],
)
async def test_a_peer_that_is_not_http_at_all_ends_the_link(nursery, autojump_clock, banner, seconds):
    async def greet(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(banner)
        await trio.sleep_forever()

    start = trio.current_time()
    await ends(await raw_peer(nursery, greet))
    assert trio.current_time() - start < seconds


async def test_a_peer_that_closes_during_the_handshake_ends_the_link_at_once(nursery, autojump_clock):
    async def leave(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.aclose()

    start = trio.current_time()
    error = await ends(await raw_peer(nursery, leave))
    assert "ended the handshake" in error.reason
    assert trio.current_time() - start < 0.1


async def test_nobody_listening_ends_the_link(nursery, autojump_clock):
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    error = await ends(f"ws://127.0.0.1:{port}/")
    assert error.status == 0


async def test_an_unknown_subprotocol_is_refused(nursery, autojump_clock):
    async def odd(request: WebSocketRequest) -> None:
        await request.accept(subprotocol="stomp")
        await trio.sleep_forever()

    await ends(await websocket_peer(nursery, odd))


async def test_a_garbage_frame_ends_the_link(nursery, autojump_clock):
    async def garbage(request: WebSocketRequest) -> None:
        socket = await request.accept()
        await socket._stream.send_all(b"\xff\xff\xff\xff\xff")
        await trio.sleep_forever()

    await ends(await websocket_peer(nursery, garbage))


async def test_a_dropped_connection_ends_the_link(nursery, autojump_clock):
    async def drop(request: WebSocketRequest) -> None:
        socket = await request.accept()
        await trio.aclose_forcefully(socket._stream)

    await ends(await websocket_peer(nursery, drop))


async def test_code_1000_is_an_end_like_any_other(nursery, autojump_clock):
    async def bye(request: WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.aclose(1000, "STOMP died")

    error = await ends(await websocket_peer(nursery, bye))
    assert error.reason == "closed: 1000 NORMAL_CLOSURE STOMP died"


async def shake_hands(stream: trio.SocketStream) -> None:
    """The server's half of a handshake, by hand: nothing of the library stands on the other side."""
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", await stream.receive_some())[1]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    lines = (b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade")
    await stream.send_all(b"\r\n".join((*lines, b"Sec-WebSocket-Accept: " + accept, b"", b"")))


async def deaf(stream: trio.SocketStream) -> None:
    """Takes us and never reads again."""
    await shake_hands(stream)
    await trio.sleep_forever()


async def leave(link: Link) -> str:
    await trio.sleep(0.1)
    return "left"


async def test_a_peer_that_pings_while_we_close_lets_no_stray_cancel_out(nursery, autojump_clock):
    async def ping_at_close(stream: trio.SocketStream) -> None:
        await shake_hands(stream)
        await stream.receive_some()  # our close frame
        await stream.send_all(b"\x89\x00")
        await trio.sleep_forever()

    assert await with_link(await raw_peer(nursery, ping_at_close), leave, timeouts=QUICK) == "left"


async def test_closing_is_bounded_when_the_peer_does_not_answer_the_close(nursery, autojump_clock):
    url = await raw_peer(nursery, deaf)
    start = trio.current_time()
    assert await with_link(url, leave, timeouts=QUICK) == "left"
    assert 1 <= trio.current_time() - start < 1.5


async def test_an_error_of_the_body_wins_over_one_of_the_link(nursery, autojump_clock):
    async def drop(request: WebSocketRequest) -> None:
        socket = await request.accept()
        await trio.aclose_forcefully(socket._stream)

    async def fail(link: Link) -> None:
        try:
            await link.receive()
        finally:
            raise KeyError("mine")

    url = await websocket_peer(nursery, drop)
    with pytest.raises(KeyError):
        await with_link(url, fail, timeouts=QUICK)


async def test_a_cancel_from_outside_stays_a_cancel(nursery, autojump_clock):
    async def still(request: WebSocketRequest) -> None:
        await request.accept()
        await trio.sleep_forever()

    url = await websocket_peer(nursery, still)
    with trio.move_on_after(1) as scope:
        await with_link(url, stay, timeouts=QUICK)
    assert scope.cancelled_caught


async def test_a_cancel_from_outside_still_says_goodbye(nursery, autojump_clock):
    codes: list[int] = []

    async def note(request: WebSocketRequest) -> None:
        socket = await request.accept()
        with suppress(ConnectionClosed):
            await socket.get_message()
        codes.append(socket.closed.code)

    url = await websocket_peer(nursery, note)
    with trio.move_on_after(1):
        await with_link(url, stay, timeouts=QUICK)
    await trio.sleep(1)
    assert codes == [1000]


async def test_one_send_is_one_unfragmented_text_message(nursery, autojump_clock):
    got: list[str | bytes] = []

    async def collect(request: WebSocketRequest) -> None:
        socket = await request.accept()
        while len(got) < 2:
            got.append(await socket.get_message())
        await socket.send_message("thanks")

    async def say(link: Link) -> bytes:
        await link.send("SEND\n\né\0".encode() * 50_000)
        await link.send(b"\n")
        return await link.receive()

    assert await with_link(await websocket_peer(nursery, collect), say, timeouts=QUICK) == b"thanks"
    assert got == ["SEND\n\né\0" * 50_000, "\n"]


async def test_a_peer_that_does_not_read_ends_the_link(nursery, autojump_clock):
    async def shout(link: Link) -> None:
        while True:
            await link.send(b"x" * 1_000_000)

    error = await ends(await raw_peer(nursery, deaf), shout)
    assert error.reason


async def test_a_cancelled_send_is_never_followed_by_another(nursery, autojump_clock):
    async def shout(link: Link) -> None:
        with trio.move_on_after(0.5):
            while True:
                await link.send(b"x" * 1_000_000)
        await link.send(b"y")

    start = trio.current_time()
    await ends(await raw_peer(nursery, deaf), shout)
    assert trio.current_time() - start < 1  # refused at once, not after another send deadline


async def test_a_pong_moves_heard_at(nursery, autojump_clock):
    async def still(request: WebSocketRequest) -> None:
        await request.accept()
        await trio.sleep_forever()

    async def ask(link: Link) -> float:
        await trio.sleep(5)
        before = link.heard_at
        link.ping()
        link.ping()
        await trio.sleep(1)
        return link.heard_at - before

    assert await with_link(await websocket_peer(nursery, still), ask, timeouts=QUICK) >= 5


async def test_an_unanswered_ping_does_not_keep_the_link_open(nursery, autojump_clock):
    async def ask(link: Link) -> str:
        link.ping()
        await trio.sleep(0.5)
        return "left"

    with trio.fail_after(5):
        assert await with_link(await raw_peer(nursery, deaf), ask, timeouts=QUICK) == "left"


async def test_a_message_over_the_limit_of_the_link_is_named_by_its_head(nursery, autojump_clock):
    async def huge(request: WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message("MESSAGE\nmessage-id:m-1\ndestination:/queue/a\n\n" + "x" * 18 * 1024 * 1024 + "\0")
        await trio.sleep_forever()

    error = await ends(await websocket_peer(nursery, huge))
    assert error.too_large.startswith(b"MESSAGE\nmessage-id:m-1")


async def test_tls_trusts_the_ca_file_and_nobody_without_it(nursery, autojump_clock, tmp_path):
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))

    async def hello(request: WebSocketRequest) -> None:
        await (await request.accept()).send_message("hello")

    url = await websocket_peer(nursery, hello, server)
    assert await with_link(url, lambda link: link.receive(), tls=Tls(ca_file=ca_file), timeouts=QUICK) == b"hello"
    error = await ends(url)
    assert "certificate" in error.reason.lower()


async def test_a_client_certificate_is_shown(nursery, autojump_clock, tmp_path):
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    mine = authority.issue_cert("router.example")
    ca_file, pem = tmp_path / "ca.pem", tmp_path / "mine.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    mine.private_key_and_cert_chain_pem.write_to_path(str(pem))

    async def hello(request: WebSocketRequest) -> None:
        await (await request.accept()).send_message("hello")

    url = await websocket_peer(nursery, hello, server)
    tls = Tls(ca_file=ca_file, cert_file=pem)
    assert await with_link(url, lambda link: link.receive(), tls=tls, timeouts=QUICK) == b"hello"
    await ends(url, tls=Tls(ca_file=ca_file))


def test_a_tls_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(LinkEndedError, match=r"nowhere\.pem"):
        tls_context(Tls(ca_file=tmp_path / "nowhere.pem"))
