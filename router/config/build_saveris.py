"""`type: saveris`: addresses, queues and tokens of the testo Saveris Push API.

One host per region and environment, one queue per user and channel: the vendor's "Real-Time API"; the token from
`/v1/token` of its "Data API", or from AWS Cognito.
What must not be here: asking for a token.
"""

import re
from typing import Final, Literal

from router.config.build_socket import reading, socket, tls_of
from router.config.names import nearest
from router.config.placeholders import Surroundings, unresolved
from router.config.report import Part, Report
from router.config.schema import SaverisModel
from router.core.settings import SaverisSettings
from router.errors import Secret

TokenWay = Literal["data-api", "cognito", "literal"]

_UNSEEN: Final = frozenset({("am", "i"), ("ap", "i")})
_VENDOR: Final = re.compile(r"wss?://tds-real-time-api(\.[a-z]+\.[a-z]+\.savr\.saveris\.net)(?:[:/].*)?", re.IGNORECASE)


def saveris(name: str, model: SaverisModel, part: Part, around: Surroundings) -> SaverisSettings:
    """The account; what is missing or improbable is in the report."""
    _check_region(model, part, around.report)
    way = _way(model, part, around.report)
    host = f"{model.region}.{model.environment}.savr.saveris.net"
    url = model.url or f"wss://tds-real-time-api.{host}/web-socket"
    destinations = tuple(f"/queue/{model.username}/{channel}" for channel in dict.fromkeys(model.channels))
    payload = reading(name, model, payload="saveris")
    tls = tls_of(model, part, around)
    return SaverisSettings(
        name=name,
        stomp=socket(name, url, model, destinations=destinations, payload=payload, tls=tls),
        username=model.username,
        password=Secret(model.password),
        token=way,
        token_url=_token_url(way, model, part, around.report),
        client_id=model.client_id or "",
        literal_token=Secret(model.token) if way == "literal" else None,
    )


def _check_region(model: SaverisModel, part: Part, report: Report) -> None:
    if model.url is not None:
        return
    if model.region is None:
        message = "`region` is missing: where the account lives"
        report.error(
            part.key_spot(), "missing-key", message, suggestion="add region: with eu, am or ap, or a whole url:"
        )
    elif (model.region, model.environment) in _UNSEEN:
        message = f"environment {model.environment} is not known to exist in region {model.region}"
        report.warn(
            part.spot("environment"), "unseen-region", message, suggestion="known: eu with i; eu, am and ap with p"
        )


def _way(model: SaverisModel, part: Part, report: Report) -> TokenWay:
    known: dict[str, TokenWay] = {"data-api": "data-api", "cognito": "cognito"}
    way = known.get(model.token)
    if way == "cognito" and not model.client_id:
        message = "`client_id` is missing: Cognito wants the one that the vendor gave with the account"
        report.error(part.key_spot(), "missing-key", message, suggestion="add client_id:")
    if way is not None:
        return way
    near = nearest(part.written("token"), known)
    if near is not None:
        message = "expected data-api, cognito, or a token itself as ${NAME}"
        report.error(part.spot("token"), "unknown-word", message, suggestion=f"did you mean {near}?")
    return "literal"


def _token_url(way: TokenWay, model: SaverisModel, part: Part, report: Report) -> str:
    if model.token_url is not None or way == "literal":
        return model.token_url or ""
    if way == "cognito":
        return f"https://cognito-idp.{model.aws_region}.amazonaws.com/"
    if model.region is not None:
        return f"https://data-api.{model.region}.{model.environment}.savr.saveris.net/v1/token"
    found = _VENDOR.fullmatch(model.url or "")
    if found is not None:
        return f"https://data-api{found[1]}/v1/token"
    if model.url is not None and not unresolved(model.url):
        message = "`token_url` is missing: this url does not tell where tokens come from"
        report.error(
            part.key_spot(), "missing-key", message, suggestion="add token_url:, or region:, or token: ${TOKEN}"
        )
    return ""
