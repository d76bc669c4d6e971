"""Which template is taken, what happens when it fails, and that no page is lost over its wording."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from router.core.model import Event
from router.core.rules import Facts
from router.render.samples import ALERT, ALICE, REASONS, facts, rule, samples
from router.render.templates import open_templates
from router.render.words import gsm_length

KINDS = {"lab-slack": "slack", "night-sms": "sms", "ops-mail": "mail", "hall": "push"}
PEOPLE = {"alice": "Alice Ito", "bob": "Bob Marsh"}


def opened(folder: Path, **options):
    return open_templates(folder, timezone="Europe/Berlin", kinds=KINDS, people=PEOPLE, **options)


@cache
def shipped():
    return open_templates(None, timezone="Europe/Berlin", kinds=KINDS, people=PEOPLE)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.j2").write_text(text, "utf-8")
    return folder


def body(text: str) -> str:
    return "{% block title %}T{% endblock %}{% block body %}" + text + "{% endblock %}"


# --- which template


def test_every_shipped_template_suits_every_fact():
    for channel in (*KINDS, "unknown"):
        for sample in samples(channel):
            text = shipped().render(sample.facts)
            assert (text.problem, bool(text.body)) == ("", True), (channel, sample.name)
            assert "None" not in text.body
            assert text.template.startswith("templates/default")


def test_a_channel_takes_the_template_of_its_own_name_then_of_its_kind(tmp_path):
    own = write(tmp_path, default=body("plain"), default__mail=body("kind"), default__lab_mail=body("named"))
    (own / "default.lab_mail.j2").rename(own / "default.lab-mail.j2")
    templates = open_templates(own, timezone="UTC", kinds={"lab-mail": "mail", "ops": "mail"})
    assert [templates.render(facts("raised", channel)).body for channel in ("lab-mail", "ops", "x")] == [
        "named", "kind", "plain",
    ]  # fmt: skip


def test_a_channel_named_like_a_kind_needs_no_kind():
    assert open_templates(None, timezone="UTC").render(facts("raised", "sms")).title == ""


def test_the_operators_plain_template_wins_over_a_shipped_one_for_the_channel(tmp_path):
    text = opened(write(tmp_path, default=body("mine"))).render(facts("raised", "ops-mail"))
    assert (text.body, text.html) == ("mine", None)


def test_an_operators_html_alone_stands_beside_the_shipped_text(tmp_path):
    text = opened(write(tmp_path, default__mail__html=body("<p>{{ event.unit }}&amp;</p>"))).render(
        facts("raised", "ops-mail")
    )
    assert text.html == "<p>°C&amp;</p>"
    assert text.body.startswith("Where: ")


def test_a_rule_names_its_template(tmp_path):
    templates = opened(write(tmp_path, freezer=body("freezer {{ reason }}"), freezer__slack=body("slack")))
    given = facts("raised", "hall")
    named = replace(given, rule=replace(rule(), template="freezer"))
    assert templates.render(named).body == "freezer raised"
    assert templates.render(replace(named, channel="lab-slack")).body == "slack"
    assert templates.render(given).body.startswith("Where: ")
    assert templates.names() == {"default", "freezer"}


def test_a_template_that_nobody_has_gives_the_default_and_a_problem():
    given = replace(facts("raised", "hall"), rule=replace(rule(), template="frezer"))
    text = shipped().render(given)
    assert text.body.startswith("Where: ")
    assert (text.problem, text.template) == ("there is no template 'frezer'; the default was used", "frezer")


def test_a_channels_set_wins_over_the_rules_template_but_for_the_rules_own_variant(tmp_path):
    folder = write(tmp_path, freezer=body("freezer"), ops=body("ops"), ops__sms=body("ops sms"))
    options = {"channel_templates": {"ops-mail": "ops", "night-sms": "ops"}}
    named = replace(facts("raised", "ops-mail"), rule=replace(rule(), template="freezer"))
    templates = opened(folder, **options)
    assert templates.render(named).body == "ops"
    assert templates.render(facts("raised", "night-sms")).body == "ops sms"
    write(folder, freezer__ops=body("freezer for ops"))
    assert opened(folder, **options).render(named).body == "freezer for ops"
    assert "ops" in opened(folder, **options).sets()


def test_a_template_extends_the_shipped_one_and_changes_a_part(tmp_path):
    mine = '{% extends "default.j2" %}{% block todo %}\n\nRing 112.\n{{ super() }}{% endblock %}'
    text = opened(write(tmp_path, default=mine)).render(facts("raised", "hall"))
    assert "Ring 112.\n\nWhat to do: Close the door." in text.body
    assert text.title.startswith("ALARM Vaccine")
    assert opened(tmp_path).problems() == ()


def test_a_folder_that_is_not_there_means_the_shipped_templates(tmp_path):
    templates = opened(tmp_path / "nowhere")
    assert templates.problems() == ()
    assert templates.render(facts("raised", "hall")).problem == ""


# --- when it fails


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("channel", ["hall", "ops-mail", "night-sms"])
def test_a_template_that_fails_gives_all_facts_in_plain_text(tmp_path, reason, channel):
    templates = opened(write(tmp_path, default=body("\n{{ 1 / (0 if reason else 1) }}")))
    given = facts(reason, channel)
    text = templates.render(given)
    assert text.problem == f"{tmp_path / 'default.j2'}:2: ZeroDivisionError: division by zero"
    assert text.template == str(tmp_path / "default.j2")
    about = given.alert.event
    assert (about.message or about.labels["name"]) in text.title + text.body
    if channel == "night-sms":
        assert gsm_length(text.body) <= 300
        assert text.title == ""
    else:
        link = given.ack_url if given.ack_url and given.alert.status == "firing" else ""
        for fact in (*given.told[:1], given.alert.id, link):
            assert fact in text.body


def test_html_that_fails_leaves_the_text_and_tells(tmp_path):
    text = opened(write(tmp_path, default__mail__html=body("{{ event.value / 0 }}"))).render(
        facts("raised", "ops-mail")
    )
    assert text.body.startswith("Where: ")
    assert text.html is None
    assert text.problem == f"{tmp_path / 'default.mail.html.j2'}:1: ZeroDivisionError: float division by zero"


def test_html_that_does_not_compile_leaves_the_text_and_tells(tmp_path):
    text = opened(write(tmp_path, default__mail__html=body("{{ evnt }}"))).render(facts("raised", "ops-mail"))
    assert text.body.startswith("Where: ")
    assert "evnt" in text.problem


def test_an_empty_text_is_a_failure(tmp_path):
    templates = opened(write(tmp_path, default="{% block body %}{{ event.message }}{% endblock %}"))
    text = templates.render(facts("raised", "hall"))
    assert text.problem == "the text is empty"
    assert "9.3 °C" in text.body


def test_facts_beyond_words_still_give_a_page():
    class Broken(dict):
        def get(self, key, default=None):
            raise OSError("broken labels")

    event = Event("1", "s", "alarm", "firing", "k", datetime.now(UTC), message="help", labels=Broken())
    text = shipped().render(Facts(replace(ALERT, event=event), event, "raised", "hall"))
    assert text.body == "raised: help"
    assert "broken labels" in text.problem


def test_a_long_text_made_for_elsewhere_keeps_the_link_on_sms(tmp_path):
    templates = opened(write(tmp_path, default=body("word " * 100 + "{{ ack_url }}")))
    text = templates.render(facts("raised", "night-sms"))
    assert text.body.endswith("... https://alarms.example.org/a/3f9k2m7q-example")
    assert gsm_length(text.body) <= 300


# --- problems


def test_problems_name_file_line_and_the_nearest_name(tmp_path):
    folder = write(
        tmp_path,
        a=body("\n{{ evnt.id }}"),
        b=body("\n\n{{ event.vlaue }}"),
        c=body("{% if %}"),
        d="no blocks",
        e='{% extends "nothing.j2" %}',
        f=body("\n{{ event.raw|upper + 1 }}"),
        g="{% block title %}x{% endblock %}",
    )
    found = {Path(p.file).stem: (p.line, p.code, p.message) for p in opened(folder).problems()}
    assert found["a"] == (2, "template-unknown-name", "there is no 'evnt' in a template; did you mean 'event'?")
    assert found["b"] == (3, "template-unknown-name", "event has no 'vlaue'; did you mean 'value'?")
    assert found["c"][:2] == (1, "template-syntax")
    assert found["d"][:2] == (1, "template-forbidden")
    assert found["e"][1] == "template-extends"
    assert found["f"][:2] == (2, "template-fails")
    assert found["g"][1] == "template-body"


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    (tmp_path / "x.j2").write_bytes(b"\xff\xfe")
    assert [problem.code for problem in opened(tmp_path).problems()] == ["template-unreadable"]


def test_arithmetic_on_a_value_that_only_some_events_have_is_no_problem(tmp_path):
    assert opened(write(tmp_path, default=body("{{ event.value + 1 }}"))).problems() == ()


def test_the_reader_is_never_among_the_others():
    given = replace(facts("raised", "hall"), told=("alice via sms", "alice via mail"), person=ALICE)
    assert "Already told" not in shipped().render(given).body
