"""One alert as an auditor reads it: what it is, what happened when and why, who was told and how that ended.

What must not be here: reading the store or the rules.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from router.commands.output import Look, Part, Tint, line, table, when, zone_name
from router.commands.words import heading, level_look, status_look
from router.config.durations import spoken
from router.core.changes import Record
from router.core.model import Alert, Notification, Route, Timer
from router.core.rules import Rules
from router.core.steps import next_place
from router.core.telling import contacts_of
from router.stores import AlertHistory, NotificationHistory

Detail = Mapping[str, Any]

_TIMERS: Final = {
    "ack_timeout": "fires again unless it is over",
    "resolve_after": "is closed unless it is repeated",
    "exhausted": "fallback is told unless somebody acknowledges",
    "gather": "the fault is told again if it has occurred again",
    "remind": "fallback is reminded",
}
_LOOKS: Final[Mapping[str, Look]] = {
    "opened": "bad",
    "reopened": "bad",
    "firing again": "bad",
    "unrouted": "bad",
    "exhausted": "bad",
    "nobody reached": "bad",
    "gave up": "bad",
    "acknowledged": "warn",
    "retry": "warn",
    "resolved": "good",
}


def show_alert(history: AlertHistory, rules: Rules | None = None) -> None:
    """Write the alert, its timeline, its notifications, and what comes next: with whom, where `rules` know it."""
    _show_facts(history.alert)
    line(Tint("Timeline", "strong"))
    names = {page.notification.id: page.notification for page in history.notifications}
    table((_record(record, names) for record in history.timeline), indent=2)
    if history.notifications:
        line()
        line(Tint("Notifications", "strong"))
        table((row for each in history.notifications for row in _pages(each)), indent=2)
    timers = [timer for timer in history.timers if timer.kind in {"step", *_TIMERS}]
    if timers:
        line()
        line(Tint("To come, if nothing happens before", "strong"))
        table((_timer(timer, history.alert, rules) for timer in timers), indent=2)


def _show_facts(alert: Alert) -> None:
    event = alert.event
    line(Tint(heading(event), "strong"))
    by = alert.acknowledged_by
    state = alert.status if by is None else f"acknowledged by {by}" if alert.open else f"resolved; {by} had it"
    facts: list[tuple[str, Part]] = [
        ("alert", alert.id),
        ("status", Tint(state, status_look(alert))),
        ("level", Tint(f"{event.level}" + (f" ({event.severity})" if event.severity else ""), level_look(event.level))),
        ("source", f"{event.source}, {event.kind}"),
        ("key", alert.key),
        ("since", f"{when(alert.started_at)} (the source's own time)"),
        ("opened", f"{when(alert.opened_at)} ({zone_name(None, alert.opened_at)})"),
        ("events", str(alert.count)),
    ]
    if not alert.open and alert.resolved_at is not None:
        lasted = spoken(alert.resolved_at - alert.opened_at)
        facts.append(
            ("resolved", f"{when(alert.resolved_at)}, after {lasted}: {alert.resolution.removeprefix('resolved ')}")
        )
    facts += [
        ("route", _route(route.rule, route.line, route.policy, route.step, route.round)) for route in alert.routes
    ]
    if alert.told:
        facts.append(("told", ", ".join(told.target for told in alert.told)))
    table(([Tint(name, "quiet"), value] for name, value in facts), indent=2)
    line()


def _route(rule: str, number: int, policy: str, step: int, round_: int) -> str:
    return f"{rule} (line {number}) → policy {policy}, step {step}" + (f", round {round_}" if round_ else "")


# --- the timeline


def _record(record: Record, pages: Mapping[str, Notification]) -> Sequence[Part]:
    say = _SAYING.get(record.what)
    text = _plainly(record.detail) if say is None else say(record.detail)
    page = pages.get(str(record.detail.get("notification")))
    if page is not None and record.what == "attempt" and page.reason != "raised":
        text = f"{text} [{page.reason}]"
    look: Look = _LOOKS.get(record.what, "")
    if record.what == "attempt":
        look = "good" if record.detail.get("outcome") == "accepted" else "bad"
    return (Tint(when(record.at), "quiet"), Tint(record.what, look), text)


def _attempt(detail: Detail) -> str:
    number = detail.get("number", 0)
    again = f" (attempt {number})" if isinstance(number, int) and number > 1 else ""
    seconds = detail.get("seconds")
    took = f" in {seconds:.1f} s" if isinstance(seconds, int | float) and seconds >= 0.05 else ""
    why = f": {detail['detail']}" if detail.get("detail") else ""
    return f"{detail.get('target')} {detail.get('outcome')}{took}{again}{why}"


def _step(detail: Detail) -> str:
    tells = detail.get("tells")
    told = ", ".join(map(str, tells)) if isinstance(tells, list) else str(tells)
    round_ = f", round {detail['round']}" if detail.get("round") else ""
    late = f" ({detail['late']:g} s late)" if isinstance(detail.get("late"), int | float) else ""
    return f"{detail.get('step')}{round_} of policy {detail.get('policy')}: tells {told}{late}"


def _nobody_reached(detail: Detail) -> str:
    round_ = f", round {detail['round']}" if detail.get("round") else ""
    return f"step {detail.get('step')}{round_} of rule {detail.get('rule')}: no way to tell anybody it names has worked"


def _opened(detail: Detail) -> str:
    if "cause" in detail:
        return f"{detail.get('cause')}: {detail.get('text')}"
    return f"by event {detail.get('event')}"


def _acknowledged(detail: Detail) -> str:
    instead = f", instead of {detail['instead_of']}" if detail.get("instead_of") else ""
    return f"by {detail.get('by')} ({detail.get('via')}){instead}"


def _resolved(detail: Detail) -> str:
    return str(detail.get("how")).removeprefix("resolved ")


def _exhausted(detail: Detail) -> str:
    seconds = detail.get("fallback_in", 0)
    wait = spoken(timedelta(seconds=seconds)) if isinstance(seconds, int | float) else "a while"
    return f"everybody in the policy has been told; fallback is told in {wait} unless somebody acknowledges"


_SAYING: Final[Mapping[str, Callable[[Detail], str]]] = {
    "opened": _opened,
    "updated": lambda detail: (
        f"by event {detail.get('event')}" + (" (late: it happened earlier)" if detail.get("late") else "")
    ),
    "routed": lambda detail: (
        f"rule {detail.get('rule')} (line {detail.get('line')}) → policy {detail.get('policy')}"
        + (f", {detail['why']}" if detail.get("why") else "")
        + (f": {'; '.join(detail['because'])}" if detail.get("because") else "")
    ),
    "unrouted": lambda detail: f"{detail.get('why')}; fallback is told",
    "step": _step,
    "attempt": _attempt,
    "nobody reached": _nobody_reached,
    "retry": lambda detail: f"{detail.get('target')} is tried again at {_time(detail.get('at'))}",
    "gave up": lambda detail: f"{detail.get('target')}: {detail.get('why') or 'no answer'}",
    "next method": lambda detail: f"{detail.get('target')} instead of {detail.get('instead_of')}",
    "withdrawn": lambda detail: f"{detail.get('target')} need not be told any more ({detail.get('reason')})",
    "interrupted": lambda detail: f"{detail.get('target')} was under way when the router stopped: may have been sent",
    "acknowledged": _acknowledged,
    "acknowledged again": _acknowledged,
    "resolved": _resolved,
    "exhausted": _exhausted,
}


def _time(text: Any) -> str:
    """An instant that a record holds as ISO 8601, as the other times are shown."""
    try:
        return when(datetime.fromisoformat(str(text)))
    except ValueError:
        return str(text)


def _plainly(detail: Detail) -> str:
    """A record that has no phrase of its own: its facts, reason first."""
    facts = [f"{name} {value}" for name, value in detail.items() if name != "why" and value not in (None, "")]
    return ", ".join([*([str(detail["why"])] if detail.get("why") else []), *facts])


# --- the notifications, and what is to come


def _pages(each: NotificationHistory) -> Iterator[Sequence[Part]]:
    page = each.notification
    look: Look = {"sent": "good", "failed": "bad", "withdrawn": "quiet"}.get(page.status, "warn")  # type: ignore[assignment]
    tries = "" if len(each.attempts) < 2 else f" after {len(each.attempts)} attempts"
    why = f": {page.detail}" if page.status in {"failed", "retrying"} and page.detail else ""
    yield (
        Tint(when(page.created_at), "quiet"),
        page.reason,
        Tint(page.target, "strong"),
        Tint(f"{page.status}{tries}{why}", look),
        page.title or page.body,
    )


def _timer(timer: Timer, alert: Alert, rules: Rules | None) -> Sequence[Part]:
    route = next((route for route in alert.routes if route.rule == timer.route), None)
    text = _next_step(route, rules) if timer.kind == "step" else _TIMERS[timer.kind]
    return (Tint(when(timer.due), "quiet"), text)


def _next_step(route: Route | None, rules: Rules | None) -> str:
    if route is None:
        return "the next step"
    rule = rules.by_name.get(route.rule) if rules is not None else None
    if rules is not None and rule is not None and rule.policy == route.policy:
        policy = rules.policies[route.policy]
        if (place := next_place(policy, route)) is not None:
            tells = [contact.target for contact in contacts_of(policy.steps[place.step - 1].notify)]
            return f"step {_step({'step': place.step, 'round': place.round, 'policy': policy.name, 'tells': tells})}"
    after = f"what follows step {route.step}" if route.step else "step 1"
    return f"{after} of policy {route.policy} (the rules file tells who)"
