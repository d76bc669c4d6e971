"""Somebody takes an alert, or it ends: pages stop, and those who were told are told so.

What must not be here: how an event is matched to an alert (`alarms`), or who is paged next (`escalate`).
"""

from collections.abc import Iterable
from datetime import timedelta

from router.core import escalate, notices
from router.core.draft import Draft, timer_id_of
from router.core.model import Alert, AlertStatus, Event, Notification, Told, changed
from router.core.rules import Contact, Policy
from router.core.telling import Saying, contacts_of, tell, withdraw_pages

DEFAULT_ACK_TIMEOUT = timedelta(hours=4)
DEFAULT_REOPEN = timedelta(minutes=5)


def policies_of(draft: Draft, alert: Alert) -> list[Policy]:
    """The policies that run for the alert, as they read now."""
    found = (draft.policy(route.policy) for route in alert.routes)
    return [policy for policy in found if policy is not None]


def acknowledge(draft: Draft, alert: Alert, *, by: str, via: str) -> str:
    """Somebody takes the alert; returns a named reason (`acknowledged`, `already acknowledged`, `already resolved`)."""
    if not alert.open:
        draft.record(alert.id, "acknowledge refused", by=by, via=via, why="already resolved")
        return "already resolved"
    if alert.status == "acknowledged" and alert.acknowledged_by == by:
        draft.record(alert.id, "acknowledged again", by=by, via=via)
        return "already acknowledged"
    before = alert.acknowledged_by
    alert = draft.put(
        changed(alert, status="acknowledged", acknowledged_by=by, acknowledged_at=draft.now, updated_at=draft.now)
    )
    draft.record(alert.id, "acknowledged", by=by, via=via, **({"instead_of": before} if before else {}))
    escalate.hold(draft, alert.id)
    withdraw_pages(draft, alert)
    draft.cancel_timer(timer_id_of("ack_timeout", alert.id))
    limit_acknowledgement(draft, alert)
    escalate.watch_silence(draft, alert.id)
    _tell_acknowledged(draft, draft.known(alert.id))
    return "acknowledged"


def limit_acknowledgement(draft: Draft, alert: Alert) -> None:
    """Set the timer that ends an acknowledgement: the shortest `ack_timeout` of its policies; an earlier one stays."""
    if alert.fault or alert.status != "acknowledged":
        return
    limits = [policy.ack_timeout for policy in policies_of(draft, alert)] or [DEFAULT_ACK_TIMEOUT]
    due = min((draft.now + limit for limit in limits if limit is not None), default=None)
    earlier = draft.timer(timer_id_of("ack_timeout", alert.id))
    if due is not None and (earlier is None or due < earlier.due):
        draft.set_timer("ack_timeout", due, alert_id=alert.id)


def _tell_acknowledged(draft: Draft, alert: Alert) -> None:
    wishes = {policy.when_acknowledged for policy in policies_of(draft, alert)}
    if "told" in wishes:
        told = _told_or_maybe(draft, alert)
    elif "shared" in wishes:
        told = [contact for contact in _told_or_maybe(draft, alert) if contact.person is None]
    else:
        told = []
    others = [contact for contact in told if not _is(draft, contact, alert.acknowledged_by)]
    _inform(draft, alert, others, Saying(reason="acknowledged"))


def _is(draft: Draft, contact: Contact, name: str | None) -> bool:
    person = draft.rules.people.get(contact.person) if contact.person else None
    return person is not None and name in {person.id, person.name}


def ack_ran_out(draft: Draft, alert: Alert) -> None:
    """The acknowledgement is too old and the alert still open: it fires again, with the next step."""
    by = alert.acknowledged_by
    draft.put(changed(alert, status="firing", acknowledged_by=None, acknowledged_at=None, said_at=None))
    draft.record(alert.id, "firing again", why=f"acknowledged by {by}, but not over in time")
    escalate.resume(draft, alert.id)


def silence_ran_out(draft: Draft, alert: Alert) -> None:
    """The source tells of no end and has not repeated the alarm: over, if somebody has it or nobody is left to tell.

    Nobody is left once `fallback` has heard that all were told and nobody answered.
    """
    source = draft.rules.sources.get(alert.event.source)
    if source is None or source.resolve_after is None:
        return
    exhausted = alert.exhausted and alert.said_at is not None
    if alert.status == "acknowledged" or exhausted or source.resolve_after.unacknowledged:
        minutes = source.resolve_after.wait.total_seconds() / 60
        resolve(draft, alert, how=f"no repeat for {minutes:g}m")


def resolve(draft: Draft, alert: Alert, *, how: str, by: str | None = None, recovery: Event | None = None) -> None:
    """The alert is over: timers go, waiting pages go, whoever was told hears of it."""
    if alert.fault:
        notices.end_fault(draft, alert, how=how)
        return
    over = changed(
        alert, status="resolved", resolved_at=draft.now, updated_at=draft.now, resolution=how, recovery=recovery
    )
    draft.put(over)
    draft.record(alert.id, "resolved", how=how, **({"by": by} if by else {}))
    for timer in draft.timers_of(alert.id):
        draft.cancel_timer(timer.id)
    _tell_resolved(draft, over)
    forget_later(draft, over)


def _tell_resolved(draft: Draft, alert: Alert) -> None:
    """Everybody who was told hears of the end; who was about to get a first page gets one text instead of it.

    `fallback` hears of it through the notices, so that the end of a storm is no storm.
    """
    told = _told_or_maybe(draft, alert)
    unseen = withdraw_pages(draft, alert)
    policies = policies_of(draft, alert)
    quiet = bool(policies) and all(policy.when_resolved == "nobody" for policy in policies)
    instead = [_contact(page) for page in unseen if _contact(page) not in told]
    audience = list(dict.fromkeys(instead if quiet else (*told, *instead)))
    in_policy = {c for policy in policies for step in policy.steps for c in contacts_of(step.notify)}
    fallback = contacts_of(draft.rules.fallback)
    if any(contact in fallback and contact not in in_policy for contact in audience):
        notices.tell_fallback(draft, alert, reason="resolved", name="unrouted")
        audience = [contact for contact in audience if contact not in fallback]
    _inform(draft, alert, audience, Saying(reason="resolved"))


def _rules(alert: Alert) -> tuple[str, ...]:
    return tuple(route.rule for route in alert.routes)


def _told_or_maybe(draft: Draft, alert: Alert) -> list[Contact]:
    """Who accepted a page, has one under way, or may have got one."""
    maybe = (page for page in draft.pages_of(alert.id) if page.status == "underway" or page.uncertain)
    told: Iterable[Told] = (*alert.told, *(Told(page.channel, page.person) for page in maybe))
    return [Contact(contact.channel, contact.person) for contact in dict.fromkeys(told)]


def _contact(page: Notification) -> Contact:
    return Contact(page.channel, page.person)


def _inform(draft: Draft, alert: Alert, contacts: list[Contact], saying: Saying) -> None:
    """Tell these contacts; one that the rules no longer know is left out."""
    known = [contact for contact in contacts if _still_known(draft, contact)]
    tell(draft, alert, contacts=known, saying=changed(saying, routes=saying.routes or _rules(alert)))


def _still_known(draft: Draft, contact: Contact) -> bool:
    if contact.person is None:
        return contact.channel in draft.rules.shared
    person = draft.rules.people.get(contact.person)
    return person is not None and contact.channel in person.methods


def reopen_within(draft: Draft, alert: Alert) -> timedelta:
    """How soon after its end a new raise is the same alert again: the longest `reopen` of its policies."""
    return max((policy.reopen for policy in policies_of(draft, alert)), default=DEFAULT_REOPEN)


def forget_later(draft: Draft, alert: Alert) -> None:
    """Let the memory drop the alert once a new raise would be a new alert."""
    draft.set_timer("forget", draft.now + reopen_within(draft, alert) + timedelta(seconds=1), alert_id=alert.id)


def ended_lately(draft: Draft, alert: Alert) -> bool:
    """The alert is over, but not for longer than its policies' `reopen`."""
    return alert.resolved_at is not None and draft.now - alert.resolved_at <= reopen_within(draft, alert)


def reopen(draft: Draft, alert: Alert, event: Event) -> Alert:
    """The same trouble again: acknowledgement and step stay, only shared channels are told."""
    status: AlertStatus = "acknowledged" if alert.acknowledged_by else "firing"
    alert = draft.put(
        changed(
            alert,
            status=status,
            event=event,
            count=alert.count + 1,
            updated_at=draft.now,
            resolved_at=None,
            resolution="",
            recovery=None,
            said_at=None,
        )
    )
    draft.cancel_timer(timer_id_of("forget", alert.id))
    draft.record(alert.id, "reopened", event=event.id)
    if status == "firing":
        escalate.go_on(draft, alert.id)
    else:
        limit_acknowledgement(draft, alert)
    _tell_back_again(draft, draft.known(alert.id))
    return draft.known(alert.id)


def _tell_back_again(draft: Draft, alert: Alert) -> None:
    """Tell the shared channels of the steps that have run, and whoever was about to get the end as their first text."""
    unseen = _take_back_the_end(draft, alert)
    if alert.status == "acknowledged":
        _inform(draft, alert, _shared(draft, alert), Saying(reason="acknowledged"))
    elif alert.routes:
        _inform(draft, alert, list(dict.fromkeys((*_shared(draft, alert), *unseen))), Saying(reason="raised"))


def _take_back_the_end(draft: Draft, alert: Alert) -> list[Contact]:
    """Withdraw texts of the end that nobody has seen; returns who would have heard of the alert by it only."""
    taken = [page for page in draft.pages_of(alert.id) if page.reason == "resolved" and page.status != "underway"]
    for page in taken:
        draft.put_page(changed(page, status="withdrawn"))
        draft.record(alert.id, "withdrawn", notification=page.id, target=page.target, reason=page.reason)
    return [_contact(page) for page in taken if Told(page.channel, page.person) not in alert.told]


def _shared(draft: Draft, alert: Alert) -> list[Contact]:
    """The shared channels that were told, or were to be told by the steps that have run."""
    told = [Contact(told.channel) for told in alert.told if told.person is None]
    for route in alert.routes:
        steps = draft.rules.policies[route.policy].steps
        run = steps if route.round else steps[: route.step]
        told += [contact for step in run for contact in contacts_of(step.notify) if contact.person is None]
    return list(dict.fromkeys(told))
