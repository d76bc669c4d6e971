"""What the rules file says of the world outside: how to reach sources, channels and the store. Plain data.

The core never reads these; they stand here because sources and notifiers know the core only, and `config` builds them.
What must not be here: code that connects to anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from router.core.model import Level
from router.errors import Secret

AckMode = Literal["auto", "client", "client-individual"]
Format = Literal["saveris", "sentilo", "json"]


@dataclass(frozen=True, slots=True)
class Tls:
    """How a TLS peer is checked: the system store plus an optional CA file, and our own certificate if it wants one."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class FieldPath:
    """Where an event field stands in a JSON payload (`format: json`). `path` is dotted; list items by number.

    `map` translates words (ignoring case); `default` is used when the path is absent.
    """

    path: str
    map: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How payloads of a source become events."""

    source: str
    format: Format = "saveris"
    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    key: tuple[str, ...] = ()
    fields: Mapping[str, FieldPath] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class StompSettings:
    """A subscription to one STOMP broker over WebSocket. `headers` go on CONNECT, `subscribe_headers` on SUBSCRIBE."""

    name: str
    url: str
    destinations: tuple[str, ...]
    reading: Reading
    login: str | None = None
    passcode: Secret | None = None
    host: str | None = None
    headers: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))
    subscribe_headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ack: AckMode = "client"
    prefetch: int = 500
    heartbeat: timedelta = timedelta(seconds=10)
    link_timeout: timedelta = timedelta(minutes=2)
    expect: timedelta | None = None
    max_body: int = 1024 * 1024
    tls: Tls = field(default_factory=Tls)


@dataclass(frozen=True, slots=True)
class SaverisSettings:
    """A testo Saveris Push API account. `stomp.url` and `token_url` are complete; `destinations` are its channels'."""

    name: str
    stomp: StompSettings
    username: str
    password: Secret
    token: Literal["data-api", "cognito", "literal"] = "data-api"  # noqa: S105 - the name of a way, no secret
    token_url: str = ""
    client_id: str = ""
    literal_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class SentiloSettings:
    """A Sentilo platform that pushes to us over HTTP."""

    name: str
    endpoint: str
    reading: Reading
    secret: Secret | None = None
    expect: timedelta | None = None


SourceSettings = StompSettings | SaverisSettings | SentiloSettings


@dataclass(frozen=True, slots=True)
class Channel:
    """One Apprise URL. `url` may hold `{address}`: then it is personal. `rate` is so many sends per so long."""

    name: str
    url: Secret
    personal: bool
    templates: str | None = None
    rate: tuple[int, timedelta] | None = None
    concurrency: int = 2
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Settings:
    """The shell's part of the rules file. `addresses` maps (person, channel) to the address put into the URL."""

    path: Path
    timezone: str
    channels: Mapping[str, Channel]
    addresses: Mapping[tuple[str, str], Secret]
    sources: Mapping[str, SourceSettings]
    templates: Path | None = None
    inventory: Path | None = None
    public_url: str | None = None
    keep: timedelta = timedelta(days=400)
    files: tuple[Path, ...] = ()
    version: str = ""
