"""Rules files for tests: a small one, of which a test replaces sections; `«` marks where an error is expected."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from router.config.load import Loaded, load_text
from router.errors import ConfigError, Problem

MARK = "«"
BASE = """\
version: 1
settings: {fallback: [ops]}
channels:
  ops: json://localhost/ops
  mail: mailtos://smtp.example.org?to={address}
  sms: json://localhost/{address}
people:
  alice: {mail: alice@example.org, sms: "+491"}
  bob: {sms: "+492"}
policies:
  freezers: {steps: [{notify: [ops, alice]}]}
hours:
  office: [Mon-Fri 08:00-17:00]
rules:
  - {name: all, match: {}, policy: freezers}
"""
SECTION = re.compile(r"^(?=[«\w])", re.MULTILINE)


def rules_file(text: str) -> str:
    """The small file with the sections of `text` (top-level keys) in place of its own, after them the others."""
    sections = [section for section in SECTION.split(text.lstrip("\n")) if section.strip()]
    given = {name_of(section) for section in sections}
    others = [section for section in SECTION.split(BASE) if section.strip() and name_of(section) not in given]
    ends = [section if section.endswith("\n") else section + "\n" for section in sections]
    return "".join(ends + others)


def name_of(section: str) -> str:
    return section.lstrip(MARK).partition(":")[0]


def loaded(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> Loaded:
    """What the file with these sections says."""
    return load_text(rules_file(text), environ=environ or {}, **options)


def problems(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> tuple[Problem, ...]:
    """Everything wrong with the file with these sections."""
    with pytest.raises(ConfigError) as caught:
        load_text(rules_file(text).replace(MARK, ""), environ=environ or {}, **options)
    return caught.value.problems


def the_problem(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> Problem:
    """The only problem of the file; it stands where the mark is."""
    found = problems(text, environ, **options)
    assert len(found) == 1, [str(problem) for problem in found]
    if MARK in text:
        assert (found[0].line, found[0].column) == place_of_mark(rules_file(text)), str(found[0])
    return found[0]


def the_warning(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> Problem:
    """The only warning about the file; it stands where the mark is."""
    found = load_text(rules_file(text).replace(MARK, ""), environ=environ or {}, **options).warnings
    assert len(found) == 1, [str(warning) for warning in found]
    assert (found[0].line, found[0].column) == place_of_mark(rules_file(text)), str(found[0])
    return found[0]


def place_of_mark(text: str) -> tuple[int, int]:
    """Line and column of the mark, from 1."""
    before = text.partition(MARK)[0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files; the answer is the path of `rules.yaml`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "rules.yaml"
