"""The stage as a fixture."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.stage import Stage, staged


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path)


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that runs in this process leaves the process as it was."""
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
