"""`make clean` leaves nothing behind that the other targets made."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_clean_removes_every_cache_wherever_a_tool_was_started(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in ("router/core", "tests", "bench", "templates", "docs", "tools", "."):
        for cache in (".ruff_cache", ".mypy_cache", ".pytest_cache", "__pycache__"):
            (tmp_path / folder / cache / "inner").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(tmp_path / "__pycache__")
    (tmp_path / "router/core/model.py").touch()
    subprocess.run(["make", "--silent", "clean"], cwd=tmp_path, check=True, timeout=20)
    assert [path.name for path in tmp_path.rglob("*cache*")] == []
    assert (tmp_path / "router/core/model.py").is_file()
