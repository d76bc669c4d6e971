"""Reads rules, templates and channels as one: what `serve`, `check`, `dry-run` and a reload all begin with.

What must not be here: what any part of the file means; each lower floor knows its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from router.config.inventory import Inventory
from router.config.load import Loaded as Read
from router.config.load import Secrets
from router.config.load import load as read
from router.core.model import Event
from router.core.rules import Rules
from router.core.settings import SaverisSettings, SentiloSettings, Settings, SourceSettings, StompSettings
from router.errors import Problem, Secret
from router.notifiers.scrub import secrets_in
from router.notifiers.urls import url_schema
from router.render.kinds import channel_kind
from router.render.templates import Templates, open_templates
from router.sources.hush import secrets_in_url

_TELLING = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9A-Z])[^.]{8,}")
"""Parts of a channel's URL that look like tokens are hidden from logs; plain words and hosts would blank out logs."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules and settings that fit together, complete and checked. `secrets` are texts that must stay out of logs."""

    rules: Rules
    settings: Settings
    warnings: tuple[Problem, ...]
    inventory: Inventory | None
    secrets: frozenset[str]

    def enrich(self, event: Event) -> Event:
        """The event with what the inventory knows of its sensor."""
        return event if self.inventory is None else self.inventory.with_labels(event)


def load(
    path: Path, *, secrets: Secrets = "read", channel_check: Callable[[str, Secret], str | None] | None = None
) -> Loaded:
    """Read the rules file and everything it names; `ConfigError` with every problem when it cannot be used.

    `channel_check` tries a channel's URL and returns why it is refused: loading Apprise for it takes a second.
    """
    found: Read = read(path, secrets=secrets, renderer=templates_of, channel_check=channel_check)
    return Loaded(
        rules=found.rules,
        settings=found.settings,
        warnings=found.warnings,
        inventory=found.inventory,
        secrets=frozenset(_secrets(found.settings)),
    )


def load_to_serve(path: Path) -> Loaded:
    """As `load`, with every secret there and every channel's URL tried."""
    from router.notifiers.apprise import check_url

    return load(path, channel_check=lambda _name, url: check_url(url))


def templates_of(settings: Settings, people: Mapping[str, str]) -> Templates:
    """The templates that these settings name, and the shipped ones."""
    channels = settings.channels.values()
    return open_templates(
        settings.templates,
        timezone=settings.timezone,
        channel_templates={channel.name: channel.templates for channel in channels if channel.templates is not None},
        kinds={channel.name: channel_kind(url_schema(channel.url)) for channel in channels},
        people=people,
    )


def _secrets(settings: Settings) -> Iterator[str]:
    for channel in settings.channels.values():
        yield channel.url.reveal()
        yield from (part for part in secrets_in(channel.url.reveal()) if _TELLING.fullmatch(part))
    yield from (address.reveal() for address in settings.addresses.values())
    for source in settings.sources.values():
        yield from (secret.reveal() for secret in _secrets_of(source) if secret is not None)


def _telling(texts: Iterable[str]) -> Iterator[Secret]:
    return (Secret(text) for text in texts if _TELLING.fullmatch(text))


def _secrets_of(source: SourceSettings) -> Iterator[Secret | None]:
    match source:
        case StompSettings():
            yield from (source.passcode, *source.headers.values(), *_telling(secrets_in_url(source.url)))
            yield from _telling(source.subscribe_headers.values())
        case SaverisSettings():
            yield from (source.password, source.literal_token)
            yield from _telling((source.client_id, *secrets_in_url(source.token_url)))
            yield from _telling(secrets_in_url(source.stomp.url))
        case SentiloSettings():
            yield source.secret
