"""The stage as a fixture."""

from pathlib import Path

import pytest

from tests.commands.stage import Stage, staged


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path)
