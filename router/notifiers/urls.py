"""Channel URLs as texts: their schema, and the place of a person's address in them.

What must not be here: Apprise. `dry-run` uses this file and must stay quick.
"""

from typing import Final
from urllib.parse import quote

from router.errors import Secret

ADDRESS: Final = "{address}"


def url_schema(url: Secret) -> str:
    """What stands before `://`, in lower case; empty when there is none."""
    schema, found, _ = url.reveal().partition("://")
    return schema.strip().lower() if found else ""


def fill_address(url: Secret, address: Secret | None) -> Secret:
    """The URL with `address`, percent-encoded, in the place of `{address}`; a shared channel's URL as it is.

    A personal channel without an address is our mistake: the rules are checked for it.
    """
    if ADDRESS not in url.reveal():
        return url
    assert address, "a personal channel needs an address"
    return Secret(url.reveal().replace(ADDRESS, quote(address.reveal(), safe="")))
