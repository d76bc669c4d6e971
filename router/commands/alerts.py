"""`alerts` and `alert`: what is open, and one alert with everything that happened to it.

What must not be here: how a timeline is told (`alert_text`), and any writing to the store.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from router.commands.alert_text import show_alert
from router.commands.output import Format, Part, Tint, iso, json_line, line, table, when, zone_name
from router.commands.places import UnknownAlertError, find_alert, opened, tell_of_faults
from router.commands.problems import show_error
from router.commands.words import heading, level_look, status_look
from router.core.model import Alert, Notification
from router.core.rules import Rules
from router.errors import RouterError
from router.stores import About, AlertHistory, NotificationHistory, Store, Which

HEAD: Final = ("ID", "STATUS", "LEVEL", "OPENED", "STEP", "RULE", "BY", "WHAT")


def run_list(
    rules: Path, store_url: str | None, *, which: Which, about: About, limit: int | None, format_: Format
) -> int:
    """List alerts, the last opened first."""
    with opened(store_url, rules) as store:
        if about == "alarms":
            tell_of_faults(store)
        found = store.history.alerts(which, about, limit=limit)
        if format_ == "json":
            for alert in found:
                json_line(alert_json(alert))
        else:
            _show_list(found, store, which=which, about=about)
    return 0


def run_one(rules: Path, store_url: str | None, prefix: str, *, format_: Format) -> int:
    """Show one alert with its whole timeline: 0, or 1 when the id leads to no alert or to several."""
    with opened(store_url, rules) as store:
        try:
            alert_id = find_alert(store, prefix)
        except UnknownAlertError as error:
            show_error(error)
            return 1
        found = store.history.alert(alert_id)
        assert found is not None, "it was there a moment ago, and nothing that is open is ever deleted"
        if format_ == "json":
            json_line(history_json(found))
        else:
            show_alert(found, _rules(rules) if any(timer.kind == "step" for timer in found.timers) else None)
    return 0


def _rules(path: Path) -> Rules | None:
    """The rules, to name those who are told next; `None` when the file is not there or cannot be used."""
    from router.app.loading import load  # slow: only where it is needed

    try:
        return load(path, secrets="placeholder").rules
    except RouterError:
        return None


def _show_list(found: Iterator[Alert], store: Store, *, which: Which, about: About) -> None:
    first = next(found, None)
    if first is None:
        things = "fault of the router itself" if about == "faults" else "alert"
        line(Tint("✓ ", "good"), f"no {things}" + (" is open" if which == "open" else ""))
        return
    table(_rows(first, found))
    if about == "alarms" and which == "open":
        counts = store.history.counts()
        line()
        line(
            Tint(f"{counts.firing} firing, {counts.acknowledged} acknowledged; ", "quiet"),
            Tint(f"times in {zone_name(None, first.opened_at)}", "quiet"),
        )


def _rows(first: Alert, others: Iterator[Alert]) -> Iterator[Sequence[Part]]:
    yield tuple(Tint(name, "quiet") for name in HEAD)
    yield _row(first)
    yield from map(_row, others)


def _row(alert: Alert) -> Sequence[Part]:
    route = alert.routes[0] if alert.routes else None
    more = f" +{len(alert.routes) - 1}" if len(alert.routes) > 1 else ""
    step = "" if route is None else f"{route.step}" + (f" round {route.round}" if route.round else "")
    count = f" (×{alert.count})" if alert.count > 1 else ""
    return (
        Tint(alert.id, "strong"),
        Tint(alert.status, status_look(alert)),
        Tint(alert.event.level, level_look(alert.event.level) if alert.open else ""),
        when(alert.opened_at),
        step,
        f"{route.rule}{more}" if route else Tint("fault" if alert.fault else "unrouted", "quiet"),
        alert.acknowledged_by or "",
        heading(alert.event) + count,
    )


def alert_json(alert: Alert) -> dict[str, Any]:
    """The alert as `alerts --format json` has it; a fault also says its `message`."""
    first = alert.routes[0] if alert.routes else None
    document = {
        "id": alert.id,
        "key": alert.key,
        "status": alert.status,
        "rule": first and first.rule,
        "policy": first and first.policy,
        "severity": alert.event.severity,
        "level": alert.event.level,
        "opened_at": iso(alert.opened_at),
        "updated_at": iso(alert.updated_at),
        "resolved_at": None if alert.open else iso(alert.resolved_at),
        "started_at": iso(alert.started_at),
        "acknowledged_by": alert.acknowledged_by,
        "count": alert.count,
        "step": first and first.step,
        "routes": [
            {"rule": route.rule, "line": route.line, "policy": route.policy, "step": route.step, "round": route.round}
            for route in alert.routes
        ],
    }
    return {**document, "message": alert.event.message} if alert.fault else document


def history_json(history: AlertHistory) -> dict[str, Any]:
    """The alert with `timeline` and `notifications`. A record's own `at` (of a retry) is called `due`."""
    return {
        **alert_json(history.alert),
        "timeline": [
            {"at": iso(record.at), "what": record.what}
            | {("due" if name == "at" else name): value for name, value in record.detail.items() if name != "what"}
            for record in history.timeline
        ],
        "notifications": [_notification(each) for each in history.notifications],
    }


def _notification(each: NotificationHistory) -> dict[str, Any]:
    page = each.notification
    return {
        "id": page.id,
        "target": page.target,
        "channel": page.channel,
        "reason": page.reason,
        "status": status_of(page),
        "attempts": [
            {"at": iso(attempt.at), "outcome": attempt.outcome, "detail": attempt.detail} for attempt in each.attempts
        ],
        "created_at": iso(page.created_at),
        "step": page.step,
        "round": page.round,
        "title": page.title,
        "body": page.body,
    }


def status_of(page: Notification) -> str:
    """The status for readers: what is under way is still waiting, or being tried again."""
    if page.status == "underway":
        return "retrying" if page.attempts > 1 else "waiting"
    return page.status
