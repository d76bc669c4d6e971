"""What the router tells its supervisor (systemd's notify protocol): ready, alive, stopping.

Source: sd_notify(3). Without `NOTIFY_SOCKET` in the environment nothing is said. What must not be here: deciding
whether the router is alive; the caller knows.
"""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta


def say(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `WATCHDOG=1` or `STOPPING=1`; false when no supervisor listens (any more)."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not watched(environ):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
        try:
            notify.sendto(state.encode(), address)
        except OSError:
            return False
    return True


def watched(environ: Mapping[str, str] = os.environ) -> bool:
    """A supervisor waits for us, and will start us again when we end."""
    return environ.get("NOTIFY_SOCKET", "").startswith(("/", "@"))


def watchdog_every(environ: Mapping[str, str] = os.environ) -> timedelta | None:
    """How often the supervisor must hear `WATCHDOG=1`: half of what it allows; `None` when it does not watch."""
    allowed = environ.get("WATCHDOG_USEC", "")
    mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not allowed.isdigit() or int(allowed) == 0 or not mine:
        return None
    return timedelta(microseconds=int(allowed) / 2)
