"""Which rules an event meets: first match wins, `continue` looks further, `ignore` ends the search.

What must not be here: what is done about it.
"""

from dataclasses import dataclass
from datetime import datetime

from router.core.changes import Tried
from router.core.explain import matches
from router.core.model import Event
from router.core.rules import Rule, Rules

LISTED = 3


@dataclass(frozen=True, slots=True)
class Routing:
    """The rules with a policy that matched, in order, and the rule that ended the search with `ignore`, if one did."""

    rules: tuple[Rule, ...]
    ignored_by: Rule | None = None

    @property
    def none(self) -> bool:
        """No rule matched at all."""
        return not self.rules and self.ignored_by is None

    @property
    def only_ignored(self) -> Rule | None:
        """The rule that says to ignore the event, when no rule before it matched."""
        return None if self.rules else self.ignored_by


def matching_rules(rules: Rules, event: Event, *, now: datetime) -> Routing:
    """The rules that the event meets at `now`."""
    found: list[Rule] = []
    for position in rules.candidates(event):
        rule = rules.rules[position]
        if not matches(rule, event, now=now):
            continue
        if rule.ignore is not None:
            return Routing(tuple(found), rule)
        found.append(rule)
        if not rule.further:
            break
    return Routing(tuple(found))


def matched(routing: Routing) -> tuple[Tried, ...]:
    """The trace of the rules that matched. Why they did stands in the alert's timeline (`why_matched`)."""
    rules = (*routing.rules, routing.ignored_by) if routing.ignored_by else routing.rules
    return tuple(Tried(rule=rule.name, line=rule.line, matched=True) for rule in rules)


def why_matched(rule: Rule, event: Event, *, now: datetime) -> list[str]:
    """A text for each condition that held, for people: the field, what the event says, and what the rule wants."""
    return [
        f"{because.field} {because.actual} ({because.operator} {_short(because.expected)})"
        for because in rule.match.explain(event, now)
        if because.matched
    ]


def _short(expected: object) -> str:
    """What the rule wants; of a long list, how long it is."""
    if isinstance(expected, list | tuple):
        return ", ".join(map(str, expected)) if len(expected) <= LISTED else f"{len(expected)} values"
    return str(expected)
