"""When the router cannot do its work, people are told without it: a fixed text, straight to `fallback`.

The one exception to "effects are rows": no template, no outbox, no retry beyond the targets given.
What must not be here: deciding when (the engine and `startup` do).
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio

from router.core.rules import Contact, Target
from router.core.settings import Settings
from router.core.telling import contacts_of
from router.dispatch import send_guarded
from router.engine import Stuck
from router.engine_undecided import facts_of
from router.errors import ConfigError
from router.notifiers import Message, Notifier, SendResult, fill_address

log = logging.getLogger("router.app.emergency")
ALERT_ID = "emergency"
SHOWN = 5


async def tell_directly(
    text: tuple[str, str],
    *,
    fallback: tuple[Target, ...],
    settings: Settings,
    notifier: Notifier,
    run_sync: Callable[..., Awaitable[Any]] = trio.to_thread.run_sync,
) -> bool:
    """Send the text (title, body) to every fallback target; true if one accepted it. Never raises for a send."""
    accepted = [False]

    async def one(contact: Contact) -> None:
        result = await _send(contact, text, settings=settings, notifier=notifier, run_sync=run_sync)
        accepted[0] = accepted[0] or result.outcome == "accepted"
        log.critical(
            "told directly",
            extra={"target": contact.target, "outcome": result.outcome, "detail": result.detail},
        )

    async with trio.open_nursery() as nursery:
        for contact in contacts_of(fallback):
            nursery.start_soon(one, contact)
    return accepted[0]


async def _send(
    contact: Contact,
    text: tuple[str, str],
    *,
    settings: Settings,
    notifier: Notifier,
    run_sync: Callable[..., Awaitable[Any]],
) -> SendResult:
    channel = settings.channels[contact.channel]
    address = settings.addresses[contact.person, contact.channel] if contact.person else None
    message = Message(
        channel=channel.name,
        url=fill_address(channel.url, address),
        title=text[0],
        body=text[1],
        reason="fault",
        alert_id=ALERT_ID,
        priority=0,
        timeout=channel.timeout,
    )
    with trio.move_on_after(channel.timeout.total_seconds()):
        result: SendResult = await run_sync(partial(send_guarded, notifier, message), abandon_on_cancel=True)
        return result
    return SendResult("unknown", f"no answer after {channel.timeout.total_seconds():g} s")


def store_text(stuck: Stuck) -> tuple[str, str]:
    """Title and body: what is wrong, how many alarms wait, and the facts of the first ones."""
    title = f"alarm-router cannot write its store; {stuck.waiting} alarm(s) wait"
    lines = [
        f"For {stuck.seconds:.0f} s the alarm router has been unable to write its store: {stuck.reason}",
        "Nothing is lost, but nobody is paged until it can write again. Look at the machine now.",
        f"{stuck.waiting} alarm(s) wait" + (":" if stuck.events else "."),
        *(f"- {facts_of(event)}, since {event.order[0]:%Y-%m-%d %H:%M} UTC" for event in stuck.events),
    ]
    if stuck.waiting > len(stuck.events):
        lines.append(f"and {stuck.waiting - len(stuck.events)} more")
    return title, "\n".join(lines)


def rules_text(error: ConfigError) -> tuple[str, str]:
    """Title and body: the router does not run, because its rules cannot be used."""
    lines = [
        "The alarm router has been started with rules that cannot be used. It does NOT run, and nobody is paged.",
        "Mend the rules file (`alarm-router check` tells all), and start the router if it is not under a supervisor:",
        *(f"- {problem}" for problem in error.problems[:SHOWN]),
    ]
    if len(error.problems) > SHOWN:
        lines.append(f"and {len(error.problems) - SHOWN} more")
    return "alarm-router does not run: its rules cannot be used", "\n".join(lines)
