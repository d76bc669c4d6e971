"""`schema`: the JSON Schema of the rules file, for editors. What must not be here: the schema."""

import json

import click

from router.config.json_schema import json_schema


def run() -> int:
    """Write the schema, indented: it is kept as a file, and read."""
    click.echo(json.dumps(json_schema(), indent=2))
    return 0
