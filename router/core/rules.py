"""The rules as the core reads them: compiled, complete, checked; built by `router.config` and by tests.

What must not be here: YAML, positions other than a rule's line, or how to reach a source or a channel (`settings`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Literal

from router.core.hours import Hours
from router.core.match import Condition
from router.core.model import Alert, Event, Reason

WhenResolved = Literal["told", "nobody"]
WhenAcknowledged = Literal["shared", "told", "nobody"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact method as a text can be sent to it: a shared channel, or a person's way to be reached."""

    channel: str
    person: str | None = None

    @property
    def target(self) -> str:
        """As written in a policy: `alice via sms`, or the shared channel's name."""
        return f"{self.person} via {self.channel}" if self.person else self.channel


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be told. `methods` are personal channels in the order of preference."""

    id: str
    name: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What a step names: a shared channel, a person (first method), or a person `via` some methods at once."""

    text: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told, `wait` after the step before (the first: after the alert opened)."""

    notify: tuple[Target, ...]
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps of an escalation, their repeats, and what happens around them."""

    name: str
    steps: tuple[Step, ...]
    repeat_times: int = 0
    repeat_wait: timedelta = timedelta(0)
    ack_timeout: timedelta | None = timedelta(hours=4)
    when_resolved: WhenResolved = "told"
    when_acknowledged: WhenAcknowledged = "shared"
    reopen: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Exactly one of `policy` and `ignore` is set.

    `measures`: its match names `kind` positively, so that it may see measurements, Sentilo data and orders.
    `lasts` is `for:`; `clear` is the hysteresis. `instructions` is the operator's "what to do", shown in texts.
    """

    name: str
    line: int
    match: Condition
    policy: str | None = None
    ignore: str | None = None
    template: str | None = None
    further: bool = False
    measures: bool = False
    lasts: timedelta = timedelta(0)
    clear: Condition | None = None
    instructions: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class ResolveAfter:
    """No repeat for `wait` ends the alert once acknowledged or exhausted (`unacknowledged`: in any case)."""

    wait: timedelta
    unacknowledged: bool = False


@dataclass(frozen=True, slots=True)
class SourceRules:
    """What the core must know of a source."""

    resolve_after: ResolveAfter | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template can see. `told` and `next_targets` are as a policy writes them (`alice via sms`).

    `gathered` are lines of a text that tells of several alerts at once, empty otherwise.
    """

    alert: Alert
    event: Event
    reason: Reason
    channel: str
    rule: Rule | None = None
    step: int = 0
    round: int = 0
    person: Person | None = None
    told: tuple[str, ...] = ()
    next_at: datetime | None = None
    next_targets: tuple[str, ...] = ()
    gathered: tuple[str, ...] = ()
    ack_url: str | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered text. `problem` says why the template failed, when this is the plain text that stands in for it."""

    title: str
    body: str
    html: str | None = None
    problem: str = ""
    template: str = ""


Render = Callable[[Facts], Text]
"""Pure; never raises: a template that fails comes back as a plain text with all facts and a `problem`."""


def plain_text(facts: Facts) -> Text:
    """The text without any template: used by tests of the core, and the shape of what must never be lost."""
    event = facts.event
    what = event.message or event.condition_type or event.kind
    return Text(title=f"{facts.reason}: {what}", body="\n".join((f"{facts.reason}: {what}", *facts.gathered)))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything `decide` may ask of the rules file. `rules` is in the order of the file.

    `candidates(event)` yields the positions in `rules` that may match, in ascending order (see `index`); it may name
    too many, never too few. `shared` are the names of channels without `{address}`. `by_name` finds a rule by its name.
    `zone` is `settings.timezone`, for instants that stand in texts.
    """

    rules: tuple[Rule, ...]
    policies: Mapping[str, Policy]
    people: Mapping[str, Person]
    shared: frozenset[str]
    fallback: tuple[Target, ...]
    candidates: Callable[[Event], "tuple[int, ...] | list[int]"]
    render: Render = plain_text
    sources: Mapping[str, SourceRules] = field(default_factory=lambda: MappingProxyType({}))
    hours: Mapping[str, Hours] = field(default_factory=lambda: MappingProxyType({}))
    version: str = ""
    by_name: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    zone: tzinfo = UTC
