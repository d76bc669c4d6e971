"""The command line: names, options, help and exit codes. Each command's work is a module of `router.commands`.

Exit 0 fine, 1 the answer is no, 2 used wrongly or cannot run. What must not be here: imports that cost time.
"""

import click

from router import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="alarm-router")
def main() -> None:
    """An alert router that cannot stay silent."""
