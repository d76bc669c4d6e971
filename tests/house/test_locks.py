"""Reproducible installs: the locks name everything exactly, with hashes, and nothing about where it came from."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
ENTRY = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;]+)")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def text_of(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def versions(lock: str) -> dict[str, str]:
    found = (ENTRY.match(line) for line in text_of(lock).splitlines())
    return {canonicalize_name(match["name"]): match["version"] for match in found if match}


def wanted(*groups: str) -> list[Requirement]:
    """The requirements of the program and of the named dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = project["project"]["dependencies"] + [
        line for group in groups for line in project["dependency-groups"][group]
    ]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_nothing_else(lock: str) -> None:
    strange = [line for line in text_of(lock).splitlines() if not ENTRY.match(line) and not HASH.match(line)]
    assert strange == []
    assert all("--hash" in part for part in re.split(r"(?m)^(?=[a-z])", text_of(lock)) if part)


@pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ["build"]), (LOCKS[1], ["build", "dev"])])
def test_a_lock_satisfies_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    locked = versions(lock)
    unmet = [
        str(need)
        for need in wanted(*groups)
        if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))
    ]
    assert unmet == []


def test_developers_run_the_versions_that_users_run() -> None:
    assert versions(LOCKS[0]).items() <= versions(LOCKS[1]).items()


def test_set_up_builds_with_the_locked_build_backend() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]
