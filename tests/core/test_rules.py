"""The rules as the core reads them: contacts, and the plain text that stands where no template is."""

from router.core.rules import Contact, Facts, plain_text
from tests.core.playbook import Playbook, firing, freezer_rules


def test_a_contact_reads_as_in_a_policy() -> None:
    assert [Contact("sms", "alice").target, Contact("slack").target] == ["alice via sms", "slack"]


def test_the_plain_text_says_why_and_what_and_whatever_was_gathered() -> None:
    alert = Playbook(freezer_rules()).at("10:00", firing("f3")).alert("f3")
    facts = Facts(alert=alert, event=alert.event, reason="raised", channel="sms", gathered=("one", "two"))
    assert plain_text(facts).title == "raised: Upper limit"
    assert plain_text(facts).body == "raised: Upper limit\none\ntwo"
