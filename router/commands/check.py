"""`check`: everything that can be known before an alarm comes.

What must not be here: the checks themselves; they stand where each thing is read.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from router.app.loading import load_to_serve
from router.commands.output import Format, Tint, counted, json_line, line
from router.commands.problems import UNREADABLE, show_problems, with_hint
from router.errors import ConfigError, Problem


def run(path: Path, *, format_: Format) -> int:
    """Check the file and all it names: 0 fine, 1 something is wrong, 2 the file cannot be read at all."""
    errors: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    summary = ""
    try:
        loaded = load_to_serve(path)
    except ConfigError as error:
        errors = [with_hint(problem) for problem in error.problems]
    else:
        warnings = loaded.warnings
        sizes = {"rule": loaded.rules.rules, "source": loaded.settings.sources, "channel": loaded.settings.channels}
        summary = ", ".join(counted(len(things), thing) for thing, things in sizes.items())
    if format_ == "json":
        json_line(
            {"ok": not errors, "errors": [asdict(one) for one in errors], "warnings": [asdict(one) for one in warnings]}
        )
    else:
        _show(path, errors, warnings, summary=summary)
    if any(_cannot_be_read(problem, path) for problem in errors):
        return 2
    return 1 if errors else 0


def _show(path: Path, errors: Sequence[Problem], warnings: Sequence[Problem], *, summary: str) -> None:
    show_problems(errors, look="bad")
    show_problems(warnings, look="warn")
    but = f", {counted(len(warnings), 'warning')}" if warnings else ""
    if errors:
        line(Tint("✗ ", "bad"), Tint(str(path), "strong"), f": {counted(len(errors), 'error')}{but}")
    else:
        line(Tint("✓ ", "good"), Tint(str(path), "strong"), f": {summary}{but}")


def _cannot_be_read(problem: Problem, path: Path) -> bool:
    return problem.code == UNREADABLE and problem.file == str(path)
