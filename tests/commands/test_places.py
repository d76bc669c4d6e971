from pathlib import Path

import pytest

from router.commands.places import UnknownAlertError, alert_of, find_alert, opened, store_url
from router.core.inputs import FaultEnded, FaultOccurred
from router.errors import StoreUnavailableError
from router.stores import StoreUrlError
from tests.commands.stage import Stage, alarm


def test_the_store_stands_beside_the_rules_file_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert store_url(None, Path("rules.yaml")) == "sqlite:////alarm-router.db"
    assert store_url(None, Path("/etc/router/rules.yaml")) == "sqlite:////etc/router/alarm-router.db"
    assert store_url("sqlite:///x.db", Path("/etc/router/rules.yaml")) == "sqlite:///x.db"


def test_a_store_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"there is no such file \(start alarm-router serve"):  # noqa: SIM117
        with opened(None, tmp_path / "rules.yaml"):
            pass


def test_a_named_store_that_is_no_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUrlError), opened("x.db", tmp_path / "rules.yaml"):
        pass


def test_any_unique_beginning_finds_an_alert(stage: Stage) -> None:
    stage.happens(alarm())
    (alert,) = stage.alerts()
    with opened(stage.store_url, stage.rules) as store:
        assert find_alert(store, alert.id[:2].upper()) == alert.id
        assert alert_of(store, alert.id).key == alert.key


def test_an_id_that_leads_nowhere_or_to_several_is_told(stage: Stage) -> None:
    stage.happens(*(alarm(uuid=f"e-{n}", alarm_source_uuid=f"u-{n}") for n in range(40)))
    letters = [alert.id[0] for alert in stage.alerts()]
    common = next(letter for letter in letters if letters.count(letter) > 1)
    with opened(stage.store_url, stage.rules) as store:
        with pytest.raises(UnknownAlertError, match="several alerts"):
            find_alert(store, common)
        with pytest.raises(UnknownAlertError, match="no alert has an id that begins with '0'"):
            find_alert(store, "0")
        with pytest.raises(UnknownAlertError, match="no alert"):
            find_alert(store, " ")
        with pytest.raises(UnknownAlertError, match="just been deleted"):
            alert_of(store, "0")


def test_every_command_says_when_the_fallback_cannot_be_reached(stage: Stage) -> None:
    stage.happens(alarm(), FaultOccurred("fallback", "no fallback target accepts: HTTP 503"))
    for command in (["alerts"], ["alert", stage.alerts()[0].id]):
        result = stage.run(*command, "--store", stage.store_url)
        assert "CRITICAL: the router cannot reach its fallback: no fallback target accepts: HTTP 503" in result.stderr
    stage.happens(FaultEnded("fallback"))
    assert "CRITICAL" not in stage.run("alerts", "--store", stage.store_url).stderr
