"""Who is told what: texts for contact methods become rows of the outbox, and unneeded rows are withdrawn.

What must not be here: when a step runs (`escalate`), or what becomes of a send (`delivery`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from router.core.draft import Draft
from router.core.ids import derived_id
from router.core.inputs import FaultOccurred
from router.core.model import PAGING, Alert, Event, Notification, Reason, Told
from router.core.rules import Contact, Facts, Target, Text
from router.core.steps import next_place

ABOUT_TEMPLATES = "fault/template "
"""The keys of faults about templates: a template that fails in their own texts raises no fault, or it would loop."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be said: the reason, and which step of which routes it serves.

    `event` is the one that the text quotes when it is not the alert's own; `gathered` are lines about further alerts.
    """

    reason: Reason
    step: int = 0
    round: int = 0
    routes: tuple[str, ...] = ()
    event: Event | None = None
    gathered: tuple[str, ...] = ()
    fallback: bool = False
    tried: tuple[str, ...] = ()


def contacts_of(targets: Iterable[Target]) -> tuple[Contact, ...]:
    """The contact methods that these targets name, each once, in order."""
    return tuple(dict.fromkeys(contact for target in targets for contact in target.contacts))


def tell(draft: Draft, alert: Alert, *, contacts: Sequence[Contact], saying: Saying) -> tuple[Notification, ...]:
    """Put a text for each contact method into the outbox; returns the rows.

    One alert tells one contact method once per moment: a page that is still waiting, or was made by this decision, is
    brought up to date instead of joined by a second one.
    """
    tried: dict[str, tuple[str, ...]] = {}
    for contact in contacts:
        if contact.person is not None:
            tried[contact.person] = (*tried.get(contact.person, saying.tried), contact.channel)
    return tuple(
        _page(draft, alert, contact, replace(saying, tried=tried.get(contact.person or "", ()))) for contact in contacts
    )


def _page(draft: Draft, alert: Alert, contact: Contact, saying: Saying) -> Notification:
    earlier = _waiting_page(draft, alert, contact, saying)
    if earlier is not None:
        saying = replace(saying, routes=tuple(dict.fromkeys((*earlier.routes, *saying.routes))))
    text = _render(draft, alert, contact, saying)
    page = Notification(
        id=earlier.id if earlier else _page_id(draft, alert, contact, saying),
        alert_id=alert.id,
        target=contact.target,
        channel=contact.channel,
        person=contact.person,
        reason=saying.reason,
        title=text.title,
        body=text.body,
        html=text.html,
        created_at=earlier.created_at if earlier else draft.now,
        due=draft.now,
        step=saying.step,
        round=saying.round,
        routes=saying.routes,
        tried=saying.tried,
        priority=_priority(alert, saying),
        fallback=saying.fallback,
        gathered=bool(saying.gathered),
    )
    if text.problem and not alert.key.startswith(ABOUT_TEMPLATES):
        draft.faults.append(
            FaultOccurred(f"template {text.template}", f"template {text.template}: {text.problem}", lasting=False)
        )
    return draft.put_page(page)


def _page_id(draft: Draft, alert: Alert, contact: Contact, saying: Saying) -> str:
    place = f"{saying.reason} {saying.step} {saying.round} {saying.fallback} {bool(saying.gathered)}"
    return derived_id(alert.id, contact.target, place, draft.now.isoformat())


def _waiting_page(draft: Draft, alert: Alert, contact: Contact, saying: Saying) -> Notification | None:
    if saying.gathered:
        return None
    for page in draft.pages_of(alert.id):
        same = page.channel == contact.channel and page.person == contact.person and page.fallback == saying.fallback
        untouched = page.status == "waiting" and page.attempts == 0 and not page.gathered
        if same and untouched and (page.reason in PAGING) == (saying.reason in PAGING):
            return page
    return None


def _render(draft: Draft, alert: Alert, contact: Contact, saying: Saying) -> Text:
    rule = draft.rule(saying.routes[0]) if saying.routes else None
    next_at, next_targets = _upcoming(draft, alert)
    return draft.rules.render(
        Facts(
            alert=alert,
            event=saying.event or alert.event,
            reason=saying.reason,
            channel=contact.channel,
            rule=rule,
            step=saying.step,
            round=saying.round,
            person=draft.rules.people.get(contact.person) if contact.person else None,
            told=tuple(told.target for told in alert.told),
            next_at=next_at,
            next_targets=next_targets,
            gathered=saying.gathered,
            now=draft.now,
        )
    )


def _upcoming(draft: Draft, alert: Alert) -> tuple[datetime | None, tuple[str, ...]]:
    """When somebody else is told unless somebody acknowledges, and who; `(None, ())` when nobody is left."""
    steps = [timer for timer in draft.timers_of(alert.id) if timer.kind == "step"] if alert.routes else []
    for timer in steps:
        route = next(route for route in alert.routes if route.rule == timer.route)
        policy = draft.policy(route.policy)
        place = next_place(policy, route) if policy else None
        if policy is not None and place is not None:
            return timer.due, tuple(target.text for target in policy.steps[place.step - 1].notify)
    return None, ()


def _priority(alert: Alert, saying: Saying) -> int:
    """0 leaves first: a critical first page; then other pages; then what only informs."""
    if saying.reason not in PAGING:
        return 2
    return 0 if alert.event.level == "critical" and saying.reason == "raised" else 1


def wanted(page: Notification, alert: Alert) -> bool:
    """Whether the text still makes sense: nobody is paged for what is over or in somebody's hands.

    The first page of a route that was added after the acknowledgement is wanted all the same.
    """
    if page.reason not in PAGING or alert.status == "firing":
        return True
    first = (page.step, page.round) == (1, 0)
    return first and alert.acknowledged_at is not None and alert.open and page.created_at >= alert.acknowledged_at


def withdraw_pages(draft: Draft, alert: Alert) -> tuple[Notification, ...]:
    """The alert was taken or is over: withdraw what no notifier has got; returns those that nobody can have seen.

    A page that is with its notifier stays: its outcome is still recorded. Who may have seen one counts as told.
    """
    unseen = []
    for page in draft.pages_of(alert.id):
        if page.status == "underway" or page.reason not in PAGING:
            continue
        draft.put_page(replace(page, status="withdrawn"))
        draft.record(alert.id, "withdrawn", notification=page.id, target=page.target, reason=page.reason)
        if page.uncertain:
            draft.put(with_told(draft.known(alert.id), Told(page.channel, page.person)))
        else:
            unseen.append(page)
    return tuple(unseen)


def with_told(alert: Alert, *tolds: Told) -> Alert:
    """The alert with these contact methods among the told."""
    new = tuple(told for told in tolds if told not in alert.told)
    return replace(alert, told=(*alert.told, *new)) if new else alert
