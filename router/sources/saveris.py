"""testo Saveris payloads to events: alarms, measurements and measurements-v2 of the Push API.

Source of the formats: the vendor's Real-Time API 1.0 to 1.3 and the Data API's alarm rows. No field is required there,
so every field may be missing; words that are not known are kept and doubted, never a reason to drop an alarm.
What must not be here: bytes, links, tokens.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from router.core.fields import READINGS
from router.core.model import Event
from router.core.settings import Reading
from router.sources.mapping import Unreadable, digest, fold, instant_of, join_key, level_of, number_of, text_of

_KINDS: Final = frozenset({"measurement alarm", "device system alarm", "sensor system alarm"})
_SEVERITIES: Final = frozenset({"unknown", "alarm", "warning"})
_CONDITIONS: Final = frozenset(
    {
        "unknown",
        "the battery of the device is nearly empty",
        "lost external power supply for device",
        "connection timeout, device did not communicated in expected time",
        "sensor is broken",
        "calibration is too old",
        "upper limit",
        "lower limit",
    }
)
_REASONS: Final = frozenset(
    {
        "unknown",
        "alarm condition is violated",
        "alarm condition is adhered",
        "the alarm condition does no longer exist",
        "the time period for alarm supervision has ended",
        "upper limit violated",
        "lower limit violated",
    }
)
_USUAL: Final = frozenset({"Alarm", "Warning", "Upper limit", "Lower limit", "Alarm condition is violated"})
"""Known words in the spelling in which nearly all come: these need no folding."""
_ALARM_MARKS: Final = ("alarm_type", "alarm_status", "alarm_condition_type", "alarm_severity", "alarm_time")


def is_alarm(payload: Mapping[str, Any]) -> bool:
    """The payload has the shape of an alarm."""
    return any(mark in payload for mark in _ALARM_MARKS)


def is_measurement(payload: Mapping[str, Any]) -> bool:
    """The payload has the shape of a measurement of either version."""
    return "measurement" in payload and any(mark in payload for mark in ("sensor_uuid", "serial_no", "uuid"))


def event_of(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event | Unreadable:
    """The event that this payload tells; `raw` is its text."""
    if is_alarm(payload):
        return _alarm(reading, payload, raw=raw, arrived_at=arrived_at)
    if is_measurement(payload):
        return _measurement(reading, payload, raw=raw, arrived_at=arrived_at)
    return Unreadable("neither an alarm nor a measurement: none of their fields is there")


def _alarm(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event:
    get = payload.get
    doubts: list[str] = []
    event_id = text_of(get("uuid")) or digest(raw)
    kind = _kind(text_of(get("alarm_type")), doubts)
    resolved = _is_over(text_of(get("alarm_status")), doubts)
    severity = _word(get("alarm_severity"), "alarm_severity", known=_SEVERITIES, doubts=doubts)
    condition = _word(get("alarm_condition_type"), "alarm_condition_type", known=_CONDITIONS, doubts=doubts)
    reason = _word(get("alarm_reason"), "alarm_reason", known=_REASONS, doubts=doubts)
    source_uuid = text_of(get("alarm_source_uuid"))
    serial = text_of(get("serial_number")) or text_of(get("serial_no"))
    tenant = text_of(get("tenant_uuid"))
    quantity = text_of(get("physical_value"))
    detail = text_of(get("physical_value_extension"))
    delay = _number(payload, "alarm_delay", doubts)
    whose = source_uuid or serial or _own_trouble(payload, event_id, doubts)
    return Event(
        id=event_id,
        source=reading.source,
        kind=kind,
        status="resolved" if resolved else "firing",
        key=join_key((tenant, whose, kind, condition, severity, quantity, detail)),
        arrived_at=arrived_at,
        severity=severity,
        level=level_of(severity, reading.levels),
        condition_type=condition,
        reason=reason,
        source_uuid=source_uuid,
        serial_number=serial,
        tenant=tenant,
        value=_number(payload, "alarm_value", doubts),
        unit=text_of(get("physical_unit")),
        quantity=quantity,
        quantity_detail=detail,
        delay=None if delay is None else delay / 1000,
        started_at=_time(payload, "alarm_time", doubts) or _time(payload, "alarm_time_local", doubts),
        changed_at=_time(payload, "last_status_change_time", doubts),
        processed_at=_time(payload, "processed_at", doubts),
        raw=raw,
        doubts=tuple(doubts),
    )


def _measurement(reading: Reading, payload: dict[str, Any], *, raw: str, arrived_at: datetime) -> Event:
    get = payload.get
    doubts: list[str] = []
    source_uuid = text_of(get("sensor_uuid")) or text_of(get("device_uuid"))
    serial = text_of(get("sensor_serial_no")) or text_of(get("device_serial_no")) or text_of(get("serial_no"))
    tenant = text_of(get("tenant_uuid"))
    quantity = text_of(get("physical_property_name"))
    detail = text_of(get("physical_extension"))
    return Event(
        id=text_of(get("uuid")) or digest(raw),
        source=reading.source,
        kind="measurement",
        status="firing",
        key=join_key((tenant, source_uuid or serial, "measurement", quantity, detail)),
        arrived_at=arrived_at,
        level=level_of(None, reading.levels),
        source_uuid=source_uuid,
        serial_number=serial,
        tenant=tenant,
        value=_number(payload, "measurement", doubts),
        unit=text_of(get("physical_unit")),
        quantity=quantity,
        quantity_detail=detail,
        started_at=_time(payload, "timestamp", doubts) or _time(payload, "timestamp_local", doubts),
        processed_at=_time(payload, "processed_at", doubts),
        raw=raw,
        doubts=tuple(doubts),
    )


def _kind(word: str | None, doubts: list[str]) -> str:
    """The kind in one spelling (the REST files write `measurement_alarm`); an alarm never becomes a mere reading."""
    if word is None:
        doubts.append("alarm_type: (missing)")
        return "alarm"
    folded = fold(word)
    if folded in _KINDS:
        return folded
    doubts.append(f"alarm_type: {word[:80]}")
    return "alarm" if folded in READINGS else word


def _is_over(word: str | None, doubts: list[str]) -> bool:
    """Only `Ok` is the end of an alarm; what is not understood is firing."""
    folded = "" if word is None else fold(word)
    if folded == "ok":
        return True
    if folded != "alarm":
        doubts.append(f"alarm_status: {word[:80] if word else '(missing)'}")
    return False


def _word(value: Any, name: str, *, known: frozenset[str], doubts: list[str]) -> str | None:
    word = text_of(value)
    if word is not None and word not in _USUAL and fold(word) not in known:
        doubts.append(f"{name}: {word[:80]}")
    return word


def _own_trouble(payload: dict[str, Any], event_id: str, doubts: list[str]) -> str:
    """Stands for the device when the alarm names none: the raise it belongs to, so that no two devices become one."""
    doubts.append("alarm_source_uuid: (missing, and no serial number)")
    return "event " + (text_of(payload.get("source_alarm_event_uuid")) or event_id)


def _number(payload: dict[str, Any], name: str, doubts: list[str]) -> float | None:
    value = payload.get(name)
    if not value and value != 0:
        return None
    number = number_of(value)
    if number is None:
        doubts.append(f"{name}: not a number")
    return number


def _time(payload: dict[str, Any], name: str, doubts: list[str]) -> datetime | None:
    value = payload.get(name)
    if not value:
        return None
    time = instant_of(value)
    if time is None:
        doubts.append(f"{name}: not a time")
    return time
