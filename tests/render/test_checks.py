from zoneinfo import ZoneInfo

import pytest

from router.render.checks import forbidden, unknown
from router.render.sandbox import Sandbox

ENVIRONMENT = Sandbox(zone=ZoneInfo("UTC"), people={}, escape="text")


def findings(check, text):
    return list(check(ENVIRONMENT.parse(text)))


def test_what_is_forbidden_has_its_line_and_its_word():
    text = "{% block body %}\n{% set a %}x{% endset %}\n{{ 2 ** 3 }}\n{{ x.join('y') }}{% endblock %}"
    assert findings(forbidden, text) == [
        (2, "a set block is not allowed in a template"),
        (3, "** is not allowed in a template"),
        (4, "join() cannot be called in a template"),
    ]


@pytest.mark.parametrize("text", ["lost text", "{{ event.id }}", "{% set a = 1 %}", "{% if a %}{% endif %}"])
def test_what_stands_outside_blocks_is_a_problem(text):
    found = findings(forbidden, text + "{% block body %}x{% endblock %}")
    assert "outside a block" in found[0][1]


def test_blank_lines_and_comments_outside_blocks_are_fine():
    assert findings(forbidden, '{# a #}\n{% extends "b.j2" %}\n\n{% block body %}x{% endblock %}\n') == []


def test_a_block_in_a_loop_is_a_problem():
    text = "{% block body %}{% for a in told %}{% block b %}x{% endblock %}{% endfor %}{% endblock %}"
    assert findings(forbidden, text) == [(1, "a block inside a loop is not allowed")]


def test_two_loops_may_nest_and_three_may_not():
    two = "{% for a in told %}{% for b in told %}x{% endfor %}{% endfor %}"
    assert findings(forbidden, "{% block body %}" + two + "{% endblock %}") == []
    three = "{% for c in told %}" + two + "{% endfor %}"
    assert findings(forbidden, "{% block body %}" + three + "{% endblock %}") == [(1, "loops nest twice at most")]


def test_unknown_names_and_fields_are_found_also_where_nothing_runs():
    text = "{% if false %}\n{{ labls.x }}{{ person.adress }}{% endif %}"
    assert findings(unknown, text) == [
        (2, "there is no 'labls' in a template; did you mean 'labels'?"),
        (2, "person has no 'adress'"),
    ]


def test_names_of_the_templates_own_are_known():
    text = "{% set a = 1 %}{% for event in told %}{{ event.x }}{{ loop.index }}{{ a }}{% endfor %}"
    assert findings(unknown, text + "{% with b = 2 %}{{ b }}{% endwith %}{{ super() }}") == []
