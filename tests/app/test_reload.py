"""Other rules while it runs: all of them or none, noticed by themselves."""

from pathlib import Path

from router.core.inputs import EventReceived
from router.engine import Engine
from tests.app.household import RULES, Remembers, rules_file, running, until
from tests.app.test_emergency import FREEZER


def firing_faults(engine: Engine) -> set[str]:
    return {alert.key for alert in engine.state.alerts.values() if alert.fault and alert.open}


async def test_a_changed_file_is_read_by_itself(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    async with running(path, Remembers()) as server:
        path.write_text(RULES.replace("name: all", "name: every single one"), encoding="utf-8")
        await until(lambda: "every single one" in server.engine().rules.by_name)


async def test_a_changed_inventory_is_read_by_itself(tmp_path: Path) -> None:
    sensors = tmp_path / "sensors.csv"
    sensors.write_text("source_uuid,name\nf3,Vaccines\n", encoding="utf-8")
    notifier = Remembers()
    async with running(rules_file(tmp_path, RULES + "inventory: sensors.csv\n"), notifier) as server:
        first = server.engine().rules
        sensors.write_text("source_uuid,name\nf3,Insulin\n", encoding="utf-8")
        await until(lambda: server.engine().rules is not first)


async def test_rules_that_cannot_be_used_change_nothing_and_are_told_until_they_can(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    notifier = Remembers()
    async with running(path, notifier) as server:
        before = server.engine().rules
        path.write_text(RULES.replace("policy: freezers", "policy: freezerz"), encoding="utf-8")
        await until(lambda: notifier.messages)
        assert server.engine().rules is before
        assert firing_faults(server.engine()) == {"fault/rules file"}
        assert "freezers" in notifier.messages[0].body  # the nearest known name
        path.write_text(RULES, encoding="utf-8")
        await until(lambda: not firing_faults(server.engine()))
        await until(lambda: len(notifier.messages) == 2)


async def test_a_source_that_cannot_run_is_refused_like_any_error(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    notifier = Remembers()
    async with running(path, notifier):
        pushed = 'sources: {city: {type: sentilo, endpoint: "https://example.org/x", secret: abc}}\n'
        path.write_text(RULES + pushed, encoding="utf-8")
        await until(lambda: notifier.messages)
        assert "cannot receive them" in notifier.messages[0].body


async def test_an_alert_whose_policy_is_gone_is_routed_anew_and_fallback_is_told(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    notifier = Remembers()
    async with running(path, notifier) as server:
        await server.engine().decided(EventReceived(FREEZER))
        await until(lambda: notifier.channels == ["sms"])
        path.write_text(RULES.replace("freezers", "coolers"), encoding="utf-8")
        await until(lambda: "ops" in notifier.channels)
        alert = server.engine().state.alerts[server.engine().state.by_key["f3"]]
        assert [route.policy for route in alert.routes] == ["coolers"]


async def test_a_start_with_rules_that_can_be_used_ends_what_an_earlier_run_told(tmp_path: Path) -> None:
    path = rules_file(tmp_path)
    notifier = Remembers()
    async with running(path, notifier):
        path.write_text(RULES.replace("policy: freezers", "policy: freezerz"), encoding="utf-8")
        await until(lambda: notifier.messages)
    path.write_text(RULES, encoding="utf-8")
    async with running(path, notifier) as server:
        await until(lambda: not firing_faults(server.engine()))
