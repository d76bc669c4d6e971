"""A router that cannot start pages nobody: so people are told, and a supervisor's start waits for what is mended."""

from pathlib import Path

import pytest
import trio

from router.app.serve import Server
from router.errors import ConfigError
from router.logs import JsonLines
from tests.app.household import RULES, Remembers, rules_file, running, until

WRONG = RULES.replace("policy: freezers", "policy: freezer")


def server(folder: Path, notifier: Remembers) -> Server:
    return Server(folder / "rules.yaml", f"sqlite:///{folder}/alarms.db", JsonLines(), notifier=notifier)


async def test_wrong_rules_are_told_to_the_fallback_they_name_and_end_the_program(tmp_path: Path) -> None:
    rules_file(tmp_path, WRONG)
    notifier = Remembers()
    with pytest.raises(ConfigError):
        await server(tmp_path, notifier).run()
    [text] = notifier.messages
    assert text.channel == "ops"
    assert "does not run" in text.title
    assert "rules.yaml:" in text.body
    assert "freezers" in text.body  # what it should have been


async def test_rules_without_a_usable_fallback_only_end_the_program(tmp_path: Path) -> None:
    rules_file(tmp_path, WRONG.replace("fallback: [ops]", "fallback: [opps]"))
    notifier = Remembers()
    with pytest.raises(ConfigError, match="opps"):
        await server(tmp_path, notifier).run()
    assert notifier.messages == []


async def test_under_a_supervisor_it_waits_for_rules_that_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody-listens"))
    path = rules_file(tmp_path, WRONG)
    notifier = Remembers()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mend, path, notifier)
        async with running(path, notifier) as ready:
            assert "all" in ready.engine().rules.by_name
    assert [text.channel for text in notifier.messages] == ["ops"]


async def mend(path: Path, notifier: Remembers) -> None:
    await until(lambda: notifier.messages)
    path.write_text(RULES, encoding="utf-8")


async def test_a_stop_ends_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody-listens"))
    rules_file(tmp_path, WRONG)
    notifier = Remembers()
    waits = server(tmp_path, notifier)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits.run)
            await until(lambda: notifier.messages)
            waits.stop.set()
