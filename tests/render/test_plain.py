from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from router.render.plain import plain_lines, short_message
from router.render.samples import facts
from router.render.words import gsm_length

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_plain_text_holds_every_fact():
    given = replace(facts("raised", "hall"), gathered=("critical: another",))
    title, body = plain_lines(given, zone=BERLIN, people={"bob": "Bob Marsh"})
    assert title == "Alarm, raised: Vaccine fridge 2, Pharmacy, Berlin: 9.3 °C, above the upper limit"
    assert body == (
        f"{title}\n"
        "Condition: Upper limit\n"
        "Device: serial 56000000, sensor b8a3d1c2-2222-4c3d-9e4f-0a1b2c3d4e5f\n"
        "Labels: name=Vaccine fridge 2, room=Pharmacy, site=Berlin\n"
        "Since: Mon 17 Mar 2025 21:59 CET\n"
        "What to do: Close the door. If it stays above 8 °C for 10 min, move the vaccines to fridge 1.\n"
        "Told: lab-slack, alice (sms)\n"
        "Next: Bob Marsh (sms) at Mon 17 Mar 2025 22:36 CET\n"
        "Acknowledge: https://alarms.example.org/a/3f9k2m7q-example\n"
        "Rule: freezer limits\n"
        "Alert: 3f9k2m7q (t/b8a3/measurement alarm/upper limit)\n"
        "Also: critical: another"
    )


def test_the_plain_text_of_an_end_is_honest_and_asks_nobody_to_acknowledge():
    given = facts("resolved", "hall")
    _, body = plain_lines(given, zone=UTC, people={})
    assert "How it ended: The source says: “Alarm condition is adhered”." in body
    assert "Acknowledge" not in body
    assert "What to do" not in body


def test_a_short_text_stays_as_it_is():
    assert short_message("Title", "Body\nhere", None) == "Title. Body here"
    assert short_message("Title", "Title\nBody", None) == "Title Body"


def test_a_long_text_is_cut_and_keeps_its_link():
    text = short_message("Title", "Ж" * 500 + " https://x/1", "https://x/1")
    assert text.endswith("... https://x/1")
    assert gsm_length(text) <= 300
