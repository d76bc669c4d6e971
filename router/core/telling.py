"""Who is told what: texts for contact methods become rows of the outbox, and unneeded rows are withdrawn.

What must not be here: when a step runs (`escalate`), or what becomes of a send (`delivery`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from router.core.draft import Draft
from router.core.ids import derived_id
from router.core.inputs import FaultOccurred
from router.core.model import PAGING, Alert, Event, Notification, Reason, Serves, Told, changed
from router.core.rules import Contact, Facts, Target, Text
from router.core.steps import next_place

ABOUT_TEMPLATES = "fault/template "
LAST = 2
"""The priority of what only informs."""
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


class Upcoming(NamedTuple):
    """When somebody else is told unless somebody acknowledges, and who; nobody when no step is left."""

    at: datetime | None = None
    targets: tuple[str, ...] = ()


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
    upcoming = _upcoming(draft, alert)
    waiting = () if saying.gathered else draft.pages_of(alert.id)
    pages = []
    for contact in contacts:
        said = changed(saying, tried=tried[contact.person]) if contact.person in tried else saying
        earlier = next((page for page in waiting if _may_follow(page, contact, said)), None)
        text = _render(draft, alert, contact, saying=said, upcoming=upcoming)
        pages.append(_page(draft, alert, contact, saying=said, text=text, earlier=earlier))
    return tuple(pages)


def _page(
    draft: Draft, alert: Alert, contact: Contact, *, saying: Saying, text: Text, earlier: Notification | None
) -> Notification:
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
        serves=_serves(saying, earlier),
        tried=saying.tried,
        priority=min(_priority(alert, saying), earlier.priority if earlier else LAST),
        fallback=saying.fallback,
        gathered=bool(saying.gathered),
    )
    if text.problem and not alert.key.startswith(ABOUT_TEMPLATES):
        draft.faults.append(
            FaultOccurred(f"template {text.template}", f"template {text.template}: {text.problem}", lasting=False)
        )
    return draft.put_page(page)


def _serves(saying: Saying, earlier: Notification | None) -> tuple[Serves, ...]:
    """The steps of this text, and those of the one whose place it takes."""
    own = tuple(Serves(rule, saying.step, saying.round) for rule in saying.routes)
    return own if earlier is None else (*(each for each in earlier.serves if each.rule not in saying.routes), *own)


def _page_id(draft: Draft, alert: Alert, contact: Contact, saying: Saying) -> str:
    place = f"{saying.reason} {saying.step} {saying.round} {saying.fallback} {bool(saying.gathered)}"
    return derived_id(alert.id, contact.target, place, draft.stamp)


def _may_follow(page: Notification, contact: Contact, saying: Saying) -> bool:
    """Nobody has got this page yet, and the new text says all that it says: it takes its place."""
    same = page.channel == contact.channel and page.person == contact.person and page.fallback == saying.fallback
    untouched = page.status == "waiting" and page.attempts == 0 and not page.gathered
    return same and untouched and (page.reason in PAGING) == (saying.reason in PAGING)


def _render(draft: Draft, alert: Alert, contact: Contact, *, saying: Saying, upcoming: Upcoming) -> Text:
    rule = draft.rule(saying.routes[0]) if saying.routes else None
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
            next_at=upcoming.at,
            next_targets=upcoming.targets,
            gathered=saying.gathered,
            now=draft.now,
        )
    )


def _upcoming(draft: Draft, alert: Alert) -> Upcoming:
    if not alert.routes:
        return Upcoming()
    for timer in draft.timers_of(alert.id):
        route = next((route for route in alert.routes if timer.kind == "step" and route.rule == timer.route), None)
        policy = draft.rules.policies[route.policy] if route else None
        place = next_place(policy, route) if policy and route else None
        if policy and place:
            return Upcoming(timer.due, tuple(target.text for target in policy.steps[place.step - 1].notify))
    return Upcoming()


def _priority(alert: Alert, saying: Saying) -> int:
    """0 leaves first: a critical first page; then other pages; then what only informs."""
    if saying.reason not in PAGING:
        return LAST
    return 0 if alert.event.level == "critical" and saying.reason == "raised" else 1


def wanted(page: Notification, alert: Alert) -> bool:
    """Whether the text still makes sense: nobody is paged for what is over or in somebody's hands.

    The first page of a route that was added after the acknowledgement is wanted all the same.
    """
    if page.reason not in PAGING or alert.status == "firing":
        return True
    return alert.acknowledged_at is not None and alert.open and page.created_at > alert.acknowledged_at


def withdraw_pages(draft: Draft, alert: Alert) -> tuple[Notification, ...]:
    """The alert was taken or is over: withdraw what no notifier has got; returns those that nobody can have seen.

    A page that is with its notifier stays: its outcome is still recorded. Who may have seen one counts as told.
    """
    unseen = []
    for page in draft.pages_of(alert.id):
        if page.status == "underway" or page.reason not in PAGING:
            continue
        draft.put_page(changed(page, status="withdrawn"))
        draft.record(alert.id, "withdrawn", notification=page.id, target=page.target, reason=page.reason)
        if page.uncertain:
            draft.put(with_told(draft.known(alert.id), Told(page.channel, page.person)))
        else:
            unseen.append(page)
    return tuple(unseen)


def with_told(alert: Alert, *tolds: Told) -> Alert:
    """The alert with these contact methods among the told."""
    new = tuple(told for told in tolds if told not in alert.told)
    return changed(alert, told=(*alert.told, *new)) if new else alert
