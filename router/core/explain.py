"""Whole rules held against one event: the quick yes or no of a decision, and the full account for people.

What must not be here: the order and meaning of matches (first match, `continue`, `ignore`): that is the decision's.
"""

from collections.abc import Iterable
from datetime import datetime

from router.core.changes import Because, Tried
from router.core.fields import is_reading
from router.core.model import Event
from router.core.rules import Rule


def matches(rule: Rule, event: Event, *, now: datetime) -> bool:
    """The rule may see the event, and its conditions hold."""
    return (rule.measures or not is_reading(event)) and rule.match.holds(event, now)


def try_rule(rule: Rule, event: Event, *, now: datetime) -> Tried:
    """The rule held against the event, with every comparison: what was expected, and what the event says.

    A rule that does not name `kind` never sees a measurement; its account ends with that reason.
    """
    because = rule.match.explain(event, now)
    if is_reading(event) and not rule.measures:
        because = (*because, Because("kind", "named by the rule", event.kind, event.kind, matched=False))
    return Tried(rule.name, rule.line, matches(rule, event, now=now), because)


def explain_all(rules: Iterable[Rule], event: Event, *, now: datetime) -> tuple[Tried, ...]:
    """Every rule held against the event, in the order given, also those after the first match."""
    return tuple(try_rule(rule, event, now=now) for rule in rules)
