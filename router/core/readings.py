"""Measurements and other readings: no alarms, until a rule that names their kind says so.

A reading that matches opens an alert of its own (key + rule); the first later one from the same sensor that no longer
matches (or meets `clear`) resolves it. One that no rule matches changes nothing and is only counted.
What must not be here: alarms, whose end the source itself announces (`alarms`).
"""

from router.core import escalate, takeover
from router.core.alarms import add_routes, open_alert
from router.core.changes import Trace
from router.core.draft import Draft
from router.core.model import Alert, Event, changed
from router.core.routing import Routing, matched, matching_rules
from router.core.rules import Rule


def reading_received(draft: Draft, event: Event) -> Trace:
    """Decide about a reading: alerts it ends, alerts it keeps open, alerts it opens."""
    ended = _end_what_it_no_longer_meets(draft, event)
    routing = matching_rules(draft.rules, event, now=draft.now)
    if routing.none:
        return Trace("resolved", alert_ids=ended) if ended else Trace("unmatched", counted=True)
    tried = matched(routing)
    ignored = routing.ignored_by.ignore if routing.ignored_by else None
    alerts = tuple(_met(draft, event, rule) for rule in routing.rules)
    verdict = "measured" if alerts else "ignored"
    return Trace(verdict, alert_ids=(*ended, *alerts), tried=tried, ignored=ignored)


def key_of_rule(event: Event, rule: Rule) -> str:
    """The key of the alert that this rule keeps for this sensor."""
    return f"{event.key}/{rule.name}"


def _met(draft: Draft, event: Event, rule: Rule) -> str:
    key = key_of_rule(event, rule)
    alert = draft.latest(key)
    if alert is not None and alert.recovery is not None and event.before(alert.recovery):
        draft.change(alert.id, count=alert.count + 1)  # it comes late: a newer reading has ended the alert
        return alert.id
    if alert is None or (not alert.open and not _soon_again(draft, alert)):
        alert = open_alert(draft, event, key=key, routing=Routing((rule,)), measured=rule.name)
        escalate.start_routes(draft, alert.id, (rule,))
        return alert.id
    if not alert.open:
        return takeover.reopen(draft, alert, event).id
    newest = not event.before(alert.event)
    alert = draft.put(
        changed(alert, event=event if newest else alert.event, count=alert.count + 1, updated_at=draft.now)
    )
    if all(route.rule != rule.name for route in alert.routes):  # other rules had taken the route away, and are back
        add_routes(draft, alert, (rule,))
    return alert.id


def _soon_again(draft: Draft, alert: Alert) -> bool:
    told = any(route.step for route in alert.routes)  # otherwise its `for` had not run out, and begins anew
    return told and takeover.ended_lately(draft, alert)


def _end_what_it_no_longer_meets(draft: Draft, event: Event) -> tuple[str, ...]:
    ended = []
    for alert_id in draft.state.measured.get(event.key, ()):
        alert = draft.alert(alert_id)
        if alert is None or not alert.open or event.before(alert.event):
            continue
        how = _over(draft, alert, event)
        if how:
            takeover.resolve(draft, alert, how=how, recovery=event)
            ended.append(alert_id)
    return tuple(ended)


def _over(draft: Draft, alert: Alert, event: Event) -> str:
    """Why this reading ends the alert, empty when it does not."""
    rule = draft.rule(alert.measured or "")
    assert rule is not None, "an alert by readings ends with its rule"
    told = any(route.step for route in alert.routes)
    if rule.clear is not None and told:  # while `for` still runs, the reading must match all the time
        return "the reading meets the rule's clear condition" if rule.clear.holds(event, draft.now) else ""
    return "" if rule.match.holds(event, draft.now) else "the reading no longer meets the rule"
