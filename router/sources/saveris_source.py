"""The testo Saveris Push API as a source: a STOMP source whose CONNECT carries a bearer token.

What must not be here: payloads (`saveris`), fetching tokens (`tokens`), the connection (`stomp`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from router.core.settings import SaverisSettings
from router.errors import Secret
from router.sources.backoff import Backoff
from router.sources.door import Door, Enrich, unchanged
from router.sources.refusals import NoToken
from router.sources.stomp import StompSource
from router.sources.tokens import Tokens

_FIRST: Final = 5.0
_LONGEST: Final = 600.0
_STABLE: Final = 600.0
"""The service counts attempts and forgets them ten minutes after the last one."""


class BearerCredentials:
    """The `Authorization` header of CONNECT."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def headers(self) -> Mapping[str, Secret] | NoToken:
        """With a token that is still good."""
        token = await self._tokens.get()
        return token if isinstance(token, NoToken) else {"Authorization": Secret(f"Bearer {token.reveal()}")}

    def refused(self) -> bool:
        """Another token can be had, unless it is written in the rules file."""
        return self._tokens.forget()


def open_saveris(
    settings: SaverisSettings, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
) -> StompSource:
    """The source of one account, with the patience that the service asks for."""
    return StompSource(
        settings.stomp,
        door,
        enrich=enrich,
        last_received=last_received,
        credentials=BearerCredentials(Tokens(settings, door.now)),
        backoff=Backoff(first=_FIRST, longest=_LONGEST, stable=_STABLE),
    )
