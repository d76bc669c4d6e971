"""`python -m router` is `alarm-router`."""

from router.cli import main

main()
