"""Texts that fit into an SMS, cut by ourselves: providers refuse, split or silently drop what is too long.

Three parts at most: 459 characters of the GSM 03.38 alphabet (153 in each part), or 201 when one character is outside
it (67 in each part, UCS-2). What must not be here: how it is sent.
"""

from typing import Final

# fmt: off
SCHEMAS: Final = frozenset((
    "46elks", "africastalking", "atalk", "bulksms", "bulkvs", "burstsms", "clickatell", "clicksend", "cm",
    "d7sms", "eight00com", "exotel", "freemobile", "httpsms", "infobip", "kaleyra", "kavenegar", "kudosity",
    "messagebird", "mobilemessage", "msg91", "msgbird", "nexmo", "notifyre", "octopush", "plivo", "ringc",
    "serwersms", "seven", "sfr", "signalwire", "sinch", "smpp", "smpps", "smsc", "smseagle", "smseagles",
    "smsmanager", "smsmgr", "smstunnel", "sns", "telesign", "telnyx", "twilio", "voipms", "vonage",
))
# fmt: on
"""Apprise's schemas that send an SMS and nothing else."""
PARTS: Final = 3
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("\f^{}\\[~]|€")


def size(text: str) -> tuple[int, int]:
    """How many units the text takes and how many fit into `PARTS` parts (one part alone holds a little more)."""
    if all(char in _GSM or char in _GSM_TWICE for char in text):
        return sum(2 if char in _GSM_TWICE else 1 for char in text), PARTS * 153
    return len(text.encode("utf-16-be", "replace")) // 2, PARTS * 67


def fit(text: str) -> str:
    """The text, cut with "..." when it is too long; a link on the last line is kept whole, for it is the way to answer.

    The cut is marked with three dots of the GSM alphabet, so that cutting never makes the text UCS-2.
    """
    text = text.strip()
    if _fits(text):
        return text
    head, _, last = text.rpartition("\n")
    tail = f"\n{last}" if "://" in last and head and _fits("...\n" + last) else ""
    body = head if tail else text
    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(body[:middle].rstrip() + "..." + tail) else (low, middle - 1)
    return body[:low].rstrip() + "..." + tail


def _fits(text: str) -> bool:
    used, room = size(text)
    return used <= room
