"""What makes a message of a source unique for ever."""

from router.core.inputs import EventReceived, MessageRejected, Started, said_id
from tests.core.playbook import DAY, Playbook, firing, freezer_rules, recovered


def test_only_what_a_source_said_has_an_id() -> None:
    event = Playbook(freezer_rules()).event("f3", "firing", id="7")
    assert said_id(EventReceived(event)) == "cold-chain/7/firing/f3/2026-11-22T00:00:00+00:00"
    assert said_id(Started()) is None


def test_a_rejected_message_is_news_once_it_can_be_read() -> None:
    assert said_id(MessageRejected("7", "cold-chain", "no JSON", "?", DAY)) == "rejected:cold-chain/7"


def test_an_id_used_again_for_the_end_or_for_a_later_time_is_news() -> None:
    """Alertmanager's fingerprint is the same for every alarm of the same labels."""
    book = Playbook(freezer_rules())
    book.at("10:00", firing("f3", id="fp")).is_("opened")
    book.at("10:01", recovered("f3", id="fp")).is_("resolved")
    book.at("12:00", firing("f3", id="fp")).is_("opened")
    book.at("12:01", firing("f3", id="fp", at="12:00")).is_("duplicate")
