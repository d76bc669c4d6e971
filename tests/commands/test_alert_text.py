import pytest

from router.core.inputs import Acknowledged, FaultOccurred, ResolveRequested
from tests.commands.stage import Stage, alarm


def shown(stage: Stage, number: int = 0) -> list[str]:
    alert = stage.alerts()[number]
    rules = ("--rules", str(stage.rules))
    return stage.run("alert", alert.id, "--store", stage.store_url, *rules).stdout.splitlines()


def test_the_story_of_an_alert_can_be_read_from_top_to_bottom(stage: Stage) -> None:
    stage.happens(alarm(alarm_source_uuid="u-1"))
    stage.sends()
    alert = stage.alerts()[0]
    stage.happens(Acknowledged(alert.id, "alice"), ResolveRequested(alert.id, "bob"))
    lines = shown(stage)
    assert lines[0] == "Upper limit at Freezer 3, Cellar · 9.3 °C"
    assert "  status    resolved; alice had it" in lines
    assert any(line.endswith("by bob") and line.startswith("  resolved") for line in lines)
    timeline = [line[23:] for line in lines[lines.index("Timeline") + 1 : lines.index("Notifications") - 1]]
    assert [line.split("  ")[0] for line in timeline] == [
        "opened", "routed", "routed", "step", "step", "attempt", "attempt", "acknowledged", "resolved",
    ]  # fmt: skip
    assert "rule freezer limits (line 22) → policy freezers: severity Alarm (equals Alarm)" in timeline[1]
    assert timeline[3].endswith("1 of policy freezers: tells alice via sms")
    assert timeline[5].endswith("accepted in 0.4 s")
    assert timeline[-1].endswith("by bob")


def test_a_failed_attempt_says_why_and_when_it_is_tried_again(stage: Stage) -> None:
    stage.happens(alarm())
    stage.sends("failed", "HTTP 503: busy")
    text = "\n".join(shown(stage))
    assert "alice via sms failed in 0.4 s: HTTP 503: busy" in text
    assert "alice via sms is tried again at 2026-11-22 10:00:0" in text
    assert "retrying: HTTP 503: busy" in text


def test_what_comes_next_is_shown(stage: Stage) -> None:
    stage.happens(alarm())
    lines = shown(stage)
    assert lines[-2:] == [
        "To come, if nothing happens before",
        "  2026-11-22 10:05:00  step 2 of policy freezers: tells ops",
    ]


def test_who_comes_next_is_shown_with_the_way_they_are_told(stage: Stage) -> None:
    stage.write(
        "rules.yaml", stage.rules.read_text("utf-8").replace("wait: 5m, notify: [ops]", "wait: 5m, notify: [alice]")
    )
    stage.happens(alarm())
    assert shown(stage)[-1].endswith("step 2 of policy freezers: tells alice via sms")


@pytest.mark.parametrize(
    ("old", "new"), [("", "not: [rules"), ("policy: freezers", "policy: cellar"), ("name: freezer limits", "name: x")]
)
def test_what_comes_next_is_told_by_its_number_when_the_rules_do_not_know_the_policy(
    stage: Stage, old: str, new: str
) -> None:
    stage.happens(alarm())
    stage.write("rules.yaml", stage.rules.read_text("utf-8").replace(old, new) if old else new)
    line = "  2026-11-22 10:05:00  what follows step 1 of policy freezers (the rules file tells who)"
    assert shown(stage)[-1] == line
    stage.rules.unlink()
    assert shown(stage)[-1] == line


def test_a_step_that_could_tell_nobody_is_said_plainly(stage: Stage) -> None:
    stage.happens(alarm())
    for _ in range(2):
        stage.sends("refused", "no such number")
    line = next(line for line in shown(stage) if "nobody reached" in line)
    assert line.endswith("step 1 of rule freezer limits: no way to tell anybody it names has worked")


def test_giving_up_and_the_next_method_are_told(stage: Stage) -> None:
    stage.happens(alarm())
    stage.sends("refused", "no such number")
    text = "\n".join(shown(stage))
    assert "gave up      alice via sms: no such number" in text
    assert "next method  alice via mail instead of alice via sms" in text


def test_an_unrouted_alert_and_a_fault_have_their_words(stage: Stage) -> None:
    stage.happens(alarm(alarm_severity="Warning"), FaultOccurred("channel ops", "ops was not told"))
    assert any("no rule matched; fallback is told" in line for line in shown(stage))
    fault = shown(stage, 1)
    assert fault[0] == "ops was not told"
    assert any(line.endswith("channel ops: ops was not told") for line in fault)
    assert fault[-1].endswith("fallback is reminded")


def test_an_exhausted_policy_says_when_fallback_is_told(stage: Stage) -> None:
    stage.happens(alarm(alarm_condition_type="Upper limit", alarm_source_uuid="u-1"))
    rules = stage.rules.read_text("utf-8").replace("severity: Alarm, condition_type", "severity: None, condition_type")
    stage.write("rules.yaml", rules)
    stage.happens(alarm(uuid="e-9", alarm_source_uuid="U-1", alarm_condition_type="Lower limit"))
    text = "\n".join(shown(stage, 1))
    assert "everybody in the policy has been told; fallback is told in 15m unless somebody acknowledges" in text
    assert "fallback is told unless somebody acknowledges" in text
