"""What a template sees: small read-only views of the facts, with the words that texts need worked out once.

A view shows the names in its `NAMES` and nothing else; the sandbox refuses the rest. What must not be here: Jinja's
environment, or anything that is not a fact of the alert (addresses, channel URLs and settings never come here).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from jinja2 import ChainableUndefined

from router.core.model import Alert, Event
from router.core.rules import Facts, Person, Rule
from router.render.words import LEVEL_WORDS, Ending, amount, clean, ending, trouble, word_set

LONG: Final = 2000
SHORT: Final = 200
GATHERED: Final = 50
LATE: Final = timedelta(minutes=20)


class View:
    """The base of what templates may look into: `NAMES` are its attributes."""

    __slots__ = ()
    NAMES: ClassVar[frozenset[str]] = frozenset()


class Labels(View, Mapping[str, str]):
    """Labels by attribute or item; an absent label is an empty text, because no event must have it."""

    __slots__ = ("_labels",)

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def __getitem__(self, name: str) -> str:
        return clean(str(self._labels.get(name, "")), LONG)

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)


class Raw(View):
    """A JSON object of the payload as it came; what is absent prints nothing, however deep."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        if name not in self._fields:
            return ChainableUndefined(name=name)
        return _viewed(self._fields[name])

    def __str__(self) -> str:
        return clean(json.dumps(self._fields, ensure_ascii=False), LONG)


def _viewed(value: Any) -> Any:
    if isinstance(value, dict):
        return Raw(value)
    if isinstance(value, list):
        return tuple(_viewed(item) for item in value)
    return clean(value, LONG) if isinstance(value, str) else value


def parsed(raw: str) -> Raw:
    """The payload's JSON object; empty for anything else (a payload is not kept for ever)."""
    try:
        fields = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        fields = {}
    return Raw(fields if isinstance(fields, dict) else {})


def _shown(text: str | None, limit: int = SHORT) -> str | None:
    return None if text is None else clean(text, limit)


class EventView(View):
    """An event, with `where`, `what`, `amount`, `headline`, `advice` and `instructions` made from it."""

    __slots__ = (
        "_event",
        "_rule",
        "_trouble",
        "advice",
        "amount",
        "headline",
        "instructions",
        "labels",
        "place",
        "what",
        "where",
    )
    TEXTS: ClassVar = word_set(
        "id source kind status severity level condition_type reason source_uuid serial_number tenant "
        "unit quantity quantity_detail key"
    )
    PLAIN: ClassVar = word_set("value delay started_at changed_at processed_at arrived_at")
    MADE: ClassVar = word_set(
        "message labels raw where place what amount headline advice instructions trouble level_word subject device"
    )
    NAMES = TEXTS | PLAIN | MADE

    def __init__(self, event: Event, rule: Rule | None = None) -> None:
        self._event = event
        self.labels = Labels(event.labels)
        self._trouble = trouble(event.condition_type)
        self.amount = amount(event.value, _shown(event.unit))
        self.place = ", ".join(dict.fromkeys(filter(None, (self.labels[name] for name in ("name", "room", "site")))))
        self.where = self.place or (_device(event) or clean(event.source, SHORT)).partition(", ")[0]
        self.what = self._trouble.words or _shown(event.message, SHORT) or self._other(rule)
        self.headline = f"{self.where}: {self.amount}, {self.what}" if self.amount else f"{self.where}: {self.what}"
        written = (rule.instructions if rule else "", event.labels.get("instructions", ""))
        self.instructions = "\n".join(dict.fromkeys(clean(text.strip(), LONG) for text in written if text.strip()))
        self.advice = self.instructions or self._trouble.advice

    def __getattr__(self, name: str) -> Any:
        if name in EventView.TEXTS:
            return _shown(getattr(self._event, name))
        if name in EventView.PLAIN:
            return getattr(self._event, name)
        raise AttributeError(name)

    def _other(self, rule: Rule | None) -> str:
        event = self._event
        if event.kind == "measurement" and rule is not None:
            return rule.name
        return _shown(event.condition_type) or _shown(event.kind) or "alarm"

    @property
    def message(self) -> str | None:
        """What the source says in words of its own."""
        return _shown(self._event.message, LONG)

    @property
    def raw(self) -> Raw:
        """The payload, parsed when asked for."""
        return parsed(self._event.raw)

    @property
    def trouble(self) -> str:
        """The kind of trouble: `upper limit`, `battery`, …, `other`."""
        return self._trouble.name

    @property
    def level_word(self) -> str:
        """`ALARM`, `WARNING` or `Info`."""
        return LEVEL_WORDS.get(self._event.level, "ALARM")

    @property
    def subject(self) -> str:
        """What was measured: the quantity's detail where there is one (`Air Temperature`), else the quantity."""
        event = self._event
        for text in (event.quantity_detail, event.quantity):
            if text and text.lower() != "unknown":
                return clean(text.removeprefix("PV_").replace("_", " "), SHORT)
        return ""

    @property
    def device(self) -> str:
        """How to find the device: serial number and uuid; empty when the event has neither."""
        return _device(self._event)


def _device(event: Event) -> str:
    parts = (
        f"serial {event.serial_number}" if event.serial_number else "",
        f"sensor {event.source_uuid}" if event.source_uuid else "",
    )
    return clean(", ".join(filter(None, parts)), SHORT)


class AlertView(View):
    """An alert. `event` is its latest firing one; `over_at`, `lasted` and `ending` say how it ended."""

    __slots__ = ("_alert", "_said", "event")
    PLAIN: ClassVar = word_set(
        "id key status opened_at updated_at started_at count acknowledged_by acknowledged_at resolved_at "
        "resolution unrouted measured"
    )
    NAMES = PLAIN | {
        "event",
        "level",
        "severity",
        "over_at",
        "over_amount",
        "lasted",
        "late",
        "ending",
        "fault",
        "policy",
    }

    def __init__(self, alert: Alert, said: Event, event: EventView) -> None:
        self._alert = alert
        self._said = said
        self.event = event

    def __getattr__(self, name: str) -> Any:
        if name in AlertView.PLAIN:
            value = getattr(self._alert, name)
            return clean(value, SHORT) if isinstance(value, str) else value
        raise AttributeError(name)

    @property
    def level(self) -> str:
        """`info`, `warning` or `critical`."""
        return self._alert.event.level

    @property
    def severity(self) -> str | None:
        """The source's word for how bad it is."""
        return _shown(self._alert.event.severity)

    @property
    def fault(self) -> bool:
        """Whether this is about the router itself."""
        return bool(self._alert.fault)

    @property
    def policy(self) -> str:
        """The policy of the first route, empty when there is none."""
        return self._alert.routes[0].policy if self._alert.routes else ""

    @property
    def over_at(self) -> datetime | None:
        """When it was over by the source's own times, else by our clock; none while it is open."""
        said, alert = self._alert.recovery, self._alert
        at = (said.changed_at or said.started_at) if said else None
        return at if at is not None and at >= alert.started_at else alert.resolved_at

    @property
    def over_amount(self) -> str:
        """The value that ended it, with its unit; empty when nothing was measured."""
        said = self._alert.recovery
        return amount(said.value, _shown(said.unit)) if said else ""

    @property
    def lasted(self) -> timedelta | None:
        """From its beginning to its end; none while it is open."""
        over = self.over_at
        return None if over is None else over - self._alert.started_at

    @property
    def late(self) -> timedelta | None:
        """How long after its beginning the alarm reached us, when that is 20 minutes or more."""
        late = self._alert.opened_at - self._alert.started_at
        return late if late >= LATE else None

    @property
    def ending(self) -> "EndingView":
        """How it ended, in honest words."""
        return EndingView(ending(self._alert, self._said))


class EndingView(View):
    """How an alert ended: `word` for a title, `sentence`, and `look`: somebody should still go and see."""

    __slots__ = ("look", "sentence", "word")
    NAMES = frozenset({"word", "sentence", "look"})

    def __init__(self, how: Ending) -> None:
        self.word, self.sentence, self.look = how


class RuleView(View):
    """The rule that sent the text on its way."""

    __slots__ = ("instructions", "name", "policy")
    NAMES = frozenset({"name", "instructions", "policy"})

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.instructions = rule.instructions
        self.policy = rule.policy


class PersonView(View):
    """Whom the text is for; no address."""

    __slots__ = ("id", "name")
    NAMES = frozenset({"id", "name"})

    def __init__(self, person: Person) -> None:
        self.id = person.id
        self.name = person.name


VIEWS: Final[Mapping[str, type[View]]] = {
    "alert": AlertView,
    "event": EventView,
    "rule": RuleView,
    "person": PersonView,
}
NAMES: Final = word_set(
    "alert event rule step round reason labels person ack_url ack_command told others next_at "
    "next_targets gathered now channel"
)
"""Everything a template can name."""


def context(facts: Facts, view: Callable[[Event], EventView]) -> dict[str, Any]:
    """The names of a template and their values. `view` gives the view of an event (one may serve several texts)."""
    alert, person = facts.alert, facts.person
    # A resolved text is about the recovery, whichever event the core had at hand.
    said = alert.recovery if facts.reason == "resolved" and alert.recovery else facts.event
    event = view(said)
    own = f"{person.id} via " if person else facts.channel
    return {
        "alert": AlertView(alert, said, view(alert.event)),
        "event": event,
        "rule": RuleView(facts.rule) if facts.rule else None,
        "step": facts.step,
        "round": facts.round,
        "reason": facts.reason,
        "labels": event.labels if said.labels else Labels(alert.event.labels),
        "person": PersonView(person) if person else None,
        "ack_url": facts.ack_url,
        "ack_command": f"alarm-router ack {alert.id} --by {person.id if person else 'NAME'}",
        "told": facts.told,
        "others": tuple(to for to in facts.told if not (to.startswith(own) if person else to == own)),
        "next_at": facts.next_at,
        "next_targets": facts.next_targets,
        "gathered": _gathered(facts.gathered),
        "now": facts.now or alert.updated_at,
        "channel": facts.channel,
    }


def _gathered(lines: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(clean(line, SHORT) for line in lines[:GATHERED])
    return shown if len(lines) <= GATHERED else (*shown, f"… and {len(lines) - GATHERED} more")
