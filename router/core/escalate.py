"""Steps, waits, repeats and what comes after them: how long somebody is looked for, and who is told next.

What must not be here: acknowledging or resolving (`takeover`), or what becomes of one send (`delivery`).

    opened -> step 1 -> wait -> step 2 … last step -> (repeat.wait -> step 1 …) x times -> exhausted -> fallback
"""

from dataclasses import replace
from datetime import timedelta

from router.core import notices
from router.core.draft import Draft, timer_id_of
from router.core.model import Alert, Route, Tally, Timer, Told
from router.core.rules import Rule
from router.core.steps import Place, last_wait, next_place, reason_at, wait_before
from router.core.telling import Saying, contacts_of, tell, with_told

SHORTEST_LAST_WAIT = timedelta(minutes=15)
REMIND_EVERY = timedelta(hours=4)
GATHER_EXHAUSTED = timedelta(minutes=10)


def route_of(alert: Alert, rule: str) -> Route | None:
    """The alert's route by that rule."""
    return next((route for route in alert.routes if route.rule == rule), None)


def put_route(draft: Draft, alert: Alert, route: Route) -> Alert:
    """Write the alert with this route in place of the one by the same rule."""
    routes = tuple(route if old.rule == route.rule else old for old in alert.routes)
    return draft.put(replace(alert, routes=routes))


def start_routes(draft: Draft, alert_id: str, rules: tuple[Rule, ...]) -> None:
    """Run the first step of these routes of the alert, or set its timer when it has to wait (`for`, `wait`)."""
    for rule in rules:
        route = route_of(draft.known(alert_id), rule.name)
        policy = draft.policy(route.policy) if route else None
        assert route is not None
        assert policy is not None, f"rule {rule.name} names no policy"
        wait = rule.lasts + wait_before(policy, Place(0, 1))
        if wait:
            draft.set_timer("step", draft.now + wait, alert_id=alert_id, route=rule.name)
        else:
            run_step(draft, alert_id, rule.name)


def run_step(draft: Draft, alert_id: str, rule: str, *, late: timedelta = timedelta(0)) -> None:
    """Run the route's next step: tell its targets and set the timer of the one after.

    A route added to an alert that somebody has runs its first step only.
    """
    alert = draft.known(alert_id)
    route = route_of(alert, rule)
    policy = draft.policy(route.policy) if route else None
    if route is None or policy is None:
        return  # the route went with a reload, and the alert was routed anew
    place = next_place(policy, route)
    if place is None:
        return
    route = replace(route, step=place.step, round=place.round, reached=False)
    alert = put_route(draft, alert, route)
    draft.record(
        alert_id,
        "step",
        rule=rule,
        policy=policy.name,
        step=place.step,
        round=place.round,
        tells=[target.text for target in policy.steps[place.step - 1].notify],
        **({"late": round(late.total_seconds(), 1)} if late > timedelta(seconds=1) else {}),
    )
    _set_next(draft, alert_id, route)
    saying = Saying(reason=reason_at(place), step=place.step, round=place.round, routes=(rule,))
    tell(draft, draft.known(alert_id), contacts=contacts_of(policy.steps[place.step - 1].notify), saying=saying)


def _set_next(draft: Draft, alert_id: str, route: Route) -> None:
    policy = draft.rules.policies[route.policy]
    place = next_place(policy, route)
    if place is not None:
        if draft.known(alert_id).status == "firing":
            draft.set_timer("step", draft.now + wait_before(policy, place), alert_id=alert_id, route=route.rule)
        return
    draft.cancel_timer(timer_id_of("step", alert_id, route.rule))
    alert = put_route(draft, draft.known(alert_id), replace(route, exhausted=True))
    if alert.exhausted and alert.status == "firing":
        became_exhausted(draft, alert_id, wait=max(last_wait(policy), SHORTEST_LAST_WAIT))


def became_exhausted(draft: Draft, alert_id: str, *, wait: timedelta) -> None:
    """No route has a step left: `fallback` is told after `wait` unless somebody acknowledges."""
    draft.record(alert_id, "exhausted", fallback_in=wait.total_seconds())
    draft.set_timer("exhausted", draft.now + wait, alert_id=alert_id)
    watch_silence(draft, alert_id)


def watch_silence(draft: Draft, alert_id: str) -> None:
    """Set the timer that closes the alert when its source, which tells of no end, stays silent (`resolve_after`)."""
    alert = draft.known(alert_id)
    source = draft.rules.sources.get(alert.event.source)
    if source is not None and source.resolve_after is not None and not alert.fault and alert.measured is None:
        due = max(draft.now, alert.event.arrived_at + source.resolve_after.wait)
        draft.set_timer("resolve_after", due, alert_id=alert_id)


def nobody_reached(draft: Draft, alert_id: str, rule: str) -> None:
    """Every target of the route's step has given up: the next step runs at once, or `fallback` is told at once."""
    alert = draft.known(alert_id)
    route = route_of(alert, rule)
    policy = draft.policy(route.policy) if route else None
    if route is None or policy is None or alert.status != "firing":
        return
    draft.record(alert_id, "nobody reached", rule=rule, step=route.step, round=route.round)
    place = next_place(policy, route)
    if place is not None and place.round == route.round:
        run_step(draft, alert_id, rule)
    elif alert.exhausted:
        draft.set_timer("exhausted", draft.now, alert_id=alert_id)


def tell_exhausted(draft: Draft, timer: Timer) -> None:
    """Tell `fallback` of every alert that nobody acknowledged although all were told; gathered, and again every 4 h."""
    told = draft.tally("exhausted")
    if told is not None and draft.now < told.since + GATHER_EXHAUSTED and told.since <= draft.now:
        draft.set_timer("exhausted", told.since + GATHER_EXHAUSTED, alert_id=timer.alert_id)
        return
    due = [other.alert_id for other in draft.state.due(draft.now + timedelta(minutes=1)) if other.kind == "exhausted"]
    alerts = [alert for alert in map(draft.alert, due) if alert is not None and alert.status == "firing"]
    for alert in alerts:
        draft.set_timer("exhausted", draft.now + REMIND_EVERY, alert_id=alert.id)
        draft.record(alert.id, "fallback told", why="nobody has acknowledged", gathered=len(alerts))
        listeners = (Told(contact.channel, contact.person) for contact in contacts_of(draft.rules.fallback))
        draft.put(with_told(draft.known(alert.id), *listeners))
    if alerts:
        number = "1 alarm has" if len(alerts) == 1 else f"{len(alerts)} alarms have"
        text = f"{number} been told to everybody in the policy and nobody has acknowledged"
        notices.tell_gathered(draft, alerts, text=text)
        draft.put_tally(Tally("exhausted", since=draft.now))


def hold(draft: Draft, alert_id: str) -> None:
    """Stop looking for somebody: every timer of the escalation is cancelled."""
    draft.cancel_timers(alert_id, "step", "exhausted")


def resume(draft: Draft, alert_id: str) -> None:
    """Look for somebody again after an acknowledgement ran out: every route goes on with its next step, at once.

    After the last step a route begins at step 1 again.
    """
    for route in draft.known(alert_id).routes:
        policy = draft.policy(route.policy)
        if policy is None:
            continue
        if next_place(policy, route) is None:
            put_route(draft, draft.known(alert_id), replace(route, step=0, round=0, exhausted=False))
        run_step(draft, alert_id, route.rule)
    if not draft.known(alert_id).routes:
        draft.set_timer("exhausted", draft.now, alert_id=alert_id)


def go_on(draft: Draft, alert_id: str) -> None:
    """Set the timers of a reopened alert that nobody has: each route waits for its next step as if just told."""
    alert = draft.known(alert_id)
    for route in alert.routes:
        policy = draft.policy(route.policy)
        place = next_place(policy, route) if policy else None
        rule = draft.rule(route.rule)
        lasts = rule.lasts if rule is not None and not route.step else timedelta(0)
        if policy is not None and place is not None:
            wait = lasts + wait_before(policy, place)
            draft.set_timer("step", draft.now + wait, alert_id=alert_id, route=route.rule)
    if alert.exhausted:
        wait = max(
            (last_wait(draft.rules.policies[r.policy]) for r in alert.routes if r.policy in draft.rules.policies),
            default=SHORTEST_LAST_WAIT,
        )
        draft.set_timer("exhausted", draft.now + max(wait, SHORTEST_LAST_WAIT), alert_id=alert_id)
