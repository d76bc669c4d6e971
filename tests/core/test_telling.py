"""Who is told what: one text per contact method and moment, with what the templates see."""

from router.core.rules import Facts, Text
from tests.core.playbook import FREEZERS, Playbook, ack, clock, firing, freezer_rules, policy, rule, rules, step, where


def seeing(seen: list[Facts], *more: str) -> Playbook:
    """The usual rules, noting what each text is made of."""

    def render(facts: Facts) -> Text:
        seen.append(facts)
        return Text(title="", body="", html="<p>")

    return Playbook(rules(rule("all", "freezers"), policies=(FREEZERS,), render=render))


def test_a_text_is_made_of_the_alert_the_person_and_what_comes_next() -> None:
    seen: list[Facts] = []
    book = seeing(seen).at("10:00", firing("f3"))
    slack, alice = seen
    assert (slack.person, alice.person.name if alice.person else "") == (None, "Alice Ito")
    assert (alice.reason, alice.step, alice.round, alice.channel, alice.now) == ("raised", 1, 0, "sms", clock("10:00"))
    assert (alice.next_at, alice.next_targets) == (clock("10:05"), ("bob via sms",))
    assert alice.rule is not None
    assert alice.rule.name == "all"
    assert book.news()[0].html == "<p>"


def test_the_last_step_has_nobody_after_it_and_names_who_was_told() -> None:
    seen: list[Facts] = []
    seeing(seen).at("10:00", firing("f3")).at("10:20")
    assert (seen[-1].next_at, seen[-1].next_targets) == (None, ())
    assert seen[-1].told == ("slack", "alice via sms", "bob via sms")


def test_a_page_nobody_has_got_yet_is_brought_up_to_date() -> None:
    book = Playbook(rules(rule("all", "quick"), policies=(policy("quick", step("bob"), step("bob", wait=5)),)))
    book.at("10:00").unsent(firing("f3"))
    first = book.page("bob via sms")
    book.simulation.now = clock("10:05")
    book.unsent(book.due())
    page = book.page("bob via sms")
    assert (page.id, page.created_at, page.reason, page.step) == (first.id, first.created_at, "escalated", 2)


def test_one_that_was_begun_is_followed_by_another() -> None:
    book = Playbook(rules(rule("all", "quick"), policies=(policy("quick", step("bob"), step("bob", wait=5)),)))
    book.at("10:00").unsent(firing("f3")).begun("bob via sms")
    book.simulation.now = clock("10:05")
    book.unsent(book.due())
    assert book.waiting() == ["bob via sms (escalated)", "bob via sms (raised)"]


def test_a_first_page_of_a_route_added_to_a_taken_alert_is_tried_again() -> None:
    two = rules(
        rule("worse", "other", match=where(severity="Critical")),
        rule("all", "freezers"),
        policies=(FREEZERS, policy("other", step("bob via mail"))),
    )
    book = Playbook(two).at("10:00", firing("f3")).at("10:01", ack("f3", by="alice")).at("10:02").failing("mail")
    book.news()
    book.at("10:02", firing("f3", severity="Critical")).tells()
    book.failing().at("10:03").tells("bob via mail")


def test_a_route_added_to_a_taken_alert_that_reaches_nobody_does_not_run_on() -> None:
    other = policy("other", step("bob via mail"), step("slack"))
    two = rules(
        rule("worse", "other", match=where(severity="Critical")), rule("all", "freezers"), policies=(FREEZERS, other)
    )
    book = Playbook(two).at("10:00", firing("f3")).at("10:01", ack("f3", by="alice"))
    book.news()
    book.failing("sms", "mail", "phone", outcome="refused").at("10:02", firing("f3", severity="Critical"))
    book.tells("ops", "ops", "ops")


def test_fallback_in_the_policy_gets_its_page_and_its_notice() -> None:
    book = Playbook(freezer_rules(steps=(step("ops"),))).at("10:00", firing("f3")).tells(("ops", "raised"))
    book.at("10:15").tells(("ops", "fault"))
