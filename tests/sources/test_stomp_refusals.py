"""The STOMP source and a broker that says ERROR: each refusal has its own patience, and nothing stops for good."""

import logging
from datetime import timedelta

import trio

from router.demo.broker import Manners
from router.sources.refusals import NoToken
from tests.sources.brokers import ACK_MODE, LINK, QUEUE, FakeCredentials, alarm, spy, wants_acks, world

__all__ = ["spy"]


async def test_a_rate_limit_is_obeyed_without_any_attempt_even_when_nudged(autojump_clock):
    async with world() as it:
        text = "Too many connection attempts. Please wait 1500000 ms before retrying."
        it.broker.refuse_with(text, {"error-code": "rate-limit-exceeded"})
        await it.broker.until(lambda: it.broker.attempts == 1)
        await trio.sleep(5)
        it.broker.forgive()
        it.source.nudge()
        await trio.sleep(1490)
        assert it.broker.attempts == 1
        await trio.sleep(20)
        assert it.broker.connected == 1


async def test_a_short_rate_limit_still_waits_ten_minutes(autojump_clock):
    async with world() as it:
        it.broker.refuse_with("Too many connection attempts. Please wait 1000 ms before retrying.")
        await trio.sleep(595)
        assert it.broker.attempts == 1
        await trio.sleep(10)
        assert it.broker.attempts == 2


async def test_too_many_connections_wait_ten_minutes_and_are_a_fault_at_once(autojump_clock):
    async with world() as it:
        text = "Maximum parallel connection limit exceeded. Please close other connections."
        it.broker.refuse_with(text, {"error-code": "max-connections-reached"})
        await it.door.until(lambda: it.door.faults() == [LINK])
        assert trio.current_time() < 1
        await trio.sleep(595)
        assert it.broker.attempts == 1
        it.broker.forgive()
        await it.broker.until(lambda: it.broker.connected == 1)
        await it.door.until(lambda: LINK in it.door.ended())


async def test_a_refused_token_is_renewed_once_at_once(autojump_clock):
    credentials = FakeCredentials("old", "new")
    async with world(manners=Manners(tokens=frozenset({"new"})), credentials=credentials) as it:
        await it.broker.until(lambda: it.broker.connected == 1)
        assert trio.current_time() < 6
        assert it.door.faults() == []


async def test_a_token_refused_twice_is_a_fault_and_tried_every_quarter_of_an_hour(autojump_clock):
    async with world(manners=Manners(tokens=frozenset({"good"})), credentials=FakeCredentials("bad")) as it:
        await it.door.until(lambda: it.door.faults() == [LINK])
        assert it.broker.attempts == 2
        await trio.sleep(890)
        assert it.broker.attempts == 2
        await trio.sleep(20)
        assert it.broker.attempts == 3
        assert it.door.faults() == [LINK]


async def test_a_nudge_tries_a_refused_authorization_again_at_once(autojump_clock):
    credentials = FakeCredentials("bad")
    async with world(manners=Manners(tokens=frozenset({"good"})), credentials=credentials) as it:
        await it.door.until(lambda: it.door.faults() == [LINK])
        credentials.tokens = ["good"]
        before = trio.current_time()
        it.source.nudge()
        await it.broker.until(lambda: it.broker.connected == 1)
        assert trio.current_time() - before < 1


async def test_a_password_that_must_be_changed_is_a_fault_and_tried_hourly(autojump_clock):
    wait = NoToken("NEW_PASSWORD_REQUIRED: …", hold=timedelta(hours=1), needs_person=True)
    credentials = FakeCredentials(wait)
    async with world(credentials=credentials) as it:
        await it.door.until(lambda: it.door.faults() == [LINK])
        assert "NEW_PASSWORD_REQUIRED" in it.door.texts()[0]
        await trio.sleep(3590)
        assert credentials.asked == 1
        credentials.tokens = ["any"]
        await trio.sleep(20)
        assert it.broker.connected == 1


async def test_a_refused_subscription_is_a_fault_of_its_channel_and_the_others_go_on(autojump_clock):
    other = "/queue/me/measurements"
    async with world(destinations=("/queue/me/alarms", other)) as it:
        text = "subscription refused: missing required permission or license for queue: measurements"
        it.broker.refuse_with(text, {"queue": "measurements"}, command="SUBSCRIBE", destination=other)
        await it.door.until(lambda: it.door.faults() == [f"source plant channel {other}"])
        it.broker.publish("/queue/me/alarms", alarm("a"))
        await it.door.until(it.door.ids)
        attempts = it.broker.attempts
        await trio.sleep(3500)
        assert it.broker.attempts == attempts
        await trio.sleep(200)
        assert it.broker.attempts > attempts  # asked again after an hour, and refused again
        it.broker.forgive()
        await trio.sleep(3700)
        assert f"source plant channel {other}" in it.door.ended()
        assert it.door.faults() == [f"source plant channel {other}"]
        it.broker.publish(other, alarm("b"))
        await it.door.until(lambda: it.door.ids() == ["a", "b"])
        await it.broker.until(lambda: it.broker.pending(other) == 0)


async def test_when_every_subscription_is_refused_the_source_waits_and_asks_again_hourly(autojump_clock):
    async with world() as it:
        it.broker.refuse_with("subscription refused: for queue: alarms", {"queue": "alarms"}, command="SUBSCRIBE")
        await it.door.until(lambda: it.door.faults() == [f"source plant channel {QUEUE}"])
        await trio.sleep(3000)
        assert it.broker.attempts == 1
        it.broker.forgive()
        await trio.sleep(700)
        assert f"source plant channel {QUEUE}" in it.door.ended()


async def test_a_nudge_asks_for_a_refused_subscription_again(autojump_clock):
    other = "/queue/me/measurements"
    async with world(destinations=(QUEUE, other)) as it:
        it.broker.refuse_with(
            "subscription refused: x", {"queue": "measurements"}, command="SUBSCRIBE", destination=other
        )
        await it.door.until(it.door.faults)
        await trio.sleep(60)
        it.broker.forgive()
        it.source.nudge()
        it.broker.publish(other, alarm("a"))
        await it.door.until(it.door.ids)
        assert it.broker.connected == 2


async def test_any_other_error_is_tried_again_with_growing_waits(autojump_clock):
    async with world() as it:
        it.broker.refuse_with("Unable to process the request.")
        await trio.sleep(0.5 + 1 + 2 + 4 + 8)
        assert it.broker.attempts == 5


async def test_two_errors_between_subscribe_and_message_fall_back_to_auto_and_say_so(spy, autojump_clock):
    spy.refuse = lambda frame: "Unable to process the request." if wants_acks(frame) else None
    async with world() as it:
        await it.door.until(lambda: it.door.faults() == [ACK_MODE])
        assert spy.modes() == ["client", "client", "auto"]
        it.broker.publish(QUEUE, alarm("a"))
        await it.door.until(it.door.ids)


async def test_errors_that_have_a_meaning_of_their_own_do_not_change_the_mode(spy, autojump_clock):
    spy.refuse = lambda frame: "Broker not available." if wants_acks(frame) else None
    async with world() as it:
        await trio.sleep(300)
        assert set(spy.modes()) == {"client"}
        assert ACK_MODE not in it.door.faults()


async def test_auto_that_is_refused_too_was_not_the_reason(spy, autojump_clock):
    async with world() as it:
        it.broker.refuse_with("Invalid destination", command="SUBSCRIBE")
        await trio.sleep(300)
        assert spy.modes()[:6] == ["client", "client", "auto", "auto", "client", "client"]
        assert ACK_MODE not in it.door.faults()


async def test_a_secret_that_the_broker_quotes_is_in_no_fault_and_no_log(autojump_clock, caplog):
    caplog.set_level(logging.DEBUG, "router.sources")
    credentials = FakeCredentials("topsecret-token")
    credentials.renewable = False
    async with world(credentials=credentials) as it:
        it.broker.refuse_with("invalid authorization: Bearer topsecret-token")
        await it.door.until(it.door.faults)
        assert "topsecret" not in repr(it.door.inputs)
    assert "topsecret" not in "".join(str(vars(record)) for record in caplog.records)


async def test_a_connect_header_with_a_line_break_is_no_crash(autojump_clock):
    async with world(credentials=FakeCredentials("a\nb")) as it:
        await trio.sleep(300)
        assert it.broker.connected == 0
        assert LINK in it.door.faults()
