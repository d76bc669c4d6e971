"""The texts as people get them, word for word, from the templates that ship."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from router.core.rules import Facts
from router.render.samples import ALERT, EVENT, FAULT, NOW, RECOVERY, facts, rule, samples
from router.render.templates import open_templates
from router.render.words import gsm_length

KINDS = {"lab-slack": "slack", "night-sms": "sms", "ops-mail": "mail", "hall": "push"}
PEOPLE = {"alice": "Alice Ito", "bob": "Bob Marsh"}


@cache
def shipped():
    return open_templates(None, timezone="Europe/Berlin", kinds=KINDS, people=PEOPLE)


def test_a_raised_measurement_alarm():
    text = shipped().render(facts("raised", "hall"))
    assert text.title == "ALARM Vaccine fridge 2, Pharmacy, Berlin: 9.3 °C, above the upper limit"
    assert text.body == (
        "Where: Vaccine fridge 2, Pharmacy, Berlin\n"
        "Value: 9.3 °C Air Temperature, above the upper limit\n"
        "Since: 21:59 (32 min ago)\n"
        "\n"
        "What to do: Close the door. If it stays above 8 °C for 10 min, move the vaccines to fridge 1.\n"
        "\n"
        "Acknowledge: https://alarms.example.org/a/3f9k2m7q-example\n"
        "\n"
        "Already told: lab-slack\n"
        "Next, if nobody acknowledges: Bob Marsh (sms) at 22:36"
    )
    assert (text.html, text.problem) == (None, "")


def test_a_mail_has_the_details_below():
    assert (
        shipped()
        .render(facts("raised", "ops-mail"))
        .body.endswith(
            "--\n"
            "Alert 3f9k2m7q, rule “freezer limits”, step 1\n"
            "Alarm, Upper limit\n"
            "Serial 56000000, sensor b8a3d1c2-2222-4c3d-9e4f-0a1b2c3d4e5f, source cold-chain\n"
            "Began Mon 17 Mar 2025 21:59 CET, reached us Mon 17 Mar 2025 22:01 CET"
        )
    )


def test_a_resolved_alarm():
    text = shipped().render(facts("resolved", "lab-slack"))
    assert text.title == "✅ Back to normal: Vaccine fridge 2, Pharmacy, Berlin (was: above the upper limit)"
    assert text.body == (
        "The source says: “Alarm condition is adhered”.\n"
        "Began 21:59, over 22:29, lasted 30 min.\n"
        "The alarm was at 9.3 °C, now it is 6.1 °C.\n"
        "\n"
        "Alert 3f9k2m7q, rule “freezer limits”"
    )


def test_a_resolved_text_is_about_the_recovery_even_when_the_core_gives_the_alarm():
    given = facts("resolved", "lab-slack")
    assert shipped().render(replace(given, event=given.alert.event)) == shipped().render(given)


def test_the_end_of_supervision_sends_somebody_to_look():
    recovery = replace(RECOVERY, reason="The time period for alarm supervision has ended")
    given = facts("resolved", "hall")
    text = shipped().render(replace(given, event=recovery, alert=replace(given.alert, recovery=recovery)))
    assert text.title.startswith("No longer watched: ")
    assert "“The time period for alarm supervision has ended”. This does not mean that it is back" in text.body
    assert "go and see" in text.body
    assert "Back to normal" not in text.title


def test_no_repeat_is_never_back_to_normal():
    given = facts("resolved", "night-sms")
    alert = replace(given.alert, recovery=None, resolution="no repeat for 30m")
    text = shipped().render(replace(given, event=EVENT, alert=alert))
    assert text.body.startswith("Closed: Vaccine fridge 2, Pharmacy, Berlin (was: above the upper limit). Go and look.")
    assert "ack to normal" not in text.body


def test_a_page_that_comes_after_the_end_says_both_times():
    given = replace(facts("resolved", "hall"), reason="raised", event=EVENT)
    text = shipped().render(given)
    assert text.title.startswith("Back to normal: ")
    assert "Began 21:59, over 22:29" in text.body
    assert "Acknowledge" not in text.body


def test_a_fault():
    text = shipped().render(facts("fault", "hall"))
    assert text.title == f"Router trouble: {FAULT.message}"
    assert text.body == (
        f"{FAULT.message}\n"
        "Since 21:59 (32 min ago).\n"
        "\n"
        "What to do: put this right, or call whoever looks after the alarm router. "
        "Until then alarms may come late or not at all."
    )


def test_the_end_of_a_fault():
    given = facts("fault", "hall")
    over = replace(given.alert, status="resolved", resolved_at=NOW, resolution="the link is back")
    text = shipped().render(replace(given, alert=over, reason="resolved"))
    assert text.title.startswith("Router trouble over: ")
    assert text.body == "The link is back.\nIt began 21:59 and lasted 32 min."


def test_gathered_notices_are_a_list():
    given = replace(facts("fault", "hall"), gathered=("critical: A", "warning: B"))
    text = shipped().render(given)
    assert (text.title, text.body) == (FAULT.message, "- critical: A\n- warning: B")


def test_an_acknowledged_alarm_says_who_has_it():
    text = shipped().render(facts("acknowledged", "lab-slack"))
    assert text.title.startswith("👤 Alice Ito has it: Vaccine fridge 2")
    assert "Alice Ito takes care of it since 22:31. You need not do anything." in text.body


@pytest.mark.parametrize(
    ("reason", "words"), [("escalated", "Nobody has answered: "), ("repeated", "Still no answer: ")]
)
def test_a_later_page_says_that_nobody_has_answered(reason, words):
    assert shipped().render(facts(reason, "hall")).title.startswith(f"{words}ALARM Vaccine fridge 2")


def test_an_sms_has_no_title_and_the_vital_facts_first():
    text = shipped().render(facts("raised", "night-sms"))
    assert (text.title, text.html) == ("", None)
    assert text.body == (
        "ALARM Vaccine fridge 2, Pharmacy, Berlin: 9.3 C above the upper limit. Since 21:59.\n"
        "Ack: https://alarms.example.org/a/3f9k2m7q-example"
    )


def test_an_sms_without_a_link_says_how_to_acknowledge():
    text = shipped().render(replace(facts("raised", "night-sms"), ack_url=None))
    assert text.body.splitlines()[1:] == ["Ack: alarm-router ack 3f9k2m7q --by alice"]


def test_every_sms_fits_one_message_and_uses_the_short_alphabet():
    for sample in samples("night-sms"):
        text = shipped().render(sample.facts)
        assert gsm_length(text.body) <= 160, sample.name
        assert not sample.facts.gathered or sample.facts.gathered[0] in text.body
        assert "°" not in text.body


def test_an_sms_about_the_oddest_event_is_at_most_two_messages():
    odd = replace(EVENT, labels={"name": "Ж" * 500}, message="€" * 5000, condition_type=None, value=1e308)
    text = shipped().render(replace(facts("raised", "night-sms"), event=odd, alert=replace(ALERT, event=odd)))
    assert gsm_length(text.body) <= 300
    assert text.body.endswith("\nAck: https://alarms.example.org/a/3f9k2m7q-example")


def test_an_sms_ends_with_the_command_also_when_it_says_who_is_told_next():
    short = replace(EVENT, labels={"name": "F3"}, condition_type="warm")
    given = replace(facts("raised", "night-sms"), event=short, alert=replace(ALERT, event=short), ack_url=None)
    said, command = shipped().render(given).body.splitlines()
    assert said.endswith("Next 22:36: Bob Marsh (sms).")
    assert command == "Ack: alarm-router ack 3f9k2m7q --by alice"


def test_an_alarm_without_a_rule_says_so():
    text = shipped().render(Facts(replace(ALERT, routes=()), EVENT, "raised", "hall", now=NOW))
    assert "No rule matches this alarm" in text.body
    assert "door shut" in text.body


def test_an_alarm_that_came_late_says_how_late():
    late = replace(ALERT, opened_at=ALERT.started_at + timedelta(hours=3))
    for channel in ("hall", "ops-mail", "night-sms"):
        text = shipped().render(replace(facts("raised", channel), alert=late))
        assert "3 h late" in text.body
        assert text.html is None or "3 h late" in text.html


def test_times_are_those_of_the_configured_zone():
    templates = open_templates(None, timezone="America/New_York", kinds=KINDS)
    assert "Since: 16:59 (32 min ago)" in templates.render(facts("raised", "hall")).body


# --- HTML


@pytest.mark.parametrize("sample", tuple(samples("ops-mail")), ids=lambda sample: sample.name)
def test_html_mail_is_well_formed_and_says_the_same(sample):
    text = shipped().render(sample.facts)
    assert text.html is not None
    words = " ".join(" ".join(ET.fromstring(text.html).itertext()).split())
    wanted = sample.facts.alert.event
    for fact in (wanted.message, wanted.labels.get("name"), sample.facts.alert.id):
        assert fact is None or fact in words


def test_html_shows_the_link_as_text():
    html = shipped().render(facts("raised", "ops-mail")).html
    assert html is not None
    assert ">https://alarms.example.org/a/3f9k2m7q-example<" in html


def test_html_escapes_what_comes_from_outside():
    hostile = "<script>alert(1)</script>&\"'"
    event = replace(EVENT, message=hostile, condition_type=hostile, unit=hostile, labels={"name": hostile})
    given = replace(facts("raised", "ops-mail"), event=event, alert=replace(ALERT, event=event))
    given = replace(given, rule=rule(hostile), ack_url="https://x/?a=1&b=\"'<")
    html = shipped().render(given).html
    assert html is not None
    assert "<script" not in html
    ET.fromstring(html)


def test_a_title_is_one_line_whatever_the_event_says():
    event = replace(EVENT, labels={"name": "Fridge\r\nBcc: x@example.org\u202e"})
    text = shipped().render(replace(facts("raised", "hall"), event=event))
    assert "\n" not in text.title
    assert "\r" not in text.title
    assert "\u202e" not in text.title
