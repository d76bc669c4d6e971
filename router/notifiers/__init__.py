"""What a notifier is, and the table of them.

What must not be here: logic. `router.notifiers.apprise` loads Apprise only when it is used.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from router.notifiers.apprise import AppriseNotifier, check_url, preload
from router.notifiers.message import Message, Notifier, SendResult
from router.notifiers.scrub import scrub
from router.notifiers.urls import fill_address, url_schema

NOTIFIERS: Final[Mapping[str, Callable[[], Notifier]]] = MappingProxyType({"apprise": AppriseNotifier})

__all__ = [
    "NOTIFIERS",
    "AppriseNotifier",
    "Message",
    "Notifier",
    "SendResult",
    "check_url",
    "fill_address",
    "preload",
    "scrub",
    "url_schema",
]
