"""Queues: who gets what, what comes again."""

from router.demo.queues import AckMode, Consumer, Message, Queues

A = "/queue/a"


class Reader:
    """A consumer that notes what it was given."""

    def __init__(self, ack: AckMode = "client", prefetch: int = 0) -> None:
        self.got: list[str] = []
        self.redelivered: list[str] = []
        self.ready = True
        self.consumer = Consumer(A, ack, prefetch, self.take, lambda: self.ready)

    def take(self, consumer: Consumer, message: Message) -> None:
        (self.redelivered if message.redelivered else self.got).append(message.id)


def put(queues: Queues, *ids: str) -> None:
    for one in ids:
        queues.put(Message(one, A, {}, b""))


def test_a_queue_keeps_what_nobody_reads_and_gives_it_in_order() -> None:
    queues, reader = Queues(), Reader()
    put(queues, "1", "2")
    assert queues.waiting(A) == 2
    queues.join(reader.consumer)
    put(queues, "3")
    assert reader.got == ["1", "2", "3"]
    assert (queues.waiting(A), queues.unacked(A)) == (0, 3)


def test_consumers_share_a_queue_in_turn() -> None:
    queues, left, right = Queues(), Reader("auto"), Reader("auto")
    queues.join(left.consumer)
    queues.join(right.consumer)
    put(queues, "1", "2", "3", "4")
    assert (left.got, right.got) == (["1", "3"], ["2", "4"])


def test_prefetch_holds_messages_back_until_an_acknowledgement() -> None:
    queues, reader = Queues(), Reader(prefetch=2)
    queues.join(reader.consumer)
    put(queues, "1", "2", "3")
    assert reader.got == ["1", "2"]
    assert [one.id for one in queues.ack(reader.consumer, "1")] == ["1"]
    assert reader.got == ["1", "2", "3"]


def test_a_consumer_that_is_not_ready_is_passed_over() -> None:
    queues, busy, free = Queues(), Reader("auto"), Reader("auto")
    busy.ready = False
    queues.join(busy.consumer)
    queues.join(free.consumer)
    put(queues, "1", "2")
    assert (busy.got, free.got) == ([], ["1", "2"])


def test_client_acknowledges_everything_up_to_the_message_and_client_individual_only_it() -> None:
    for mode, acked, left in (("client", ["1", "2"], 1), ("client-individual", ["2"], 2)):
        queues, reader = Queues(), Reader(mode)  # type: ignore[arg-type]
        queues.join(reader.consumer)
        put(queues, "1", "2", "3")
        assert [one.id for one in queues.ack(reader.consumer, "2")] == acked
        assert queues.unacked(A) == left
        assert queues.ack(reader.consumer, "2") == ()


def test_what_a_lost_consumer_did_not_acknowledge_comes_again_first_and_marked() -> None:
    queues, lost, other = Queues(), Reader(prefetch=2), Reader()
    queues.join(lost.consumer)
    put(queues, "1", "2", "3")
    queues.leave(lost.consumer)
    queues.leave(lost.consumer)
    queues.join(other.consumer)
    assert (other.redelivered, other.got) == (["1", "2"], ["3"])


def test_a_lost_consumer_goes_over_to_the_one_that_stays() -> None:
    queues, lost, other = Queues(), Reader(), Reader()
    queues.join(lost.consumer)
    put(queues, "1")
    queues.join(other.consumer)
    queues.leave(lost.consumer)
    assert other.redelivered == ["1"]


def test_auto_forgets_what_it_gave() -> None:
    queues, lost = Queues(), Reader("auto")
    queues.join(lost.consumer)
    put(queues, "1")
    queues.leave(lost.consumer)
    assert (queues.waiting(A), queues.unacked(A)) == (0, 0)


def test_what_is_kept_is_what_nobody_has_acknowledged() -> None:
    queues, reader = Queues(), Reader("client-individual", prefetch=2)
    put(queues, "1", "2", "3")
    queues.join(reader.consumer)
    queues.ack(reader.consumer, "1")
    reader.ready = False
    put(queues, "4")
    assert sorted(one.id for one in queues.kept(A)) == ["2", "3", "4"]
