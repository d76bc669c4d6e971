"""What the story can do: sensors speak to the broker, people ask in the store, and it waits for what must happen."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trio
import trio.testing

from router.core.model import Alert, Event
from router.core.state import Rows, State
from router.demo.broker import Broker
from router.demo.catchers import Providers, Received
from router.demo.manners import Manners
from router.demo.scene import QUEUE, Scene, StoryError
from router.demo.story import FREEZER_3, LOST, warm
from router.stores import open_store
from tests.demo.boards import START, board_at

EVENT = Event(
    "1", "s", "measurement alarm", "firing", "k", START, condition_type="Upper limit", serial_number=FREEZER_3.serial
)
ALERT = Alert("a1", "k", "firing", EVENT, START, START, START)


@pytest.fixture
def scene(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> Scene:
    url = f"sqlite:///{tmp_path}/alarms.db"
    open_store(url, "serve").close()
    state = State.of(Rows(alerts=(ALERT,)))
    return Scene(
        Broker(Manners()),
        Providers(lambda _: None),
        board_at(1),
        lambda: state,
        url,
        lambda: START + timedelta(seconds=round(autojump_clock.current_time(), 3)),
        START,
    )


async def test_a_minute_of_the_story_is_waited_for_and_a_past_one_is_not(
    scene: Scene, autojump_clock: trio.testing.MockClock
) -> None:
    await scene.at(2)
    assert scene.now() == START + timedelta(minutes=2)
    await scene.at(1)
    assert scene.now() == START + timedelta(minutes=2)


async def test_what_a_sensor_says_waits_at_the_broker_and_is_remembered(
    scene: Scene, autojump_clock: trio.testing.MockClock
) -> None:
    scene.alarm(warm(FREEZER_3, -14.2), minutes_ago=5)
    scene.recovery(LOST)
    assert scene.broker.pending(QUEUE) == 2
    assert len(set(scene.said)) == 2
    assert [entry.text for entry in scene.board.entries] == [
        "⚡ Freezer 3: Upper limit, -14.2 °C",
        "✓ Gateway North: Connection timeout – is over",
    ]
    message = scene.broker.queues._queue(QUEUE).waiting[0]
    assert json.loads(message.body)["alarm_time"] == "2026-11-22T01:55:00Z"


async def test_somebody_acknowledges_by_a_request_in_the_store(
    scene: Scene, autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    nursery.start_soon(scene.acknowledge, warm(FREEZER_3, 0), "bob")
    store = open_store(scene.store_url)
    while not (requests := store.requests()):
        await trio.sleep(1)
    store.close()
    scene.state().alerts["a1"] = replace(ALERT, status="acknowledged", acknowledged_by="bob")
    assert [(request.verb, request.alert_id, request.by) for request in requests] == [("acknowledge", "a1", "bob")]


async def test_the_story_goes_wrong_when_nothing_happens_for_a_quarter_of_an_hour(
    scene: Scene, autojump_clock: trio.testing.MockClock
) -> None:
    with pytest.raises(StoryError, match="waited 15 minutes of the story for bob to get a text"):
        await scene.received("sms", "bob", "ALARM")
    assert scene.now() >= START + timedelta(minutes=15)


async def test_a_text_is_known_by_who_got_it_and_what_it_says(
    scene: Scene, autojump_clock: trio.testing.MockClock
) -> None:
    scene.board.receive(Received("sms", "+49170", "", "ALARM Freezer 3"))
    await scene.received("sms", "+49170", "Freezer 3")
    assert not scene.has("sms", "+49170", "Freezer 4")
    assert not scene.has("mail", "+49170", "Freezer 3")


async def test_a_text_of_an_earlier_night_does_not_count(scene: Scene, autojump_clock: trio.testing.MockClock) -> None:
    scene.board.receive(Received("sms", "+49170", "", "ALARM Freezer 3"))
    scene.began = START + timedelta(hours=1)
    assert not scene.has("sms", "+49170", "Freezer 3")


async def test_a_cut_link_takes_nobody_until_it_is_mended(scene: Scene, autojump_clock: trio.testing.MockClock) -> None:
    scene.cut_link()
    assert scene.broker.manners.http_status == 503
    scene.mend_link()
    assert scene.broker.manners.http_status == 0
