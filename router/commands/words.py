"""Phrases about events and alerts that several commands say. What must not be here: layout."""

from typing import Final

from router.commands.output import Look
from router.core.model import Alert, Event, Level

_LEVELS: Final[dict[Level, Look]] = {"critical": "bad", "warning": "warn", "info": ""}


def level_look(level: Level) -> Look:
    """How a level looks on a terminal."""
    return _LEVELS[level]


def heading(event: Event) -> str:
    """What happened, where, and with what value, on one line."""
    value = "" if event.value is None else f" · {event.value:g} {event.unit or ''}".rstrip()
    place = where(event)
    return f"{what(event)}{f' at {place}' if place else ''}{value}"


def what(event: Event) -> str:
    """What the event is about, in the source's words."""
    return event.message or event.condition_type or " ".join(filter(None, (event.quantity, event.kind)))


def where(event: Event) -> str:
    """The place by the inventory's name, room and site, else the sensor's id."""
    named = [event.labels[label] for label in ("name", "room", "site") if event.labels.get(label)]
    return ", ".join(named) or event.serial_number or event.source_uuid or ""


def status_look(alert: Alert) -> Look:
    """How an alert's status looks on a terminal."""
    if alert.status == "firing":
        return "bad"
    return "warn" if alert.status == "acknowledged" else "good"
