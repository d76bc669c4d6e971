"""Somebody takes an alert, or it ends: who is told, and what stops."""

from datetime import timedelta

import pytest

from router.core.inputs import Acknowledged, ResolveRequested
from tests.core.playbook import (
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


class TestAcknowledge:
    @pytest.mark.parametrize(
        ("when", "told"), [("shared", ["slack"]), ("told", ["slack", "alice via sms"]), ("nobody", [])]
    )
    def test_who_is_told_is_the_policy_s_choice(self, when: str, told: list[str]) -> None:
        book = Playbook(freezer_rules(when_acknowledged=when)).at("10:00", firing("f3"))
        book.news()
        book.at("10:01", ack("f3", by="bob")).is_("acknowledged").tells(*told)

    @pytest.mark.parametrize("name", ["alice", "Alice Ito"])
    def test_who_took_it_need_not_be_told(self, name: str) -> None:
        book = Playbook(freezer_rules(when_acknowledged="told")).at("10:00", firing("f3"))
        book.news()
        book.at("10:01", ack("f3", by=name)).tells("slack")

    def test_pages_not_yet_handed_over_are_withdrawn(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).unsent(ack("f3", by="bob"))
        assert book.waiting() == []
        assert {each["target"] for each in book.records("withdrawn")} == {"slack", "alice via sms"}

    def test_the_same_name_again_changes_nothing_another_takes_it_over(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.news()
        book.at("10:02", ack("f3", by="bob")).is_("already acknowledged").tells()
        book.at("11:00", ack("f3", by="alice")).is_("acknowledged").tells("slack")
        assert book.records("acknowledged")[0]["instead_of"] == "bob"
        book.at("12:59").tells()
        book.at("13:00").tells("bob via sms")

    def test_what_is_over_cannot_be_taken(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        book.at("10:02", ack("f3", by="bob")).is_("already resolved")
        assert book.alert("f3").status == "resolved"

    @pytest.mark.parametrize("input_", [Acknowledged("nothing", "bob"), ResolveRequested("nothing", "bob")])
    def test_what_is_not_there_is_said_to_be_not_there(self, input_: Acknowledged) -> None:
        Playbook(freezer_rules()).at("10:00", input_).is_("no such alert")


class TestAckTimeout:
    def test_after_the_last_step_it_begins_at_step_1(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:20").at("10:21", ack("f3", by="bob"))
        book.news()
        book.at("12:21").tells(("slack", "raised"), ("alice via sms", "raised"))
        book.at("12:26").tells("bob via sms")

    def test_several_exhausted_routes_begin_again_and_fallback_waits_for_them(self) -> None:
        two = policy("two", step("bob via mail"))
        both = rules(rule("a", "two", further=True), rule("b", "freezers"), policies=(FREEZERS, two))
        book = Playbook(both).at("10:00", firing("f3")).at("10:21", ack("f3", by="bob")).at("12:21")
        assert {timer.kind for timer in book.simulation.state.timers_of(book.alert("f3").id)} == {"step"}

    def test_never_means_never(self) -> None:
        book = Playbook(freezer_rules(ack_timeout=None)).at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.news()
        book.at("2d 10:00").tells()

    def test_the_shortest_of_several_routes_counts_and_all_go_on(self) -> None:
        other = policy("other", step("bob via mail"), step("bob via phone", wait=5), ack_timeout=timedelta(hours=1))
        two = rules(rule("a", "freezers", further=True), rule("b", "other"), policies=(FREEZERS, other))
        book = Playbook(two).at("10:00", firing("f3")).at("10:01", ack("f3", by="alice"))
        book.news()
        book.at("11:01").tells("bob via sms", "bob via phone")

    def test_a_route_added_to_what_somebody_keeps_for_ever_limits_it(self) -> None:
        kept = policy("kept", step("slack"), ack_timeout=None)
        two = rules(
            rule("worse", "freezers", match=where(severity="Critical"), further=True),
            rule("all", "kept"),
            policies=(FREEZERS, kept),
        )
        book = Playbook(two).at("10:00", firing("f3")).at("10:01", ack("f3", by="bob"))
        book.at("10:02", firing("f3", severity="Critical")).news()
        book.at("12:02").tells("bob via sms", "slack")


class TestEnd:
    def test_nobody_is_told_when_the_policy_says_so(self) -> None:
        book = Playbook(freezer_rules(when_resolved="nobody")).at("10:00", firing("f3"))
        book.news()
        book.at("10:01", recovered("f3")).tells()

    def test_who_was_about_to_get_a_first_page_gets_one_text_instead(self) -> None:
        book = Playbook(freezer_rules(when_resolved="nobody")).at("10:00").unsent(firing("f3"))
        book.unsent(recovered("f3")).at("10:00").tells(("slack", "resolved"), ("alice via sms", "resolved"))

    def test_who_was_told_and_is_about_to_be_told_again_hears_nothing_when_the_policy_says_so(self) -> None:
        again = policy("freezers", step("slack"), step("slack", wait=5), when_resolved="nobody")
        book = Playbook(rules(rule("all", "freezers"), policies=(again,))).at("10:00", firing("f3"))
        book.failing("slack").at("10:05")
        assert book.waiting() == ["slack (escalated)"]
        book.unsent(recovered("f3"))
        assert book.waiting() == []

    def test_who_has_a_page_under_way_hears_of_the_end_too(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("slack")
        book.unsent(recovered("f3"))
        assert book.waiting() == ["alice via sms (resolved)", "slack (raised)", "slack (resolved)"]

    def test_fallback_in_the_policy_hears_of_the_end_once(self) -> None:
        both = policy("both", step("ops", "slack"))
        book = Playbook(rules(rule("all", "both"), policies=(both,), fallback=("ops", "bob")))
        book.at("10:00", firing("f3")).at("10:15").tells("ops", "slack", "ops", "bob via sms")
        book.at("10:20", recovered("f3")).tells("ops", "slack", "bob via sms")

    def test_one_whom_the_rules_no_longer_know_is_left_out(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3"))
        book.news()
        book.reload(rules(rule("freezer limits", "freezers"), policies=(FREEZERS,), people={}))
        book.at("10:01", recovered("f3")).tells("slack")


class TestReopen:
    def test_texts_of_an_end_that_nobody_has_seen_are_taken_back(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3"))
        book.news()
        book.unsent(recovered("f3")).unsent(firing("f3", id="again"))
        assert book.waiting() == ["slack (raised)"]

    def test_who_would_have_heard_of_it_by_its_end_only_is_paged(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).unsent(recovered("f3"))
        book.unsent(firing("f3", id="again")).is_("reopened")
        assert book.waiting() == ["alice via sms (raised)", "slack (raised)"]

    def test_a_shared_channel_that_got_one_text_of_raise_and_end_is_told(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).unsent(recovered("f3")).at("10:01")
        book.news()
        book.at("10:02", firing("f3")).tells(("slack", "raised"))

    def test_an_unrouted_one_is_told_to_fallback_again(self) -> None:
        book = Playbook(rules(fallback=("alice",))).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        book.news()
        book.at("10:02", firing("f3")).is_("reopened").tells(("alice via sms", "raised"))

    def test_what_is_now_ignored_is_not_reopened(self) -> None:
        quiet = rule("bench", ignore="maintenance", match=where(reason="Test"))
        book = Playbook(rules(quiet, rule("all", "freezers"), policies=(FREEZERS,)))
        book.at("10:00", firing("f3")).at("10:01", recovered("f3")).news()
        book.at("10:02", firing("f3", reason="Test")).is_("ignored").tells()

    def test_one_whose_policy_is_gone_meanwhile_is_routed_anew(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        book.reload(rules(rule("all", "other"), policies=(policy("other", step("bob")),))).news()
        book.at("10:02", firing("f3")).tells("bob via sms")

    def test_one_whose_policy_became_shorter_meanwhile_reminds_fallback(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", recovered("f3"))
        book.reload(freezer_rules(steps=FREEZERS.steps[:1])).at("10:02", firing("f3")).news()
        book.at("10:17").tells(("ops", "fault"))


def test_silence_does_not_close_what_is_still_looked_for_when_the_source_has_an_end_now() -> None:
    book = Playbook(freezer_rules()).at("10:00", firing("f3")).at("10:01", resolve("f3", by="bob"))
    assert book.alert("f3").resolved_at == clock("10:01")
