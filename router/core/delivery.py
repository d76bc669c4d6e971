"""What becomes of a send: accepted, try again, or give up and use the person's next contact method.

What must not be here: sending. `dispatch` says what happened; here it is decided what follows.

    waiting -> underway -> sent
                        -> retrying -> underway …      (it may work later, and the time is not up)
                        -> failed -> next method -> nobody of the step reached -> next step
"""

from datetime import timedelta

from router.core import escalate, notices
from router.core.changes import Trace
from router.core.draft import Draft
from router.core.ids import spread
from router.core.inputs import DeliveryReported, FaultEnded, FaultOccurred, HandedOver
from router.core.model import PAGING, Notification, Serves, Told, changed
from router.core.rules import Contact
from router.core.telling import Saying, tell, wanted, with_told

TRIES = 3
PERSONAL_LIMIT = timedelta(minutes=2)
SHARED_LIMIT = timedelta(hours=1)
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=2)


def handed_over(draft: Draft, input_: HandedOver) -> Trace:
    """These rows are given to their notifiers now: from here on they may have been sent."""
    known = [page for page in map(draft.page, input_.notification_ids) if page is not None and page.active]
    for page in known:
        draft.put_page(
            changed(
                page,
                status="underway",
                attempts=page.attempts + 1,
                first_attempt_at=page.first_attempt_at or draft.now,
            )
        )
    return Trace("handed over", alert_ids=tuple(page.alert_id for page in known))


def delivery_reported(draft: Draft, input_: DeliveryReported) -> Trace:
    """One attempt has ended."""
    page = draft.page(input_.notification_id)
    if page is None or not page.active:
        return Trace("no such notification")
    _record_attempt(draft, page, input_)
    page = changed(page, uncertain=page.uncertain or input_.outcome == "unknown", detail=input_.detail)
    if input_.outcome == "accepted":
        verdict = _accepted(draft, page)
    elif not wanted(page, draft.known(page.alert_id)):
        verdict = _too_late(draft, page)
    elif input_.outcome == "refused" or (input_.held and not _held_on(draft, page)) or _time_is_up(draft, page):
        verdict = _give_up(draft, page, input_)
    else:
        verdict = _try_again(draft, page)
    return Trace(verdict, alert_ids=(page.alert_id,))


def _record_attempt(draft: Draft, page: Notification, input_: DeliveryReported) -> None:
    draft.record(
        page.alert_id,
        "attempt",
        notification=page.id,
        target=page.target,
        number=page.attempts,
        outcome=input_.outcome,
        detail=input_.detail,
        seconds=round(input_.seconds, 3),
    )


def _accepted(draft: Draft, page: Notification) -> str:
    draft.put_page(changed(page, status="sent"))
    alert = draft.known(page.alert_id)
    if page.reason in PAGING:
        alert = with_told(alert, Told(page.channel, page.person))
    routes = tuple(
        changed(route, reached=True) if Serves(route.rule, route.step, route.round) in page.serves else route
        for route in alert.routes
    )
    if routes != alert.routes or alert is not draft.alert(page.alert_id):
        draft.put(changed(alert, routes=routes))
    if page.fallback:
        for other in _siblings(draft, page):
            draft.put_page(changed(other, covered=True))
        _end_fault(draft, notices.FALLBACK_FAILED, "a fallback target accepts again")
    _end_fault(draft, f"channel {page.channel}", f"channel {page.channel} accepts again")
    if page.person is not None:
        _end_fault(draft, f"contact {page.target}", f"{page.target} accepts again")
    return "accepted"


def _end_fault(draft: Draft, cause: str, text: str) -> None:
    alert = draft.latest(f"fault/{cause}")
    if alert is not None and alert.open:
        draft.faults.append(FaultEnded(cause, text))


def _too_late(draft: Draft, page: Notification) -> str:
    """The send failed, and nobody wants the page any more."""
    draft.put_page(changed(page, status="withdrawn"))
    _maybe_told(draft, page)
    return "withdrawn"


def _maybe_told(draft: Draft, page: Notification) -> None:
    if page.uncertain and page.reason in PAGING:
        draft.put(with_told(draft.known(page.alert_id), Told(page.channel, page.person)))


def _time_is_up(draft: Draft, page: Notification) -> bool:
    spent = draft.now - (page.first_attempt_at or draft.now)
    if page.person is None:
        return spent >= SHARED_LIMIT
    return page.attempts >= TRIES or spent >= PERSONAL_LIMIT


def _held_on(draft: Draft, page: Notification) -> bool:
    """Nobody stands behind a shared fallback channel, so that a text held by its `rate` is not given up for an hour."""
    return page.fallback and page.person is None and draft.now - page.created_at < SHARED_LIMIT


def _try_again(draft: Draft, page: Notification) -> str:
    due = draft.now + backoff(page)
    draft.put_page(changed(page, status="retrying", due=due))
    draft.record(page.alert_id, "retry", notification=page.id, target=page.target, at=due.isoformat())
    return "retrying"


def backoff(page: Notification) -> timedelta:
    """How long to wait before the next attempt: doubling from 5 s to 2 min, less up to a quarter to spread pages."""
    doubled: timedelta = FIRST_BACKOFF * (1 << min(max(page.attempts - 1, 0), 10))
    full = min(doubled, LONGEST_BACKOFF)
    return full * (1 - 0.25 * spread(f"{page.id} {page.attempts}"))


def _give_up(draft: Draft, page: Notification, input_: DeliveryReported) -> str:
    draft.put_page(changed(page, status="failed"))
    draft.record(page.alert_id, "gave up", notification=page.id, target=page.target, why=input_.detail)
    _maybe_told(draft, page)
    if page.fallback:
        found = _next_method(draft, page)
        if not found and not page.covered and not _siblings(draft, page):
            text = f"no fallback target accepts: {input_.detail}"
            draft.faults.append(FaultOccurred(notices.FALLBACK_FAILED, text))
        return "gave up"
    draft.faults.append(_fault_of(page, input_))
    if not _next_method(draft, page) and page.reason in PAGING:
        _step_failed(draft, page)
    return "gave up"


def _fault_of(page: Notification, input_: DeliveryReported) -> FaultOccurred:
    """One person's address that is refused is that contact's fault; all else is the channel's."""
    personal = page.person is not None and input_.outcome == "refused"
    cause = f"contact {page.target}" if personal else f"channel {page.channel}"
    why = input_.detail or input_.outcome
    return FaultOccurred(cause, f"{page.target} was not told ({page.reason}, alert {page.alert_id}): {why}")


def _siblings(draft: Draft, page: Notification) -> list[Notification]:
    """The other active rows of the same fallback notice."""
    return [
        other
        for other in draft.pages_of(page.alert_id)
        if other.fallback and other.id != page.id and other.created_at == page.created_at
    ]


def _next_method(draft: Draft, page: Notification) -> bool:
    """Use the first of the person's methods not yet tried for this step; false when there is none."""
    person = draft.rules.people.get(page.person) if page.person else None
    if person is None:
        return False
    alert = draft.known(page.alert_id)
    others = [other for other in draft.pages_of(alert.id) if other.person == person.id and _same_step(other, page)]
    tried = {*page.tried, *(channel for other in others for channel in (*other.tried, other.channel))}
    method = next((method for method in person.methods if method not in tried), None)
    if method is None:
        return bool(others)
    saying = Saying(
        reason=page.reason,
        step=page.step,
        round=page.round,
        routes=tuple(served.rule for served in page.serves),
        fallback=page.fallback,
        tried=tuple(sorted(tried)),
    )
    draft.record(alert.id, "next method", target=f"{person.id} via {method}", instead_of=page.target)
    pages = tell(draft, alert, contacts=[Contact(method, person.id)], saying=saying)
    for new in pages:
        draft.put_page(changed(new, covered=page.covered, created_at=page.created_at, serves=page.serves))
    return True


def _same_step(page: Notification, other: Notification) -> bool:
    same_place = (page.reason, page.step, page.round) == (other.reason, other.step, other.round)
    return same_place or not set(page.serves).isdisjoint(other.serves)


def _step_failed(draft: Draft, page: Notification) -> None:
    """When every target of a step has given up, the next step runs at once."""
    for served in page.serves:
        routes = draft.known(page.alert_id).routes
        here = any(Serves(r.rule, r.step, r.round) == served and not r.reached for r in routes)
        if here and not any(served in other.serves for other in draft.pages_of(page.alert_id)):
            escalate.nobody_reached(draft, page.alert_id, served.rule)


def after_restart(draft: Draft) -> Trace:
    """What was under way when the router stopped may have been sent: it is sent again, unless nobody wants it now."""
    interrupted = [page for page in draft.state.outbox.values() if page.status == "underway"]
    for page in [changed(page, uncertain=True) for page in interrupted]:
        alert = draft.known(page.alert_id)
        draft.record(alert.id, "interrupted", notification=page.id, target=page.target)
        if wanted(page, alert):
            draft.put_page(changed(page, status="retrying", due=draft.now))
        else:
            _too_late(draft, page)
    return Trace("started")
