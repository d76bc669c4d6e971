from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from click.testing import Result

from router.commands import requests
from router.commands.requests import Clock
from router.core.inputs import Acknowledged, ResolveRequested
from router.stores import Verb, open_store
from tests.commands.stage import NOW, Stage, alarm, documents


@dataclass
class Time:
    """A clock on which waiting costs nothing; what `meanwhile` does happens at the first sleep."""

    meanwhile: Callable[[], None] = lambda: None
    slept: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=lambda: sum(self.slept), sleep=self.sleep)

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        if not self.slept:
            self.meanwhile()
        self.slept.append(seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr(requests, "Clock", lambda: fake.clock)
    return fake


def serve_in(stage: Stage) -> Callable[[], None]:
    """A router that meets every request at once."""

    def meet() -> None:
        store = open_store(stage.store_url)
        waiting = store.requests()
        store.close()
        stage.happens(*(request.input for request in waiting))

    return meet


def ask(stage: Stage, verb: str, *ids: str, by: str = "alice", json: bool = False) -> Result:
    options = ["--format", "json"] if json else []
    return stage.run(verb, *ids, "--by", by, "--store", stage.store_url, *options)


def stored(stage: Stage) -> list[tuple[Verb, str, str]]:
    store = open_store(stage.store_url)
    try:
        return [(request.verb, request.alert_id, request.by) for request in store.requests()]
    finally:
        store.close()


def test_a_running_router_is_waited_for_and_its_answer_told(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    time.meanwhile = serve_in(stage)
    alert = stage.alerts()[0]
    result = ask(stage, "ack", alert.id[:5])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{alert.id}  acknowledged by alice  Upper limit at u-2 · 9.3 °C\n"
    assert stage.alerts()[0].acknowledged_by == "alice"
    assert len(time.slept) == 1


def test_without_a_running_router_the_request_is_stored_and_that_is_said(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    alert = stage.alerts()[0]
    result = ask(stage, "ack", alert.id)
    assert result.exit_code == 0
    assert "request to acknowledge stored" in result.stdout
    assert "The router has not taken this up yet" in result.stderr
    assert stored(stage) == [("acknowledge", alert.id, "alice")]
    assert requests.PATIENCE <= sum(time.slept) < requests.PATIENCE + 1


def test_resolving_works_the_same_way(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    time.meanwhile = serve_in(stage)
    assert "resolved by bob" in ask(stage, "resolve", stage.alerts()[0].id, by="bob").stdout


def test_several_alerts_are_waited_for_together(stage: Stage, time: Time) -> None:
    stage.happens(alarm(), alarm(uuid="e-2", alarm_source_uuid="u-9"))
    ids = [alert.id for alert in stage.alerts()]
    found = documents(ask(stage, "ack", *ids, ids[0], json=True))
    assert [(one["id"], one["outcome"], one["status"]) for one in found] == [(id_, "stored", "firing") for id_ in ids]
    assert sum(time.slept) < requests.PATIENCE + 1


def test_an_unknown_id_is_a_no_and_the_others_are_asked_for_all_the_same(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    time.meanwhile = serve_in(stage)
    result = ask(stage, "ack", "0", stage.alerts()[0].id, json=True)
    assert result.exit_code == 1
    assert [one["outcome"] for one in documents(result)] == ["unknown", "acknowledged"]
    assert set(documents(result)[0]) == {"id", "typed", "verb", "by", "outcome", "status"}
    assert "no alert has an id that begins with '0'" in result.stderr


@pytest.mark.parametrize("verb", ["ack", "resolve"])
def test_what_is_over_needs_no_request(stage: Stage, time: Time, verb: str) -> None:
    stage.happens(alarm())
    alert = stage.alerts()[0]
    stage.happens(ResolveRequested(alert.id, "bob"))
    result = ask(stage, verb, alert.id)
    assert result.exit_code == 0
    assert "already resolved (by bob)" in result.stdout
    assert (stored(stage), time.slept) == ([], [])


def test_acknowledging_twice_is_said(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    alert = stage.alerts()[0]
    stage.happens(Acknowledged(alert.id, "alice"))
    time.meanwhile = serve_in(stage)
    assert "already acknowledged by alice" in ask(stage, "ack", alert.id).stdout


def test_taking_over_from_somebody_else_is_an_acknowledgement(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    alert = stage.alerts()[0]
    stage.happens(Acknowledged(alert.id, "alice"))
    time.meanwhile = serve_in(stage)
    assert f"{alert.id}  acknowledged by bob" in ask(stage, "ack", alert.id, by="bob").stdout


def test_an_alert_that_ends_meanwhile_is_said_to_be_over(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    alert = stage.alerts()[0]

    def end_first() -> None:
        stage.happens(ResolveRequested(alert.id, "bob"))
        serve_in(stage)()

    time.meanwhile = end_first
    assert "already resolved (by bob)" in ask(stage, "ack", alert.id).stdout


def test_the_name_may_come_from_the_environment(stage: Stage, time: Time) -> None:
    stage.happens(alarm())
    result = stage.run(
        "ack", stage.alerts()[0].id, env={"ALARM_ROUTER_STORE": stage.store_url, "ALARM_ROUTER_USER": "eve"}
    )
    assert result.exit_code == 0
    assert stored(stage)[0][2] == "eve"


@pytest.mark.parametrize("by", ["", "  ", "x" * 101, "a\x1b[2Jb"])
def test_a_name_that_is_none_is_refused(stage: Stage, by: str) -> None:
    stage.happens(alarm())
    assert ask(stage, "ack", stage.alerts()[0].id, by=by).exit_code == 2
    assert stored(stage) == []
