"""Policies, and the targets they name: `alice`, `alice via sms+mail`, `lab-slack`.

What must not be here: addresses, and when a step runs (the core knows).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from router.config.build_channels import Ways
from router.config.durations import EXPECTED
from router.config.names import did_you_mean, nearest
from router.config.placeholders import Surroundings, plain
from router.config.report import Part, Report, shown
from router.config.schema import PolicyModel
from router.config.validate import validated
from router.core.rules import Contact, Person, Policy, Step, Target

_VIA: Final = re.compile(r"(\S+)\s+via\s+(\S+(?:\s*\+\s*\S+)*)")
_SHORTEST_REPEAT: Final = timedelta(seconds=1)


def build_policies(parts: Mapping[str, Part], ways: Ways, around: Surroundings) -> dict[str, Policy]:
    """The policies that are right; the report has what is wrong."""
    found: dict[str, Policy] = {}
    for name, part in parts.items():
        model = validated(PolicyModel, plain(part.node, part.file, around.fill), part, around.report)
        if model is None:
            continue
        _check_times(model, part, around.report)
        found[name] = _policy(name, model, part, ways, around.report)
    return found


def _policy(name: str, model: PolicyModel, part: Part, ways: Ways, report: Report) -> Policy:
    steps = tuple(
        Step(build_targets(step.notify, part.at("steps", number, "notify"), ways, report), step.wait)
        for number, step in enumerate(model.steps)
    )
    return Policy(
        name=name,
        steps=steps,
        repeat_times=model.repeat.times if model.repeat else 0,
        repeat_wait=model.repeat.wait if model.repeat else timedelta(0),
        ack_timeout=model.ack_timeout,
        when_resolved=model.when_resolved,
        when_acknowledged=model.when_acknowledged,
        reopen=model.reopen,
    )


def _check_times(model: PolicyModel, part: Part, report: Report) -> None:
    if model.repeat is not None and model.repeat.wait < _SHORTEST_REPEAT:
        report.error(part.spot("repeat", "wait"), "bad-duration", f"{EXPECTED}: rounds without a pause are a storm")
    if model.ack_timeout == timedelta(0):
        hint = "write never if an acknowledgement should hold for good"
        report.error(part.spot("ack_timeout"), "bad-duration", f"{EXPECTED}, more than 0s", suggestion=hint)


def build_targets(texts: Sequence[str], part: Part, ways: Ways, report: Report) -> tuple[Target, ...]:
    """The targets of a list, which is `part`; what cannot be told is in the report and left out."""
    targets = (_target(text, part.at(number), ways, report) for number, text in enumerate(texts))
    return tuple(target for target in targets if target is not None)


def _target(text: str, part: Part, ways: Ways, report: Report) -> Target | None:
    found = _VIA.fullmatch(text)
    name = found[1] if found else text
    if name in ways.people:
        return _person(ways.people[name], found[2] if found else None, part, ways, report=report)
    if name in ways.shared and found is None:
        return Target(name, (Contact(name),))
    if name in ways.shared:
        message, hint = "a shared channel is no person", f"write {name} alone"
        report.error(part.spot(), "shared-channel", message, suggestion=hint)
    elif name in ways.personal:
        who = next((person.id for person in ways.people.values() if name in person.methods), "NAME")
        message, hint = f"`{name}` is a personal channel: it needs a person", f"write {who} via {name}"
        report.error(part.spot(), "needs-person", message, suggestion=hint)
    else:
        message = f"unknown person or shared channel `{shown(_as_written(name, part))}`"
        report.error(part.spot(), "unknown-target", message, suggestion=_target_hint(name, ways))
    return None


def _person(person: Person, via: str | None, part: Part, ways: Ways, *, report: Report) -> Target | None:
    if via is None:
        return Target(person.id, tuple(Contact(method, person.id) for method in person.methods[:1]))
    wanted = list(dict.fromkeys(method.strip() for method in via.split("+")))
    reachable = [method for method in wanted if method in person.methods]
    tell_gap = report.warn if reachable else report.error
    for method in wanted:
        written = shown(_as_written(method, part))
        hint = did_you_mean(method, person.methods)
        if method not in ways.personal:
            message = f"unknown personal channel `{written}`"
            report.error(part.spot(), "unknown-method", message, suggestion=hint)
        elif method not in reachable:
            tell_gap(part.spot(), "no-address", f"{person.id} has no address for `{written}`", suggestion=hint)
    text = f"{person.id} via {'+'.join(reachable)}"
    return Target(text, tuple(Contact(method, person.id) for method in reachable)) if reachable else None


def _target_hint(name: str, ways: Ways) -> str:
    """The nearest target; of `alise via sms` or `alice sms` the nearest person."""
    first = name.split(maxsplit=1)[0]
    if first != name and (person := nearest(first, ways.people)):
        return f"did you mean {person} via …?"
    return did_you_mean(name, [*ways.people, *ways.shared])


def _as_written(word: str, part: Part) -> str:
    """The word, unless it came out of a placeholder: then the placeholder."""
    written = part.written()
    return word if word in written else written
