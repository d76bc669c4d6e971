"""An evening that ends early or goes wrong is summed up as well."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
import trio

from router.demo import performance as evening
from router.demo.board import Board
from router.demo.pace import Pace
from router.demo.payloads import raised
from router.demo.performance import Performance
from router.demo.scene import QUEUE, Scene, StoryError
from router.demo.stage import Places
from router.demo.story import FREEZER_3, warm
from router.logs import JsonLines
from tests.demo.boards import START


class Watching:
    stays = 0.0

    def __init__(self, _board: Board) -> None:
        self.looks = 0
        self.closed = False

    def refresh(self) -> None:
        self.looks += 1

    def close(self) -> None:
        self.closed = True


class Evening:
    """A performance with a story of the test's own."""

    def __init__(self, tmp_path: Path, *, speed: float = 60) -> None:
        self.pace = Pace(speed, START)
        self.watching: list[Watching] = []
        self.performance = Performance(Places(tmp_path), self.pace, JsonLines(), self.watch)

    def watch(self, board: Board) -> Watching:
        self.watching.append(Watching(board))
        return self.watching[-1]

    def run(self, *, nights: float) -> None:
        trio.run(partial(self.performance.run, nights=nights), clock=self.pace)


@pytest.mark.slow
def test_a_story_that_waits_in_vain_fails_and_the_terminal_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(_: Scene) -> None:
        raise StoryError("waited for bob")

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path)
    one.run(nights=1)
    assert (one.performance.outcome.failed, one.performance.outcome.nights) == ("waited for bob", 0)
    assert one.watching[0].closed


@pytest.mark.slow
def test_a_signal_ends_a_story_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(_: Scene) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await trio.sleep_forever()

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path)
    one.run(nights=1)
    assert (one.performance.outcome.failed, one.performance.outcome.nights) == ("", 0)
    assert one.watching[0].closed


@pytest.mark.slow
def test_an_alarm_that_the_store_does_not_know_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        scene.said.append("never told")

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path, speed=1000)
    one.run(nights=2)
    assert (one.performance.outcome.nights, one.performance.outcome.lost) == (2, 2)
    assert one.watching[0].looks


@pytest.mark.slow
def test_an_alarm_that_waits_at_the_broker_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        scene.cut_link()
        scene.broker.publish(QUEUE, raised(warm(FREEZER_3, 1), START, number=1))

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path)
    one.run(nights=1)
    assert one.performance.outcome.lost == 1


@pytest.mark.slow
def test_what_the_broker_keeps_when_somebody_ends_the_story_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(scene: Scene) -> None:
        scene.cut_link()
        scene.alarm(warm(FREEZER_3, 1))
        os.kill(os.getpid(), signal.SIGINT)
        await trio.sleep_forever()

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path)
    one.run(nights=1)
    outcome = one.performance.outcome
    assert (outcome.said, outcome.waiting, outcome.lost) == (1, 1, 0)


@pytest.mark.slow
def test_what_neither_store_nor_broker_knows_is_lost_in_a_story_ended_early_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(scene: Scene) -> None:
        scene.cut_link()
        scene.alarm(warm(FREEZER_3, 1))
        scene.said.append("never told")
        os.kill(os.getpid(), signal.SIGINT)
        await trio.sleep_forever()

    monkeypatch.setattr(evening, "play", play)
    one = Evening(tmp_path)
    one.run(nights=1)
    assert (one.performance.outcome.waiting, one.performance.outcome.lost) == (1, 1)
