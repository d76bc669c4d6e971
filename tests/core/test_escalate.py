"""Steps, waits, repeats, exhaustion: the timeline of one alert that nobody takes."""

from datetime import timedelta

from tests.core.playbook import FREEZERS, Playbook, ack, firing, freezer_rules, policy, recovered, rule, rules, step


def test_first_step_is_told_at_once_and_the_next_after_its_wait() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).tells("slack", "alice via sms")
    book.at("10:04:59").tells()
    book.at("10:05").tells("bob via sms")
    book.at("10:20").tells("alice via sms", "bob via sms")


def test_nobody_acknowledging_tells_fallback_after_the_last_wait_and_every_four_hours() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).at("10:20").news()
    book.at("10:34:59").tells()
    book.at("10:35").tells(("ops", "fault"))
    book.at("14:34:59").tells()
    book.at("14:35").tells("ops")


def test_repeats_run_the_steps_again_after_their_wait() -> None:
    book = Playbook(freezer_rules(repeat_times=2, repeat_wait=timedelta(minutes=30)))
    book.at("10:00", firing("f3")).at("10:20").news()
    book.at("10:50").tells(("slack", "repeated"), ("alice via sms", "repeated"))
    book.at("10:55").tells("bob via sms")


def test_acknowledge_stops_and_times_out() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).news()
    book.at("10:01", ack("f3", by="bob")).tells(("slack", "acknowledged"))
    book.at("12:00:59").tells()
    book.at("12:01").tells(("bob via sms", "escalated"))


def test_recovery_tells_the_told() -> None:
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3")).news()
    book.at("10:02", recovered("f3")).tells(("slack", "resolved"), ("alice via sms", "resolved"))
    book.at("20:00").tells()


def test_two_routes() -> None:
    two = policy("plant", step("slack"), step("bob via mail", wait=5))
    book = Playbook(rules(rule("a", "freezers", further=True), rule("b", "plant"), policies=(FREEZERS, two)))
    book.at("10:00", firing("f3")).tells("slack", "alice via sms")
    book.at("10:05").tells("bob via sms", "bob via mail")


def test_method_fallback() -> None:
    book = Playbook(freezer_rules()).failing("alice via sms", outcome="refused")
    book.at("10:00", firing("f3")).tells("slack", "alice via mail", "ops")


def test_unrouted() -> None:
    book = Playbook(rules())
    book.at("10:00", firing("f3")).tells(("ops", "raised"))
    book.at("13:59").tells()
    book.at("14:00").tells("ops")
