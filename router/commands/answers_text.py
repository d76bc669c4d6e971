"""How `dry-run` shows an answer to somebody who edits the rules file: the event, which rule and why, who is told when.

What must not be here: finding the answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from router.commands.answers import Answer
from router.commands.output import Look, Part, Tint, clean, counted, line, shortened, table, when, zone_name
from router.commands.words import heading, level_look
from router.config.durations import spoken
from router.core.changes import Because, Tried
from router.core.rules import Rule, Rules
from router.core.simulate import Sent

NEAREST: Final = 3
_LONGEST_TITLE: Final = 110
_OPERATORS: Final = {"equals": "", "at_least": "at least", "at_most": "at most", "any of": "one of"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the reader wants to see besides the essentials."""

    all_rules: bool = False
    texts: bool = False


def show(found: Answer, rules: Rules, *, number: str, zone: tzinfo, wishes: Wishes) -> None:
    """Write the answer; `number` says which event of how many it is, empty for a single one."""
    _show_event(found, number, zone)
    _show_rules(found, rules, wishes)
    _show_timeline(found, zone, wishes)
    line()


def _show_event(found: Answer, number: str, zone: tzinfo) -> None:
    event = found.event
    line(Tint(number, "quiet"), Tint(heading(event), "strong"))
    words = [event.kind, event.status, *([event.severity] if event.severity else [])]
    facts: list[tuple[str, Part]] = [
        ("source", event.source),
        ("event", ", ".join(words)),
        ("level", Tint(event.level, level_look(event.level))),
        ("key", Tint(event.key, "quiet")),
        ("decided", f"{when(found.at, zone)} ({zone_name(zone, found.at)})"),
    ]
    if event.started_at:
        facts.insert(3, ("since", f"{when(event.started_at, zone)} ({zone_name(zone, event.started_at)})"))
    if event.doubts:
        facts.append(("doubts", Tint("; ".join(event.doubts), "warn")))
    table(([Tint(name, "quiet"), value] for name, value in facts), indent=2)
    line()


# --- the rules


def _show_rules(found: Answer, rules: Rules, wishes: Wishes) -> None:
    if found.recovery:
        line("  A recovery: it resolves the alert with its key, and no rule looks at it.")
        return
    if found.counted:
        line("  A measurement that no rule matches: it is counted, nothing is stored, nobody is told.")
    elif found.unrouted:
        line(Tint("  No rule matches: this alarm is unrouted, and fallback is told.", "bad"))
    by_name = {rule.name: rule for rule in found.matched}
    for tried in found.tried:
        if tried.rule in by_name:
            _show_matched(tried, by_name[tried.rule], rules)
    _show_failed([tried for tried in found.tried if not tried.matched], rules, wishes=wishes)
    if found.further:
        line(Tint(f"  {counted(found.further, 'later rule')} not looked at", "quiet"))


def _show_matched(tried: Tried, rule: Rule, rules: Rules) -> None:
    goes: Part = Tint(f"ignored: {rule.ignore}", "warn") if rule.ignore is not None else f"policy {rule.policy}"
    line(Tint("  ✓ ", "good"), Tint(rule.name, "strong"), Tint(f"  {_place(rule)}", "quiet"), "  → ", goes)
    if rule.lasts:
        line(f"      only when it lasts {spoken(rule.lasts)}")
    if not tried.because:
        line(Tint("      it matches everything", "quiet"))
    table(_reasons(tried.because, look="quiet"), indent=6)


def _show_failed(failed: Sequence[Tried], rules: Rules, *, wishes: Wishes) -> None:
    """The rules that came nearest: those of whose conditions most held."""
    by_nearness = sorted(failed, key=_nearness)
    shown = failed if wishes.all_rules else sorted(by_nearness[:NEAREST], key=failed.index)
    for tried in shown:
        line(Tint("  ✗ ", "bad"), tried.rule, Tint(f"  {_place(rules.by_name[tried.rule])}", "quiet"))
        table(_reasons((one for one in tried.because if not one.matched), look="bad"), indent=6)
    left = len(failed) - len(shown)
    if left:
        line(Tint(f"  {counted(left, 'more rule')} did not match (--all-rules shows them)", "quiet"))


def _nearness(tried: Tried) -> tuple[float, int]:
    failed = sum(not because.matched for because in tried.because)
    return (failed / max(len(tried.because), 1), failed)


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}" if rule.file else f"line {rule.line}"


def _reasons(because: Iterable[Because], *, look: Look) -> Iterator[Sequence[Part]]:
    """One row a comparison: the field, what the event says, what the rule wants."""
    for one in because:
        actual = Tint("absent", "quiet") if one.actual is None else _written(one.actual)
        yield (one.field, actual, Tint(_wanted(one), look))


def _wanted(one: Because) -> str:
    negated = one.operator.startswith("not ")
    word = one.operator.removeprefix("not ")
    if word == "named by the rule":
        return f"wanted kind: {one.expected} in the match: a rule sees such readings only if it names them"
    if word == "present":
        return "wanted to be " + ("absent" if negated == bool(one.expected) else "present")
    shown = " ".join(filter(None, ("not" if negated else "", _OPERATORS.get(word, word), _written(one.expected))))
    return shown if one.matched else f"wanted {shown}"


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_written, value[:6])) + (f" … ({len(value)})" if len(value) > 6 else "")
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


# --- who is told


def _show_timeline(found: Answer, zone: tzinfo, wishes: Wishes) -> None:
    line()
    if found.sent:
        line(f"  If nobody acknowledges ({zone_name(zone, found.at)}):")
        _show_sent(found.sent, found, zone, wishes=wishes)
    else:
        line("  Nobody is told.")
    if found.faults:
        line()
        line(Tint("  Something in it is unknown; the router tells fallback of that, once:", "warn"))
        _show_sent(found.faults, found, zone, wishes=wishes)


def _show_sent(sent: Sequence[Sent], found: Answer, zone: tzinfo, *, wishes: Wishes) -> None:
    if not wishes.texts:
        table((_row(each, found, zone) for each in sent), indent=4)
        return
    for each in sent:
        _show_text(each, found, zone)


def _row(sent: Sent, found: Answer, zone: tzinfo) -> Sequence[Part]:
    page = sent.page
    return (
        sent.at.astimezone(zone).strftime("%H:%M:%S"),
        Tint(f"+{spoken(sent.at - found.at)}", "quiet"),
        _step(sent),
        Tint(page.target, "strong"),
        shortened(clean(page.title or page.body), _LONGEST_TITLE),
    )


def _step(sent: Sent) -> str:
    page = sent.page
    if page.fallback:
        return "fallback"
    return f"step {page.step}" + (f", round {page.round}" if page.round else "") if page.step else page.reason


def _show_text(sent: Sent, found: Answer, zone: tzinfo) -> None:
    row = _row(sent, found, zone)
    line("    ", *(part for cell in row[:-1] for part in (cell, "  ")))
    for each in (*([sent.page.title] if sent.page.title else []), *sent.page.body.splitlines()):
        line(Tint("      | ", "quiet"), each)
