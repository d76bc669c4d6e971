"""The text without a template: every fact in plain lines, sent when a template fails; and the fit of any text to SMS.

What must not be here: anything that can fail on odd facts, or a wish to look good.
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from router.core.rules import Facts
from router.render.views import EventView
from router.render.words import clean, ending, full_time, gsm, gsm_length, names

SMS: int = 300


def plain_lines(facts: Facts, *, zone: tzinfo, people: Mapping[str, str]) -> tuple[str, str]:
    """Title and body with everything that is known."""
    event = EventView(facts.event, facts.rule)
    about = EventView(facts.alert.event, facts.rule) if facts.reason == "resolved" else event
    title = f"{_word(facts)}: {about.headline}"
    return title, "\n".join((title, *(f"{name}: {text}" for name, text in _facts(facts, event, zone, people) if text)))


def _word(facts: Facts) -> str:
    return f"{facts.alert.event.severity or facts.alert.event.level}, {facts.reason}"


def _facts(facts: Facts, event: EventView, zone: tzinfo, people: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    alert = facts.alert
    yield "Message", event.message or ""
    yield "Condition", event.condition_type or ""
    yield "Device", event.device
    yield "Labels", ", ".join(f"{name}={event.labels[name]}" for name in event.labels)
    yield "Since", full_time(alert.started_at, zone)
    yield "Seen", f"{alert.count} times" if alert.count > 1 else ""
    yield "Over", full_time(alert.resolved_at, zone) if alert.resolved_at else ""
    yield "How it ended", ending(alert, facts.event).sentence if facts.reason == "resolved" else ""
    yield "Acknowledged by", clean(alert.acknowledged_by or "", 200)
    yield "What to do", event.advice if alert.open else ""
    yield "Told", names(facts.told, people)
    next_at = f" at {full_time(facts.next_at, zone)}" if facts.next_at else ""
    yield "Next", f"{names(facts.next_targets, people)}{next_at}" if facts.next_targets else ""
    if alert.status == "firing":
        yield "Acknowledge", facts.ack_url or f"alarm-router ack {alert.id} --by NAME"
    yield "Rule", facts.rule.name if facts.rule else ""
    yield "Alert", f"{alert.id} ({alert.key})"
    for line in facts.gathered:
        yield "Also", clean(line, 200)


def short_message(title: str, body: str, tail: str | None) -> str:
    """A text that was not made for SMS, cut to two of them; what is cut away is never the acknowledge link."""
    lines = [" ".join(line.split()) for line in body.splitlines()]
    if not title and gsm_length(made := gsm("\n".join(filter(None, lines)))) <= SMS:
        return made  # its lines were meant
    text = gsm(" ".join((f"{title}. {body}" if title and not body.startswith(title) else body).split()))
    if gsm_length(text) <= SMS:
        return text
    end = f" {gsm(tail)}" if tail and tail in f"{title} {body}" and len(tail) < SMS // 2 else ""
    while (over := gsm_length(f"{text}...{end}") - SMS) > 0:
        text = text[: -max(1, over // 3)].rstrip()
    return f"{text}...{end}"
