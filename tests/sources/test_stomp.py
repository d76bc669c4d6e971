"""The STOMP source against the embedded broker: it loses everything and finds it again, and confirms only commits."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
import trio

from router.core.settings import Reading
from router.demo.broker import Manners
from tests.sources.brokers import LINK, QUEUE, UNREADABLE, alarm, spy, world
from tests.sources.doors import FakeDoor

__all__ = ["spy"]


async def test_an_alarm_goes_through_the_door_and_is_acknowledged(autojump_clock):
    async with world() as it:
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(lambda: it.door.ids() == ["a"])
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


async def test_nothing_is_acknowledged_before_the_commit(autojump_clock):
    async with world() as it:
        it.door.commits_at_once = False
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)
        await trio.sleep(60)
        assert it.broker.pending(QUEUE) == 1
        it.door.commit()
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


async def test_one_acknowledgement_per_committed_batch_in_mode_client(spy, autojump_clock):
    async with world() as it:
        it.door.commits_at_once = False
        for number in range(100):
            it.broker.publish(QUEUE, alarm(str(number)))
        await it.door.until(lambda: len(it.door.ids()) == 100)
        spy.frames.clear()
        it.door.commit(60)
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 40)
        it.door.commit()
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)
        assert len(spy.of("ACK")) == 2
        assert it.door.ids() == [str(number) for number in range(100)]


async def test_each_message_is_acknowledged_in_mode_client_individual(spy, autojump_clock):
    async with world(ack="client-individual") as it:
        it.door.commits_at_once = False
        for number in range(5):
            it.broker.publish(QUEUE, alarm(str(number)))
        await it.door.until(lambda: len(it.door.ids()) == 5)
        spy.frames.clear()
        it.door.commit()
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)
        assert len(spy.of("ACK")) == 5


async def test_prefetch_is_asked_for_in_both_dialects(spy, autojump_clock):
    async with world(prefetch=7, subscribe_headers={"x-queue-type": "quorum"}) as it:
        await it.broker.until(lambda: spy.of("SUBSCRIBE"))
        headers = spy.of("SUBSCRIBE")[0].headers
        assert (headers["prefetch-count"], headers["activemq.prefetchSize"]) == ("7", "7")
        assert headers["x-queue-type"] == "quorum"


async def test_a_dropped_link_is_found_again_and_what_was_not_acknowledged_comes_again(spy, autojump_clock):
    async with world() as it:
        it.door.commits_at_once = False
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)
        it.broker.drop_links()
        await it.door.until(lambda: it.door.ids() == ["a", "a"])
        spy.frames.clear()
        it.door.commit(1)  # of the link that is gone: its ack id means nothing any more
        await trio.sleep(60)
        assert spy.of("ACK") == []
        it.door.commit()
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_no_close_code_is_taken_as_goodbye(autojump_clock, code):
    async with world() as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        it.broker.close_links(code)
        await it.broker.until(lambda: it.broker.connected == 2)


async def test_what_cannot_be_read_is_stored_acknowledged_and_does_not_stop_the_rest(autojump_clock):
    async with world() as it:
        it.broker.publish(QUEUE, b"{not json")
        it.broker.publish(QUEUE, b"\xff\xfe")
        it.broker.publish(QUEUE, b"[" * 100_000)
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)
        assert len(it.door.rejected()) == 3
        assert it.door.rejected()[0].body == "{not json"
        assert len({rejected.id for rejected in it.door.rejected()}) == 3
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


async def test_an_oversize_body_is_rejected_with_its_beginning_and_acknowledged(autojump_clock):
    async with world(max_body=100_000) as it:
        it.broker.publish(QUEUE, b"x" * 150_000)
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)
        (rejected,) = it.door.rejected()
        assert rejected.reason == "a body of 150000 octets, the limit is 100000"
        assert len(rejected.body) == 64 * 1024
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


async def test_a_mute_broker_is_left_and_found_again(autojump_clock):
    async with world() as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        it.broker.mute()
        start = trio.current_time()
        await it.broker.until(lambda: it.broker.attempts == 2)
        assert 20 < trio.current_time() - start < 40
        it.broker.unmute()
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)


async def test_a_live_link_without_messages_is_kept(autojump_clock):
    async with world() as it:
        await trio.sleep(3600)
        assert it.broker.attempts == 1
        assert it.door.faults() == []


async def test_a_broker_without_heart_beats_is_kept_alive_by_pings(autojump_clock):
    async with world(manners=Manners(heart_beat=(0.0, 0.0))) as it:
        await trio.sleep(3600)
        assert it.broker.attempts == 1


async def test_a_lost_link_is_one_fault_after_link_timeout_and_its_return_ends_it(autojump_clock):
    async with world(link_timeout=timedelta(minutes=2)) as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        await trio.sleep(60)
        it.broker.manners.http_status = 503
        it.broker.drop_links()
        await trio.sleep(115)
        assert it.door.faults() == []
        await trio.sleep(10)
        assert it.door.faults() == [LINK]
        assert "503" in it.door.texts()[0]
        await trio.sleep(3600)
        assert it.door.faults() == [LINK]
        ends = it.door.ended().count(LINK)
        it.broker.manners.http_status = 0
        await trio.sleep(120)
        assert it.door.ended().count(LINK) == ends + 1


async def test_a_broker_that_throws_us_out_again_and_again_is_a_lost_link(autojump_clock):
    async with world(link_timeout=timedelta(minutes=2)) as it:
        it.broker.refuse_with("no", command="SUBSCRIBE")
        await trio.sleep(180)
        assert LINK in it.door.faults()


async def test_the_end_of_a_fault_of_an_earlier_run_is_told_at_the_first_connection(autojump_clock):
    async with world() as it:
        await it.door.until(lambda: LINK in it.door.ended())


async def test_silence_longer_than_expected_is_one_fault_and_the_next_message_ends_it(autojump_clock):
    async with world(expect=timedelta(minutes=30)) as it:
        await trio.sleep(29 * 60)
        assert it.door.faults() == []
        await trio.sleep(120)
        assert it.door.faults() == ["source plant silent"]
        await trio.sleep(90 * 60)
        assert it.door.faults() == ["source plant silent"]
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(lambda: "source plant silent" in it.door.ended())


async def test_silence_counts_from_what_an_earlier_run_received(autojump_clock):
    door = FakeDoor()
    last = door.now() - timedelta(hours=23, minutes=50)
    async with world(door=door, expect=timedelta(hours=24), last_received=last) as it:
        await trio.sleep(700)
        assert it.door.faults() == ["source plant silent"]


async def test_a_server_that_sends_no_ack_header_is_believed_and_it_is_logged(autojump_clock, caplog):
    caplog.set_level(logging.WARNING, "router.sources")
    async with world(manners=Manners(honours_acks=False)) as it:
        it.broker.publish(QUEUE, alarm("a"))
        it.broker.publish(QUEUE, alarm("b"))
        await it.door.until(lambda: len(it.door.ids()) == 2)
        await trio.sleep(60)
        assert it.broker.attempts == 1
    assert sum("ack header" in record.message for record in caplog.records) == 1


async def test_what_came_by_auto_goes_through_the_door_although_the_link_is_gone(autojump_clock):
    async with world(ack="auto") as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        it.door.open = False
        for number in range(10):
            it.broker.publish(QUEUE, alarm(str(number)))
        await trio.sleep(1)
        it.broker.drop_links()
        await trio.sleep(60)
        it.door.unlock()
        await it.door.until(lambda: set(it.door.ids()) == {str(number) for number in range(10)})


async def test_an_unreadable_frame_three_times_is_a_fault_that_names_it(autojump_clock):
    async with world() as it:
        for _ in range(3):
            await it.broker.until(lambda: it.broker.links)
            connected = it.broker.connected
            await it.broker.until(lambda connected=connected: it.broker.connected > connected or it.broker.connected)
            await trio.sleep(0.5)
            it.broker.send_raw(b"MESSAGE\nmessage-id:m-7\ndestination:/queue/alarms\nno colon\n\nx\0")
            await trio.sleep(8)
        assert it.door.faults() == [UNREADABLE]
        assert "destination /queue/alarms, message-id m-7" in it.door.texts()[0]
        await trio.sleep(200)
        assert UNREADABLE in it.door.ended()


async def test_the_door_may_be_shut_for_long_and_the_link_stays(autojump_clock):
    async with world() as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        it.door.open = False
        for number in range(50):
            it.broker.publish(QUEUE, alarm(str(number)))
        await trio.sleep(3600)
        assert it.broker.attempts == 1
        it.door.unlock()
        await it.door.until(lambda: len(it.door.ids()) == 50)
        await it.broker.until(lambda: it.broker.pending(QUEUE) == 0)


async def test_labels_of_the_inventory_are_there_when_the_key_asks_for_them(autojump_clock):
    reading = Reading("plant", key=("labels.room", "kind"))
    async with world(reading=reading, enrich=lambda event: replace(event, labels={"room": "cold 1"})) as it:
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)
        event = next(item.event for item in it.door.inputs if hasattr(item, "event"))
        assert event.key == "cold 1|measurement alarm"


async def test_stopping_ends_in_bounded_time_with_a_mute_broker(autojump_clock):
    async with world() as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        it.broker.mute()
        start = trio.current_time()
    assert trio.current_time() - start < 4
