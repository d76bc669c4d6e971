"""The Saveris source: a token from the endpoint, on CONNECT, renewed when the broker refuses it."""

from functools import partial

import trio

from router.core.settings import Reading, SaverisSettings, StompSettings
from router.demo.broker import Manners, open_broker
from router.errors import Secret
from router.sources.saveris_source import open_saveris
from tests.sources.brokers import alarm
from tests.sources.doors import FakeDoor
from tests.sources.test_tokens import Endpoint

QUEUE = "/queue/me/alarms"


async def run_with(nursery: trio.Nursery, broker, endpoint: Endpoint) -> FakeDoor:
    listeners = await nursery.start(partial(trio.serve_tcp, endpoint.serve, 0, host="127.0.0.1"))
    stomp = StompSettings("cold-chain", broker.url, (QUEUE,), Reading("cold-chain"))
    url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/v1/token"
    door = FakeDoor()
    settings = SaverisSettings("cold-chain", stomp, "me", Secret("password"), token_url=url)
    nursery.start_soon(open_saveris(settings, door).run)
    return door


async def test_an_alarm_comes_with_the_token_of_the_endpoint(nursery, autojump_clock):
    async with open_broker(nursery, manners=Manners(tokens=frozenset({"good"}))) as broker:
        door = await run_with(nursery, broker, Endpoint((200, {"idToken": "good"})))
        broker.publish(QUEUE, alarm("a"))
        await door.until(lambda: door.ids() == ["a"])
        nursery.cancel_scope.cancel()


async def test_a_token_that_the_broker_refuses_is_fetched_anew_once(nursery, autojump_clock):
    endpoint = Endpoint((200, {"idToken": "stale"}), (200, {"idToken": "good"}))
    async with open_broker(nursery, manners=Manners(tokens=frozenset({"good"}))) as broker:
        door = await run_with(nursery, broker, endpoint)
        await broker.until(lambda: broker.connected == 1)
        assert len(endpoint.requests) == 2
        assert door.faults() == []
        nursery.cancel_scope.cancel()


async def test_a_password_that_must_be_changed_is_told_and_healed_without_a_restart(nursery, autojump_clock):
    endpoint = Endpoint((200, {"ChallengeName": "NEW_PASSWORD_REQUIRED"}), (200, {"idToken": "good"}))
    async with open_broker(nursery, manners=Manners(tokens=frozenset({"good"}))) as broker:
        door = await run_with(nursery, broker, endpoint)
        await door.until(door.faults)
        assert door.faults() == ["source cold-chain link"]
        assert "NEW_PASSWORD_REQUIRED" in door.texts()[0]
        await broker.until(lambda: broker.connected == 1)
        assert 3600 <= trio.current_time() < 3700
        nursery.cancel_scope.cancel()


async def test_the_first_waits_are_those_that_the_service_asks_for(nursery, autojump_clock):
    async with open_broker(nursery) as broker:
        broker.refuse_with("Unable to process the request.")
        await run_with(nursery, broker, Endpoint((200, {"idToken": "any"})))
        await broker.until(lambda: broker.attempts == 3)
        assert 15 <= trio.current_time() <= 19
        nursery.cancel_scope.cancel()
