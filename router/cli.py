"""The command line: names, options, help and exit codes. Each command's work is a module of `router.commands`.

Exit 0 fine, 1 the answer is no, 2 used wrongly or cannot run. What must not be here: imports that cost time; a command
imports what it needs when it runs.
"""

import sys

from router.commands import stopping

stopping.listen(sys.argv)  # before anything that takes time: `serve` may be told to stop while it starts

import gc  # noqa: E402
import os  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Literal, NoReturn  # noqa: E402

import click  # noqa: E402

from router import __version__  # noqa: E402
from router.errors import RouterError  # noqa: E402

Format = Literal["text", "json"]


class Quiet(click.Command):
    """A command that tells a user what to mend instead of showing a traceback, and ends with its `run`'s exit code."""

    def invoke(self, ctx: click.Context) -> NoReturn:
        """Run it; what a user can cause is told and answers 2, a reader who has seen enough is no mistake."""
        from router.commands.output import prepare_streams

        prepare_streams()
        self._hurry()
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except RouterError as error:
            from router.commands.problems import show_error

            show_error(error)
            code = 2
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        ctx.exit(code)

    def _hurry(self) -> None:
        """A command that is over in a moment must not spend a tenth of it on collecting what imports leave behind.

        pydantic would look through every installed package for plugins; nothing here has any.
        """
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        if self.name not in {"serve", "demo"}:
            gc.set_threshold(50_000, 20, 20)


class Commands(click.Group):
    """The commands in the order in which a newcomer meets them."""

    command_class = Quiet

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As written below."""
        return list(self.commands)


_NAMES = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_version = click.version_option(__version__, "--version", prog_name="alarm-router")
_rules = click.argument("rules", default="rules.yaml", type=click.Path(path_type=Path))
_rules_option = click.option(
    "--rules",
    default="rules.yaml",
    metavar="RULES",
    type=click.Path(path_type=Path),
    help="The rules file that the store stands beside; needed only when no store is named. Default: rules.yaml",
)
_store = click.option(
    "--store",
    envvar="ALARM_ROUTER_STORE",
    metavar="URL",
    help="sqlite:///name.db (in the working directory) or sqlite:////folder/name.db; also ALARM_ROUTER_STORE. "
    "Default: alarm-router.db beside the rules file",
)
_format = click.option(
    "--format",
    "format_",
    default="text",
    type=click.Choice(("text", "json")),
    help="text for people (default), or json: one document a line.",
)


@click.group(cls=Commands, context_settings=_NAMES)
@_version
def main() -> None:
    """An alert router that cannot stay silent.

    Alarms come in over STOMP/WebSocket, rules say who is told, and people are told until somebody answers.
    Every command takes -h.
    """


@main.command()
@_rules
@_store
@_version
def serve(rules: Path, store: str | None) -> int:
    """Run the router until SIGTERM or SIGINT.

    It reads RULES again when the file changes or on SIGHUP, and logs one JSON object a line to standard error.
    """
    from router.commands.places import store_url
    from router.commands.serve import run

    return run(rules, store_url(store, rules))


@main.command()
@click.option(
    "--speed",
    default=60.0,
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    help="Story seconds per second. Default: 60",
)
@click.option("--once", is_flag=True, help="End with 0 when the story is over.")
@_version
def demo(speed: float, once: bool) -> int:  # noqa: FBT001 -- click's flag
    """Watch a cold-chain story on this machine; nothing to set up.

    An embedded broker plays it, the real router works on it, and what people would receive is shown as it leaves.
    """
    from router.demo.show import run

    return run(speed=speed, once=once)


@main.command()
@_rules
@_format
@_version
def check(rules: Path, format_: Format) -> int:
    """Say everything that is wrong with RULES before an alarm comes.

    No network and no store is needed; every ${NAME} of the environment is.
    """
    from router.commands.check import run

    return run(rules, format_=format_)


@main.command("dry-run")
@_rules
@click.option(
    "--event",
    "events",
    required=True,
    metavar="FILE|-",
    help="One payload as the source sends it, an array of them, or JSON lines.",
)
@click.option("--source", metavar="NAME", help="The source whose format it is. Default: told by its shape")
@click.option(
    "--at", metavar="TIME", help="When it arrives, ISO 8601; without offset in settings.timezone. Default: now"
)
@click.option(
    "--expect",
    multiple=True,
    metavar="RULE",
    help="End with 1 unless exactly these rules match (repeatable; none: no rule).",
)
@click.option("--all-rules", is_flag=True, help="Show every rule that did not match, not only the nearest.")
@click.option("--texts", is_flag=True, help="Show the whole texts that people would receive.")
@_format
@_version
def dry_run(
    rules: Path,
    format_: Format,
    events: str,
    *,
    source: str | None,
    at: str | None,
    expect: Sequence[str],
    all_rules: bool,
    texts: bool,
) -> int:
    """Show what events would do; nothing is sent or stored.

    Each event is decided alone, as if nothing had happened before, and nobody acknowledges. Secrets are not read.
    """
    from router.commands.answers_text import Wishes
    from router.commands.dry_run import Asked, run

    asked = Asked(rules, events, source, at, expect, Wishes(all_rules=all_rules, texts=texts))
    return run(asked, format_=format_, now=datetime.now(UTC))


@main.command()
@click.option("--all", "which", flag_value="all", default="open", help="Also what is resolved.")
@click.option("--limit", metavar="N", type=click.IntRange(min=0), help="At most so many, the last opened first.")
@click.option(
    "--faults", "about", flag_value="faults", default="alarms", help="Faults of the router itself instead of alarms."
)
@_rules_option
@_store
@_format
@_version
def alerts(
    rules: Path,
    store: str | None,
    format_: Format,
    *,
    which: Literal["open", "all"],
    about: Literal["alarms", "faults"],
    limit: int | None,
) -> int:
    """List what is open."""
    from router.commands.alerts import run_list

    return run_list(rules, store, which=which, about=about, limit=limit, format_=format_)


@main.command()
@click.argument("id_", metavar="ID")
@_rules_option
@_store
@_format
@_version
def alert(id_: str, rules: Path, store: str | None, *, format_: Format) -> int:
    """Show one alert with everything that happened to it.

    Any unique beginning of its ID will do.
    """
    from router.commands.alerts import run_one

    return run_one(rules, store, id_, format_=format_)


def _asking(command: Callable[..., int]) -> Callable[..., int]:
    """What `ack` and `resolve` take."""
    by = click.option(
        "--by", envvar="ALARM_ROUTER_USER", metavar="NAME", help="Who says so (required); also ALARM_ROUTER_USER."
    )
    for add in (
        _version,
        _format,
        _store,
        _rules_option,
        by,
        click.argument("ids", nargs=-1, required=True, metavar="ID..."),
    ):
        command = add(command)
    return command


@main.command()
@_asking
def ack(ids: Sequence[str], by: str | None, *, rules: Path, store: str | None, format_: Format) -> int:
    """Take alerts: their escalation stops.

    It works while serve runs and when it does not: the request is stored, and takes effect when the router runs.
    """
    from router.commands.requests import run

    return run(rules, store, "acknowledge", ids, by=_person(by), format_=format_)


@main.command()
@_asking
def resolve(ids: Sequence[str], by: str | None, *, rules: Path, store: str | None, format_: Format) -> int:
    """Say that alerts are over.

    It works while serve runs and when it does not: the request is stored, and takes effect when the router runs.
    """
    from router.commands.requests import run

    return run(rules, store, "resolve", ids, by=_person(by), format_=format_)


def _person(by: str | None) -> str:
    if by is None:
        raise click.UsageError("who says so? Add --by NAME, or set ALARM_ROUTER_USER to your name once.")
    name = " ".join(by.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise click.BadParameter("expected a name", param_hint="--by")
    return name


@main.command("send-test")
@click.argument("target")
@_rules
@_format
@_version
def send_test(target: str, rules: Path, format_: Format) -> int:
    """Send a real test message, and say how that ended.

    TARGET is written as in a policy: alice, "alice via sms", a shared channel; or fallback.
    """
    from router.commands.send_test import run

    return run(target, rules, format_=format_)


@main.command()
@_version
def schema() -> int:
    """Print the JSON Schema of the rules file, for editors."""
    from router.commands.schema import run

    return run()
