"""Tokens for the Push API: from the Data API or from Cognito, kept until shortly before they expire.

Source of the formats: the Data API's description (`/v1/token`), the vendor's push page (Cognito `InitiateAuth`). Both
name the lifetime differently, so the token itself is asked.
What must not be here: connecting to the broker, waiting, faults. Nothing here logs or quotes a secret or an answer.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import trio

from router.core.settings import SaverisSettings
from router.errors import Secret
from router.sources.hush import hushed, secrets_in_url
from router.sources.refusals import NoToken

if TYPE_CHECKING:
    import httpx2

_TIMEOUT: Final = 20.0
_MARGIN: Final = 300.0
"""Seconds before the expiry from which on a token is renewed (less for one that lives shorter than ten times that)."""
_ASSUMED_LIFE: Final = 55 * 60.0
_LARGEST_ANSWER: Final = 256 * 1024
_TARGET: Final = "AWSCognitoIdentityProviderService.InitiateAuth"
_PASSWORD_CHANGE: Final = frozenset({"NEW_PASSWORD_REQUIRED", "PasswordResetRequiredException"})
_WRONG: Final = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "InvalidParameterException",
        "ResourceNotFoundException",
    }
)
"""Cognito errors that a retry in a minute cannot heal: user, password, client id, region."""

REFUSED_HOLD: Final = timedelta(minutes=15)
PASSWORD_HOLD: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and when (epoch seconds) it should be renewed."""

    text: Secret
    renew_at: float


class Answer(Protocol):
    """What a token endpoint answered: all that is looked at."""

    @property
    def status_code(self) -> int: ...  # noqa: D102
    @property
    def content(self) -> bytes: ...  # noqa: D102
    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102


class Tokens:
    """Keeps one account's token. Not for two tasks at once."""

    def __init__(self, settings: SaverisSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._token: Token | None = None

    async def get(self) -> Secret | NoToken:
        """The token, fetched when there is none or it is about to expire."""
        if self._settings.token == "literal":  # noqa: S105  # a word of the rules file
            return self._settings.literal_token or NoToken("no token is set", hold=REFUSED_HOLD, needs_person=True)
        if self._token is not None and self._now().timestamp() < self._token.renew_at:
            return self._token.text
        fetched = await self._fetch()
        if isinstance(fetched, NoToken):
            return fetched
        life = self._life(fetched)
        if life <= 0:
            return NoToken("the token endpoint gave a token that has expired already; is this machine's clock right?")
        self._token = Token(fetched, self._now().timestamp() + life - min(_MARGIN, life / 10))
        return fetched

    def forget(self) -> bool:
        """The server refused it: fetch another next time. False when there is nothing to fetch."""
        self._token = None
        return self._settings.token != "literal"  # noqa: S105

    def _life(self, token: Secret) -> float:
        expires = expiry_of(token)
        return _ASSUMED_LIFE if expires is None else expires - self._now().timestamp()

    async def _fetch(self) -> Secret | NoToken:
        import httpx2

        from router.sources.link import LinkEndedError, tls_context

        try:
            context = tls_context(self._settings.stomp.tls)
            with trio.fail_after(_TIMEOUT):
                async with httpx2.AsyncClient(verify=context, timeout=_TIMEOUT, follow_redirects=False) as client:
                    answer = await self._ask(client)
        except trio.TooSlowError:
            return NoToken(f"the token endpoint did not answer within {_TIMEOUT:g} s")
        except LinkEndedError as error:
            return NoToken(error.reason)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return NoToken(f"the token endpoint cannot be reached: {type(error).__name__}")
        found = token_in(answer)
        return replace(found, reason=hushed(found.reason, self._told())) if isinstance(found, NoToken) else found

    def _told(self) -> tuple[str, ...]:
        settings = self._settings
        known = (settings.username, settings.password.reveal(), settings.client_id)
        return (*known, *secrets_in_url(settings.token_url))

    async def _ask(self, client: "httpx2.AsyncClient") -> Answer:
        settings = self._settings
        secrets = {"username": settings.username, "password": settings.password.reveal()}
        if settings.token == "data-api":  # noqa: S105
            return await client.post(settings.token_url, json=secrets)
        wanted = {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": settings.client_id,
            "AuthParameters": {name.upper(): value for name, value in secrets.items()},
        }
        headers = {"X-Amz-Target": _TARGET, "Content-Type": "application/x-amz-json-1.1"}
        return await client.post(settings.token_url, content=msgspec.json.encode(wanted), headers=headers)


def token_in(answer: Answer) -> Secret | NoToken:
    """The token in an answer of either endpoint, or why there is none. Quotes error types, never texts."""
    status = answer.status_code
    said = _object(answer.content)
    kind = str(said.get("ChallengeName") or said.get("__type") or "").rpartition("#")[2]
    if kind in _PASSWORD_CHANGE:
        return NoToken(
            f"{kind}: somebody has to set a new password for this account first", hold=PASSWORD_HOLD, needs_person=True
        )
    if said.get("ChallengeName"):
        return NoToken(
            f"the account has to answer a challenge first: {_short(kind)}", hold=PASSWORD_HOLD, needs_person=True
        )
    if kind in _WRONG or status in {401, 403}:
        named = _short(kind) or f"HTTP {status}"
        return NoToken(f"user, password or client id were refused: {named}", hold=REFUSED_HOLD, needs_person=True)
    if status == 429:
        return NoToken("too many requests for a token: HTTP 429", hold=_retry_after(answer.headers))
    if not 200 <= status < 300:
        return NoToken(f"the token endpoint answered HTTP {status} {_short(kind)}".rstrip())
    token = _token(said)
    return Secret(token) if token else NoToken(f"the token endpoint answered HTTP {status} without a token")


def _object(content: bytes) -> Mapping[str, Any]:
    if len(content) > _LARGEST_ANSWER:
        return {}
    try:
        said = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _token(said: Mapping[str, Any]) -> str:
    """`IdToken` or `idToken`, at the top or where Cognito nests it; one that could not stand in a header is none."""
    nested = said.get("AuthenticationResult")
    for place in (said, nested if isinstance(nested, dict) else {}):
        token = place.get("IdToken") or place.get("idToken")
        if isinstance(token, str) and token.strip() and token.isascii() and token.strip().isprintable():
            return token.strip()
    return ""


def _short(kind: str) -> str:
    """An error's name, if it looks like one."""
    return kind if kind.replace("_", "").isalnum() and kind.isascii() and len(kind) <= 60 else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    asked = headers.get("retry-after", "")
    return timedelta(seconds=min(int(asked), 86400)) if asked.isdecimal() and len(asked) < 10 else timedelta(minutes=1)


def expiry_of(token: Secret) -> float | None:
    """The `exp` (epoch seconds) in a JWT's payload, `None` when unreadable. The signature is not ours to check."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    expires = claims.get("exp") if isinstance(claims, dict) else None
    return float(expires) if isinstance(expires, int | float) and not isinstance(expires, bool) else None
