"""`serve`: run the router until it is told to stop. What must not be here: the router (`router.app.serve`)."""

from pathlib import Path

import trio

from router.app.serve import Server, serve
from router.logs import start_logging


def run(rules: Path, store_url: str) -> None:
    """Run until SIGTERM or SIGINT. Raises `RouterError` for what a user must mend; anything else is a crash."""
    server = Server(rules, store_url, start_logging())
    trio.run(serve, server)
