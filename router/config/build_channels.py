"""Channels and people: the ways to reach somebody.

What must not be here: Apprise (whoever loads the file may hand in a function that tries a URL), and any address or URL
in a message.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.config import nodes
from router.config.names import NAME, nearest
from router.config.placeholders import ADDRESS, Surroundings, plain, unresolved, with_address
from router.config.report import Part, Report, shown, shown_key
from router.config.schema import ChannelModel, PersonModel
from router.config.validate import known_keys, validated
from router.core.rules import Person
from router.core.settings import Channel
from router.errors import Secret

ChannelCheck = Callable[[str, Secret], str | None]
"""Tries the URL of a channel (addresses filled in); the reason, fit for a user and without secrets, when refused."""

_BRACES: Final = re.compile(r"(?<!\$)\{([^{}]*)\}")
_ONE_PLACEHOLDER: Final = re.compile(r"\$\{[^{}]*\}")
_RESERVED: Final = frozenset({"via", *known_keys(PersonModel)})


@dataclass(frozen=True, slots=True)
class Ways:
    """How everybody can be reached. `personal` and `shared` name also channels that are written wrongly (told)."""

    channels: Mapping[str, Channel]
    people: Mapping[str, Person]
    addresses: Mapping[tuple[str, str], Secret]
    personal: frozenset[str]
    shared: frozenset[str]


def check_name(part: Part, kind: str, report: Report) -> None:
    """Names that stand in targets must be one word."""
    name = part.key.text if part.key is not None else ""
    if not NAME.fullmatch(name) or name == "via":
        hint = re.sub(r"[^\w.-]+", "-", name).strip("-.") if shown(name) == name else ""
        message = f"the name of a {kind} is one word of letters, digits, - _ and ."
        report.error(part.key_spot(), "bad-name", message, suggestion=f"for example {hint}" if hint else "")


def build_ways(
    channels: Mapping[str, Part], people: Mapping[str, Part], around: Surroundings, check: ChannelCheck | None
) -> Ways:
    """All channels and people that are right; the report has what is wrong."""
    data = {name: _channel_data(part, around) for name, part in channels.items()}
    personal = frozenset(name for name, part in channels.items() if _is_personal(name, data[name], people, around))
    built: dict[str, Channel] = {}
    for name, part in channels.items():
        channel = _channel(name, data[name], part, around.report, personal=name in personal)
        if channel is not None:
            built[name] = channel
    ways = Ways(built, {}, {}, personal, frozenset(channels) - personal)
    found, addresses = _people(people, ways, around)
    ways = Ways(built, found, addresses, ways.personal, ways.shared)
    if check is not None:
        _try_urls(ways, channels, people, check, around.report)
    return ways


def _channel_data(part: Part, around: Surroundings) -> Any:
    """The channel as plain data; what is filled into its URL is percent-encoded."""
    if not isinstance(part.node, nodes.Mapping):
        return plain(part.node, part.file, around.fill_url)
    return {
        key: plain(node, part.file, around.fill_url if key == "url" else around.fill)
        for key, (_, node) in part.node.entries.items()
    }


def _is_personal(name: str, data: Any, people: Mapping[str, Part], around: Surroundings) -> bool:
    """Does its URL have `{address}`? When the URL is not known (dry-run), it has if somebody has an address there."""
    url = data.get("url") if isinstance(data, dict) else data
    if around.missing == "stand" and isinstance(url, str) and _ONE_PLACEHOLDER.fullmatch(url.strip()):
        return any(person.has(name) for person in people.values())
    return isinstance(url, str) and ADDRESS in url


def _channel(name: str, data: Any, part: Part, report: Report, *, personal: bool) -> Channel | None:
    check_name(part, "channel", report)
    if name in _RESERVED - {"via"}:
        report.error(part.key_spot(), "bad-name", f"a channel cannot be called {name}: it is a key of people")
    _check_braces(part, report)
    model = validated(ChannelModel, data if isinstance(data, dict) else {"url": data}, part, report)
    if model is None:
        return None
    return Channel(
        name=name,
        url=Secret(model.url),
        personal=personal,
        templates=model.templates,
        rate=model.rate,
        concurrency=model.concurrency,
        timeout=model.timeout,
    )


def _check_braces(part: Part, report: Report) -> None:
    for found in _BRACES.finditer(part.written("url")):
        if found[0] != ADDRESS and nearest(found[1], ["address"]):
            report.error(
                part.spot("url"), "bad-placeholder", "expected {address}", suggestion="did you mean {address}?"
            )


def _people(
    people: Mapping[str, Part], ways: Ways, around: Surroundings
) -> tuple[dict[str, Person], dict[tuple[str, str], Secret]]:
    found: dict[str, Person] = {}
    addresses: dict[tuple[str, str], Secret] = {}
    for name, part in people.items():
        check_name(part, "person", around.report)
        if name in ways.shared | ways.personal:
            message = f"`{shown(name)}` is a channel too: nobody could tell which one a step means"
            around.report.error(part.key_spot(), "ambiguous-name", message, suggestion="give one another name")
        data = plain(part.node, part.file, around.fill)
        model = validated(PersonModel, data, part, around.report)
        known = [*data] if isinstance(data, dict) else []
        methods = [key for key in known if key in ways.personal]
        if model is None:
            found[name] = Person(name, name, tuple(methods))
            continue
        _check_methods(model, part, ways, around.report)
        found[name] = Person(name, model.name or name, _in_order(model, methods))
        addresses |= {(name, method): Secret((model.__pydantic_extra__ or {})[method]) for method in methods}
    return found, addresses


def _check_methods(model: PersonModel, part: Part, ways: Ways, report: Report) -> None:
    addresses = model.__pydantic_extra__ or {}
    for key in addresses:
        if key in ways.personal:
            continue
        if key in ways.shared:
            hint = f"remove it, or put {ADDRESS} into its URL"
            message = f"`{shown(key)}` is a shared channel: nobody has an address of their own there"
            report.error(part.key_spot(key), "shared-channel", message, suggestion=hint)
            continue
        near = nearest(key, (*ways.personal, *known_keys(PersonModel)))
        hint = f"did you mean {near}?" if near else f"personal channels: {', '.join(sorted(ways.personal)) or 'none'}"
        report.error(part.key_spot(key), "unknown-channel", f"unknown channel `{shown_key(key)}`", suggestion=hint)
    if not addresses:
        hint = f"add an address, for example {min(ways.personal)}: …" if ways.personal else "define a personal channel"
        report.error(part.key_spot(), "no-method", "this person cannot be reached: no address", suggestion=hint)
    for number, method in enumerate(model.prefer or ()):
        if method not in addresses:
            near = nearest(method, addresses)
            hint = f"did you mean {near}?" if near else f"addresses are written for: {', '.join(addresses) or 'none'}"
            message = f"no address is written for `{shown(part.written('prefer', number))}`"
            report.error(part.spot("prefer", number), "unknown-method", message, suggestion=hint)


def _in_order(model: PersonModel, methods: list[str]) -> tuple[str, ...]:
    """The preferred methods first, the others after them in the order written."""
    preferred = [method for method in model.prefer or () if method in methods]
    return tuple(dict.fromkeys([*preferred, *methods]))


def _try_urls(
    ways: Ways, channels: Mapping[str, Part], people: Mapping[str, Part], check: ChannelCheck, report: Report
) -> None:
    for name, channel in ways.channels.items():
        if unresolved(channel.url.reveal()):
            continue
        if not channel.personal:
            _tell_refusal(check(name, channel.url), channels[name], report)
            continue
        users = [person for person, method in ways.addresses if method == name]
        reasons = {user: check(name, with_address(channel.url, ways.addresses[user, name])) for user in users}
        if reasons and all(reasons.values()):
            _tell_refusal(next(iter(reasons.values())), channels[name], report)
            continue
        for user, reason in reasons.items():
            _tell_refusal(reason, people[user], report, key=name)


def _tell_refusal(reason: str | None, part: Part, report: Report, *, key: str = "url") -> None:
    if reason is not None:
        what = "this channel" if key == "url" else f"this address for {key}"
        report.error(part.spot(key), "refused-url", f"Apprise refuses {what}: {reason}")
