"""Steps, waits, repeats and what comes after them: how long somebody is looked for, and who is told next.

What must not be here: acknowledging or resolving (`takeover`), or what becomes of one send (`delivery`).

    opened -> step 1 -> wait -> step 2 … last step -> (repeat.wait -> step 1 …) x times -> exhausted -> fallback
"""

from datetime import timedelta

from router.core import notices
from router.core.draft import Draft, timer_id_of
from router.core.model import Alert, Route, Tally, Timer, changed
from router.core.rules import Rule
from router.core.steps import Place, last_wait, next_place, reason_at, wait_before
from router.core.telling import Saying, contacts_of, tell

SHORTEST_LAST_WAIT = timedelta(minutes=15)
REMIND_EVERY = timedelta(hours=4)
GATHER_EXHAUSTED = timedelta(minutes=10)
SOON = timedelta(minutes=1)


def route_of(alert: Alert, rule: str) -> Route:
    """The alert's route by that rule, which it must have."""
    return next(route for route in alert.routes if route.rule == rule)


def put_route(draft: Draft, alert: Alert, route: Route) -> Alert:
    """Write the alert with this route in place of the one by the same rule."""
    routes = tuple(route if old.rule == route.rule else old for old in alert.routes)
    return draft.put(changed(alert, routes=routes))


def start_routes(draft: Draft, alert_id: str, rules: tuple[Rule, ...]) -> None:
    """Run the first step of these routes of the alert, or set its timer when it has to wait (`for`, `wait`)."""
    for rule in rules:
        policy = draft.rules.policies[route_of(draft.known(alert_id), rule.name).policy]
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
    policy = draft.rules.policies[route.policy]
    place = next_place(policy, route)
    if place is None:  # other rules took the steps away that were still to come
        _out_of_steps(draft, alert_id, route)
        return
    route = changed(route, step=place.step, round=place.round, reached=False, exhausted=False)
    put_route(draft, alert, route)
    draft.cancel_timer(timer_id_of("exhausted", alert_id))
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
    _out_of_steps(draft, alert_id, route)


def _out_of_steps(draft: Draft, alert_id: str, route: Route) -> None:
    alert = put_route(draft, draft.known(alert_id), changed(route, exhausted=True))
    if alert.exhausted and alert.status == "firing":
        await_fallback(draft, alert_id, (route,))


def await_fallback(draft: Draft, alert_id: str, routes: tuple[Route, ...]) -> None:
    """No route has a step left: `fallback` is told after the last `wait` of these, unless somebody acknowledges."""
    wait = max(SHORTEST_LAST_WAIT, *(last_wait(draft.rules.policies[route.policy]) for route in routes))
    draft.record(alert_id, "exhausted", fallback_in=wait.total_seconds())
    draft.set_timer("exhausted", draft.now + wait, alert_id=alert_id)


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
    if alert.status != "firing":
        return
    route = route_of(alert, rule)
    draft.record(alert_id, "nobody reached", rule=rule, step=route.step, round=route.round)
    place = next_place(draft.rules.policies[route.policy], route)
    if place is not None and place.round == route.round:
        run_step(draft, alert_id, rule)
    elif alert.exhausted:
        draft.set_timer("exhausted", draft.now, alert_id=alert_id)


def tell_exhausted(draft: Draft, timer: Timer) -> None:
    """Tell `fallback` of every alert that nobody acknowledged although all were told; gathered, and again every 4 h."""
    told = draft.tally("exhausted")
    if told is not None and told.since <= draft.now < told.since + GATHER_EXHAUSTED:
        draft.set_timer("exhausted", told.since + GATHER_EXHAUSTED, alert_id=timer.alert_id)
        return
    alerts = _to_be_told(draft)
    number = "1 alarm has" if len(alerts) == 1 else f"{len(alerts)} alarms have"
    text = f"{number} been told to everybody in the policy and nobody has acknowledged"
    notices.tell_gathered(draft, alerts, text=text)
    draft.put_tally(Tally("exhausted", since=draft.now))
    for alert in alerts:
        draft.set_timer("exhausted", draft.now + REMIND_EVERY, alert_id=alert.id)
        draft.record(alert.id, "fallback told", why="nobody has acknowledged", gathered=len(alerts))
        notices.count_as_told(draft, alert)
        draft.change(alert.id, said_at=draft.now)
        watch_silence(draft, alert.id)


def _to_be_told(draft: Draft) -> list[Alert]:
    """The alerts whose turn it is, with those whose turn would come right after; reminders fall into step."""
    soon = [timer for timer in draft.state.due(draft.now + GATHER_EXHAUSTED) if timer.kind == "exhausted"]
    alerts = [(timer, draft.known(timer.alert_id)) for timer in soon]
    return [alert for timer, alert in alerts if timer.due <= draft.now + SOON or alert.said_at is not None]


def hold(draft: Draft, alert_id: str) -> None:
    """Stop looking for somebody: every timer of the escalation is cancelled."""
    draft.cancel_timers(alert_id, "step", "exhausted")


def resume(draft: Draft, alert_id: str) -> None:
    """Look for somebody again after an acknowledgement ran out: every route goes on with its next step, at once.

    After the last step a route begins at step 1 again.
    """
    for route in draft.known(alert_id).routes:
        if next_place(draft.rules.policies[route.policy], route) is None:
            put_route(draft, draft.known(alert_id), changed(route, step=0, round=0))
        run_step(draft, alert_id, route.rule)
    if not draft.known(alert_id).routes:
        draft.set_timer("exhausted", draft.now, alert_id=alert_id)


def go_on(draft: Draft, alert_id: str) -> None:
    """Set the timers of a reopened alert that nobody has: each route waits for its next step as if just told.

    One without a route is told anew (`alarms`).
    """
    for route in draft.known(alert_id).routes:
        policy = draft.rules.policies[route.policy]
        place = next_place(policy, route)
        put_route(draft, draft.known(alert_id), changed(route, exhausted=place is None))
        if place is None:
            continue
        rule = draft.rule(route.rule)
        lasts = rule.lasts if rule is not None and not route.step else timedelta(0)
        draft.set_timer("step", draft.now + lasts + wait_before(policy, place), alert_id=alert_id, route=route.rule)
    alert = draft.known(alert_id)
    if alert.routes and alert.exhausted:
        await_fallback(draft, alert_id, alert.routes)
