import pytest

from router.render.kinds import channel_kind, variants


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ("mailtos", "mail"),
        ("mailto://user@example.org", "mail"),
        ("ses", "mail"),
        ("twilio", "sms"),
        ("NEXMO", "sms"),
        ("sns", "sms"),
        ("slack", "slack"),
        ("tgram", "chat"),
        ("mmosts", "chat"),
        ("pagerduty", "push"),
        ("json", "push"),
        ("", "push"),
    ],
)
def test_a_schema_tells_the_family_of_its_channel(schema, kind):
    assert channel_kind(schema) == kind


def test_a_slack_channel_also_takes_what_is_made_for_chats():
    assert variants("slack") == ("slack", "chat")
    assert variants("hall-display") == ("hall-display",)
