"""Made-up facts of every reason, complete and bare: each template is tried on them when it is loaded.

What must not be here: anything real; these values also stand in the documentation's example texts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from router.core.model import Alert, Event, Reason, Route, Told
from router.core.rules import Facts, Person, Rule

NOW: Final = datetime(2025, 3, 17, 21, 31, tzinfo=UTC)
_SINCE: Final = NOW - timedelta(minutes=32)


class Sample(NamedTuple):
    """Facts with a name; `lacking` says what an event of a rule would have and these have not."""

    name: str
    facts: Facts
    lacking: str = ""


EVENT: Final = Event(
    id="6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a01",
    source="cold-chain",
    kind="measurement alarm",
    status="firing",
    key="t/b8a3/measurement alarm/upper limit",
    arrived_at=NOW,
    severity="Alarm",
    level="critical",
    condition_type="Upper limit",
    reason="Alarm condition is violated",
    source_uuid="b8a3d1c2-2222-4c3d-9e4f-0a1b2c3d4e5f",
    serial_number="56000000",
    tenant="2f0c2f7e-1111-4a6b-8b1e-5d7d0a9c0001",
    value=9.3,
    unit="°C",
    quantity="Temperature",
    quantity_detail="Air Temperature",
    delay=900.0,
    started_at=_SINCE,
    changed_at=_SINCE,
    processed_at=_SINCE + timedelta(minutes=2),
    labels=MappingProxyType({"name": "Vaccine fridge 2", "room": "Pharmacy", "site": "Berlin"}),
    raw='{"alarm_value": "9.3", "alarm_delay": "900000"}',
)
RECOVERY: Final = replace(
    EVENT,
    id="6c1f0d9e-0a5b-4f0e-9d55-0c9a3b1f7a02",
    status="resolved",
    reason="Alarm condition is adhered",
    value=6.1,
    started_at=NOW - timedelta(minutes=2),
    changed_at=NOW - timedelta(minutes=2),
)
FAULT: Final = Event(
    id="f1",
    source="alarm-router",
    kind="fault",
    status="firing",
    key="fault/source cold-chain link",
    arrived_at=NOW,
    condition_type="source cold-chain link",
    message="The link of source cold-chain has been down for 2 min: connection refused.",
)
_BARE: Final = Event(id="e1", source="plant", kind="alarm", status="firing", key="plant/e1", arrived_at=NOW)
ALERT: Final = Alert(
    id="3f9k2m7q",
    key=EVENT.key,
    status="firing",
    event=EVENT,
    opened_at=_SINCE + timedelta(minutes=2),
    updated_at=NOW,
    started_at=_SINCE,
    routes=(Route("freezer limits", 41, "freezers", step=1),),
    told=(Told("lab-slack"), Told("sms", "alice")),
)
ALICE: Final = Person("alice", "Alice Ito", ("mail", "sms"))


def rule(instructions: str = "") -> Rule:
    """A rule with these instructions; its match is never asked."""
    return Rule(name="freezer limits", line=41, match=None, policy="freezers", instructions=instructions)  # type: ignore[arg-type]


def facts(reason: Reason, channel: str) -> Facts:
    """Complete facts of this reason, as the core gives them."""
    alert, event = ALERT, EVENT
    if reason == "resolved":
        event = RECOVERY
        alert = replace(alert, status="resolved", resolved_at=NOW, recovery=RECOVERY, resolution=RECOVERY.reason or "")
    if reason == "acknowledged":
        alert = replace(alert, status="acknowledged", acknowledged_by="Alice Ito", acknowledged_at=NOW)
    if reason == "fault":
        event = FAULT
        alert = replace(alert, id="q7w8e9r0", key=FAULT.key, event=FAULT, routes=(), told=(), fault="lasting")
        return Facts(alert, event, reason, channel, gathered=(), now=NOW)
    return Facts(
        alert=alert,
        event=event,
        reason=reason,
        channel=channel,
        rule=rule("Close the door. If it stays above 8 °C for 10 min, move the vaccines to fridge 1."),
        step=1,
        round=1 if reason == "repeated" else 0,
        person=ALICE,
        told=tuple(told.target for told in ALERT.told),
        next_at=NOW + timedelta(minutes=5),
        next_targets=("bob via sms",),
        ack_url="https://alarms.example.org/a/3f9k2m7q-example",
        now=NOW,
    )


REASONS: Final[tuple[Reason, ...]] = ("raised", "escalated", "repeated", "acknowledged", "resolved", "fault")


def samples(channel: str) -> Iterator[Sample]:
    """Every kind of facts that a template meets on this channel."""
    for reason in REASONS:
        yield Sample(reason, facts(reason, channel), lacking="any value" if reason == "fault" else "")
        yield Sample(f"{reason}, nothing known", _bare(reason, channel), lacking="everything")
    gathered = replace(facts("fault", channel), gathered=("critical: Upper limit at Berlin", "and 3 more"))
    yield Sample("gathered", gathered, lacking="any value")


def _bare(reason: Reason, channel: str) -> Facts:
    ended = NOW if reason == "resolved" else None
    alert = Alert(
        id="3f9k2m7q",
        key=_BARE.key,
        status="resolved" if ended else "firing",
        event=_BARE,
        opened_at=NOW,
        updated_at=NOW,
        started_at=NOW,
        resolved_at=ended,
    )
    return Facts(alert, _BARE, reason, channel)
