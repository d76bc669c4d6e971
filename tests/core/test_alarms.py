"""Which alert an alarm opens, updates, reopens or ends, whatever order the events come in."""

from datetime import timedelta

import pytest

from router.core.inputs import EventReceived
from router.core.rules import ResolveAfter, SourceRules
from tests.core.playbook import (
    DAY,
    FREEZERS,
    Playbook,
    ack,
    clock,
    firing,
    freezer_rules,
    policy,
    recovered,
    resolve,
    rule,
    rules,
    step,
    where,
)


def test_a_new_alarm_opens_an_alert_with_its_own_start_time() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", at="9:45")).is_("opened")
    alert = book.alert("f3")
    assert (alert.status, alert.count) == ("firing", 1)
    assert (alert.opened_at, alert.started_at) == (clock("10:00"), clock("9:45"))
    assert len(alert.id) == 12


def test_a_second_alarm_of_the_key_updates_the_alert_and_tells_nobody() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    book.news()
    book.at("10:01", firing("f3", value=9.5)).is_("updated").tells()
    alert = book.alert("f3")
    assert (alert.count, alert.event.value) == (2, 9.5)


def test_a_redelivered_event_decides_nothing_also_after_the_resolve() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", id="e1")).at("10:01", recovered("f3"))
    book.news()
    before = book.alert("f3")
    book.at("10:02", firing("f3", id="e1", at="10:00")).is_("duplicate").tells()
    assert book.decision is not None
    assert book.decision.changes == ()
    assert book.alert("f3") == before


def test_an_older_event_that_comes_late_is_counted_but_not_quoted() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", at="9:50", value=9.0))
    book.at("10:01", firing("f3", at="9:40", value=7.0))
    assert (book.alert("f3").count, book.alert("f3").event.value) == (2, 9.0)


def test_a_recovery_resolves_the_alert_and_quotes_its_reason() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    book.at("10:30", recovered("f3", reason="Alarm condition is adhered")).is_("resolved")
    alert = book.alert("f3")
    assert (alert.status, alert.resolved_at, alert.resolution) == (
        "resolved",
        clock("10:30"),
        "Alarm condition is adhered",
    )


def test_a_recovery_without_an_open_alert_changes_no_alert_and_tells_nobody() -> None:
    Playbook(freezer_rules()).at("10:00", recovered("f3")).is_("nothing open").tells()


def test_a_recovery_older_than_the_newest_raise_does_not_end_the_alert() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", at="9:50"))
    book.at("10:01", recovered("f3", at="9:45")).is_("stale")
    assert book.alert("f3").status == "firing"


def test_a_raise_after_its_own_recovery_is_told_once_to_step_1_and_never_escalates() -> None:
    book = Playbook(freezer_rules()).at("10:00", recovered("f3", at="9:50"))
    book.at("10:01", firing("f3", at="9:40")).is_("opened and resolved")
    book.tells(("slack", "resolved"), ("alice via sms", "resolved"))
    alert = book.alert("f3")
    assert alert.recovery is not None
    assert (alert.status, alert.started_at, alert.recovery.started_at) == ("resolved", clock("9:40"), clock("9:50"))
    book.at("23:00").tells()


def test_a_late_event_of_an_alert_that_is_over_is_counted_and_tells_nobody() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", at="9:40")).at("10:01", recovered("f3", at="9:50"))
    book.news()
    book.at("10:02", firing("f3", at="9:45", id="late")).is_("late").tells()
    assert (book.alert("f3").count, book.alert("f3").status) == (2, "resolved")


def test_a_raise_between_two_recoveries_that_came_before_it_is_told() -> None:
    """It belongs to the second recovery, not to the alert that the first one ended."""
    book = Playbook(freezer_rules()).at("10:00", firing("f3", at="9:40")).at("10:01", recovered("f3", at="9:50"))
    book.at("10:02", recovered("f3", at="9:58")).news()
    book.at("10:03", firing("f3", at="9:55")).is_("opened and resolved").tells("slack", "alice via sms")


def test_an_older_recovery_does_not_take_the_place_of_a_newer_one() -> None:
    book = Playbook(freezer_rules()).at("10:00", recovered("f3", at="9:50")).at("10:01", recovered("f3", at="9:30"))
    book.at("10:02", firing("f3", at="9:40")).is_("opened and resolved")


def test_how_long_it_lasted_is_told_from_the_last_change_where_the_alarm_time_is_that_of_the_raise() -> None:
    book = Playbook(rules(rule("door", "freezers", lasts=timedelta(minutes=5)), policies=(FREEZERS,)))
    book.at("10:00", recovered("f3", at="9:40", changed_at=clock("9:50")))
    book.at("10:01", firing("f3", at="9:40")).tells("slack", "alice via sms")


def test_a_raise_without_a_time_is_never_taken_for_over() -> None:
    """A source's clock is not held against ours: this raise began 'before' the recovery arrived."""
    book = Playbook(freezer_rules()).at("10:00", recovered("f3", started_at=None))
    book.at("10:01", firing("f3", at="9:59")).is_("opened")


def test_a_recovery_from_the_future_does_not_silence_the_next_raise() -> None:
    """The source's clock ran three hours ahead when it told of the end; then it was put right."""
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3", at="13:00"))
    book.news()
    book.at("11:30", firing("f3")).is_("opened").tells("slack", "alice via sms")


def test_a_raise_from_long_ago_is_a_wrong_clock_and_pages() -> None:
    book = Playbook(freezer_rules()).at("10:00", recovered("f3"))
    book.at("10:01", firing("f3", started_at=DAY - timedelta(days=4000))).is_("opened").tells("slack", "alice via sms")


def test_an_unrouted_raise_after_its_recovery_tells_fallback_once() -> None:
    book = Playbook(rules()).at("10:00", recovered("f3", at="9:50"))
    book.at("10:01", firing("f3", at="9:40")).tells(("ops", "resolved"))
    book.at("23:00").tells()


def test_an_ignored_raise_after_its_recovery_tells_nobody() -> None:
    book = Playbook(rules(rule("bench", ignore="commissioning"))).at("10:00", recovered("f3", at="9:50"))
    book.at("10:01", firing("f3", at="9:40")).is_("ignored").tells()


def test_a_late_raise_shorter_than_for_tells_nobody() -> None:
    book = Playbook(rules(rule("door", "freezers", lasts=timedelta(minutes=30)), policies=(FREEZERS,)))
    book.at("10:00", recovered("f3", at="9:50")).at("10:01", firing("f3", at="9:40")).tells()


class TestReopen:
    def test_a_raise_within_reopen_is_the_same_alert_and_tells_shared_channels_only(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        first = book.alert("f3").id
        book.news()
        book.at("10:06", firing("f3")).is_("reopened").tells(("slack", "raised"))
        assert (book.alert("f3").id, book.alert("f3").status, book.alert("f3").count) == (first, "firing", 2)

    def test_escalation_goes_on_with_the_next_step(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        book.at("10:03", firing("f3")).news()
        book.at("10:08").tells(("bob via sms", "escalated"))

    def test_an_acknowledgement_is_kept(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.at("10:02", recovered("f3")).news()
        book.at("10:04", firing("f3")).tells(("slack", "acknowledged"))
        assert (book.alert("f3").status, book.alert("f3").acknowledged_by) == ("acknowledged", "bob")
        book.at("12:03:59").tells()
        book.at("12:04").tells(("bob via sms", "escalated"))

    def test_an_exhausted_policy_goes_on_reminding(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:36").at("10:37", recovered("f3"))
        book.at("10:40", firing("f3")).news()
        book.at("10:54:59").tells()
        book.at("10:55").tells(("ops", "fault"))

    def test_a_later_raise_is_a_new_alert(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        first = book.alert("f3").id
        book.news()
        book.at("10:06:01", firing("f3")).is_("opened").tells("slack", "alice via sms")
        assert book.alert("f3").id != first

    def test_a_rule_that_had_to_wait_waits_anew(self) -> None:
        door = rule("door", "freezers", lasts=timedelta(minutes=10))
        book = Playbook(rules(door, policies=(FREEZERS,))).at("10:00", firing("f3")).at("10:05", recovered("f3"))
        book.at("10:06", firing("f3")).tells()
        book.at("10:15:59").tells()
        book.at("10:16").tells("slack", "alice via sms")


class TestRoutes:
    def test_the_first_match_wins(self) -> None:
        other = policy("other", step("bob via mail"))
        two = rules(rule("a", "freezers"), rule("b", "other"), policies=(FREEZERS, other))
        book = Playbook(two).at("10:00", firing("f3")).tells("slack", "alice via sms")
        assert [route.rule for route in book.alert("f3").routes] == ["a"]

    def test_continue_looks_further_and_one_acknowledgement_stops_all(self) -> None:
        other = policy("other", step("bob via mail"), step("ops", wait=5), when_acknowledged="nobody")
        two = rules(rule("a", "freezers", further=True), rule("b", "other"), policies=(FREEZERS, other))
        book = Playbook(two).at("10:00", firing("f3")).tells("slack", "alice via sms", "bob via mail")
        book.at("10:01", ack("f3", by="bob")).news()
        book.at("11:59").tells()

    def test_ignore_ends_the_search_and_keeps_the_routes_before_it(self) -> None:
        book = Playbook(
            rules(
                rule("a", "freezers", further=True),
                rule("bench", ignore="commissioning"),
                rule("c", "freezers"),
                policies=(FREEZERS,),
            )
        )
        book.at("10:00", firing("f3")).tells("slack", "alice via sms")
        assert [route.rule for route in book.alert("f3").routes] == ["a"]
        assert book.decision is not None
        assert book.decision.trace.ignored == "commissioning"

    def test_an_ignored_alarm_is_recorded_and_tells_nobody(self) -> None:
        book = Playbook(rules(rule("bench", ignore="commissioning"))).at("10:00", firing("f3")).is_("ignored").tells()
        assert book.decision is not None
        [record] = [change for change in book.decision.changes if type(change).__name__ == "Record"]
        assert record.detail["why"] == "commissioning"  # type: ignore[union-attr]
        assert not book.simulation.state.alerts

    def test_a_rule_not_yet_among_the_routes_starts_at_its_step_1_also_when_acknowledged(self) -> None:
        two = rules(
            rule("worse", "other", match=where(severity="Critical")),
            rule("freezer", "freezers"),
            policies=(FREEZERS, policy("other", step("bob via mail"), step("alice via mail", wait=5))),
        )
        book = Playbook(two).at("10:00", firing("f3")).at("10:01", ack("f3", by="alice"))
        book.news()
        book.at("10:02", firing("f3", severity="Critical")).tells(("bob via mail", "raised"))
        book.at("12:00").tells()  # the second step of a policy added to a taken alert does not run by itself
        book.at("12:01").tells("bob via sms", "alice via mail")

    def test_an_unrouted_alert_that_a_rule_matches_later_is_routed(self) -> None:
        book = Playbook(rules(rule("worse", "freezers", match=where(severity="Critical")), policies=(FREEZERS,)))
        book.at("10:00", firing("f3")).tells("ops")
        book.at("10:01", firing("f3", severity="Critical")).tells("slack", "alice via sms")
        book.at("14:00").news()
        assert not book.alert("f3").unrouted

    def test_trace_and_timeline_name_the_rule_its_line_and_why(self) -> None:
        book = Playbook(rules(rule("freezer", "freezers", match=where(severity="alarm")), policies=(FREEZERS,)))
        book.at("10:00", firing("f3"))
        assert book.decision is not None
        [tried] = book.decision.trace.tried
        assert (tried.rule, tried.line, tried.matched) == ("freezer", 1, True)
        [routed] = book.records("routed")
        assert routed["because"] == ["severity Alarm (equals alarm)"]


class TestUnrouted:
    def test_fallback_is_told_and_reminded_every_four_hours_until_somebody_acknowledges(self) -> None:
        book = Playbook(rules()).at("10:00", firing("f3")).is_("unrouted").tells(("ops", "raised"))
        book.at("14:00").tells(("ops", "fault"))
        book.at("15:00", ack("f3", by="bob")).tells()
        book.at("18:30").tells()

    def test_an_acknowledged_one_that_is_not_over_in_time_is_told_again(self) -> None:
        book = Playbook(rules()).at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.news()
        book.at("14:01").tells(("ops", "fault"))

    def test_its_end_is_told_to_fallback(self) -> None:
        book = Playbook(rules()).at("10:00", firing("f3"))
        book.news()
        book.at("10:05", recovered("f3")).tells(("ops", "resolved"))

    def test_more_than_five_a_minute_are_gathered(self) -> None:
        book = Playbook(rules()).at("10:00")
        for number in range(12):
            book.at("10:00:10", firing(f"f{number}"))
        book.tells(*["ops"] * 5)
        book.at("10:01:09").tells()
        book.at("10:01:10")
        [page] = book.news()
        assert "7 further notices about alarms that no rule matches" in page.body
        assert all(f"at f{number}," in page.body for number in range(5, 12))
        book.at("10:01:30", firing("f90")).tells()  # the storm may go on: gathered again
        book.at("10:02:10").tells("ops")
        book.at("10:05", firing("f91")).tells("ops")  # it is over: singly again

    def test_a_gathered_text_names_twenty_and_counts_the_rest(self) -> None:
        book = Playbook(rules()).at("10:00")
        for number in range(40):
            book.at("10:00:10", firing(f"f{number}"))
        book.at("10:01:10")
        last = book.news()[-1]
        assert "and 15 more" in last.body


class TestWithoutRecovery:
    """A source that tells of no end: no repeat for a while ends the alert, once somebody has it or nobody is left."""

    def rules(self, *, unacknowledged: bool = False) -> Playbook:
        after = ResolveAfter(timedelta(minutes=30), unacknowledged)
        return Playbook(
            rules(rule("all", "freezers"), policies=(FREEZERS,), sources={"cold-chain": SourceRules(after)})
        )

    def test_an_acknowledged_alert_ends_after_no_repeat(self) -> None:
        book = self.rules().at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.at("10:10", firing("f3")).news()
        book.at("10:39:59").tells()
        book.at("10:40").tells(("slack", "resolved"), ("alice via sms", "resolved"))
        assert book.alert("f3").resolution == "no repeat for 30m"

    def test_one_acknowledged_after_the_silence_ends_at_once(self) -> None:
        book = self.rules().at("10:00", firing("f3")).at("10:34", ack("f3", by="bob")).at("10:34")
        assert book.alert("f3").status == "resolved"

    def test_one_that_nobody_has_stays_open_until_its_policy_is_exhausted(self) -> None:
        book = self.rules().at("10:00", firing("f3")).at("10:15", firing("f3")).at("10:20")
        assert book.alert("f3").status == "firing"
        book.at("10:44:59")
        assert book.alert("f3").status == "firing"
        book.at("10:45")
        assert book.alert("f3").status == "resolved"

    def test_it_ends_in_any_case_when_the_rules_say_so(self) -> None:
        book = self.rules(unacknowledged=True).at("10:00", firing("f3")).at("10:30")
        assert book.alert("f3").status == "resolved"


def test_a_doubtful_word_is_a_fault_once() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", doubts=("alarm_status: Foo",)))
    book.tells("slack", "alice via sms", "ops")
    book.at("10:01", firing("f4", doubts=("alarm_status: Foo",))).tells("slack", "alice via sms")
    assert book.fault("unknown word cold-chain alarm_status: Foo").count == 2


def test_a_person_resolves_and_the_told_hear_of_it() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3"))
    book.news()
    book.at("10:01", resolve("f3", by="bob")).is_("resolved").tells("slack", "alice via sms")
    assert book.alert("f3").resolution == "resolved by bob"
    book.at("10:02", resolve("f3", by="bob")).is_("already resolved").tells()


def test_a_resolved_alert_leaves_the_memory_after_its_reopen_time() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3")).at("10:07")
    state = book.simulation.state
    assert not state.alerts
    assert not state.timers
    assert not state.by_key


@pytest.mark.parametrize("level", ["info", "warning", "critical"])
def test_only_a_critical_first_page_is_put_ahead(level: str) -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", level=level)).at("10:05")
    priorities = [(page.reason, page.priority) for page in book.news()]
    first = 0 if level == "critical" else 1
    assert priorities == [("raised", first), ("raised", first), ("escalated", 1)]


def test_the_event_of_an_alert_keeps_its_payload_for_later_texts() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3", raw='{"a": 1}'))
    assert book.alert("f3").event.raw == '{"a": 1}'
    event = book.event("f4", "resolved", raw="{}")
    book.at("10:01", EventReceived(event))
    assert book.simulation.state.recoveries["f4"].event.raw == ""
