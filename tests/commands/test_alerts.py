import pytest

from router.commands.alerts import status_of
from router.core.inputs import Acknowledged, FaultOccurred, ResolveRequested
from router.core.model import NotificationStatus
from tests.commands.stage import Stage, alarm, documents
from tests.stores.samples import page

FIELDS = {
    "id", "key", "status", "rule", "policy", "severity", "level", "opened_at", "updated_at", "resolved_at",
    "started_at", "acknowledged_by", "count", "step", "routes",
}  # fmt: skip


def test_an_alert_has_the_names_that_programs_rely_on(stage: Stage) -> None:
    stage.happens(alarm(alarm_source_uuid="u-1"))
    (found,) = documents(stage.run("alerts", "--format", "json", "--store", stage.store_url))
    assert set(found) == FIELDS
    assert (found["status"], found["rule"], found["policy"], found["step"]) == (
        "firing",
        "freezer limits",
        "freezers",
        1,
    )
    assert (found["opened_at"], found["started_at"]) == ("2026-11-22T10:00:00Z", "2026-11-22T09:58:00Z")
    assert (found["resolved_at"], found["severity"], found["level"]) == (None, "Alarm", "critical")
    assert found["routes"][1] == {"rule": "cellar", "line": 26, "policy": "cellar", "step": 1, "round": 0}


def test_an_unrouted_alert_has_no_rule(stage: Stage) -> None:
    stage.happens(alarm(alarm_severity="Warning"))
    (found,) = documents(stage.run("alerts", "--format", "json", "--store", stage.store_url))
    assert (found["rule"], found["policy"], found["step"], found["routes"]) == (None, None, None, [])


def test_what_is_over_is_listed_with_all_only(stage: Stage) -> None:
    stage.happens(alarm(), alarm(uuid="e-2", alarm_source_uuid="u-9"))
    first = stage.alerts()[0]
    stage.happens(ResolveRequested(first.id, "bob"))
    listed = documents(stage.run("alerts", "--format", "json", "--store", stage.store_url))
    assert [found["status"] for found in listed] == ["firing"]
    listed = documents(stage.run("alerts", "--all", "--format", "json", "--store", stage.store_url))
    assert [found["status"] for found in listed] == ["firing", "resolved"]
    assert listed[1]["resolved_at"] is not None
    limited = documents(stage.run("alerts", "--all", "--limit", "1", "--format", "json", "--store", stage.store_url))
    assert limited == listed[:1]


def test_faults_are_a_list_of_their_own_and_counted_beside_the_alarms(stage: Stage) -> None:
    stage.happens(alarm(), FaultOccurred("channel ops", "ops was not told"), FaultOccurred("x", "y"))
    result = stage.run("alerts", "--format", "json", "--store", stage.store_url)
    assert len(documents(result)) == 1
    assert "2 faults of the router itself are open" in result.stderr
    result = stage.run("alerts", "--faults", "--format", "json", "--store", stage.store_url)
    assert [found["key"] for found in documents(result)] == ["fault/x", "fault/channel ops"]
    assert documents(result)[1]["message"] == "ops was not told"
    assert result.stderr == ""


def test_people_see_a_table(stage: Stage) -> None:
    stage.happens(alarm(alarm_source_uuid="u-1"))
    stage.happens(Acknowledged(stage.alerts()[0].id, "alice"))
    lines = stage.run("alerts", "--store", stage.store_url).stdout.splitlines()
    assert lines[0].split() == ["ID", "STATUS", "LEVEL", "OPENED", "STEP", "RULE", "BY", "WHAT"]
    assert lines[1].index("acknowledged") == lines[0].index("STATUS")
    assert lines[1].endswith("freezer limits +1  alice  Upper limit at Freezer 3, Cellar · 9.3 °C")
    assert lines[3] == "0 firing, 1 acknowledged; times in UTC"


def test_nothing_open_is_said(stage: Stage) -> None:
    stage.happens()
    assert stage.run("alerts", "--store", stage.store_url).stdout == "✓ no alert is open\n"
    assert stage.run("alerts", "--all", "--store", stage.store_url).stdout == "✓ no alert\n"
    assert (
        stage.run("alerts", "--faults", "--store", stage.store_url).stdout
        == "✓ no fault of the router itself is open\n"
    )
    assert stage.run("alerts", "--format", "json", "--store", stage.store_url).stdout == ""


def test_no_rules_file_is_needed_when_the_store_is_named(stage: Stage) -> None:
    stage.happens(alarm())
    stage.rules.unlink()
    assert stage.run("alerts", "--store", stage.store_url).exit_code == 0
    assert stage.run("alerts", env={"ALARM_ROUTER_STORE": stage.store_url}).exit_code == 0


def test_the_store_beside_the_rules_file_is_the_one_without_a_name(stage: Stage) -> None:
    stage.happens(alarm())
    assert len(documents(stage.run("alerts", "--format", "json", "--rules", str(stage.rules)))) == 1


def test_one_alert_has_its_timeline_and_its_notifications(stage: Stage) -> None:
    stage.happens(alarm())
    stage.sends("failed", "HTTP 503: busy")
    (found,) = documents(stage.run("alert", stage.alerts()[0].id, "--format", "json", "--store", stage.store_url))
    assert set(found) == FIELDS | {"timeline", "notifications"}
    assert [line["what"] for line in found["timeline"]] == ["opened", "routed", "step", "attempt", "retry"]
    assert found["timeline"][0]["at"] == "2026-11-22T10:00:00Z"
    assert found["timeline"][4]["at"] < found["timeline"][4]["due"]
    (told,) = found["notifications"]
    assert (told["target"], told["channel"], told["reason"], told["status"]) == (
        "alice via sms",
        "sms",
        "raised",
        "retrying",
    )
    assert told["attempts"] == [{"at": "2026-11-22T10:00:02Z", "outcome": "failed", "detail": "HTTP 503: busy"}]


def test_an_id_that_leads_nowhere_is_a_no(stage: Stage) -> None:
    stage.happens(alarm())
    result = stage.run("alert", "0", "--store", stage.store_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no alert has an id that begins with '0'" in result.stderr


@pytest.mark.parametrize(
    ("status", "attempts", "shown"),
    [("underway", 1, "waiting"), ("underway", 2, "retrying"), ("sent", 1, "sent"), ("withdrawn", 0, "withdrawn")],
)
def test_what_is_under_way_is_still_waiting(status: NotificationStatus, attempts: int, shown: str) -> None:
    assert status_of(page(status=status, attempts=attempts)) == shown


def test_an_address_of_a_person_is_never_in_the_document(stage: Stage) -> None:
    stage.happens(alarm())
    assert (
        "+49170111"
        not in stage.run("alert", stage.alerts()[0].id[:4], "--format", "json", "--store", stage.store_url).stdout
    )
