"""Facts to text: finds the template for an alert and a channel, runs it, and never loses a page over it.

What must not be here: reading files (`render.files`), what a template may do (`render.checks`, `render.budget`,
`render.sandbox`), or sending. Rendering is pure and total: a template that fails gives a plain text and a `problem`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import TemplateError

from router.core.model import Event
from router.core.rules import Facts, Render, Rule, Text, plain_text
from router.errors import Problem
from router.render.budget import Budget, RenderContext, run
from router.render.files import Broken, Compiled, Compiler, File, line_of, own_files, shipped_files
from router.render.kinds import variants
from router.render.plain import plain_lines, short_message
from router.render.samples import samples
from router.render.sandbox import Escape, Sandbox
from router.render.views import EventView, context

DEFAULT: Final = "default"
_TITLE: Final = 200
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class _Choice(NamedTuple):
    """What a channel gets: a text, perhaps HTML beside it; `missing` is a template that a rule names and nobody has."""

    text: Compiled | Broken
    html: Compiled | Broken | None
    missing: str


class Templates:
    """All templates, compiled. Made by `open_templates`."""

    def __init__(
        self,
        files: tuple[File, ...],
        *,
        environments: Mapping[Escape, Sandbox],
        people: Mapping[str, str],
        sets: Mapping[str, str],
        kinds: Mapping[str, str],
    ) -> None:
        self._compiler = Compiler(files, environments=environments)
        self._files = {(file.shipped, file.name, file.variant, file.escape): file for file in files}
        self._environments = environments
        self._people = people
        self._sets = sets
        self._kinds = kinds
        self._choices: dict[tuple[str, str], _Choice] = {}
        self._views: tuple[tuple[Event, Rule | None, EventView], ...] = ()
        self._problems: tuple[Problem, ...] = ()

    @property
    def render(self) -> Render:
        """The function that the rules carry."""
        return self._render

    def names(self) -> frozenset[str]:
        """What a rule's `template:` may name."""
        return frozenset(name for _, name, _, escape in self._files if escape == "text")

    def sets(self) -> frozenset[str]:
        """What a channel's `templates:` may name: a template, or the variant in the name of one."""
        return self.names() | {variant for _, _, variant, escape in self._files if escape == "text" and variant}

    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong with the operator's templates, found by compiling each and trying it on made-up facts.

        The shipped ones are tried by our tests; compiling those that nobody uses would only make a start slower.
        """
        own = (file for file in self._files.values() if not file.shipped)
        found = [problem for file in own for problem in self._problems_of(self._compiler.compiled(file))]
        return self._problems + tuple(dict.fromkeys(found))

    def _problems_of(self, one: Compiled | Broken) -> Iterator[Problem]:
        if isinstance(one, Broken):
            yield from one.problems
            return
        for sample in samples("mail"):
            try:
                self._run(one, self._shown(sample.facts))
            except Exception as error:  # noqa: BLE001 - the guard around a template: whatever it does is its problem
                if sample.lacking and not isinstance(error, TemplateError):
                    continue  # arithmetic on a value that this event lacks: the rule's own events may all have it
                file, line = line_of(one, error)
                text = f"fails for {sample.name}: {_said(error)}"
                yield Problem(file, line, 1 if line else 0, "template-fails", text)
                return

    # --- which template

    def _choose(self, name: str, channel: str) -> _Choice:
        key = (name, channel)
        if key not in self._choices:
            self._choices[key] = self._chosen(name, channel)
        return self._choices[key]

    def _chosen(self, name: str, channel: str) -> _Choice:
        earlier: list[File] = []
        for shipped, template, variant in self._candidates(name, channel):
            html = self._files.get((shipped, template, variant, "html"))
            if html is not None:
                earlier.append(html)
            text = self._files.get((shipped, template, variant, "text"))
            if text is not None:
                missing = "" if name == DEFAULT or name in self.names() else name
                beside = self._compiler.compiled(earlier[0]) if earlier else None
                return _Choice(self._compiler.compiled(text), beside, missing)
        raise AssertionError("the default template is not there")

    def _candidates(self, name: str, channel: str) -> Iterator[tuple[bool, str, str]]:
        """(shipped, NAME, VARIANT), best first; see docs/templates.md."""
        group = self._sets.get(channel)
        kinds = variants(self._kinds.get(channel, channel))
        named = tuple(dict.fromkeys((channel, group) if group else (channel,)))
        everything = tuple(dict.fromkeys((*named, *kinds, "")))
        order = [(name, named)] if group else []
        order += [(group, everything)] if group else []
        order += [(name, everything), (DEFAULT, everything)]
        for template, endings in order:
            for shipped in (False, True):
                yield from ((shipped, template, variant) for variant in endings)

    # --- the text

    def _render(self, facts: Facts) -> Text:
        try:
            choice = self._choose((facts.rule.template if facts.rule else None) or DEFAULT, facts.channel)
            if isinstance(choice.text, Broken):
                return self._plain(facts, choice.text.file.path, str(choice.text.problems[0].message))
            text = self._made(choice, facts)
        except Exception as error:  # noqa: BLE001 - the guard around a template render: the page must go out
            return self._failed(facts, error)
        return text

    def _made(self, choice: _Choice, facts: Facts) -> Text:
        assert isinstance(choice.text, Compiled)
        shown = self._shown(facts)
        title, body = self._run(choice.text, shown)
        if not (body or title):
            return self._plain(facts, choice.text.file.path, "the text is empty")
        problem = f"there is no template {choice.missing!r}; the default was used" if choice.missing else ""
        text = Text(title=title, body=body, problem=problem, template=choice.missing or choice.text.file.path)
        if self._kinds.get(facts.channel, facts.channel) == "sms":
            made_for_it = bool(choice.text.file.variant)
            return replace(text, title="", body=short_message("" if made_for_it else title, body, facts.ack_url))
        return text if choice.html is None else self._with_html(text, choice.html, shown)

    def _with_html(self, text: Text, html: Compiled | Broken, shown: dict[str, Any]) -> Text:
        """The text with its HTML; when only the HTML fails, the good text goes out alone."""
        if isinstance(html, Broken):
            return replace(text, problem=html.problems[0].message, template=html.file.path)
        try:
            return replace(text, html=self._run(html, shown)[1])
        except Exception as error:  # noqa: BLE001 - the guard around a template render: the text must go out
            file, line = line_of(html, error)
            return replace(text, problem=f"{file}:{line}: {_said(error)}", template=html.file.path)

    def _run(self, template: Compiled, shown: dict[str, Any]) -> tuple[str, str]:
        environment = self._environments[template.file.escape]
        made = RenderContext(environment, shown, template.file.path, {})
        made.blocks = template.blocks  # type: ignore[assignment]
        made.budget = Budget(template.turn)
        title = run(template.blocks["title"][0], made) if "title" in template.blocks else ""
        return " ".join(title.split())[:_TITLE], run(template.blocks["body"][0], made).strip()

    def _shown(self, facts: Facts) -> dict[str, Any]:
        return context(facts, lambda event: self._view(event, facts.rule))

    def _view(self, event: Event, rule: Rule | None) -> EventView:
        """The view of an event, shared by the texts of one decision: the last two are kept."""
        for known, by, view in self._views:
            if known is event and by is rule:
                return view
        made = EventView(event, rule)
        self._views = ((event, rule, made), *self._views[:1])
        return made

    # --- when it fails

    def _failed(self, facts: Facts, error: Exception) -> Text:
        name = (facts.rule.template if facts.rule else None) or DEFAULT
        try:
            chosen = self._choose(name, facts.channel).text
            file, line = line_of(chosen, error) if isinstance(chosen, Compiled) else (name, 0)
            return self._plain(facts, file, f"{file}:{line}: {_said(error)}")
        except Exception:  # noqa: BLE001 - the last resort of the same guard: facts so odd that no words fit them
            return replace(plain_text(facts), problem=_said(error), template=name)

    def _plain(self, facts: Facts, template: str, problem: str) -> Text:
        zone = self._environments["text"].zone
        title, body = plain_lines(facts, zone=zone, people=self._people)
        if self._kinds.get(facts.channel, facts.channel) == "sms":
            title, body = "", short_message(title, body, facts.ack_url)
        return Text(title=title[:_TITLE], body=body, problem=problem, template=template)


def _said(error: BaseException) -> str:
    return (str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}")[:300]


def open_templates(
    folder: Path | None,
    *,
    timezone: str,
    channel_templates: Mapping[str, str] = _NONE,
    kinds: Mapping[str, str] = _NONE,
    people: Mapping[str, str] = _NONE,
) -> Templates:
    """Read and compile the shipped templates and those in `folder` (none, or not there: the shipped ones alone).

    `timezone` is an IANA name that exists. `channel_templates` is a channel's `templates:` by its name; `kinds` its
    family (`channel_kind`), without which its own name counts as one; `people` are names by id. Never raises for what
    a template says: see `Templates.problems`.
    """
    zone = ZoneInfo(timezone)
    own, problems = own_files(folder)
    environments: dict[Escape, Sandbox] = {
        "text": Sandbox(zone=zone, people=people, escape="text"),
        "html": Sandbox(zone=zone, people=people, escape="html"),
    }
    templates = Templates(
        (*own, *shipped_files()), environments=environments, people=people, sets=channel_templates, kinds=kinds
    )
    templates._problems = problems  # noqa: SLF001 - made here
    return templates
