"""Stores: where the rows live. This file is the map; `store` says what a store is.

What must not be here: how any one store works.
"""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from router.stores.sqlite import open_sqlite
from router.stores.store import (
    About,
    Access,
    AlertHistory,
    Attempt,
    Counts,
    Entry,
    History,
    JournalLine,
    NotificationHistory,
    Request,
    Store,
    StoreInUseError,
    StoreUrlError,
    Verb,
    Which,
)

__all__ = [
    "About",
    "Access",
    "AlertHistory",
    "Attempt",
    "Counts",
    "Entry",
    "History",
    "JournalLine",
    "NotificationHistory",
    "Request",
    "Store",
    "StoreInUseError",
    "StoreUrlError",
    "Verb",
    "Which",
    "open_store",
]

STORES: Final[dict[str, Callable[[str, Access], Store]]] = {"sqlite": open_sqlite}
"""The URL's scheme -> what opens what stands behind `://`."""


def open_store(url: str, access: Access = "beside") -> Store:
    """Open the store that `url` names: `sqlite:///x` is relative to the working directory, `sqlite:////x` absolute.

    Raises `StoreUrlError`, `StoreUnavailableError` (`StoreInUseError` for a second `serve`) or `StoreCorruptError`.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in STORES:
        near = get_close_matches(scheme, STORES, n=1)
        meant = f"did you mean {near[0]}:// ?" if near and separator else "write sqlite:///alarm-router.db"
        raise StoreUrlError(f"no store is called {scheme!r} ({meant})" if separator else f"not a store's URL ({meant})")
    return STORES[scheme](rest, access)
