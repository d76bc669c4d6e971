"""What the sensors of the story say, in the format of the testo Saveris Push API.

What must not be here: when they say it (`story`).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_DNS, UUID, uuid5
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Europe/Berlin")
_OURS: Final = uuid5(NAMESPACE_DNS, "demo.alarm-router.invalid")
_SENT_AFTER: Final = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Sensor:
    """One device of the story; `serial` is its key in the inventory."""

    serial: str
    name: str
    quantity: str = "Temperature"
    detail: str = "Air Temperature"
    unit: str = "°C"

    @property
    def uuid(self) -> UUID:
        """Always the same."""
        return uuid5(_OURS, self.serial)


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong, in the vendor's words. Without a `value` it is the device that has trouble."""

    sensor: Sensor
    type: str
    value: float | None = None
    severity: str = "Alarm"


def raised(condition: Condition, at: datetime, *, number: int) -> bytes:
    """It began; `number` makes the event's id."""
    return _payload(condition, at, number, status="Alarm", reason="Alarm condition is violated")


def over(condition: Condition, at: datetime, *, number: int) -> bytes:
    """It is over; `condition.value` is what is measured now."""
    return _payload(condition, at, number, status="Ok", reason="Alarm condition is adhered")


def _payload(condition: Condition, at: datetime, number: int, *, status: str, reason: str) -> bytes:
    sensor = condition.sensor
    body = {
        "uuid": str(uuid5(_OURS, f"{at.isoformat()} {number}")),
        "tenant_uuid": str(_OURS),
        "alarm_reason": reason,
        "alarm_status": status,
        "last_status_change_time": _utc(at),
        "alarm_condition_type": condition.type,
        "alarm_severity": condition.severity,
        "alarm_time": _utc(at),
        "alarm_time_local": at.astimezone(ZONE).isoformat(timespec="seconds"),
        "serial_number": sensor.serial,
        "alarm_source_uuid": str(sensor.uuid),
        "alarm_type": "device system alarm" if condition.value is None else "measurement alarm",
        "processed_at": _utc(at + _SENT_AFTER),
    }
    if condition.value is not None:
        body |= {
            "alarm_delay": "300000",
            "alarm_value": str(condition.value),
            "physical_unit": sensor.unit,
            "physical_value": sensor.quantity,
            "physical_value_extension": sensor.detail,
        }
    return json.dumps(body, ensure_ascii=False).encode()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
