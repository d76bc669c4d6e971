"""Other rules are in force: alerts in flight keep their policy by name and step; what is gone is routed anew.

What must not be here: reading rules. Both sets are complete and checked before this runs.
"""

from collections.abc import Set

from router.core import escalate
from router.core.alarms import add_routes, new_route, tell_unrouted
from router.core.changes import Trace
from router.core.draft import Draft, timer_id_of
from router.core.inputs import FaultEnded, FaultOccurred
from router.core.model import Alert, Route, changed
from router.core.routing import matching_rules
from router.core.rules import Rule
from router.core.takeover import limit_acknowledgement, resolve

CAUSE = "rules policy gone"


def rules_replaced(draft: Draft) -> Trace:
    """Route anew every open alert whose policy is gone or shorter than the step it had reached, and tell `fallback`.

    An alert that a measurement opened ends with its rule: no later reading could end it.
    """
    touched = []
    for alert in list(draft.state.alerts.values()):
        if alert.open and alert.measured is not None and draft.rule(alert.measured) is None:
            resolve(draft, alert, how="the rule that watched these readings is gone")
            continue
        broken = tuple(route for route in alert.routes if not _stands(draft, route))
        if broken and not alert.open:
            draft.put(_without(alert, broken))  # if it is reopened, it is routed anew
        elif broken:
            _route_anew(draft, alert, broken)
            touched.append(alert.id)
    _end_faults_of_what_is_gone(draft)
    if touched:
        listed = ", ".join(touched[:10]) + (" …" if len(touched) > 10 else "")
        text = f"the new rules lack the policy or step of {len(touched)} open alert(s), routed anew: {listed}"
        draft.faults.append(FaultOccurred(CAUSE, text, lasting=False))
    return Trace("rules replaced", alert_ids=tuple(touched))


def _end_faults_of_what_is_gone(draft: Draft) -> None:
    """What the rules no longer name has no trouble any more, and nothing else would ever say so."""
    rules = draft.rules
    ways = [(person.id, method) for person in rules.people.values() for method in person.methods]
    named: dict[str, Set[str]] = {
        "source": rules.sources.keys(),
        "channel": rules.shared.union(method for _, method in ways),
        "contact": {f"{person} via {method}" for person, method in ways},
    }
    for alert in draft.state.alerts.values():
        cause = alert.key.removeprefix("fault/")
        kind, _, name = cause.partition(" ")
        if kind == "source":
            name = name.partition(" ")[0]
        if alert.fault and alert.open and kind in named and name not in named[kind]:
            draft.faults.append(FaultEnded(cause, f"the rules no longer name this {kind}"))


def _stands(draft: Draft, route: Route) -> bool:
    policy = draft.policy(route.policy)
    return policy is not None and route.step <= len(policy.steps)


def _route_anew(draft: Draft, alert: Alert, broken: tuple[Route, ...]) -> None:
    for route in broken:
        draft.cancel_timer(timer_id_of("step", alert.id, route.rule))
        draft.record(alert.id, "policy gone", rule=route.rule, policy=route.policy, step=route.step)
    alert = draft.put(_without(alert, broken))
    kept = alert.routes
    new = tuple(rule for rule in _rules_now(draft, alert) if all(route.rule != rule.name for route in kept))
    if alert.status == "acknowledged":  # somebody has it; an acknowledgement that runs out starts the new routes
        alert = draft.put(changed(alert, routes=(*kept, *map(new_route, new))))
        limit_acknowledgement(draft, alert)
    elif new:
        add_routes(draft, alert, new)
    elif not kept:
        tell_unrouted(draft, alert)
    elif alert.exhausted:
        escalate.await_fallback(draft, alert.id, kept)


def _without(alert: Alert, routes: tuple[Route, ...]) -> Alert:
    return changed(alert, routes=tuple(route for route in alert.routes if route not in routes))


def _rules_now(draft: Draft, alert: Alert) -> tuple[Rule, ...]:
    """The rules that the alert's event meets now; what a measurement opened keeps to the rule it was opened for."""
    rules = matching_rules(draft.rules, alert.event, now=draft.now).rules
    return tuple(rule for rule in rules if alert.measured in {None, rule.name})
