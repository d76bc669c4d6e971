"""What a source gets: without an inventory an event stays as it is."""

from datetime import UTC, datetime

from router.core.model import Event
from router.sources.door import unchanged


def test_without_an_inventory_an_event_is_unchanged():
    event = Event("1", "s", "alarm", "firing", "k", datetime(2025, 1, 1, tzinfo=UTC))
    assert unchanged(event) is event
