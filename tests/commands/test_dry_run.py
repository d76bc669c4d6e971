from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from router.commands.dry_run import BadTimeError, instant
from tests.commands.stage import Stage, alarm, documents, measurement


def test_the_document_has_the_names_that_programs_rely_on(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm())
    assert set(found) == {
        "event", "key", "routes", "unrouted", "ignored", "suppressed", "counted", "trace", "notifications", "faults",
    }  # fmt: skip
    assert found["routes"] == [{"rule": "freezer limits", "line": 22, "policy": "freezers"}]
    assert (found["ignored"], found["suppressed"], found["unrouted"]) == (None, None, False)
    assert set(found["notifications"][0]) == {
        "at", "after", "reason", "step", "round", "target", "person", "channel", "title", "body",
    }  # fmt: skip


def test_the_timeline_is_the_whole_policy_and_then_fallback(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm())
    told = [(page["after"], page["step"], page["target"], page["reason"]) for page in found["notifications"]]
    assert told == [
        ("0s", 1, "alice via sms", "raised"),
        ("5m", 2, "ops", "escalated"),
        ("20m", 0, "ops", "fault"),
    ]
    assert found["notifications"][1]["at"] == "2026-11-22T10:05:00Z"


def test_the_trace_says_why_a_rule_matched_and_which_field_of_the_others_failed(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm())
    assert [(tried["rule"], tried["matched"]) for tried in found["trace"]] == [
        ("batteries", False),
        ("freezer limits", True),
        ("cellar", False),
    ]
    assert found["trace"][1]["because"][0] == {
        "field": "severity",
        "operator": "equals",
        "expected": "Alarm",
        "actual": "Alarm",
        "matched": True,
    }
    assert found["trace"][2]["because"][1]["actual"] is None


def test_labels_of_the_inventory_are_matched(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm(alarm_source_uuid="u-1"))
    assert [route["rule"] for route in found["routes"]] == ["freezer limits", "cellar"]
    assert found["event"]["labels"] == {"name": "Freezer 3", "room": "Cellar"}


def test_an_ignored_event_says_the_reason_and_tells_nobody(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm(alarm_severity="Warning", alarm_condition_type="Battery low"))
    assert found["ignored"] == "changed every January"
    assert (found["routes"], found["notifications"], found["unrouted"]) == ([], [], False)


def test_an_alarm_that_no_rule_matches_is_unrouted_and_goes_to_fallback(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm(alarm_severity="Warning"))
    assert (found["routes"], found["unrouted"]) == ([], True)
    assert [page["target"] for page in found["notifications"]] == ["ops"]


def test_a_recovery_has_no_routes_no_notifications_and_is_not_unrouted(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm(alarm_status="Ok"))
    assert (found["routes"], found["notifications"], found["unrouted"], found["trace"]) == ([], [], False, [])


def test_a_measurement_that_no_rule_names_is_only_counted(stage: Stage) -> None:
    (found,) = stage.dry_json(measurement())
    assert (found["counted"], found["unrouted"], found["ignored"]) == (True, False, None)
    assert (found["routes"], found["notifications"]) == ([], [])


def test_what_the_router_says_of_itself_stands_apart(stage: Stage) -> None:
    (found,) = stage.dry_json(alarm(alarm_status="Ok", alarm_reason="Because"))
    assert found["notifications"] == []
    assert [(page["target"], page["reason"]) for page in found["faults"]] == [("ops", "fault")]


def test_each_event_is_decided_alone(stage: Stage) -> None:
    found = stage.dry_json(alarm(), alarm(), alarm(alarm_status="Ok"))
    assert [len(each["notifications"]) for each in found] == [3, 3, 0]


def test_no_secret_is_read_and_none_is_shown(stage: Stage) -> None:
    result = stage.dry_run(alarm(), options=("--texts",))
    assert result.exit_code == 0
    assert "+49170111" not in result.output
    assert "127.0.0.1" not in result.output


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (["freezer limits"], 0),
        (["cellar", "freezer limits"], 1),
        (["none"], 1),
        (["no such rule"], 1),
    ],
)
def test_expect_is_the_exact_list_of_matched_rules(stage: Stage, expected: list[str], code: int) -> None:
    options = tuple(word for name in expected for word in ("--expect", name))
    assert stage.dry_run(alarm(), options=options).exit_code == code


def test_expect_none_is_met_by_what_no_rule_matches(stage: Stage) -> None:
    assert stage.dry_run(alarm(alarm_severity="Warning"), options=("--expect", "none")).exit_code == 0


def test_expect_names_the_ignoring_rule_too(stage: Stage) -> None:
    ignored = alarm(alarm_severity="Warning", alarm_condition_type="Battery low")
    assert stage.dry_run(ignored, options=("--expect", "batteries")).exit_code == 0
    assert stage.dry_run(ignored, options=("--expect", "none")).exit_code == 1


def test_expect_holds_for_every_event(stage: Stage) -> None:
    result = stage.dry_run(alarm(), alarm(alarm_severity="Warning"), options=("--expect", "freezer limits"))
    assert result.exit_code == 1
    assert "event 2 (e-1): expected freezer limits, matched no rule" in result.stderr


def test_an_expected_rule_that_does_not_exist_is_answered_with_the_nearest(stage: Stage) -> None:
    assert "did you mean freezer limits?" in stage.dry_run(alarm(), options=("--expect", "freezr limits")).stderr


def test_a_payload_that_cannot_be_read_is_told_with_its_line_and_the_others_are_decided(stage: Stage) -> None:
    result = stage.dry_run(alarm(), '{"uuid": ', alarm(), options=("--format", "json"))
    assert result.exit_code == 2
    assert len(documents(result)) == 2
    assert "events.jsonl:2:10: error: this payload cannot be read: not JSON: expecting value" in result.stderr


def test_standard_input_is_read_for_a_dash(stage: Stage) -> None:
    result = stage.run("dry-run", str(stage.rules), "--event", "-", "--format", "json", input_='{"alarm_status": "Ok"}')
    assert len(documents(result)) == 1


def test_a_time_without_offset_is_in_the_zone_of_the_settings(stage: Stage) -> None:
    result = stage.dry_run(alarm(), at="2026-11-22T11:00", options=("--format", "json"))
    assert documents(result)[0]["notifications"][0]["at"] == "2026-11-22T10:00:00Z"


def test_a_time_that_is_none_is_refused_with_an_example(stage: Stage) -> None:
    result = stage.dry_run(alarm(), at="noon")
    assert result.exit_code == 2
    assert "--at noon: expected a time such as" in result.stderr


@pytest.mark.parametrize("text", ["", "25:00", "2026-13-01", "0001-01-01T00:00+23:00"])
def test_odd_times_are_refused(text: str) -> None:
    with pytest.raises(BadTimeError):
        instant(text, ZoneInfo("UTC"))


def test_an_instant_with_offset_keeps_it() -> None:
    assert instant("2026-11-22T10:00:00+02:00", ZoneInfo("UTC")) == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_rules_that_cannot_be_used_are_told_as_check_does(stage: Stage) -> None:
    stage.write("rules.yaml", "version: 1\nsetings: {}\n")
    result = stage.dry_run(alarm(), options=("--format", "json"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{stage.rules}:2:1: error: " in result.stderr
