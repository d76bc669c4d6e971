"""The rows refuse what they cannot mean, and answer what they are asked."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from router.core.model import Event, Notification, Timer, Told, changed, instant
from tests.core.playbook import DAY, Playbook, firing, freezer_rules, rules

CET = timezone(timedelta(hours=1))


def event(**fields: Any) -> Event:
    given = {"id": "1", "source": "plant", "kind": "alarm", "status": "firing", "key": "k", "arrived_at": DAY}
    return Event(**(given | fields))


def page(**fields: Any) -> Notification:
    given = {"id": "p", "alert_id": "a", "target": "ops", "channel": "ops", "reason": "raised", "title": "", "body": ""}
    return Notification(**(given | {"created_at": DAY, "due": DAY} | fields))


@pytest.mark.parametrize("field", ["arrived_at", "started_at", "changed_at", "processed_at"])
@pytest.mark.parametrize("wrong", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=CET)])  # noqa: DTZ001
def test_an_event_refuses_a_time_that_is_not_in_utc(field: str, wrong: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        event(**{field: wrong})


def test_a_timer_refuses_a_time_without_an_offset() -> None:
    with pytest.raises(ValueError, match="UTC"):
        Timer(id="t", kind="step", due=datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_instant_is_moved_to_utc_and_a_naive_one_refused() -> None:
    assert instant(datetime(2026, 1, 1, 12, tzinfo=CET)) == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert instant(DAY) is DAY
    with pytest.raises(ValueError, match="offset"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001


def test_events_stand_in_the_order_of_their_own_times() -> None:
    early = event(started_at=DAY, changed_at=DAY)
    assert early.before(event(started_at=DAY, changed_at=DAY + timedelta(1)))
    assert early.before(event(started_at=DAY, changed_at=DAY, processed_at=DAY + timedelta(1)))
    assert not early.before(early)


def test_an_event_without_a_time_is_ordered_by_arrival() -> None:
    late = event(started_at=DAY - timedelta(1), arrived_at=DAY + timedelta(1))
    assert event().before(late)
    assert not late.before(event())


def test_a_changed_row_is_a_new_row_of_the_same_kind() -> None:
    old = page()
    new = changed(old, status="sent")
    assert (old.status, new.status, new.id, type(new)) == ("waiting", "sent", "p", Notification)
    with pytest.raises(KeyError):
        changed(old, no_such_field=1)


@pytest.mark.parametrize(
    ("status", "active"), [("waiting", True), ("underway", True), ("retrying", True), ("sent", False)]
)
def test_a_notification_is_active_until_its_end_is_known(status: str, active: bool) -> None:
    assert page(status=status).active is active


def test_a_target_reads_as_in_a_policy() -> None:
    assert [Told("sms", "alice").target, Told("slack").target] == ["alice via sms", "slack"]


def test_an_alert_without_a_rule_is_unrouted_and_has_nobody_left_to_tell() -> None:
    unrouted = Playbook(rules()).at("10:00", firing("f3")).alert("f3")
    routed = Playbook(freezer_rules()).at("10:00", firing("f3")).alert("f3")
    assert (unrouted.unrouted, unrouted.exhausted, unrouted.open) == (True, True, True)
    assert (routed.unrouted, routed.exhausted) == (False, False)
