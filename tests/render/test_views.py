import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from router.core.model import Told
from router.core.rules import Facts
from router.render.samples import ALERT, ALICE, EVENT, NOW, RECOVERY, rule
from router.render.views import NAMES, VIEWS, AlertView, EventView, Labels, context, parsed


def shown(**changes):
    facts = replace(Facts(ALERT, EVENT, "raised", "sms"), **changes)
    return context(facts, lambda event: EventView(event, facts.rule))


def test_the_context_has_exactly_the_documented_names():
    assert set(shown()) == NAMES


def test_every_name_of_a_view_can_be_read():
    values = shown(rule=rule("x"), person=ALICE)
    for name in ("alert", "event", "rule", "person"):
        assert all(hasattr(values[name], field) for field in values[name].NAMES), name
    ended = AlertView(replace(ALERT, resolved_at=NOW, recovery=RECOVERY), RECOVERY, EventView(EVENT))
    assert all(hasattr(ended.ending, field) for field in ended.ending.NAMES)


def test_where_is_told_by_labels_else_by_the_device():
    assert EventView(EVENT).where == "Vaccine fridge 2, Pharmacy, Berlin"
    assert EventView(replace(EVENT, labels={})).where == "serial 56000000"
    assert EventView(replace(EVENT, labels={})).device == f"serial 56000000, sensor {EVENT.source_uuid}"
    assert EventView(replace(EVENT, labels={}, serial_number=None)).where == f"sensor {EVENT.source_uuid}"
    assert EventView(replace(EVENT, labels={}, serial_number=None, source_uuid=None)).where == "cold-chain"


def test_the_headline_says_where_how_much_and_what():
    assert EventView(EVENT).headline == "Vaccine fridge 2, Pharmacy, Berlin: 9.3 °C, above the upper limit"
    assert EventView(replace(EVENT, value=None)).headline == "Vaccine fridge 2, Pharmacy, Berlin: above the upper limit"


def test_what_falls_back_from_condition_to_message_to_rule_to_kind():
    bare = replace(EVENT, condition_type=None)
    assert EventView(replace(bare, message="door open")).what == "door open"
    assert EventView(replace(bare, kind="measurement"), rule()).what == "freezer limits"
    assert EventView(replace(bare, condition_type="Odd thing")).what == "Odd thing"
    assert EventView(replace(bare, kind="")).what == "alarm"


def test_instructions_of_rule_and_label_win_over_the_general_advice():
    labelled = replace(EVENT, labels={"instructions": "Ring the pharmacy."})
    assert EventView(labelled, rule("Shut the door.")).advice == "Shut the door.\nRing the pharmacy."
    assert "door shut" in EventView(EVENT, rule()).advice


def test_the_subject_is_the_quantitys_detail_unless_unknown():
    assert EventView(EVENT).subject == "Air Temperature"
    assert EventView(replace(EVENT, quantity_detail="Unknown")).subject == "Temperature"
    assert EventView(replace(EVENT, quantity_detail=None, quantity="PV_HUMIDITY")).subject == "HUMIDITY"
    assert EventView(replace(EVENT, quantity_detail=None, quantity=None)).subject == ""


def test_an_absent_label_is_an_empty_text():
    labels = Labels({"site": "Berlin"})
    assert (labels["site"], labels["owner"], len(labels), list(labels)) == ("Berlin", "", 1, ["site"])


def test_the_payload_is_parsed_when_asked_for_and_what_is_absent_prints_nothing():
    raw = parsed('{"a": {"b": [1, {"c": "x"}]}}')
    assert raw["a"]["b"][1]["c"] == "x"
    assert str(raw["nothing"]) == ""
    assert str(raw) == '{"a": {"b": [1, {"c": "x"}]}}'


def test_a_payload_that_is_not_an_object_is_empty():
    assert [str(parsed(text)) for text in ("", "[1]", "{", "[" * 100_000)] == ["{}"] * 4


def test_the_end_is_by_the_sources_time_unless_it_is_before_the_beginning():
    over = replace(ALERT, resolved_at=NOW, recovery=RECOVERY)
    view = AlertView(over, RECOVERY, EventView(EVENT))
    assert view.over_at == RECOVERY.changed_at
    assert view.lasted == timedelta(minutes=30)
    early = replace(RECOVERY, changed_at=ALERT.started_at - timedelta(days=1))
    assert AlertView(replace(over, recovery=early), early, EventView(EVENT)).over_at == NOW
    assert AlertView(ALERT, EVENT, EventView(EVENT)).lasted is None


def test_an_alarm_that_reached_us_late_says_how_late():
    assert AlertView(ALERT, EVENT, EventView(EVENT)).late is None
    late = replace(ALERT, opened_at=ALERT.started_at + timedelta(hours=3))
    assert AlertView(late, EVENT, EventView(EVENT)).late == timedelta(hours=3)


def test_the_event_of_a_resolved_text_is_the_recovery():
    over = replace(ALERT, status="resolved", resolved_at=NOW, recovery=RECOVERY)
    values = shown(reason="resolved", alert=over)
    assert (values["event"].amount, values["alert"].event.amount, values["alert"].over_amount) == (
        "6.1 °C", "9.3 °C", "6.1 °C",
    )  # fmt: skip
    assert shown(reason="raised", alert=over)["event"].amount == "9.3 °C"


def test_others_are_those_told_besides_the_reader():
    told = tuple(told.target for told in (Told("lab-slack"), Told("sms", "alice"), Told("mail", "bob")))
    assert shown(told=told, person=ALICE)["others"] == ("lab-slack", "bob via mail")
    assert shown(told=told, channel="lab-slack")["others"] == ("alice via sms", "bob via mail")


def test_the_command_to_acknowledge_names_the_reader():
    assert shown(person=ALICE)["ack_command"] == "alarm-router ack 3f9k2m7q --by alice"
    assert shown()["ack_command"] == "alarm-router ack 3f9k2m7q --by NAME"


def test_very_many_gathered_lines_are_cut_and_counted():
    lines = shown(gathered=tuple(f"line {n}" for n in range(70)))["gathered"]
    assert len(lines) == 51
    assert lines[-1] == "… and 20 more"


def test_labels_of_the_alarm_serve_a_recovery_that_has_none():
    assert shown(event=replace(RECOVERY, labels={}), reason="resolved")["labels"]["site"] == "Berlin"


def test_the_documentation_tells_of_every_name():
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", page))))
    assert set(NAMES) <= told
    for view in VIEWS.values():
        assert set(view.NAMES) <= told
