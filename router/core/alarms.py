"""An alarm arrives: which alert it opens, updates, reopens or resolves, whatever order the events come in.

What must not be here: measurements (`readings`), or how long somebody is looked for (`escalate`).
"""

from datetime import timedelta

from router.core import escalate, notices, takeover
from router.core.changes import PutRecovery, Trace, Tried
from router.core.draft import Draft, timer_id_of
from router.core.ids import derived_id
from router.core.model import Alert, Event, Recovery, Route, changed
from router.core.routing import Routing, matched, matching_rules, why_matched
from router.core.rules import Rule
from router.core.telling import Saying, contacts_of, tell

CLOCK_AHEAD = timedelta(minutes=5)
"""A source's clock further ahead of ours is wrong."""
CLOCK_BEHIND = timedelta(days=31)
"""A logger that was offline may tell of the past; of more than this, only one with a wrong clock does."""


def alarm_received(draft: Draft, event: Event) -> Trace:
    """Decide about an alarm or its recovery."""
    return _recovered(draft, event) if event.status == "resolved" else _raised(draft, event)


# --- recovery


def _recovered(draft: Draft, event: Event) -> Trace:
    """The end of a trouble. It is itself never routed."""
    earlier = draft.state.recoveries.get(event.key)
    if earlier is None or not event.before(earlier.event):
        draft.add(PutRecovery(Recovery(event.key, light(event), draft.now)))
    alert = draft.latest(event.key)
    if alert is None or not alert.open:
        return Trace("nothing open")
    if event.before(alert.event):
        draft.record(alert.id, "stale recovery", event=event.id, why="the alarm was raised again after it")
        return Trace("stale", alert_ids=(alert.id,))
    takeover.resolve(draft, alert, how=event.reason or "recovered", recovery=light(event))
    return Trace("resolved", alert_ids=(alert.id,))


# --- raise


def _raised(draft: Draft, event: Event) -> Trace:
    alert = draft.latest(event.key)
    if alert is not None and alert.open:
        return _again(draft, alert, event, verdict="updated")
    over = draft.state.recoveries.get(event.key)
    if over is not None and _ended_already(event, over):
        return _too_late(draft, event, over.event, alert)
    if alert is not None and takeover.ended_lately(draft, alert):
        routing = matching_rules(draft.rules, event, now=draft.now)
        if routing.only_ignored is None:
            return _again(draft, takeover.reopen(draft, alert, event), event, verdict="reopened")
    return _opened(draft, event)


def _ended_already(event: Event, over: Recovery) -> bool:
    """The recovery that came first is the end of this very raise, by a source's clock that can be believed.

    A recovery from the future or a raise from long ago is a clock that is wrong. Believing it would silence the raise.
    """
    said_at = max(over.event.order[0], over.event.order[1])
    believable = said_at <= over.seen_at + CLOCK_AHEAD and event.arrived_at - event.order[0] < CLOCK_BEHIND
    return believable and event.before(over.event)


def _again(draft: Draft, alert: Alert, event: Event, *, verdict: str) -> Trace:
    """One more event of an open alert: counted, quoted if it is the newest, and routed again."""
    if verdict == "updated":
        newest = not event.before(alert.event)
        alert = draft.put(
            changed(alert, event=event if newest else alert.event, count=alert.count + 1, updated_at=draft.now)
        )
        draft.record(alert.id, "updated", event=event.id, **({} if newest else {"late": True}))
    routing = matching_rules(draft.rules, event, now=draft.now)
    known = {route.rule for route in alert.routes}
    new = tuple(rule for rule in routing.rules if rule.name not in known)
    tried = matched(changed(routing, rules=new))
    if new:
        add_routes(draft, alert, new)
    elif verdict == "reopened" and alert.status == "firing" and not alert.routes:
        tell_unrouted(draft, alert)
    escalate.watch_silence(draft, alert.id)
    return Trace(verdict, alert_ids=(alert.id,), tried=tried)


def add_routes(draft: Draft, alert: Alert, rules: tuple[Rule, ...]) -> None:
    """The alert meets further rules: their policies start at step 1, also when somebody has it already."""
    draft.cancel_timer(timer_id_of("exhausted", alert.id))
    alert = draft.put(changed(alert, routes=(*alert.routes, *map(new_route, rules)), said_at=None))
    _record_routes(draft, alert, rules)
    takeover.limit_acknowledgement(draft, alert)
    escalate.start_routes(draft, alert.id, rules)


def _opened(draft: Draft, event: Event) -> Trace:
    """A new trouble: an alert with a route for each rule that matched, or unrouted."""
    routing = matching_rules(draft.rules, event, now=draft.now)
    tried = matched(routing)
    ignored = routing.ignored_by
    if routing.only_ignored is not None:
        return _ignored(draft, event, routing.only_ignored, tried=tried)
    alert = open_alert(draft, event, key=event.key, routing=routing)
    if routing.rules:
        escalate.start_routes(draft, alert.id, routing.rules)
        escalate.watch_silence(draft, alert.id)
        verdict = "opened"
    else:
        tell_unrouted(draft, alert)
        verdict = "unrouted"
    return Trace(verdict, alert_ids=(alert.id,), tried=tried, ignored=ignored.ignore if ignored else None)


def _ignored(draft: Draft, event: Event, rule: Rule, *, tried: tuple[Tried, ...]) -> Trace:
    draft.record("", "ignored", event=event.id, key=event.key, rule=rule.name, why=rule.ignore)
    return Trace("ignored", tried=tried, ignored=rule.ignore)


def open_alert(draft: Draft, event: Event, *, key: str, routing: Routing, measured: str | None = None) -> Alert:
    """Write a new firing alert with these routes, none of which has run yet."""
    alert = Alert(
        id=derived_id(key, event.source, event.id, draft.stamp),
        key=key,
        status="firing",
        event=event,
        opened_at=draft.now,
        updated_at=draft.now,
        started_at=event.started_at or event.arrived_at,
        routes=tuple(map(new_route, routing.rules)),
        measured=measured,
    )
    draft.put(alert)
    draft.record(alert.id, "opened", event=event.id, key=key)
    _record_routes(draft, alert, routing.rules)
    return alert


def _record_routes(draft: Draft, alert: Alert, rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        because = why_matched(rule, alert.event, now=draft.now)
        draft.record(alert.id, "routed", rule=rule.name, line=rule.line, policy=rule.policy, because=because)


def tell_unrouted(draft: Draft, alert: Alert) -> None:
    """No rule matches: that is never silence. `fallback` is told now, and every 4 h until somebody acknowledges."""
    draft.record(alert.id, "unrouted", why="no rule matched")
    draft.change(alert.id, said_at=draft.now)
    draft.set_timer("exhausted", draft.now + escalate.REMIND_EVERY, alert_id=alert.id)
    escalate.watch_silence(draft, alert.id)
    notices.tell_fallback(draft, draft.known(alert.id), reason="raised", name="unrouted")


def _too_late(draft: Draft, event: Event, recovery: Event, alert: Alert | None) -> Trace:
    """A raise that arrives after its own recovery: told once, to step 1, with both times; no page, no escalation."""
    if alert is not None and _within(alert, event):
        draft.change(alert.id, count=alert.count + 1)
        draft.record(alert.id, "late event", event=event.id, why="it belongs to this alert, which is over")
        return Trace("late", alert_ids=(alert.id,))
    routing = matching_rules(draft.rules, event, now=draft.now)
    tried = matched(routing)
    if routing.only_ignored is not None:
        return _ignored(draft, event, routing.only_ignored, tried=tried)
    alert = open_alert(draft, event, key=event.key, routing=routing)
    over = changed(
        alert,
        status="resolved",
        resolved_at=draft.now,
        resolution=recovery.reason or "recovered",
        recovery=recovery,
    )
    draft.put(over)
    draft.record(alert.id, "resolved", how="its recovery had arrived before it")
    takeover.forget_later(draft, over)
    lasted = max(recovery.order[:2]) - event.order[0]
    rules = tuple(rule for rule in routing.rules if lasted >= rule.lasts)
    targets = [target for rule in rules for target in draft.rules.policies[rule.policy or ""].steps[0].notify]
    if routing.none:
        notices.tell_fallback(draft, over, reason="resolved", name="unrouted")
    elif targets:
        saying = Saying(reason="resolved", step=1, routes=tuple(rule.name for rule in rules))
        tell(draft, over, contacts=contacts_of(targets), saying=saying)
    return Trace("opened and resolved", alert_ids=(alert.id,), tried=tried)


def _within(alert: Alert, event: Event) -> bool:
    """The event was said between the alert's beginning and the recovery that ended it."""
    return alert.recovery is not None and alert.started_at <= event.order[0] and event.before(alert.recovery)


def light(event: Event) -> Event:
    """The event without its payload, for rows that only quote it: the journal keeps the payload."""
    return changed(event, raw="") if event.raw else event


def new_route(rule: Rule) -> Route:
    """The route of a rule that has not run yet."""
    return Route(rule=rule.name, line=rule.line, policy=rule.policy or "")
