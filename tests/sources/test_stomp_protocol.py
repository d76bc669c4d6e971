"""The session: one script per behaviour, with a clock that the test turns."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import Secret
from router.sources.stomp_events import (
    Connected,
    Disconnected,
    ErrorReceived,
    MessageForUnknownSubscription,
    MessageReceived,
    ProtocolBroken,
    ReceiptReceived,
    ServerAcknowledges,
    UnknownFrame,
)
from router.sources.stomp_frames import Frame, HeartBeat, Limits, LocalProtocolError, encode
from router.sources.stomp_protocol import Session, State, Timing

NO_BEATS = Timing(send_every=0, hear_every=0)


def opened(*, version: str = "1.2", beats: str = "0,0", timing: Timing = NO_BEATS, ack: str = "client") -> Session:
    """A session at second 0 with one subscription `s` to /queue/a."""
    session = Session(timing=timing)
    session.connect({"host": "h"}, now=0)
    line = f"version:{version}\n" if version != "1.0" else ""
    session.receive(f"CONNECTED\n{line}heart-beat:{beats}\n\n\0".encode(), now=0)
    session.subscribe("s", "/queue/a", now=0, ack=ack)  # type: ignore[arg-type]
    return session


def message(number: int = 1, *, version: str = "1.2", body: bytes = b"x", **headers: str) -> bytes:
    fields = {"subscription": "s", "message-id": f"m:{number}", "destination": "/queue/a"}
    if version == "1.2":
        fields["ack"] = f"a:{number}"
    return encode(Frame("MESSAGE", {**fields, **headers}, body), version)


# ---- connecting


def test_connect_says_what_the_server_needs_and_never_1_0() -> None:
    octets = Session().connect({"host": "h:1", "Authorization": Secret("Bearer a:b")}, now=0)
    assert octets == (
        b"CONNECT\naccept-version:1.2,1.1\nheart-beat:10000,10000\nhost:h:1\nAuthorization:Bearer a:b\n\n\0"
    )


@pytest.mark.parametrize("char", ["\r", "\n", "\0"])
def test_a_line_break_in_a_connect_value_is_our_error_and_does_not_show_the_value(char: str) -> None:
    session = Session()
    with pytest.raises(LocalProtocolError, match="'passcode'") as caught:
        session.connect({"passcode": Secret(f"hunter{char}2")}, now=0)
    assert "hunter" not in str(caught.value)
    assert session.state is State.IDLE


def test_connected_tells_who_and_what_was_agreed() -> None:
    session = Session()
    session.connect({}, now=0)
    (event,) = session.receive(
        b"CONNECTED\nversion:1.1\nserver:ActiveMQ/5.17.2\nsession:ID:b-1:2\nheart-beat:5000,20000\n\n\0", now=1
    )
    assert isinstance(event, Connected)
    assert (event.version, event.server, event.session) == ("1.1", "ActiveMQ/5.17.2", "ID:b-1:2")
    assert (event.sends_every, event.hears_every) == (20, 10)
    assert session.state is State.OPEN


@pytest.mark.parametrize(
    "line", [b"", b"heart-beat:0,0\n", b"heart-beat:x,y\n", b"heart-beat:1\n", b"heart-beat:-5,-5\n"]
)
def test_case_32_without_agreed_heart_beats_there_are_none(line: bytes) -> None:
    session = Session()
    session.connect({}, now=0)
    (event,) = session.receive(b"CONNECTED\nversion:1.2\n" + line + b"\n\0", now=0)
    assert isinstance(event, Connected)
    assert (event.sends_every, event.hears_every) == (0, 0)
    assert session.beat(10_000) == b""


def test_case_31_connected_without_version_is_1_0() -> None:
    session = Session()
    session.connect({}, now=0)
    connected, _ = session.receive(b"CONNECTED\nheart-beat:1000,1000\n\n\0\n", now=0)
    assert isinstance(connected, Connected)
    assert (connected.version, connected.sends_every, connected.hears_every) == ("1.0", 0, 0)
    octets = session.subscribe("s", "/queue/a:b", now=0, ack="client-individual")
    assert octets == b"SUBSCRIBE\nid:s\ndestination:/queue/a:b\nack:client\n\n\0"
    (event,) = session.receive(b"MESSAGE\ndestination:/queue/a:b\nmessage-id: ID\\cb \n\nx\0", now=0)
    assert isinstance(event, MessageReceived)
    assert session.ack(event, now=0) == b"ACK\nmessage-id:ID\\cb\n\n\0"


@pytest.mark.parametrize("version", ["1.3", "2", ""])
def test_a_version_that_we_did_not_offer_breaks_the_session(version: str) -> None:
    session = Session()
    session.connect({}, now=0)
    (event,) = session.receive(f"CONNECTED\nversion:{version}\n\n\0".encode(), now=0)
    assert isinstance(event, ProtocolBroken)
    assert session.state is State.FAILED


def test_error_instead_of_connected_fails_the_session() -> None:
    session = Session()
    session.connect({}, now=0)
    (event,) = session.receive(b"ERROR\nmessage:invalid authorization\nerror-code:x\n\nno\0", now=0)
    assert isinstance(event, ErrorReceived)
    assert (event.message, event.headers["error-code"], event.body) == ("invalid authorization", "x", b"no")
    assert session.state is State.FAILED


# ---- the state table


@pytest.mark.parametrize("frame", [b"MESSAGE\n\n\0", b"RECEIPT\n\n\0"])
def test_the_server_may_not_speak_of_messages_before_connected(frame: bytes) -> None:
    session = Session()
    session.connect({}, now=0)
    (event,) = session.receive(frame, now=0)
    assert isinstance(event, ProtocolBroken)


def test_a_second_connected_breaks_the_session_after_what_came_before_it() -> None:
    session = opened()
    first, second = session.receive(message() + b"CONNECTED\nversion:1.2\n\n\0" + message(2), now=0)
    assert isinstance(first, MessageReceived)
    assert isinstance(second, ProtocolBroken)
    assert session.receive(message(3), now=0) == []


def test_nothing_can_be_said_before_connected_or_after_the_end() -> None:
    waiting = Session()
    with pytest.raises(LocalProtocolError):
        waiting.subscribe("s", "/queue/a", now=0)
    waiting.connect({}, now=0)
    failed = opened()
    failed.receive(b"ERROR\n\n\0", now=0)
    leaving = opened()
    leaving.disconnect(now=0)
    for session in (waiting, failed, leaving):
        for say in (
            lambda session=session: session.connect({}, now=0),
            lambda session=session: session.subscribe("t", "/queue/b", now=0),
            lambda session=session: session.send("/queue/b", b"", now=0),
            lambda session=session: session.disconnect(now=0),
        ):
            with pytest.raises(LocalProtocolError):
                say()
        assert session.beat(1e12) == b""


def test_a_refused_subscribe_leaves_no_trace() -> None:
    session = opened()
    with pytest.raises(LocalProtocolError):
        session.subscribe("t", "/queue/\0", now=0)
    assert session.subscribe("t", "/queue/b", now=0)
    with pytest.raises(LocalProtocolError, match="already"):
        session.subscribe("t", "/queue/b", now=0)


# ---- messages and acknowledgements


def test_subscribe_carries_mode_receipt_and_the_servers_own_headers_escaped() -> None:
    octets = opened().subscribe(
        "t", "/queue/a:b", now=0, ack="client-individual", headers={"prefetch-count": "9"}, receipt="r"
    )
    assert octets == (
        b"SUBSCRIBE\nid:t\ndestination:/queue/a\\cb\nack:client-individual\nprefetch-count:9\nreceipt:r\n\n\0"
    )


@pytest.mark.parametrize(
    ("version", "ack"), [("1.2", b"ACK\nid:a\\c1\n\n\0"), ("1.1", b"ACK\nmessage-id:m\\c1\nsubscription:s\n\n\0")]
)
def test_a_message_is_acknowledged_as_its_version_wants(version: str, ack: bytes) -> None:
    session = opened(version=version)
    (event,) = session.receive(message(version=version, redelivered="true"), now=0)
    assert isinstance(event, MessageReceived)
    assert (event.message_id, event.destination, event.body) == ("m:1", "/queue/a", b"x")
    assert event.redelivered
    assert session.ack(event, now=0) == ack


def test_auto_needs_no_acknowledgement_and_sends_none() -> None:
    session = opened(ack="auto")
    (event,) = session.receive(message(version="1.1"), now=0)
    assert isinstance(event, MessageReceived)
    assert not event.needs_ack
    assert session.ack(event, now=0) == b""


def test_a_server_that_acts_as_auto_is_told_of_once() -> None:
    session = opened()
    first = session.receive(message(1, version="1.1"), now=0)
    second = session.receive(message(2, version="1.1"), now=0)
    assert first[0] == ServerAcknowledges("s")
    assert [type(event) for event in (*first[1:], *second)] == [MessageReceived, MessageReceived]
    assert isinstance(first[1], MessageReceived)
    assert session.ack(first[1], now=0) == b""


def test_case_29_a_message_for_an_unknown_subscription_is_told_as_such() -> None:
    session = opened()
    events = session.receive(message(subscription="other"), now=0)
    assert events == [MessageForUnknownSubscription("other", "m:1", "/queue/a")]
    session.unsubscribe("s", now=0)
    assert session.receive(message(), now=0) == [MessageForUnknownSubscription("s", "m:1", "/queue/a")]
    with pytest.raises(LocalProtocolError):
        session.unsubscribe("s", now=0)


def test_a_message_without_subscription_belongs_to_the_only_one_of_its_destination() -> None:
    session = opened()
    bare = b"MESSAGE\ndestination:/queue/a\nmessage-id:1\nack:1\n\n\0"
    (event,) = session.receive(bare, now=0)
    assert isinstance(event, MessageReceived)
    session.subscribe("t", "/queue/a", now=0)
    (event,) = session.receive(bare, now=0)
    assert isinstance(event, MessageForUnknownSubscription)


def test_a_body_over_the_limit_is_a_message_that_can_be_acknowledged() -> None:
    session = Session(limits=Limits(max_body=4))
    session.connect({}, now=0)
    session.receive(b"CONNECTED\nversion:1.2\n\n\0", now=0)
    session.subscribe("s", "/queue/a", now=0)
    (event,) = session.receive(message(body=b"123456"), now=0)
    assert isinstance(event, MessageReceived)
    assert (event.body, event.dropped) == (b"1234", 2)
    assert session.ack(event, now=0) == b"ACK\nid:a\\c1\n\n\0"


def test_case_27_an_unknown_command_is_told_and_harmless() -> None:
    session = opened()
    assert session.receive(b"FOO\n\n\0", now=0) == [UnknownFrame("FOO")]
    assert session.state is State.OPEN


def test_case_28_an_empty_error_is_still_an_error() -> None:
    session = opened()
    assert session.receive(b"ERROR\n\n\0", now=0) == [ErrorReceived("", {}, b"")]
    assert session.state is State.FAILED


def test_a_message_behind_an_error_still_comes_out() -> None:
    events = opened(ack="auto").receive(b"ERROR\n\n\0" + message(), now=0)
    assert [type(event) for event in events] == [ErrorReceived, MessageReceived]


def test_a_broken_frame_is_the_last_event_and_names_itself() -> None:
    events = opened().receive(message() + b"MESSAGE\ndestination:/queue/a\nmessage-id:7\nx\n\n\0", now=0)
    assert [type(event) for event in events] == [MessageReceived, ProtocolBroken]
    assert isinstance(events[1], ProtocolBroken)
    assert events[1].error.message_id == "7"


def test_neither_headers_nor_body_show_in_a_repr() -> None:
    (event,) = opened().receive(message(body=b"private", name="private"), now=0)
    (error,) = opened().receive(b"ERROR\nname:private\n\nprivate\0", now=0)
    assert "private" not in repr(event) + repr(error)


def test_oddities_of_the_wire_are_counted() -> None:
    session = opened()
    session.receive(b"MESSAGE\nsubscription:s\nx:\\t\n\n\0", now=0)
    assert session.oddities == 1


# ---- leaving


def test_disconnect_ends_with_its_receipt() -> None:
    session = opened()
    assert session.disconnect(now=0, receipt="r") == b"DISCONNECT\nreceipt:r\n\n\0"
    events = session.receive(message() + b"RECEIPT\nreceipt-id:other\n\n\0RECEIPT\nreceipt-id:r\n\n\0", now=0)
    assert [type(event) for event in events] == [MessageReceived, ReceiptReceived, Disconnected]
    assert session.state is State.CLOSED


def test_an_error_after_disconnect_is_only_the_end() -> None:
    session = opened()
    session.disconnect(now=0)
    assert session.receive(b"ERROR\nmessage:Connection to broker closed.\n\n\0" * 2, now=0) == [Disconnected()]


def test_an_answer_to_disconnect_that_never_comes_is_not_waited_for() -> None:
    session = opened()
    session.disconnect(now=100)
    assert session.next_deadline() == 103
    assert session.why_dead(102) == ""
    assert session.why_dead(103) == "no answer to DISCONNECT within 3 s"


# ---- the clock

BEATS = Timing(send_every=10, hear_every=10, max_silence=60)


def test_a_heart_beat_is_due_at_65_percent_of_the_interval_without_other_output() -> None:
    session = opened(beats="10000,20000", timing=BEATS)
    assert session.beat(12.9) == b""
    assert session.next_deadline() == 13
    assert session.beat(13) == b"\n"
    assert session.beat(13) == b""
    session.send("/queue/b", b"x", now=20)
    assert session.beat(32) == b""
    assert session.beat(33) == b"\n"


def test_an_acknowledgement_that_is_not_sent_does_not_put_off_the_heart_beat() -> None:
    session = opened(beats="10000,10000", timing=BEATS, ack="auto")
    (event,) = session.receive(message(), now=0)
    assert isinstance(event, MessageReceived)
    session.ack(event, now=6)
    assert session.beat(6.5) == b"\n"


def test_any_octet_is_a_life_sign_and_two_and_a_half_intervals_without_one_are_death() -> None:
    session = opened(beats="10000,0", timing=BEATS)
    assert session.next_deadline() == 25
    assert session.receive(b"MESS", now=20) == []
    assert session.why_dead(44.9) == ""
    assert session.why_dead(45) == "nothing heard for 25 s"
    assert session.receive(b"", now=45) == []
    assert session.why_dead(45)


@pytest.mark.parametrize("beats", ["0,0", "3600000,3600000"])
def test_silence_is_bounded_also_without_useful_heart_beats_and_a_pong_counts(beats: str) -> None:
    session = opened(beats=beats, timing=BEATS)
    assert session.ping_every == 20
    assert session.next_deadline() == 60
    session.heard(50)
    session.heard(40)
    assert session.why_dead(109) == ""
    assert session.why_dead(110)


def test_no_pings_are_owed_when_the_server_beats_often_enough() -> None:
    assert opened(beats="10000,10000", timing=BEATS).ping_every == 0


def test_a_server_that_does_not_answer_connect_is_dead_whatever_octets_come() -> None:
    session = Session()
    session.connect({}, now=5)
    assert session.receive(b"\n", now=30) == [HeartBeat()]
    assert session.why_dead(34.9) == ""
    assert session.next_deadline() == 35
    assert session.why_dead(35) == "no CONNECTED within 30 s"


def test_there_is_nothing_to_wait_for_before_the_beginning_and_after_the_end() -> None:
    failed = opened(beats="10000,10000", timing=BEATS)
    failed.receive(b"ERROR\n\n\0", now=0)
    for session in (Session(), failed):
        assert session.next_deadline() == math.inf
        assert session.why_dead(1e9) == ""


SAID = [
    b"CONNECTED\nversion:1.2\n\n\0", b"CONNECTED\n\n\0", b"ERROR\n\n\0", b"RECEIPT\nreceipt-id:goodbye\n\n\0",
    b"FOO\n\n\0", b"\n", message(), message(version="1.1"), message(subscription="other"), b"MESSAGE\n\n\0",
    b"MESSAGE\nx\n\n\0", b"\xff",
]  # fmt: skip


@given(said=st.lists(st.sampled_from(SAID), max_size=12), leave=st.integers(0, 12))
def test_whatever_the_server_says_nothing_is_raised_and_broken_is_last(said: list[bytes], leave: int) -> None:
    session = Session()
    session.connect({}, now=0)
    events = []
    for number, octets in enumerate(said):
        if number == leave and session.state is State.OPEN:
            session.disconnect(now=number)
        events += session.receive(octets, now=number)
    broken = [isinstance(event, ProtocolBroken) for event in events]
    assert True not in broken[:-1]
    assert session.state is not State.IDLE
