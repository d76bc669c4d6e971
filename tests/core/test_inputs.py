"""What makes a message of a source unique for ever."""

from router.core.inputs import EventReceived, MessageRejected, Started, said_id
from tests.core.playbook import DAY, Playbook, freezer_rules


def test_only_what_a_source_said_has_an_id() -> None:
    event = Playbook(freezer_rules()).event("f3", "firing", id="7")
    assert said_id(EventReceived(event)) == "cold-chain/7"
    assert said_id(Started()) is None


def test_a_rejected_message_is_news_once_it_can_be_read() -> None:
    assert said_id(MessageRejected("7", "cold-chain", "no JSON", "?", DAY)) == "rejected:cold-chain/7"
