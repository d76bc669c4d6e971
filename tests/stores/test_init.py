"""A store is chosen by its URL."""

from pathlib import Path

import pytest

from router.stores import STORES, Store, StoreUrlError, open_store
from router.stores.sqlite import SqliteStore


def test_the_scheme_chooses_the_store(tmp_path: Path) -> None:
    store: Store = open_store(f"sqlite:///{tmp_path}/x.db", "serve")
    assert isinstance(store, SqliteStore)
    store.close()


def test_the_documented_forms_lead_to_the_documented_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///relative.db", f"sqlite:///{tmp_path}/absolute.db"):
        open_store(url, "serve").close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"relative.db", "absolute.db"}


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("sqlit:///x.db", "did you mean sqlite://"),
        ("postgres://user:hunter2@host/db", "no store is called 'postgres'"),
        ("alarms.db", "not a store's URL"),
        ("", "write sqlite:///alarm-router.db"),
    ],
)
def test_another_url_is_refused_with_a_suggestion_and_without_its_password(url: str, text: str) -> None:
    with pytest.raises(StoreUrlError) as refused:
        open_store(url)
    assert text in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_every_scheme_of_the_table_can_be_written(tmp_path: Path) -> None:
    assert set(STORES) == {"sqlite"}
