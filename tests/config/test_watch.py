"""A changed file is noticed by its time, size or inode."""

import os
from pathlib import Path

from router.config.watch import stamp


def test_another_content_is_another_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    before = stamp(path)
    path.write_text("other")
    assert stamp(path) != before


def test_a_change_within_one_tick_of_the_clock_is_noticed_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("A")
    found, before = path.stat(), stamp(path)
    path.write_text("AB")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert stamp(path) != before


def test_a_file_put_in_its_place_is_noticed(tmp_path: Path) -> None:
    path, fresh = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    fresh.write_text("two")
    before = stamp(path)
    fresh.replace(path)
    assert stamp(path) != before


def test_a_missing_file_has_no_stamp(tmp_path: Path) -> None:
    assert stamp(tmp_path / "nope") is None


def test_a_new_file_changes_its_folder(tmp_path: Path) -> None:
    before = stamp(tmp_path)
    (tmp_path / "new").write_text("x")
    assert stamp(tmp_path) != before
