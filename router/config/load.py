"""The door of the package: a rules file becomes `Rules` for the core and `Settings` for the shell, or a list of errors.

What it needs of other parts comes in as functions: whoever puts the program together hands in the renderer and, when
URLs shall be tried, a function that tries one.
What must not be here: Jinja, Apprise, and the details of any section.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from router.config.build_channels import ChannelCheck, Ways, build_ways
from router.config.build_policies import build_policies, build_targets
from router.config.build_rules import Known, build_rules
from router.config.build_settings import build_hours, build_settings
from router.config.build_sources import build_sources
from router.config.include import Document, Sections, document_of, gather, read
from router.config.inventory import Inventory, read_inventory
from router.config.known import known_labels, known_values
from router.config.matching import Matching
from router.config.names import did_you_mean
from router.config.patterns import index_patterns
from router.config.placeholders import Surroundings, environment, plain
from router.config.report import Report, shown
from router.config.schema import SettingsModel
from router.core.index import build_index
from router.core.rules import Render, Rules, Target, plain_text
from router.core.settings import Settings, SourceSettings
from router.errors import ConfigError, Problem

Secrets = Literal["read", "placeholder"]
"""`read`: a missing `${NAME}` is an error. `placeholder` (dry-run): it stays as written, and no `${file:…}` is read."""


class Renderer(Protocol):
    """The templates, as far as the rules need them."""

    @property
    def render(self) -> Render:
        """The function that the rules carry."""
        ...

    def names(self) -> Collection[str]:
        """What a rule's `template:` may name."""
        ...

    def sets(self) -> Collection[str]:
        """What a channel's `templates:` may name."""
        ...

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the templates themselves."""
        ...


RendererFactory = Callable[[Settings, Mapping[str, str]], Renderer]
"""Makes the renderer. `Settings` has the template folder, time zone and channels; the mapping people's names."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a rules file says. `warnings` are things that are probably not meant."""

    rules: Rules
    settings: Settings
    warnings: tuple[Problem, ...] = ()
    inventory: Inventory | None = None


class UnusableRulesError(ConfigError):
    """As `ConfigError`, for a file whose `fallback` can be told of it: with what is needed to reach it."""

    def __init__(self, problems: tuple[Problem, ...], settings: Settings, fallback: tuple[Target, ...]) -> None:
        super().__init__(problems)
        self.settings = settings
        self.fallback = fallback


def load(
    path: Path,
    *,
    secrets: Secrets = "read",
    renderer: RendererFactory | None = None,
    channel_check: ChannelCheck | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Read the rules file and all it names. `ConfigError` with every problem when it cannot be used.

    Without `renderer` texts are plain and template names are not checked. Blocks for as long as reading takes.
    """
    report = Report()
    main = read(path, report)
    around = _surroundings(path, report, secrets, environ=environ)
    return _loaded(main, around, renderer=renderer, channel_check=channel_check)


def load_text(
    text: str,
    *,
    path: Path = Path("rules.yaml"),
    secrets: Secrets = "read",
    renderer: RendererFactory | None = None,
    channel_check: ChannelCheck | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """As `load`, for a text that stands for the file at `path`."""
    report = Report()
    main = document_of(path, text.encode(), report)
    around = _surroundings(path, report, secrets, environ=environ)
    return _loaded(main, around, renderer=renderer, channel_check=channel_check)


def _surroundings(path: Path, report: Report, secrets: Secrets, *, environ: Mapping[str, str] | None) -> Surroundings:
    return Surroundings(
        report,
        path.parent,
        environment() if environ is None else environ,
        "error" if secrets == "read" else "stand",
    )


def _loaded(
    main: Document | None,
    around: Surroundings,
    *,
    renderer: RendererFactory | None,
    channel_check: ChannelCheck | None,
) -> Loaded:
    """Every section is read, whatever is wrong with the others, so that all errors are told at once."""
    report = around.report
    if main is None:
        raise ConfigError(tuple(report.problems))
    sections = gather(main.path, main, report)
    model, fallback_part = build_settings(main, around)
    ways = build_ways(sections.named["channels"], sections.named["people"], around, channel_check)
    sources, source_rules = build_sources(sections.named["sources"], around)
    inventory = _inventory(main, around)
    settings = _settings(sections, model, ways, sources=sources, inventory=inventory)
    hours = build_hours(sections.named["hours"], settings.timezone, around)
    policies = build_policies(sections.named["policies"], ways, around)
    templates = None if renderer is None else _templates(renderer, settings, ways, sections, report=report)
    fallback = build_targets(model.fallback, fallback_part.at("fallback"), ways, report) if model else ()
    names, closed = known_values(sections.named["sources"].keys(), sources)
    labels = known_labels(sources.values(), inventory)
    matching = Matching(report, hours, frozenset(sections.named["hours"]), names, closed, labels)
    known = Known(sections.named["policies"].keys(), None if templates is None else templates.names())
    rules = build_rules(sections.rules, known, matching, around)
    if not sections.rules:
        report.warn(main.root.spot(), "no-rules", "there are no rules: every alarm goes to fallback alone")
    if report.problems:
        problems = _in_order(report.problems, sections)
        raise UnusableRulesError(problems, settings, fallback) if fallback else ConfigError(problems)
    built = Rules(
        rules=rules,
        policies=MappingProxyType(policies),
        people=MappingProxyType(dict(ways.people)),
        shared=ways.shared,
        fallback=fallback,
        candidates=build_index(rules, index_patterns),
        render=plain_text if templates is None else templates.render,
        sources=MappingProxyType(source_rules),
        hours=MappingProxyType(hours),
        version=sections.version,
        by_name=MappingProxyType({rule.name: rule for rule in rules}),
        zone=ZoneInfo(settings.timezone),
    )
    return Loaded(built, settings, _in_order(report.warnings, sections), inventory)


def _settings(
    sections: Sections,
    model: SettingsModel | None,
    ways: Ways,
    *,
    sources: Mapping[str, SourceSettings],
    inventory: Inventory | None,
) -> Settings:
    """The shell's part; with defaults when `settings:` itself is wrong, so that the rest can be checked."""
    settings = Settings(
        path=sections.main.path,
        timezone="UTC",
        channels=MappingProxyType(dict(ways.channels)),
        addresses=MappingProxyType(dict(ways.addresses)),
        sources=MappingProxyType(dict(sources)),
        inventory=None if inventory is None else inventory.path,
        files=tuple(dict.fromkeys(sections.watched)),
        version=sections.version,
    )
    if model is None:
        return settings
    return replace(
        settings,
        timezone=model.timezone,
        templates=None if model.templates is None else sections.main.path.parent / model.templates,
        public_url=None if model.public_url is None else model.public_url.rstrip("/"),
        keep=model.keep,
    )


def _inventory(main: Document, around: Surroundings) -> Inventory | None:
    part = main.part("inventory")
    name = None if part is None else plain(part.node, part.file, around.fill)
    if part is None or name is None:
        return None
    if not isinstance(name, str):
        around.report.error(part.spot(), "wrong-type", f"expected the name of a CSV file, not {part.what()}")
        return None
    path = around.folder / name
    if not path.is_file():
        message = f"there is no file {shown(part.written())} beside this file"
        around.report.error(part.spot(), "missing-file", message)
        return None
    return read_inventory(path, around.report)


def _templates(
    factory: RendererFactory, settings: Settings, ways: Ways, sections: Sections, *, report: Report
) -> Renderer:
    templates = factory(settings, {person.id: person.name for person in ways.people.values()})
    report.problems += templates.problems()
    for name, channel in ways.channels.items():
        if channel.templates is not None and channel.templates not in templates.sets():
            part = sections.named["channels"][name]
            written = part.written("templates")
            hint = did_you_mean(written, templates.sets())
            message = f"no template is called `{shown(written)}`, nor made for it"
            report.error(part.spot("templates"), "unknown-template", message, suggestion=hint)
    return templates


def _in_order(problems: list[Problem], sections: Sections) -> tuple[Problem, ...]:
    """As one reads: the main file first, each from top to bottom; each problem once."""
    files = {str(path): number for number, path in enumerate(sections.watched)}
    return tuple(
        sorted(
            dict.fromkeys(problems), key=lambda one: (files.get(one.file, len(files)), one.file, one.line, one.column)
        )
    )
