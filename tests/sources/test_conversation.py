"""One connection without a WebSocket: what is read, put through the door, and written, frame by frame."""

from contextlib import asynccontextmanager

import trio

from router.core.settings import Reading, StompSettings
from router.errors import Secret
from router.sources import conversation as module
from router.sources.conversation import Conversation, Ended, Hooks
from router.sources.link import LinkEndedError
from tests.sources.doors import FakeDoor

CONNECTED = b"CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0"


def message(number: int, *, ack: str = "ack", body: bytes = b"{}", subscription: str = "sub-0") -> bytes:
    head = f"MESSAGE\nsubscription:{subscription}\nmessage-id:m{number}\ndestination:/queue/a\n"
    head += f"{ack}:a{number}\n" if ack else ""
    return head.encode() + b"\n" + body + b"\0"


class FakeLink:
    """What the peer says is put in, what we say is kept."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.pings = 0
        self.close_code = 1000
        self.heard_at = trio.current_time()
        self._say, self._hear = trio.open_memory_channel[bytes](1000)

    def says(self, *data: bytes) -> None:
        for one in data:
            self._say.send_nowait(one)

    def ends(self) -> None:
        self._say.close()

    async def receive(self) -> bytes:
        try:
            data = await self._hear.receive()
        except trio.EndOfChannel:
            raise LinkEndedError("gone") from None
        self.heard_at = trio.current_time()
        return data

    def waiting(self) -> int:
        return self._hear.statistics().current_buffer_used

    async def send(self, data: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.sent.append(data)

    def ping(self) -> None:
        self.pings += 1

    def acks(self) -> list[bytes]:
        return [data.split(b"id:")[1].split(b"\n")[0] for data in self.sent if data.startswith(b"ACK")]


class Talk:
    def __init__(self, conversation: Conversation, link: FakeLink, door: FakeDoor) -> None:
        self.conversation, self.link, self.door = conversation, link, door
        self.accepted: list[str] = []
        self.ended: Ended | None = None

    async def run(self) -> None:
        self.ended = await self.conversation.run(self.link)


@asynccontextmanager
async def talking(ack="client", destinations=("/queue/a",), first=CONNECTED, **headers):
    async with trio.open_nursery() as nursery:
        door, link, accepted = FakeDoor(), FakeLink(), []
        settings = StompSettings("s", "ws://x", destinations, Reading("s"), max_body=50_000)
        conversation = Conversation(
            settings,
            door,
            enrich=lambda event: event,
            hooks=Hooks(connected=lambda: None, accepted=accepted.append, heard=lambda: None),
            destinations=destinations,
            headers=headers,
            ack=ack,
        )
        talk = Talk(conversation, link, door)
        talk.accepted = accepted
        nursery.start_soon(talk.run)
        link.says(first)
        await trio.sleep(1)
        yield talk
        nursery.cancel_scope.cancel()


async def test_nothing_is_said_before_connected_but_connect(autojump_clock):
    async with talking(Authorization=Secret("Bearer x")) as talk:
        await trio.sleep(1)
        first, second = talk.link.sent
        assert first.startswith(b"CONNECT\n")
        assert b"Authorization:Bearer x\n" in first
        assert second.startswith(b"SUBSCRIBE\n")
        assert b"ack:client\n" in second
        assert b"receipt:sub-0\n" in second


async def test_a_batch_is_one_acknowledgement_of_its_last_message(autojump_clock):
    async with talking() as talk:
        talk.door.commits_at_once = False
        talk.link.says(*(message(number) for number in range(10)))
        await trio.sleep(1)
        talk.door.commit(7)
        await trio.sleep(1)
        assert talk.link.acks() == [b"a6"]
        talk.door.commit()
        await trio.sleep(1)
        assert talk.link.acks() == [b"a6", b"a9"]


async def test_each_subscription_has_its_own_acknowledgement(autojump_clock):
    async with talking(destinations=("/queue/a", "/queue/b")) as talk:
        talk.door.commits_at_once = False
        talk.link.says(message(1), message(2, subscription="sub-1"), message(3))
        await trio.sleep(1)
        talk.door.commit()
        await trio.sleep(1)
        assert sorted(talk.link.acks()) == [b"a2", b"a3"]


async def test_a_message_for_somebody_else_is_neither_taken_nor_acknowledged(autojump_clock):
    async with talking() as talk:
        talk.link.says(message(1, subscription="sub-9"), message(2))
        await trio.sleep(1)
        assert len(talk.door.inputs) == 1
        assert talk.link.acks() == [b"a2"]


async def test_messages_without_an_ack_header_are_taken_and_not_acknowledged(autojump_clock):
    async with talking() as talk:
        talk.link.says(message(1, ack=""))
        await trio.sleep(1)
        assert len(talk.door.inputs) == 1
        assert talk.link.acks() == []


async def test_a_commit_after_the_end_acknowledges_nothing(autojump_clock):
    async with talking() as talk:
        talk.door.commits_at_once = False
        talk.link.says(message(1))
        await trio.sleep(1)
        talk.link.ends()
        await trio.sleep(1)
        talk.door.commit()
        await trio.sleep(1)
        assert talk.ended is not None
        assert talk.ended.reason == "gone"
        assert talk.link.acks() == []


async def test_beyond_its_bound_it_stops_reading_and_does_not_take_the_server_for_dead(autojump_clock, monkeypatch):
    monkeypatch.setattr(module, "_QUEUED", 100_000)
    async with talking() as talk:
        talk.door.open = False
        talk.link.says(*(message(number, body=b" " * 20_000) for number in range(50)))
        await trio.sleep(900)
        assert talk.ended is None
        assert talk.link.waiting() > 40
        talk.door.unlock()
        await trio.sleep(5)
        assert talk.link.acks()[-1] == b"a49"


async def test_without_heart_beats_it_asks_by_pings_and_gives_up_when_none_is_answered(autojump_clock):
    async with talking() as talk:
        await trio.sleep(58)
        assert talk.link.pings > 0
        assert talk.ended is None
        await trio.sleep(5)
        assert talk.ended is not None
        assert "nothing heard" in talk.ended.reason


async def test_a_subscription_counts_as_accepted_after_a_while_without_a_receipt(autojump_clock):
    async with talking() as talk:
        await trio.sleep(8)
        assert talk.accepted == []
        await trio.sleep(2)
        assert talk.accepted == ["/queue/a"]


async def test_a_receipt_or_a_message_counts_at_once(autojump_clock):
    async with talking(destinations=("/queue/a", "/queue/b")) as talk:
        await trio.sleep(1)
        talk.link.says(b"RECEIPT\nreceipt-id:sub-1\n\n\0", message(1))
        await trio.sleep(1)
        assert sorted(talk.accepted) == ["/queue/a", "/queue/b"]


async def test_an_error_ends_it_and_says_whether_it_was_settled(autojump_clock):
    async with talking() as talk:
        await trio.sleep(1)
        talk.link.says(b"ERROR\nmessage:no\n\n\0")
        await trio.sleep(1)
        assert talk.ended is not None
        assert talk.ended.error is not None
        assert talk.ended.unsettled


async def test_an_error_after_a_message_is_settled(autojump_clock):
    async with talking() as talk:
        talk.link.says(message(1), b"ERROR\nmessage:no\n\n\0")
        await trio.sleep(1)
        assert talk.ended is not None
        assert not talk.ended.unsettled


async def test_an_error_quoting_a_secret_is_scrubbed(autojump_clock):
    async with talking(Authorization=Secret("Bearer hidden")) as talk:
        talk.link.says(b"ERROR\nmessage:bad Bearer hidden\n\nbad Bearer hidden\0")
        await trio.sleep(1)
        assert talk.ended is not None
        assert "hidden" not in repr(talk.ended) + talk.ended.error.message + repr(talk.ended.error.body)


async def test_the_body_of_an_error_is_told_where_it_says_more(autojump_clock):
    """RabbitMQ's message header is 'Bad CONNECT' for a wrong password and for an unknown virtual host."""
    async with talking() as talk:
        talk.link.says(b"ERROR\nmessage:Bad CONNECT\n\nVirtual host 'x'\naccess denied\0")
        await trio.sleep(1)
    assert talk.ended.reason == "the server said ERROR: Bad CONNECT (Virtual host 'x' access denied)"


async def test_an_unreadable_frame_sets_the_close_code_and_is_named(autojump_clock):
    async with talking() as talk:
        talk.link.says(b"MESSAGE\nmessage-id:m1\ndestination:/queue/a\nno colon\n\n\0")
        await trio.sleep(1)
        assert talk.link.close_code == 1002
        assert (talk.ended.broken.destination, talk.ended.broken.message_id) == ("/queue/a", "m1")


async def test_a_message_too_large_for_the_link_is_named_by_its_head(autojump_clock):
    async with talking() as talk:

        async def too_large() -> bytes:
            raise LinkEndedError("1009", too_large=b"MESSAGE\nmessage-id:m1\ndestination:/queue/a\n\nxxxx")

        await trio.sleep(1)
        talk.link.receive = too_large
        talk.link.says(message(1))
        await trio.sleep(1)
        assert talk.link.close_code == 1009
        assert (talk.ended.broken.destination, talk.ended.broken.message_id) == ("/queue/a", "m1")


async def test_what_comes_only_once_is_put_through_the_door_after_the_end(autojump_clock):
    async with talking(ack="auto") as talk:
        talk.door.open = False
        talk.link.says(message(1, ack=""), message(2, ack=""))
        await trio.sleep(1)
        talk.link.ends()
        await trio.sleep(1)
        talk.door.open = True
        await talk.conversation.finish()
        assert len(talk.door.inputs) == 2


async def test_what_will_come_again_is_left_at_the_end(autojump_clock):
    async with talking() as talk:
        talk.door.open = False
        talk.link.says(message(1), message(2))
        await trio.sleep(1)
        talk.link.ends()
        await trio.sleep(1)
        talk.door.open = True
        await talk.conversation.finish()
        assert talk.door.inputs == []


async def test_a_server_that_never_says_connected_is_left(autojump_clock):
    async with talking(first=b"\n") as talk:
        await trio.sleep(31)
        assert talk.ended is not None
        assert "CONNECTED" in talk.ended.reason
