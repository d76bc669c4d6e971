"""What `dry-run` finds out about one event: the decision, which rules were looked at, and who would be told when.

What must not be here: how it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec

from router.app.loading import Loaded
from router.commands.output import iso
from router.config.durations import spoken
from router.core.changes import Tried
from router.core.explain import explain_all
from router.core.fields import is_reading
from router.core.model import Event
from router.core.rules import Rule, Rules
from router.core.simulate import Sent, timeline

_APART = frozenset({"key", "raw", "labels", "doubts"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One event decided alone at `at`. `tried` are the rules that were looked at, in order; `further` those after them.

    `matched` are the rules that the decision met: those with a policy, then the one that ignores, if any.
    `sent` are the texts about the event, `faults` those about the router itself that it causes (an unknown word).
    """

    event: Event
    at: datetime
    verdict: str
    tried: tuple[Tried, ...]
    further: int
    matched: tuple[Rule, ...]
    ignored: str | None
    sent: tuple[Sent, ...]
    faults: tuple[Sent, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the matched rules."""
        return tuple(rule.name for rule in self.matched)

    @property
    def routes(self) -> tuple[Rule, ...]:
        """The matched rules that have a policy."""
        return tuple(rule for rule in self.matched if rule.policy is not None)

    @property
    def recovery(self) -> bool:
        """It says that an alarm is over: it is never routed."""
        return self.event.status == "resolved" and not is_reading(self.event)

    @property
    def counted(self) -> bool:
        """A measurement that no rule matches: only counted."""
        return is_reading(self.event) and not self.matched

    @property
    def unrouted(self) -> bool:
        """An alarm that no rule matches: `fallback` is told."""
        return not self.matched and not self.recovery and not self.counted


def answer(loaded: Loaded, event: Event, *, at: datetime) -> Answer:
    """Decide the event alone, against an empty state; nobody acknowledges, and every send is accepted."""
    played = timeline(loaded.rules, event, at=at)
    trace = played.decision.trace
    matched = tuple(loaded.rules.by_name[tried.rule] for tried in trace.tried)
    looked_at = _looked_at(loaded.rules, event, matched)
    return Answer(
        event=event,
        at=at,
        verdict=trace.verdict,
        tried=explain_all(looked_at, event, now=at),
        further=len(loaded.rules.rules) - len(looked_at),
        matched=matched,
        ignored=trace.ignored,
        sent=tuple(sent for sent in played.sent if sent.page.alert_id in trace.alert_ids),
        faults=tuple(sent for sent in played.sent if sent.page.alert_id not in trace.alert_ids),
    )


def _looked_at(rules: Rules, event: Event, matched: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules up to the one that ended the search; none for what is not routed at all."""
    if event.status == "resolved" and not is_reading(event):
        return ()
    if matched and not matched[-1].further:
        return rules.rules[: rules.rules.index(matched[-1]) + 1]
    return rules.rules


def difference(found: Answer, expected: Iterable[str]) -> str:
    """How the matched rules differ from the expected ones, empty when they do not. `none` stands for no rule."""
    wanted = [name for name in expected if name != "none"]
    if set(wanted) == set(found.names):
        return ""
    return f"expected {_quoted(wanted)}, matched {_quoted(found.names)}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(names) or "no rule"


def as_json(found: Answer) -> dict[str, Any]:
    """The answer as `dry-run --format json` has it."""
    return {
        "event": event_json(found.event),
        "key": found.event.key,
        "routes": [{"rule": rule.name, "line": rule.line, "policy": rule.policy} for rule in found.routes],
        "unrouted": found.unrouted,
        "ignored": found.ignored,
        "suppressed": None,
        "counted": found.counted,
        "trace": [_tried(tried) for tried in found.tried],
        "notifications": [_notification(sent, found.at) for sent in found.sent],
        "faults": [_notification(sent, found.at) for sent in found.faults],
    }


def event_json(event: Event) -> dict[str, Any]:
    """Every field that the event has, as JSON values; times in UTC. `raw` is the payload itself."""
    known = {each.name: getattr(event, each.name) for each in fields(Event) if each.name not in _APART}
    found = {name: iso(value) if isinstance(value, datetime) else value for name, value in known.items()}
    apart = {"labels": dict(event.labels), "doubts": list(event.doubts), "raw": _parsed(event.raw)}
    return {name: value for name, value in {**found, **apart}.items() if value not in (None, {}, [], "")}


def _parsed(raw: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return raw


def _tried(tried: Tried) -> dict[str, Any]:
    because = [{field.name: getattr(one, field.name) for field in fields(one)} for one in tried.because]
    return {"rule": tried.rule, "line": tried.line, "matched": tried.matched, "because": because}


def _notification(sent: Sent, at: datetime) -> dict[str, Any]:
    page = sent.page
    return {
        "at": iso(sent.at),
        "after": spoken(sent.at - at),
        "reason": page.reason,
        "step": page.step,
        "round": page.round,
        "target": page.target,
        "person": page.person,
        "channel": page.channel,
        "title": page.title,
        "body": page.body,
    }
