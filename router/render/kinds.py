"""Which family of channel an Apprise URL belongs to, told by its schema alone: mail, sms, slack, chat or push.

The family picks the template variant (`default.sms.j2`) for channels that are not simply named `sms`.
What must not be here: Apprise itself (it takes a second to load), or anything of the URL behind the schema.
"""

from typing import Final

_SCHEMAS: Final = {
    "mail": """mailto mailtos ses sendgrid mailgun sparkpost postmark smtp2go brevo resend mailersend sendpulse azure
        o365 groundmail lauther""",
    "sms": """twilio vonage nexmo msgbird clickatell sinch d7sms plivo sns bulksms bulkvs burstsms kudosity clicksend
        46elks elks atalk exotel freemobile sfr httpsms infobip kaleyra klr kavenegar mobilemessage mobilemsg msg91
        notifyre octopush ringc serwersms seven smseagle smseagles smsc smsmgr smsmanager smstunnel telesign telnyx
        voipms eight00com cm""",
    "slack": "slack",
    "chat": """mmost mmosts rocket rockets workflow workflows msteams discord guilded revolt fluxer fluxers tgram
        telegram matrix matrixs gchat wxteams webex zulip ryver twist flock cliq zcliq zohocliq nctalk nctalks
        synology synologys signal signals threema whatsapp whapi viber line groupme dingtalk feishu lark wechat wecombot
        kook zoom stackfield xmpp xmpps irc ircs kakaotalk kakao zalo deltachat deltachats gupshup onebot onebots""",
}
_KINDS: Final = {schema: kind for kind, schemas in _SCHEMAS.items() for schema in schemas.split()}


def channel_kind(schema: str) -> str:
    """The family of an Apprise schema (`mailtos`, `twilio://…`, any case); `push` for everything not listed.

    Schemas as in Apprise 2.2. `push` covers apps, incident services and generic webhooks: they show a title and text.
    """
    return _KINDS.get(schema.partition(":")[0].strip().lower(), "push")


def variants(kind: str) -> tuple[str, ...]:
    """The template variants that suit a family, best first: a Slack channel also takes a template made for chats."""
    return {"slack": ("slack", "chat"), "chat": ("chat",), "mail": ("mail",), "sms": ("sms",)}.get(kind, (kind,))
