"""The stage: the demo's rules with the ports of this evening, and what the store knows afterwards."""

from pathlib import Path

import pytest
import trio

from router.app.loading import load
from router.core.settings import SaverisSettings
from router.demo.catchers import Received
from router.demo.manners import Manners
from router.demo.pace import Pace
from router.demo.payloads import raised
from router.demo.scene import QUEUE, SOURCE
from router.demo.stage import TOKEN, Places, missing, open_stage, write_rules
from router.demo.story import FREEZER_3, warm
from router.logs import JsonLines
from router.stores import open_store
from tests.demo.boards import START


def test_the_packaged_rules_get_the_ports_of_this_evening(tmp_path: Path) -> None:
    places = Places(tmp_path)
    write_rules(places, {"broker": "127.0.0.1:1", "providers": "127.0.0.1:2", "mail": "127.0.0.1:3"})
    loaded = load(places.rules)
    source = loaded.settings.sources[SOURCE]
    assert isinstance(source, SaverisSettings)
    assert (source.stomp.url, source.stomp.destinations) == ("ws://127.0.0.1:1/web-socket", (QUEUE,))
    assert source.literal_token is not None
    assert source.literal_token.reveal() == TOKEN
    assert "127.0.0.1:2/" in loaded.settings.channels["sms"].url.reveal()
    assert "127.0.0.1:3/" in loaded.settings.channels["mail"].url.reveal()
    assert "127.0.0.1:184" not in places.rules.read_text()


def test_events_that_the_store_does_not_know_are_missing(tmp_path: Path) -> None:
    open_store(Places(tmp_path).store_url, "serve").close()
    assert missing(Places(tmp_path), SOURCE, ["a", "b"]) == ["a", "b"]


@pytest.mark.slow
def test_an_alarm_told_to_the_broker_reaches_alice_through_everything_real(tmp_path: Path) -> None:
    places, got, pace = Places(tmp_path), [], Pace(60, START)

    async def evening() -> None:
        async with open_stage(places, JsonLines(), now=pace.now, receive=got.append) as stage:
            assert stage.broker.manners == Manners(tokens=frozenset({TOKEN}), heart_beat=(60.0, 60.0))
            stage.broker.publish(QUEUE, raised(warm(FREEZER_3, -14.2), pace.now(), number=1))
            with trio.fail_after(600):
                while len(got) < 2 or stage.broker.pending(QUEUE):
                    await trio.sleep(1)
            assert len(stage.state().alerts) == 1

    texts: list[Received] = got
    trio.run(evening, clock=pace)
    assert {(text.kind, text.to) for text in texts} == {("sms", "+4917012345"), ("chat", "cold-chain")}
    assert all("-14.2" in text.title + text.text for text in texts)
