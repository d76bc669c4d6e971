"""`send-test`: a real test message through contact methods as the rules file has them, with the outcome.

What must not be here: retries and fallbacks; one attempt says what there is to know.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from router.app.loading import Loaded, load
from router.commands.output import Format, Part, Tint, json_line, table, when
from router.config.names import did_you_mean
from router.core.rules import Contact, Rules
from router.core.telling import contacts_of
from router.dispatch import send_guarded
from router.errors import RouterError, Secret
from router.notifiers import AppriseNotifier, Message, Notifier, SendResult, fill_address, preload

FALLBACK: Final = "fallback"
MARGIN: Final = timedelta(seconds=1)
"""A notifier ends a little before its timeout; so much later nobody waits for it any more."""


class UnknownTargetError(RouterError):
    """The rules file knows no such target."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One contact method and how the test ended."""

    contact: Contact
    result: SendResult
    seconds: float


def run(target: str, rules: Path, *, format_: Format, notifier: Notifier | None = None) -> int:
    """Send to every contact method of the target: 0 when all accepted, 1 otherwise."""
    loaded = load(rules)
    sender = notifier or AppriseNotifier()
    contacts = contacts_named(target, loaded.rules)
    if notifier is None:
        preload()  # otherwise the first test would seem to take a second longer
    tested = [_test(contact, loaded, sender) for contact in contacts]
    if format_ == "json":
        for one in tested:
            json_line(_json(one))
    else:
        table(_rows(tested))
    return 0 if all(one.result.outcome == "accepted" for one in tested) else 1


def contacts_named(target: str, rules: Rules) -> tuple[Contact, ...]:
    """The contact methods of `alice`, `alice via sms+mail`, a shared channel or `fallback`."""
    words = target.split()
    name = words[0] if words else ""
    if target.strip() == FALLBACK and FALLBACK not in rules.people and FALLBACK not in rules.shared:
        return tuple(contacts_of(rules.fallback))
    if len(words) == 1 and name in rules.shared:
        return (Contact(name),)
    person = rules.people.get(name)
    if person is None:
        known = (*rules.people, *rules.shared, FALLBACK)
        raise UnknownTargetError(f"no person or shared channel is called {name!r} ({did_you_mean(name, known)})")
    if len(words) == 1:
        if not person.methods:
            raise UnknownTargetError(f"{name} has no contact method")
        return (Contact(person.methods[0], person.id),)
    if len(words) != 3 or words[1] != "via":
        raise UnknownTargetError(f"{target!r} is no target: write {name}, or {name} via {'+'.join(person.methods)}")
    methods = words[2].split("+")
    unknown = next((method for method in methods if method not in person.methods), None)
    if unknown is not None:
        raise UnknownTargetError(f"{name} cannot be reached via {unknown!r} ({did_you_mean(unknown, person.methods)})")
    return tuple(Contact(method, person.id) for method in dict.fromkeys(methods))


def _address(loaded: Loaded, contact: Contact) -> Secret | None:
    return loaded.settings.addresses[contact.person, contact.channel] if contact.person else None


def _test(contact: Contact, loaded: Loaded, notifier: Notifier) -> Tested:
    channel = loaded.settings.channels[contact.channel]
    now = when(datetime.now(UTC), loaded.rules.zone)
    message = Message(
        channel=channel.name,
        url=fill_address(channel.url, _address(loaded, contact)),
        title="Test from alarm-router",
        body=f"This is a test of {contact.target}, sent at {now}. Nothing is wrong, and nobody needs to do anything.",
        reason="acknowledged",
        alert_id="send-test",
        timeout=channel.timeout,
    )
    started = time.monotonic()
    result = in_time(lambda: send_guarded(notifier, message), (channel.timeout + MARGIN).total_seconds())
    return Tested(contact, result, time.monotonic() - started)


def in_time(send: Callable[[], SendResult], seconds: float) -> SendResult:
    """The result of the send, or that there was none in time; the thread of a hung send is left to itself."""
    results: list[SendResult] = []
    thread = threading.Thread(target=lambda: results.append(send()), daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else SendResult("unknown", f"no answer after {seconds:g} s")


def _rows(tested: Sequence[Tested]) -> list[Sequence[Part]]:
    return [
        (
            Tint("✓", "good") if one.result.outcome == "accepted" else Tint("✗", "bad"),
            Tint(one.contact.target, "strong"),
            Tint(one.result.outcome, "good" if one.result.outcome == "accepted" else "bad"),
            Tint(f"{one.seconds:.1f} s", "quiet"),
            one.result.detail,
        )
        for one in tested
    ]


def _json(one: Tested) -> dict[str, object]:
    return {
        "target": one.contact.target,
        "channel": one.contact.channel,
        "outcome": one.result.outcome,
        "detail": one.result.detail,
        "seconds": round(one.seconds, 3),
    }
