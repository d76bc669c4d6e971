"""Sentilo push bodies (ALARM, DATA, ORDER) to events.

Source of the format: the platform's Java code, which differs from its documentation: `alertType` is the trigger's name
for internal alerts, and no message ever says that an alarm is over.
What must not be here: the HTTP reception and its signature.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from router.core.model import NO_LABELS, Event
from router.core.settings import Reading
from router.sources.mapping import Unreadable, digest, instant_of, join_key, level_of, number_of, text_of

_TYPES: Final = frozenset({"ALARM", "DATA", "ORDER"})
_TRIGGERS: Final = frozenset({"GT", "GTE", "LT", "LTE", "EQ", "CHANGE", "CHANGE_DELTA", "FROZEN"})
_ORIGINS: Final = frozenset({"INTERNAL", "EXTERNAL"})
"""What the documentation says stands in `alertType`; it says nothing about the condition."""
_FROZEN: Final = " is frozen. It has not been updated for the last "
_RESTRICTIONS: Final[Mapping[str, str]] = {
    "Greather than or equals to ": "GTE",
    "Greater than or equals to ": "GTE",
    "Greater than ": "GT",
    "Less than or equals to ": "LTE",
    "Less than ": "LT",
    "Equals to ": "EQ",
    "Value has changed": "CHANGE",
    "Value variation is greater than ": "CHANGE_DELTA",
}
"""How the alert agent words a rule (its spelling slip included; a longer beginning stands before a shorter)."""


def is_push(payload: Mapping[str, Any]) -> bool:
    """The payload has the shape of a Sentilo push."""
    return _type_of(payload) is not None and "message" in payload and ("topic" in payload or "alert" in payload)


def event_of(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event | Unreadable:
    """The event that this push tells; `raw` is its text."""
    kind = _type_of(payload)
    if kind is None:
        return Unreadable("no Sentilo push: neither `type` nor `topic` says ALARM, DATA or ORDER")
    if kind != "ALARM":
        return _reading(reading, payload, raw=raw, arrived_at=arrived_at)
    alert = text_of(payload.get("alert")) or _from_topic(payload, 2)
    return (
        Unreadable("an alarm without the id of its alert")
        if alert is None
        else _alarm(reading, payload, alert=alert, raw=raw, arrived_at=arrived_at)
    )


def _alarm(reading: Reading, payload: dict[str, Any], *, alert: str, raw: str, arrived_at: datetime) -> Event:
    message = _message(payload)
    value, limit, trigger = _facts(message, alert)
    tenant = _tenant(payload)
    return Event(
        id=push_id(payload, alert),
        source=reading.source,
        kind="sentilo alarm",
        status="firing",
        key=join_key((tenant, alert)),
        arrived_at=arrived_at,
        level=level_of(None, reading.levels),
        condition_type=_condition(text_of(payload.get("alertType")), trigger),
        source_uuid=text_of(payload.get("sensor")),
        tenant=tenant,
        value=value,
        quantity=text_of(payload.get("sensorType")),
        started_at=_time(payload),
        message=message,
        labels=_labels(payload, alert=alert, limit=limit),
        raw=raw,
    )


def _reading(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event:
    """DATA and ORDER; a topic stands for the sensor in their id, as no alert has one."""
    kind = f"sentilo {str(_type_of(payload)).lower()}"
    tenant = _tenant(payload)
    provider = text_of(payload.get("provider")) or _from_topic(payload, 2)
    sensor = text_of(payload.get("sensor")) or _from_topic(payload, 3)
    message = _message(payload)
    return Event(
        id=push_id(payload, text_of(payload.get("topic")) or f"{provider}/{sensor}"),
        source=reading.source,
        kind=kind,
        status="firing",
        key=join_key((tenant, provider, sensor, kind)),
        arrived_at=arrived_at,
        level=level_of(None, reading.levels),
        source_uuid=sensor,
        tenant=tenant,
        value=number_of(message),
        quantity=text_of(payload.get("sensorType")),
        started_at=_time(payload),
        message=message,
        labels=_labels(payload),
        raw=raw,
    )


def push_id(payload: Mapping[str, Any], about: str) -> str:
    """What a push, its retries and a row of the alarm list have in common: (alert, sender, time, message).

    `retryAttempt`, `publisher` and `publishedAt` change or are left out there. Two real alarms in the same millisecond
    with the same text cannot be told apart.
    """
    sender = text_of(payload.get("sender")) or text_of(payload.get("publisher")) or ""
    time = text_of(payload.get("time")) or text_of(payload.get("timestamp")) or ""
    return digest(about, sender, time, _message(payload) or "")


def _type_of(payload: Mapping[str, Any]) -> str | None:
    word = (text_of(payload.get("type")) or _from_topic(payload, 1) or "").upper()
    return word if word in _TYPES else None


def _from_topic(payload: Mapping[str, Any], place: int) -> str | None:
    """One part of `/alarm/{alert}`, `/data/{provider}/{sensor}`, `/order/{provider}[/{sensor}]`."""
    parts = (text_of(payload.get("topic")) or "").split("/")
    return parts[place] or None if len(parts) > place else None


def _message(payload: Mapping[str, Any]) -> str | None:
    return text_of(payload.get("message"))


def _tenant(payload: Mapping[str, Any]) -> str | None:
    return text_of(payload.get("tenant")) or text_of(payload.get("publisherTenant"))


def _time(payload: Mapping[str, Any]) -> datetime | None:
    """`time` in milliseconds; the text in `timestamp` is in a zone nobody tells and is the last resort, as UTC."""
    milliseconds = number_of(payload.get("time"))
    if milliseconds is not None:
        return instant_of(milliseconds)
    try:
        return datetime.strptime(str(payload.get("timestamp")), "%d/%m/%YT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _facts(message: str | None, alert: str) -> tuple[float | None, str | None, str | None]:
    """Value, limit and trigger, as far as the alert agent's documented texts tell them.

    Cut by fixed words, not by patterns: an external publisher may write any text here.
    """
    text = message or ""
    if text.startswith(f"Alert {alert}: sensor ") and _FROZEN in text:
        return None, text.partition(_FROZEN)[2].removesuffix(".").removesuffix("(s)"), "FROZEN"
    if not text.startswith(f"Alarm {alert}: value "):
        return None, None, None
    value, _, rest = text.removeprefix(f"Alarm {alert}: value ").partition(" from the sensor ")
    limit, trigger = _restriction(rest.partition(" verifies the restriction: ")[2].strip())
    return number_of(value), limit, trigger


def _restriction(text: str) -> tuple[str | None, str | None]:
    for beginning, trigger in _RESTRICTIONS.items():
        if text.startswith(beginning):
            return text.removeprefix(beginning).strip() or None, trigger
    return None, None


def _condition(alert_type: str | None, trigger: str | None) -> str | None:
    """The trigger's name: as sent, or as the text tells when `alertType` only says where the alert was made."""
    if alert_type is None or alert_type.upper() in _ORIGINS:
        return trigger or alert_type
    return alert_type.upper() if alert_type.upper() in _TRIGGERS else alert_type


def _labels(payload: Mapping[str, Any], *, alert: str | None = None, limit: str | None = None) -> Mapping[str, str]:
    """`alert`, `provider`, `component`, `sender` and `limit`, as far as they are there."""
    found = {name: text_of(payload.get(name)) for name in ("provider", "component", "sender")}
    labels = {name: text for name, text in ({"alert": alert, "limit": limit} | found).items() if text}
    return MappingProxyType(labels) if labels else NO_LABELS
