"""`alarm-router demo`: where it is shown, and what is said when it is over.

What must not be here: the story, the stage, how a frame is drawn.
"""

import logging
import math
import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import trio

from router.demo.board import Board
from router.demo.pace import Pace
from router.demo.payloads import ZONE, raised
from router.demo.performance import Outcome, Performance, Watcher
from router.demo.plain import WORDS, Plain
from router.demo.stage import Places
from router.demo.story import FREEZER_3, warm
from router.logs import start_logging


def run(speed: float, once: bool) -> int:  # noqa: FBT001  # as the command has it
    """Play the demo on standard output, `speed` story seconds per second, once or until Ctrl-C; the exit code.

    0 when the story is over or somebody ends it, 1 when the router did not do its part.
    """
    places = Places(Path(tempfile.mkdtemp(prefix="alarm-router-demo-")))
    pace = Pace(speed, last_night(datetime.now(UTC)))
    places.sample.write_bytes(raised(warm(FREEZER_3, -14.2), pace.now(), number=0) + b"\n")
    with places.log.open("w", encoding="utf-8") as log:
        lines = start_logging(log)
        performance = Performance(places, pace, lines, partial(choose_watcher, speed=speed))
        try:
            trio.run(partial(performance.run, nights=1 if once else math.inf), clock=pace)
        finally:
            logging.getLogger().handlers.clear()
    sys.stdout.write(summary(performance.board, performance.outcome, places))
    sys.stdout.flush()
    return 1 if performance.outcome.failed or performance.outcome.lost else 0


def choose_watcher(board: Board, *, speed: float) -> Watcher:
    """A view on a terminal that is large enough, else plain lines."""
    if sys.stdout.isatty():
        from rich.console import Console

        from router.demo.view import SMALLEST, View

        console = Console()
        if not console.is_dumb_terminal and console.width >= SMALLEST[0] and console.height >= SMALLEST[1]:
            return View(board, console, speed=speed)
    return Plain(board, sys.stdout)


def last_night(now: datetime) -> datetime:
    """The last time that it was almost three in the morning where the story plays."""
    local = now.astimezone(ZONE)
    night = local.replace(hour=2, minute=59, second=50, microsecond=0)
    return (night if night <= local else night - timedelta(days=1)).astimezone(UTC)


def summary(board: Board, outcome: Outcome, places: Places) -> str:
    """What happened in numbers, and where to go from here."""
    texts = ", ".join(f"{board.texts[kind]} {word}" for kind, word in WORDS.items())
    alerts = f"{board.alerts} alerts and {board.faults} troubles of the router itself"
    lines = [
        "",
        f"  {_counted(outcome.said, 'message')} from sensors: {_whereabouts(outcome)}",
        f"  {alerts}, {outcome.open_alerts} still open",
        f"  {board.texts.total()} texts received ({texts}), {board.acknowledged} alerts acknowledged",
    ]
    if outcome.failed:
        lines += ["", f"  The story went wrong: {outcome.failed} (the log: {places.log})"]
    rules, command = places.rules, command_here()
    lines += [
        "",
        "  Everything lies here, to look at and to play with:",
        f"    {rules}",
        "  Next:",
        f"    {command} alerts --all --rules {rules}",
        f"    {command} check {rules}",
        f"    {command} dry-run {rules} --event {places.sample}",
        f"    cp {rules} rules.yaml    # change it into your own; docs/rules.md says how",
        "",
    ]
    return "\n".join(lines) + "\n"


def command_here() -> str:
    """How this very program is started from the working directory: by its name only when PATH leads to it."""
    script = Path(sys.executable).with_name("alarm-router")
    if not script.is_file():
        return f"{_near(Path(sys.executable))} -m router"
    found = shutil.which(script.name)
    return script.name if found is not None and script.samefile(found) else _near(script)


def _near(path: Path) -> str:
    here = Path.cwd()
    if not path.is_relative_to(here):
        return shlex.quote(str(path))
    near = path.relative_to(here)
    return shlex.quote(str(near) if len(near.parts) > 1 else f"./{near}")


def _whereabouts(outcome: Outcome) -> str:
    parts = []
    if outcome.lost:
        parts.append(f"{outcome.lost} {'is' if outcome.lost == 1 else 'are'} lost!")
    if outcome.waiting:
        parts.append(f"{outcome.waiting} still {'waits' if outcome.waiting == 1 else 'wait'} at the broker")
    return ", ".join(parts) or "each is in the store, and confirmed to the broker"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
