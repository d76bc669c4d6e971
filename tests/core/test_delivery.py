"""What becomes of a send: retries, the person's other methods, the next step, and what fallback hears of it."""

from itertools import pairwise

import pytest

from router.core.inputs import DeliveryReported, HandedOver
from router.core.model import changed
from tests.core.playbook import (
    FREEZERS,
    PEOPLE,
    Playbook,
    ack,
    clock,
    firing,
    freezer_rules,
    policy,
    recovered,
    rules,
    step,
)
from tests.core.playbook import rule as a_rule


def one_step(*targets: str, **fields: object) -> Playbook:
    """A policy of one step to these targets, and a second one to slack after an hour."""
    once = policy("once", step(*targets), step("slack", wait=60))
    return Playbook(rules(a_rule("all", "once"), policies=(once,), **fields))  # type: ignore[arg-type]


def attempts(book: Playbook, target: str) -> list[str]:
    return [f"{each.at:%H:%M:%S}" for each in book.simulation.sent if each.page.target == target]


class TestContactFallback:
    def test_a_refused_method_is_given_up_at_once_and_the_next_one_used(self) -> None:
        book = one_step("bob via sms").failing("bob via sms", outcome="refused")
        book.at("10:00", firing("f3")).tells("bob via mail", "ops")
        assert attempts(book, "bob via sms") == ["10:00:00"]
        assert book.fault("contact bob via sms").open

    @pytest.mark.parametrize("outcome", ["failed", "unknown"])
    def test_a_failing_method_is_tried_three_times(self, outcome: str) -> None:
        book = one_step("bob via sms").failing("bob via sms", outcome=outcome)
        book.at("10:00", firing("f3")).tells()
        book.at("10:02").tells("bob via mail", "ops")
        assert len(attempts(book, "bob via sms")) == 3
        assert book.fault("channel sms").open

    def test_it_is_not_tried_for_longer_than_two_minutes(self) -> None:
        book = one_step("bob via sms").at("10:00").unsent(firing("f3")).begun("bob via sms")
        book.simulation.advance(clock("10:02"))
        book.ended("bob via sms", "failed").at("10:02").tells("bob via mail", "ops")

    def test_the_first_untried_method_is_used_whatever_its_place_in_the_order(self) -> None:
        book = one_step("bob via phone").failing("phone", "bob via sms", outcome="refused")
        book.at("10:00", firing("f3"))
        assert [each.page.channel for each in book.simulation.sent if each.page.person] == ["phone", "sms", "mail"]

    def test_both_methods_of_via_count_as_tried(self) -> None:
        book = one_step("bob via sms+mail").failing("bob via sms", "bob via mail", outcome="refused")
        book.at("10:00", firing("f3")).tells(*["bob via phone", "ops", "ops"])
        assert len(attempts(book, "bob via phone")) == 1

    def test_when_every_target_has_given_up_the_next_step_runs_at_once(self) -> None:
        book = one_step("alice").failing("sms", "mail", outcome="refused")
        book.at("10:00", firing("f3")).tells("slack", "ops", "ops")
        assert book.alert("f3").routes[0].step == 2

    def test_not_while_another_target_of_the_step_is_tried_or_was_reached(self) -> None:
        book = one_step("alice", "ops").failing("sms", "mail", outcome="refused").at("10:00", firing("f3"))
        assert book.alert("f3").routes[0].step == 1

    def test_fallback_hears_at_once_when_the_last_step_reaches_nobody(self) -> None:
        once = policy("once", step("alice"))
        book = Playbook(rules(a_rule("all", "once"), policies=(once,))).failing("sms", "mail", outcome="refused")
        book.at("10:00", firing("f3")).at("10:00")
        assert "nobody has acknowledged" in book.news()[-1].title

    def test_a_round_that_reaches_nobody_waits_for_the_next(self) -> None:
        again = policy("again", step("alice"), repeat_times=1, repeat_wait=FREEZERS.steps[1].wait)
        book = Playbook(rules(a_rule("all", "again"), policies=(again,))).failing("sms", "mail", outcome="refused")
        book.at("10:00", firing("f3")).failing().tells("ops", "ops")
        book.at("10:05").tells(("alice via sms", "repeated"), ("ops", "resolved"))

    def test_a_shared_channel_is_tried_for_an_hour(self) -> None:
        book = one_step("slack").failing("slack").at("10:00", firing("f3")).at("10:59").tells()
        book.at("11:03").news()
        assert not [page for page in book.simulation.state.outbox.values() if page.created_at == clock("10:00")]
        assert book.fault("channel slack").open

    def test_a_page_held_by_its_rate_counts_as_failed_and_is_told(self) -> None:
        book = one_step("bob via sms").at("10:00").unsent(firing("f3")).ended("bob via sms", "failed", held=True)
        book.at("10:00").tells("bob via mail", "ops")

    def test_a_shared_fallback_text_that_is_held_is_kept_for_an_hour(self) -> None:
        book = Playbook(rules()).at("10:00").unsent(firing("f3")).ended("ops", "failed", held=True)
        assert book.waiting() == ["ops (raised)"]
        book.simulation.now = clock("11:00")
        book.ended("ops", "failed", held=True)
        assert book.waiting() == []
        assert book.fault("fallback").open

    def test_a_person_whom_the_rules_no_longer_know_has_no_other_method(self) -> None:
        book = one_step("alice").at("10:00").unsent(firing("f3"))
        book.simulation.rules = one_step("alice", people={"bob": PEOPLE["bob"]}).simulation.rules
        book.ended("alice via sms", "refused").at("10:00").tells("slack", "ops")


class TestFallbackTargets:
    def test_the_others_are_tried_and_no_fault_is_raised(self) -> None:
        book = Playbook(rules(fallback=("ops", "slack"))).failing("ops", outcome="refused")
        book.at("10:00", firing("f3")).tells("slack")
        assert [alert.key for alert in book.simulation.state.alerts.values()] == ["f3"]

    @pytest.mark.parametrize("first", ["ops", "slack"])
    def test_it_does_not_matter_which_of_them_ends_first(self, first: str) -> None:
        book = Playbook(rules(fallback=("ops", "alice"))).at("10:00").unsent(firing("f3"))
        book.simulation.now = clock("10:01")
        book.ended("alice via sms", "refused")
        if first == "ops":
            book.ended("ops", "accepted").ended("alice via mail", "refused")
        else:
            book.ended("ops", "refused").ended("alice via mail", "accepted")
        assert "fault/fallback" not in book.simulation.state.by_key

    def test_when_all_fail_it_is_shown_but_told_to_nobody_until_one_accepts_again(self) -> None:
        book = Playbook(rules(fallback=("ops", "slack"))).failing("ops", "slack", outcome="refused")
        book.at("10:00", firing("f3")).tells()
        assert book.fault("fallback").open
        assert book.waiting() == []
        book.failing().at("10:01", firing("f4")).tells("ops", "slack")
        assert not book.fault("fallback").open
        book.failing("ops", "slack", outcome="refused").at("10:02", firing("f5")).tells()
        assert book.fault("fallback").open


class TestAfterTheEnd:
    def test_a_page_under_way_when_somebody_acknowledges_is_not_tried_again(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("alice via sms")
        book.unsent(ack("f3", by="bob"))
        assert book.waiting() == ["alice via sms (raised)"]
        book.ended("alice via sms", "failed").is_("withdrawn")
        book.at("10:10").tells()

    def test_who_may_have_got_a_page_hears_of_the_end(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("alice via sms")
        book.ended("alice via sms", "unknown").unsent(ack("f3", by="bob"))
        book.at("10:01", recovered("f3")).tells("alice via sms")

    def test_so_does_who_has_one_under_way_when_the_try_after_it_fails(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("alice via sms")
        book.unsent(ack("f3", by="bob")).ended("alice via sms", "unknown").is_("withdrawn")
        book.at("10:01", recovered("f3")).tells("alice via sms")

    def test_what_is_not_in_the_outbox_changes_nothing(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3"))
        page = book.news()[0]
        for input_ in (HandedOver((page.id, "unknown")), DeliveryReported(page.id, "failed")):
            book.unsent(input_)
            assert book.decision is not None
            assert book.decision.changes == ()


class TestRestart:
    def test_what_was_under_way_is_sent_again(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("alice via sms").restart()
        book.at("10:00").tells("slack", "alice via sms")

    def test_unless_nobody_wants_it_any_more(self) -> None:
        book = Playbook(freezer_rules()).at("10:00").unsent(firing("f3")).begun("alice via sms")
        book.unsent(ack("f3", by="bob")).restart().at("10:01").tells()
        book.at("10:02", recovered("f3")).tells("alice via sms")

    def test_what_was_recorded_as_accepted_is_not_told_again(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3"))
        book.news()
        book.restart().at("10:01").tells()

    def test_a_timer_that_is_late_fires_once_and_says_how_late(self) -> None:
        book = Playbook(freezer_rules()).at("10:00", firing("f3"))
        book.news()
        book.simulation.now = clock("10:30")
        book.restart().at("10:30").tells("bob via sms")
        book.at("10:44").tells()


def test_each_try_waits_longer_than_the_one_before_but_never_two_minutes() -> None:
    book = one_step("slack").failing("slack").at("10:00", firing("f3")).at("10:30")
    tries = [each.at for each in book.simulation.sent if each.page.target == "slack"]
    waits = [(after - before).total_seconds() for before, after in pairwise(tries)]
    assert 3.7 <= waits[0] <= 5
    assert all(before < after for before, after in pairwise(waits[:5]))
    assert all(90 <= wait <= 120 for wait in waits[6:])


def test_an_attempt_is_recorded_with_its_outcome_and_reason() -> None:
    book = one_step("slack").at("10:00").unsent(firing("f3")).begun("slack").ended("slack", "failed")
    [attempt] = book.records("attempt")
    assert (attempt["target"], attempt["number"], attempt["outcome"], attempt["detail"]) == (
        "slack",
        1,
        "failed",
        "so it went",
    )


class TestRoutesThatMeetAtAContact:
    """Route a is at its second step, route b at its first, and both tell bob at the same moment, in one text."""

    def book(self) -> Playbook:
        a = policy("a", step("slack"), step("bob via sms", "alice via mail", wait=5), step("alice via sms", wait=30))
        b = policy("b", step("bob via sms", wait=5), step("ops", wait=60))
        people = PEOPLE | {"alice": PEOPLE["alice"], "bob": changed(PEOPLE["bob"], methods=("sms",))}
        both = rules(a_rule("a", "a", further=True), a_rule("b", "b"), policies=(a, b), people=people)
        return Playbook(both).at("10:00", firing("f3"))

    def test_one_accepted_text_counts_for_both(self) -> None:
        book = self.book().failing("alice via mail", "alice via sms", outcome="refused")
        book.at("10:06").news()
        assert [route.reached for route in book.alert("f3").routes] == [True, True]
        assert [route.step for route in book.alert("f3").routes] == [2, 1]

    def test_when_nobody_can_be_reached_both_go_on_at_once(self) -> None:
        book = self.book().failing("bob via sms", "alice via mail", "alice via sms", outcome="refused")
        book.at("10:06")
        assert [route.step for route in book.alert("f3").routes] == [3, 2]

    def test_the_text_is_as_urgent_as_the_more_urgent_of_the_two(self) -> None:
        book = self.book()
        book.at("10:05")
        [page] = [page for page in book.news() if page.target == "bob via sms"]
        assert page.priority == 0
