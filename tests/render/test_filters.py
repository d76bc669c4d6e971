import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import TemplateError

from router.render.budget import Budget, RenderContext, run
from router.render.sandbox import Sandbox

SANDBOX = Sandbox(zone=ZoneInfo("Europe/Berlin"), people={"alice": "Alice Ito"}, escape="text")
NOW = datetime(2025, 3, 17, 21, 31, tzinfo=UTC)


def shown(text, **values):
    template = SANDBOX.from_string(text)
    context = RenderContext(SANDBOX, {"now": NOW, **values}, "x", {})
    context.budget = Budget(turn=20)
    return run(template.root_render_func, context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ at|time }}", "21:59"),
        ("{{ at|date }}", "Mon 17 Mar 2025"),
        ("{{ at|datetime }}", "Mon 17 Mar 2025 21:59 CET"),
        ("{{ at }}", "Mon 17 Mar 2025 21:59 CET"),
        ("{{ at|when }}", "21:59"),
        ("{{ at|ago }}", "32 min ago"),
        ("{{ (now - at)|duration }} {{ now - at }} {{ 90|duration }}", "32 min 32 min 1 min"),
        ("{{ 9.3000001|number }} {{ 9.3|with_unit('CELSIUS') }} {{ 9.3000001 }}", "9.3 9.3 °C 9.3"),
        ("{{ ['alice via sms', 'hall']|names }}", "Alice Ito (sms), hall"),
        ("{{ 'abcdefgh'|truncate(4) }}", "abc…"),
        ("{{ 'a\nb'|lines|join('+') }}", "a+b"),
        ("{{ 'a b'|upper_first }} {{ 'Ł°'|gsm }}", "A b Ł"),
        ("{% for key, value in {'b': 2, 'a': 1}|items %}{{ key }}{{ value }}{% endfor %}", "a1b2"),
        ("{{ none|default('x') }}{{ ''|default('y') }}{{ gone|default('z') }}{{ 0|default('w') }}", "xyz0"),
        ("{{ none|upper }}{{ none|when }}{{ none|ago }}{{ none|with_unit }}{{ none|length }}", "0"),
        ("{{ 5|round(-400) }}", "5"),
        ("{{ 1.25|round(1) }}{{ 'aXb'|replace('X', '-') }}", "1.2a-b"),
    ],
)
def test_filters_say_it_for_people(text, expected):
    assert shown(text, at=NOW - timedelta(minutes=32)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ gone|upper }}",
        "{{ gone|when }}",
        "{{ ('x' * 1)|upper }}",
        "{{ 'xx'|replace('', 'y' ~ '" + "z" * 15000 + "') }}",
        "{{ 'abc'|join }}",
        "{{ 'abc'|items }}",
    ],
)
def test_filters_refuse_what_is_not_there_or_too_much(text):
    with pytest.raises(TemplateError):
        shown(text)


def test_replace_is_refused_before_it_is_made():
    with pytest.raises(TemplateError, match="replace makes too long a text"):
        shown("{{ long|replace('', long) }}", long="z" * 15_000)


def test_there_are_no_other_filters():
    assert not {"attr", "map", "select", "format", "center", "indent", "safe", "tojson", "pprint", "batch"} & set(
        SANDBOX.filters
    )


def test_the_documentation_tells_of_every_filter():
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", page))))
    assert {name for name in SANDBOX.filters if not name.endswith("!")} <= told
