"""The attack list: whatever a template tries, the page goes out at once as plain text, and the problem is named."""

import time
from zoneinfo import ZoneInfo

import pytest

from router.render.samples import facts
from router.render.sandbox import Sandbox
from router.render.templates import open_templates

DOUBLING = "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 60
ADDING = "{% set a = 'x' %}" + "{% set a = a + a %}" * 60
SQUARES = "{% set a = 99999 %}" + "{% set a = a * a %}" * 30
ITEMS = "[" + "1," * 200 + "]"
ATTACKS = {
    "class": "{{ ''.__class__.__mro__ }}",
    "class by item": "{{ ''['__class__'] }}",
    "class by attr filter": "{{ ''|attr('__class__') }}",
    "slot of a view": "{{ event._event }}",
    "slot of a view by item": "{{ event['_event'] }}",
    "init of a view": "{{ alert.__init__.__globals__ }}",
    "slot of labels": "{{ labels['_labels'].x }}{{ labels._labels.x }}{{ 1/0 }}",
    "globals of undefined": "{{ nothing.__class__ }}",
    "lipsum": "{{ lipsum.__globals__ }}",
    "cycler": "{{ cycler.__init__ }}",
    "joiner": "{{ joiner() }}",
    "namespace": "{% set n = namespace(a=1) %}{{ n.a }}",
    "range": "{% for i in range(10) %}x{% endfor %}",
    "dict": "{{ dict(a=1) }}",
    "self": "{{ self.body() }}",
    "block calls itself": "{% block inner %}{{ self.inner() }}{% endblock %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "call": "{% call m() %}{% endcall %}",
    "include": "{% include 'default.j2' %}",
    "import": "{% import 'default.j2' as d %}",
    "from import": "{% from 'default.j2' import d %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "set block": "{% set a %}x{% endset %}{{ a }}",
    "autoescape": "{% autoescape false %}x{% endautoescape %}",
    "recursive loop": "{% for a in [[1]] recursive %}{{ loop(a) }}{% endfor %}",
    "three loops": "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}x{% endfor %}{% endfor %}{% endfor %}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "text times number": "{{ 'x' * 1000000000 }}",
    "list times number": "{% for a in [1] * 1000000000 %}x{% endfor %}",
    "list plus list": "{% for a in [1] + [2] %}x{% endfor %}",
    "percent format": "{{ '%999999999d' % 1 }}",
    "format method": "{{ '{:>999999999}'.format(1) }}",
    "format method by item": "{{ ''['format'] }}",
    "format filter": "{{ '%999999999d'|format(1) }}",
    "center": "{{ 'x'.center(1000000000) }}",
    "center filter": "{{ 'x'|center(1000000000) }}",
    "ljust": "{{ 'x'.ljust(1000000000) }}",
    "zfill": "{{ 'x'.zfill(1000000000) }}",
    "expandtabs": "{{ '\t'.expandtabs(1000000000) }}",
    "join method": "{{ 'x'.join('yyyy') }}",
    "replace method": "{{ 'x'.replace('', 'y') }}",
    "translate": "{{ 'x'.translate({120: 'y'}) }}",
    "replace filter": "{{ ('x'|truncate(9)).upper()|replace('', 'y' ~ 'z'|replace('z', '" + "w" * 15000 + "')) }}",
    "round": "{{ 1.5|round(1000000000, 'ceil') }}",
    "indent": "{{ 'x'|indent(1000000000) }}",
    "wordwrap": "{{ 'x'|wordwrap(1) }}",
    "batch": "{{ [1]|batch(1000000000, 1)|list }}",
    "map": "{{ [event]|map(attribute='_event')|list }}",
    "safe": "{{ '<b>'|safe }}",
    "tojson": "{{ event|tojson }}",
    "pprint": "{{ event|pprint }}",
    "strftime": "{{ now.strftime('%999999999d') }}",
    "doubling by tilde": DOUBLING + "{{ a }}",
    "doubling by plus": ADDING + "{{ a }}",
    "squares": SQUARES + "{{ a }}",
    "long loops": "{% for a in " + ITEMS + " %}{% for b in " + ITEMS + " %}{{ 'x'|upper }}{% endfor %}{% endfor %}",
    "silent loops": ("{% for a in " + ITEMS + " %}{% for b in " + ITEMS + " %}{% endfor %}{% endfor %}") * 20,
    "too many items": "{% for a in [" + "1," * 201 + "] %}{% endfor %}x",
    "loop over text": "{% for a in 'xxxx' %}x{% endfor %}",
    "long text": "{% for a in " + ITEMS + " %}{{ '" + "x" * 150 + "' }}{% endfor %}",
    "changes a list": "{% set a = [] %}{{ a.append(1) }}",
    "changes a mapping": "{{ labels.update({}) }}",
    "calls a filter by name": "{{ 'x'|turn!  }}",
    "dynamic extends": "{% extends event.message %}",
    "do": "{% do 1 %}",
    "deep": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep lists": "{{ " + "[" * 3000 + "1" + "]" * 3000 + " }}",
    "much source": "x" * 40_000,
    "prints a view": "{{ event }}",
    "divides by zero": "{{ 1 / 0 }}",
    "unknown name": "{{ evnt.id }}",
    "unknown field": "{{ event.vlaue }}",
    "unknown field in a branch": "{% if reason == 'nothing' %}{{ alert.nothing }}{% endif %}x",
    "unknown filter": "{{ event.id|nothing }}",
    "unknown test": "{{ event.id is nothing }}",
    "never closed": "{% if reason %}",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_a_problem_at_load_and_plain_text_in_no_time(tmp_path, attack):
    body = attack if "extends" in attack else "{% block body %}" + attack + "{% endblock %}"
    (tmp_path / "default.j2").write_text(body, "utf-8")
    started = time.process_time()
    templates = open_templates(tmp_path, timezone="Europe/Berlin")
    text = templates.render(facts("raised", "x"))
    problems = templates.problems()
    assert time.process_time() - started < 2
    assert text.problem
    assert "9.3 °C" in text.body
    assert "alarms.example.org/a/3f9k2m7q" in text.body
    assert [problem for problem in problems if problem.file == str(tmp_path / "default.j2")]


FINE = {
    "{{ event.value * 2 }}|{{ event.value + 1 }}|{{ 7 % 4 }}|{{ 7 // 2 }}|{{ -3 }}": "18.6|10.3|3|3|-3",
    "{{ 'a' + 'b' }}{{ 'a' ~ 1 ~ none }}": "aba1",
    "{% for a in [1, 2] %}{% for b in (3, 4) %}{{ a }}{{ b if not loop.last }}{% endfor %};{% endfor %}": "131;232;",
    "{{ ' Ab '.strip().upper() }}{{ 'x' if event.where.startswith('Vacc') }}": "ABx",
    "{{ labels.site }}/{{ labels['room'] }}/{{ labels.owner }}/{{ labels.owner|default('?') }}": "Berlin/Pharmacy//?",
    "{{ event.raw.alarm_value }}{{ event.raw.a.b.c }}": "9.3",
    "{{ event['value'] }}": "9.3",
    "{{ {'a': 1}.a }}{{ {'a': 1}['a'] }}": "11",
    "{{ (event.value|round(0))|int }}{{ [1, 2]|join('-') }}{{ told|length }}": "91-22",
    "{{ 'x' if event.reason is none else 'y' }}{{ 'z' if 2 in [1, 2] }}{{ event.tenant[:2] }}": "yz2f",
    "{% with a = 1 %}{{ a }}{% endwith %}": "1",
    "{{ alert.acknowledged_at|when }}{{ alert.lasted|duration }}{{ ack_url|length }}": "45",
    "{{ 2|sms if false else 'aXbX'|replace('X', '-') }}": "a-b-",
}


@pytest.mark.parametrize(("said", "shown"), FINE.items())
def test_what_an_operator_needs_is_allowed(tmp_path, said, shown):
    (tmp_path / "default.j2").write_text("{% block body %}" + said + "{% endblock %}", "utf-8")
    templates = open_templates(tmp_path, timezone="Europe/Berlin")
    text = templates.render(facts("raised", "x"))
    assert (text.body, text.problem) == (shown, "")
    assert templates.problems() == ()


def test_calling_the_text_above_costs_as_much_as_it_is_long(tmp_path):
    again = "{% extends 'default.j2' %}{% block body %}" + "{{ super() }}" * 400 + "{% endblock %}"
    (tmp_path / "one.j2").write_text(again.replace("'default.j2'", "'two.j2'"), "utf-8")
    (tmp_path / "two.j2").write_text(again.replace("'default.j2'", "'three.j2'"), "utf-8")
    (tmp_path / "three.j2").write_text("{% block body %}{{ 'x' if false }}{% endblock %}", "utf-8")
    problems = open_templates(tmp_path, timezone="UTC").problems()
    assert [problem.message for problem in problems if "too long" in problem.message]


def test_nothing_is_global():
    assert Sandbox(zone=ZoneInfo("UTC"), people={}, escape="text").globals == {}
