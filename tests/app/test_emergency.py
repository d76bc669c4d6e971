"""When the store is away people are told without it: what the text says, and that one dead target stops no other."""

from datetime import UTC, datetime
from pathlib import Path

from router.app.emergency import store_text, tell_directly
from router.app.loading import Loaded, load
from router.core.model import Event
from router.engine import Stuck
from router.notifiers import Message, SendResult
from tests.app.household import RULES, Remembers, rules_file

AT = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
FREEZER = Event(
    id="e1",
    source="cold-chain",
    kind="measurement alarm",
    status="firing",
    key="f3",
    arrived_at=AT,
    severity="Alarm",
    condition_type="Upper limit",
    source_uuid="f3",
    value=9.25,
    unit="°C",
    labels={"name": "Freezer 3", "site": "North"},
)
STUCK = Stuck(31.4, "the disk is full", 3, (FREEZER,))


def test_the_text_says_what_is_wrong_how_many_wait_and_the_facts_of_the_first() -> None:
    title, body = store_text(STUCK)
    assert title == "alarm-router cannot write its store; 3 alarm(s) wait"
    assert "For 31 s" in body
    assert "the disk is full" in body
    assert "- Alarm: Upper limit at Freezer 3, North, 9.25 °C, since 2026-11-22 03:12 UTC" in body
    assert body.endswith("and 2 more")


def test_without_alarms_the_text_still_says_that_nobody_is_paged() -> None:
    _, body = store_text(Stuck(40, "locked", 0, ()))
    assert body.endswith("0 alarm(s) wait.")


async def told(loaded: Loaded, notifier: Remembers) -> bool:
    fallback, settings = loaded.rules.fallback, loaded.settings
    return await tell_directly(store_text(STUCK), fallback=fallback, settings=settings, notifier=notifier)


async def test_every_fallback_target_is_told_once(tmp_path: Path) -> None:
    loaded = load(rules_file(tmp_path, RULES.replace("fallback: [ops]", "fallback: [ops, alice via sms]")))
    notifier = Remembers()
    assert await tell_directly(
        store_text(STUCK), fallback=loaded.rules.fallback, settings=loaded.settings, notifier=notifier
    )
    assert sorted(notifier.channels) == ["ops", "sms"]
    [sms] = [message for message in notifier.messages if message.channel == "sms"]
    assert "%2B4917012345" in sms.url.reveal()


async def test_a_notifier_that_breaks_for_one_target_still_tells_the_other(tmp_path: Path) -> None:
    class Breaks(Remembers):
        def send(self, message: Message) -> SendResult:
            if message.channel == "ops":
                raise RuntimeError("broken")
            return super().send(message)

    loaded = load(rules_file(tmp_path, RULES.replace("fallback: [ops]", "fallback: [ops, alice]")))
    notifier = Breaks()
    assert await tell_directly(
        store_text(STUCK), fallback=loaded.rules.fallback, settings=loaded.settings, notifier=notifier
    )
    assert notifier.channels == ["sms"]


async def test_it_says_when_nobody_accepted(tmp_path: Path) -> None:
    loaded = load(rules_file(tmp_path))
    notifier = Remembers(answer=SendResult("failed", "no route"))
    assert not await tell_directly(
        store_text(STUCK), fallback=loaded.rules.fallback, settings=loaded.settings, notifier=notifier
    )
