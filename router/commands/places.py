"""Where the store is, and opening it beside a router that may be running.

What must not be here: what a command reads in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from router.commands.output import Tint, counted, notice
from router.core.model import Alert
from router.core.notices import FALLBACK_FAILED
from router.errors import RouterError, StoreUnavailableError
from router.stores import Store, open_store

STORE_NAME: Final = "alarm-router.db"
FALLBACK_FAULT: Final = f"fault/{FALLBACK_FAILED}"
"""The key of the fault that cannot be told to anybody: no fallback target accepts."""


class UnknownAlertError(RouterError):
    """No alert has this id, or several have an id that begins so."""


def store_url(named: str | None, rules: Path) -> str:
    """The URL that was named, else that of the store beside the rules file."""
    return named or f"sqlite:///{rules.absolute().parent / STORE_NAME}"


@contextmanager
def opened(named: str | None, rules: Path) -> Iterator[Store]:
    """The store, for reading and asking; tells first when the router cannot reach `fallback`."""
    try:
        store = open_store(store_url(named, rules), "beside")
    except StoreUnavailableError as error:
        if named or not str(error).endswith("there is no such file"):
            raise
        hint = "start alarm-router serve, or say where it is with --store URL or ALARM_ROUTER_STORE"
        raise StoreUnavailableError(f"{error} ({hint})") from error
    try:
        warn_of_fallback(store)
        yield store
    finally:
        store.close()


def warn_of_fallback(store: Store) -> None:
    """Say loudly that the router can tell nobody of its own troubles, when that is so."""
    found = next((fault for fault in store.history.alerts("open", "faults") if fault.key == FALLBACK_FAULT), None)
    if found is not None:
        why = found.event.message or "no fallback target accepts"
        notice(Tint(f"CRITICAL: the router cannot reach its fallback: {why}", "bad"), f" (alert {found.id})")


def tell_of_faults(store: Store) -> None:
    """Say on standard error how many faults of the router itself are open."""
    faults = store.history.counts().faults
    if faults:
        word = f"{counted(faults, 'fault')} of the router itself"
        notice(Tint(f"{word} {'is' if faults == 1 else 'are'} open", "warn"), ": alarm-router alerts --faults")


def find_alert(store: Store, prefix: str) -> str:
    """The id that begins so. Raises `UnknownAlertError` when there is none, or more than one."""
    wanted = prefix.strip().lower()
    found = store.history.find(wanted, 9) if wanted else ()
    if len(found) == 1 or wanted in found:
        return wanted if wanted in found else found[0]
    if not found:
        raise UnknownAlertError(
            f"no alert has an id that begins with {prefix!r} (alarm-router alerts --all lists them)"
        )
    more = " and more" if len(found) > 8 else ""
    raise UnknownAlertError(f"several alerts have an id that begins with {prefix!r}: {', '.join(found[:8])}{more}")


def alert_of(store: Store, alert_id: str) -> Alert:
    """The alert with this whole id, as it is now."""
    found = store.history.alert(alert_id)
    if found is None:
        raise UnknownAlertError(f"alert {alert_id} has just been deleted")
    return found.alert
