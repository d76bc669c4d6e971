"""A storm in the outbox: sends go on between looks at all of it, nothing is sent twice, a critical page overtakes."""

from collections.abc import ValuesView
from datetime import timedelta

import trio
from trio.testing import MockClock

from router.core.model import Notification
from router.dispatch import CROWD
from tests.dispatch_desk import channel, desk, page

MANY = CROWD + 500


class CountsLooks(dict[str, Notification]):
    """The outbox, which knows how often all of it was looked at."""

    looks = 0

    def values(self) -> ValuesView[Notification]:
        self.looks += 1
        return super().values()


async def test_a_storm_is_sent_and_not_looked_at_for_each_send(autojump_clock: MockClock) -> None:
    async with desk(channel("mail", timeout=timedelta(seconds=60))) as it:
        it.engine.rows = rows = CountsLooks()
        pages = [page(f"p{number:04}", priority=1) for number in range(MANY)]
        it.seconds = dict.fromkeys((each.id for each in pages), 0.001)
        it.engine.put(*pages)
        await trio.sleep(0.1)
        sent = len(it.notifier.sent)
        assert sent > 50
        assert rows.looks < sent / 5
        it.engine.put(page("critical", priority=0))
        await trio.sleep(0.1)
        assert "critical" in it.notifier.titles
        await trio.sleep(10)
        assert len(it.notifier.sent) == len(set(it.notifier.titles)) == MANY + 1


async def test_what_was_withdrawn_in_a_storm_is_not_sent(autojump_clock: MockClock) -> None:
    async with desk() as it:
        it.engine.put(*(page(f"p{number:04}") for number in range(MANY)))
        it.seconds = {f"p{number:04}": 1.0 for number in range(MANY)}
        await trio.sleep(0.01)
        del it.engine.rows["p0002"]
        await trio.sleep(1.01)
        assert sorted(it.notifier.titles) == ["p0000", "p0001"]
        await trio.sleep(1)
        assert sorted(it.notifier.titles[2:]) == ["p0003", "p0004"]
