"""Other rules are in force: alerts in flight keep their policy by name and step; what is gone is routed anew.

What must not be here: reading rules. Both sets are complete and checked before this runs.
"""

from dataclasses import replace

from router.core import escalate
from router.core.alarms import tell_unrouted
from router.core.changes import Trace
from router.core.draft import Draft, timer_id_of
from router.core.inputs import FaultOccurred
from router.core.model import Alert, Route
from router.core.routing import matching_rules

CAUSE = "rules policy gone"


def rules_replaced(draft: Draft) -> Trace:
    """Route anew every open alert whose policy is gone or shorter than the step it had reached, and tell `fallback`."""
    touched = []
    for alert in list(draft.state.alerts.values()):
        broken = tuple(route for route in alert.routes if not _stands(draft, route)) if alert.open else ()
        if broken:
            _route_anew(draft, alert, broken)
            touched.append(alert.id)
    if touched:
        listed = ", ".join(touched[:10]) + (" …" if len(touched) > 10 else "")
        text = f"the new rules lack the policy or step of {len(touched)} open alert(s), routed anew: {listed}"
        draft.faults.append(FaultOccurred(CAUSE, text, lasting=False))
    return Trace("rules replaced", alert_ids=tuple(touched))


def _stands(draft: Draft, route: Route) -> bool:
    policy = draft.policy(route.policy)
    return policy is not None and route.step <= len(policy.steps)


def _route_anew(draft: Draft, alert: Alert, broken: tuple[Route, ...]) -> None:
    for route in broken:
        draft.cancel_timer(timer_id_of("step", alert.id, route.rule))
        draft.record(alert.id, "policy gone", rule=route.rule, policy=route.policy, step=route.step)
    kept = tuple(route for route in alert.routes if route not in broken)
    names = {route.rule for route in kept}
    routing = matching_rules(draft.rules, alert.event, now=draft.now)
    new = tuple(rule for rule in routing.rules if rule.name not in names)
    routes = (*kept, *(Route(rule=rule.name, line=rule.line, policy=rule.policy or "") for rule in new))
    alert = draft.put(replace(alert, routes=routes))
    for rule in new:
        draft.record(alert.id, "routed", rule=rule.name, line=rule.line, policy=rule.policy, why="rules replaced")
    if alert.status != "firing":
        return  # somebody has it; an acknowledgement that runs out starts the new routes
    if new:
        escalate.start_routes(draft, alert.id, new)
    elif not routes:
        tell_unrouted(draft, alert)
    elif alert.exhausted:
        escalate.became_exhausted(draft, alert.id, wait=escalate.SHORTEST_LAST_WAIT)
