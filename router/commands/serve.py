"""`serve`: run the router until it is told to stop. What must not be here: the router (`router.app.serve`)."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from router.commands.problems import show_error
from router.errors import RouterError
from router.logs import start_logging

log = logging.getLogger("router.commands.serve")


def run(rules: Path, store_url: str) -> int:
    """Run until SIGTERM or SIGINT; the exit code.

    What a user must mend (rules, store) is told and answers 2. Anything else, a broken installation too, ends the
    process with 1 and a log line.
    """
    lines = start_logging()
    sys.excepthook = log_crash

    import trio

    from router.app.serve import Server, UnexpectedEndError, serve

    mendable: list[RouterError] = []
    try:
        trio.run(serve, Server(rules, store_url, lines))
    except* UnexpectedEndError:
        raise
    except* RouterError as group:
        mendable = list(leaves(group))
    for error in mendable:
        show_error(error)
    return 2 if mendable else 0


def leaves(group: BaseExceptionGroup[RouterError]) -> Iterator[RouterError]:
    """The errors of a group, however nested."""
    for inner in group.exceptions:
        if isinstance(inner, BaseExceptionGroup):
            yield from leaves(inner)
        else:
            yield inner


def log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """`sys.excepthook`: an unexpected end is a line of the log like any other, with its traceback in it."""
    log.critical("crashed", exc_info=(kind, error, trace), extra={"error": f"{kind.__name__}: {error}"})
