"""Rules: each held against its model, its match compiled, its names looked up.

What must not be here: the meaning of a match (`matching`), the index over all rules (`core.index`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from router.config.matching import Matching
from router.config.names import did_you_mean
from router.config.placeholders import Surroundings, plain
from router.config.report import Part, Report, Spot, shown
from router.config.schema import RuleModel
from router.config.validate import validated
from router.core.match import Everything, names_kind
from router.core.rules import Rule

_NOT_WITH_IGNORE: Final = ("template", "continue", "for", "clear", "instructions")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that rules may use. `templates` is `None` when nobody knows them."""

    policies: Collection[str]
    templates: Collection[str] | None


def build_rules(parts: Iterable[Part], known: Known, matching: Matching, around: Surroundings) -> tuple[Rule, ...]:
    """The rules that are right, in order; the report has what is wrong."""
    report = around.report
    found: list[Rule] = []
    spots: list[Spot] = []
    matches: list[Any] = []
    for part in parts:
        data = plain(part.node, part.file, around.fill)
        model = validated(RuleModel, data, part, report)
        if model is None:
            _check_what_stands(data, part, known, matching)
            continue
        found.append(_rule(model, part, known, matching))
        spots.append(part.spot())
        matches.append(model.match)
    _check_names(found, spots, report)
    _warn_unreachable(found, spots, matches, report=report)
    return tuple(found)


def _rule(model: RuleModel, part: Part, known: Known, matching: Matching) -> Rule:
    report = matching.report
    match = matching.block(model.match, part, ("match",))
    clear = None if model.clear is None else matching.block(model.clear, part, ("clear",))
    _check_outcome(model, part, report)
    _check_policy(model.policy, part, known, report)
    _check_template(model.template, part, known, report)
    measures = names_kind(match)
    if clear is not None and not measures:
        message = "`clear` ends alerts of measurements only, and this rule sees alarms only"
        report.warn(part.key_spot("clear"), "no-effect", message, suggestion="add kind: measurement to its match")
    return Rule(
        name=model.name,
        line=part.spot().line,
        match=match,
        policy=model.policy,
        ignore=model.ignore or None,
        template=model.template,
        further=model.further,
        measures=measures,
        lasts=model.lasts,
        clear=clear,
        instructions=model.instructions or "",
        file=part.file,
    )


def _check_what_stands(data: Any, part: Part, known: Known, matching: Matching) -> None:
    """A rule that is wrong as a whole may hold further errors: these are told now, not after the first is mended."""
    if not isinstance(data, dict):
        return
    for key in ("match", "clear"):
        if isinstance(data.get(key), dict):
            matching.block(data[key], part, (key,))
    for key, check in (("policy", _check_policy), ("template", _check_template)):
        if isinstance(data.get(key), str):
            check(data[key], part, known, matching.report)


def _check_outcome(model: RuleModel, part: Part, report: Report) -> None:
    """Exactly one of policy and ignore; what needs somebody to tell does not go with ignore."""
    if model.policy is None and not model.ignore:
        hint = "add policy: NAME, or ignore: with the reason"
        report.error(part.spot(), "missing-key", "`policy` is missing: who is told", suggestion=hint)
    if not model.ignore:
        return
    if model.policy is not None:
        message = "`policy` and `ignore` exclude each other"
        report.error(part.key_spot("ignore"), "conflict", message, suggestion="remove one of the two")
    for key in _NOT_WITH_IGNORE:
        if part.has(key):
            message = f"`{key}` has no meaning with ignore: nobody is told, and the search ends"
            report.error(part.key_spot(key), "conflict", message, suggestion="remove it")


def _check_policy(name: str | None, part: Part, known: Known, report: Report) -> None:
    if name is not None and name not in known.policies:
        hint = did_you_mean(part.written("policy"), known.policies)
        message = f"unknown policy `{shown(part.written('policy'))}`"
        report.error(part.spot("policy"), "unknown-policy", message, suggestion=hint)


def _check_template(name: str | None, part: Part, known: Known, report: Report) -> None:
    if name is not None and known.templates is not None and name not in known.templates:
        hint = did_you_mean(part.written("template"), known.templates)
        message = f"unknown template `{shown(part.written('template'))}`"
        report.error(part.spot("template"), "unknown-template", message, suggestion=hint)


def _check_names(rules: list[Rule], spots: list[Spot], report: Report) -> None:
    first: dict[str, Spot] = {}
    for rule, spot in zip(rules, spots, strict=True):
        before = first.setdefault(rule.name, spot)
        if before is not spot:
            message = f"two rules are called `{shown(rule.name)}`: at {before} and here, at {spot}"
            report.error(spot, "duplicate-name", message, suggestion="give one of them another name")


def _warn_unreachable(rules: list[Rule], spots: list[Spot], matches: list[Any], *, report: Report) -> None:
    """Rules that never get an event, because one before them takes every such event."""
    everything: Rule | None = None
    taken: dict[str, Rule] = {}
    for rule, spot, match in zip(rules, spots, matches, strict=True):
        before = everything if everything is not None and not rule.measures else taken.get(repr(match))
        if before is not None:
            message = f"never reached: the rule `{shown(before.name)}` in line {before.line} takes all its events"
            hint = "move it up, or write continue: true there"
            report.warn(spot, "unreachable", message, suggestion=hint)
        elif not rule.further and _at_once(rule):
            taken[repr(match)] = rule
            if isinstance(rule.match, Everything):
                everything = rule


def _at_once(rule: Rule) -> bool:
    """The rule takes an event as soon as it matches."""
    return rule.lasts == timedelta(0)
