import json
from datetime import UTC, datetime

import pytest

from router.commands.answers import answer, difference, event_json
from router.core.model import Event
from tests.commands.stage import NOW, Stage


def event(**values: object) -> Event:
    known = {"id": "e", "source": "plant", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": NOW}
    return Event(**(known | values))  # type: ignore[arg-type]


def test_an_event_is_shown_with_all_it_has_and_nothing_it_lacks() -> None:
    found = event_json(event(value=0.0, labels={"site": "North"}, raw='{"a": [1]}', started_at=NOW))
    assert found == {
        "id": "e",
        "source": "plant",
        "kind": "alarm",
        "status": "firing",
        "level": "warning",
        "value": 0.0,
        "started_at": "2026-11-22T10:00:00Z",
        "arrived_at": "2026-11-22T10:00:00Z",
        "labels": {"site": "North"},
        "raw": {"a": [1]},
    }


@pytest.mark.parametrize("raw", ["not json", '"\ud800"'])
def test_a_payload_that_is_no_json_stays_a_text(raw: str) -> None:
    assert event_json(event(raw=raw))["raw"] == raw


def test_rules_after_the_one_that_ended_the_search_are_not_in_the_trace(stage: Stage) -> None:
    rules = stage.rules.read_text("utf-8").replace("    continue: true\n", "")
    stage.write("rules.yaml", rules)
    found = answer(stage.loaded(), event(severity="Alarm", condition_type="Upper limit"), at=NOW)
    assert [tried.rule for tried in found.tried] == ["batteries", "freezer limits"]
    assert found.further == 1


def test_matched_rules_are_compared_without_regard_to_their_order(stage: Stage) -> None:
    loaded = stage.loaded()
    met = event(severity="Alarm", condition_type="Upper limit", labels={"room": "Cellar"})
    found = answer(loaded, met, at=NOW)
    assert difference(found, ["cellar", "freezer limits"]) == ""
    assert difference(found, ["cellar"]) == "expected cellar, matched freezer limits, cellar"


def test_a_rule_that_waits_has_its_first_notification_later(stage: Stage) -> None:
    rules = stage.rules.read_text("utf-8")
    stage.write("rules.yaml", rules + "  - {name: slow, match: {kind: alarm}, for: 10m, policy: cellar}\n")
    found = answer(stage.loaded(), event(severity="x"), at=datetime(2026, 11, 22, tzinfo=UTC))
    assert found.names == ("slow",)
    assert found.sent[0].at == datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
    assert json.dumps(event_json(found.event))
