"""The values given to a notifier."""

from router.errors import Secret
from router.notifiers import NOTIFIERS, Message, Notifier, SendResult


def test_a_message_shows_no_url() -> None:
    message = Message(channel="sms", url=Secret("x://t0ken"), title="", body="", reason="raised", alert_id="a")
    assert "t0ken" not in repr(message)


def test_every_notifier_of_the_table_can_be_made() -> None:
    made: list[Notifier] = [make() for make in NOTIFIERS.values()]
    assert all(callable(notifier.send) for notifier in made)


def test_accepted_needs_no_detail() -> None:
    assert SendResult("accepted").detail == ""
