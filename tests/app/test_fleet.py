"""Sources follow the settings: started, left alone, replaced, stopped."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
import trio
import trio.testing

from router.app.fleet import CannotRunError, Fleet
from router.app.loading import load
from router.core.settings import Settings, StompSettings
from router.sources import SOURCES
from tests.app.household import RULES, rules_file

SOURCES_TEXT = """
sources:
  a: {type: stomp, url: "ws://127.0.0.1:1/", destination: /queue/a}
  b: {type: stomp, url: "ws://127.0.0.1:1/", destination: /queue/b}
"""


@dataclass
class Harbour:
    """Remembers which sources run, and how often each was nudged."""

    running: dict[str, Any] = field(default_factory=dict)
    nudged: list[str] = field(default_factory=list)

    def open(self, settings: StompSettings, door: Any, **given: Any) -> "Boat":
        return Boat(self, settings, given)


@dataclass
class Boat:
    harbour: Harbour
    settings: StompSettings
    given: dict[str, Any]

    async def run(self) -> NoReturn:
        self.harbour.running[self.settings.name] = self
        try:
            await trio.sleep_forever()
        finally:
            if self.harbour.running.get(self.settings.name) is self:  # its successor may have come before it left
                del self.harbour.running[self.settings.name]
        raise AssertionError

    def nudge(self) -> None:
        self.harbour.nudged.append(self.settings.name)


@pytest.fixture
def harbour(monkeypatch: pytest.MonkeyPatch) -> Harbour:
    harbour = Harbour()
    monkeypatch.setitem(SOURCES, StompSettings, harbour.open)  # type: ignore[arg-type]
    return harbour


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(rules_file(tmp_path, RULES + SOURCES_TEXT)).settings


async def test_sources_follow_the_settings(harbour: Harbour, settings: Settings) -> None:
    fleet = Fleet(None, last_received={}, enrich=lambda event: event)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fleet.run, settings)
        await trio.testing.wait_all_tasks_blocked()
        assert set(harbour.running) == {"a", "b"}
        first = dict(harbour.running)

        changed = replace(settings.sources["b"], prefetch=7)  # type: ignore[call-arg]
        fleet.follow(replace(settings, sources={"a": settings.sources["a"], "b": changed}))
        await trio.testing.wait_all_tasks_blocked()
        assert harbour.running["a"] is first["a"]
        assert harbour.nudged == ["a"]
        assert harbour.running["b"].settings.prefetch == 7

        fleet.follow(replace(settings, sources={"a": settings.sources["a"]}))
        await trio.testing.wait_all_tasks_blocked()
        assert set(harbour.running) == {"a"}
        nursery.cancel_scope.cancel()


async def test_a_source_replaced_later_does_not_count_its_silence_from_before_the_start(
    harbour: Harbour, settings: Settings
) -> None:
    heard = datetime(2026, 11, 22, tzinfo=UTC)
    fleet = Fleet(None, last_received={"a": heard, "b": heard}, enrich=lambda event: event)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fleet.run, settings)
        await trio.testing.wait_all_tasks_blocked()
        assert harbour.running["b"].given["last_received"] == heard

        changed = replace(settings.sources["b"], prefetch=7)  # type: ignore[call-arg]
        fleet.follow(replace(settings, sources={"b": changed}))
        await trio.testing.wait_all_tasks_blocked()
        assert harbour.running["b"].given["last_received"] is None
        nursery.cancel_scope.cancel()


def test_a_source_of_a_type_that_cannot_run_is_named(tmp_path: Path) -> None:
    text = RULES + 'sources: {city: {type: sentilo, endpoint: "https://example.org/x", secret: abc}}\n'
    settings = load(rules_file(tmp_path, text)).settings
    with pytest.raises(CannotRunError, match="source city"):
        Fleet(None, last_received={}, enrich=lambda event: event).check(settings)  # type: ignore[arg-type]
