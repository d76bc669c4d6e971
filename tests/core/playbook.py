"""The small language of the timeline tests: at this time this happened, and that is who was told.

    playbook.at("10:00", firing("freezer-3")).tells("alice via sms")
    playbook.at("10:05").tells("bob via sms")
    playbook.at("10:06", ack("freezer-3", by="bob"))
    playbook.at("11:00").tells(nobody)

`at` first lets everything happen that is due before that time, then plays the input. `tells` compares what was sent
since the last `tells` with the targets given, in any order; a target may be followed by its reason
(`("alice via sms", "resolved")`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from router.core.changes import Decision, Record
from router.core.index import build_index
from router.core.inputs import (
    Acknowledged,
    DeliveryReported,
    EventReceived,
    HandedOver,
    Input,
    ResolveRequested,
    RulesReplaced,
    SendOutcome,
    Started,
    TimerDue,
)
from router.core.match import AllOf, Condition, Equal, Everything
from router.core.model import Alert, Event, Notification
from router.core.rules import Contact, Facts, Person, Policy, Rule, Rules, Step, Target, Text
from router.core.simulate import Simulation, accepted
from router.core.state import State

DAY = datetime(2026, 11, 22, tzinfo=UTC)
nobody: tuple[str, ...] = ()

PEOPLE = {
    "alice": Person("alice", "Alice Ito", ("sms", "mail")),
    "bob": Person("bob", "Bob Marsh", ("sms", "mail", "phone")),
}
SHARED = frozenset({"slack", "ops"})


def clock(text: str) -> datetime:
    """`10:05`, `10:05:30`, or `2d 10:05` for two days later."""
    days, _, time = text.rpartition(" ")
    parts = [int(part) for part in time.split(":")]
    offset = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
    return DAY + offset + timedelta(days=int(days.removesuffix("d") or 0) if days else 0)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def target(text: str) -> Target:
    """`slack`, `alice` (first method), `bob via sms+mail`."""
    name, _, methods = text.partition(" via ")
    if name in SHARED:
        return Target(text, (Contact(name),))
    chosen = methods.split("+") if methods else [PEOPLE[name].methods[0]]
    return Target(text, tuple(Contact(method, name) for method in chosen))


def step(*targets: str, wait: float = 0) -> Step:
    """Who is told, `wait` minutes after the step before."""
    return Step(tuple(target(text) for text in targets), minutes(wait))


def policy(name: str, *steps: Step, **fields: Any) -> Policy:
    return Policy(name=name, steps=steps, **fields)


def rule(name: str, policy: str | None = None, /, *, match: Condition | None = None, **fields: Any) -> Rule:
    return Rule(name=name, line=fields.pop("line", 1), match=match or Everything(), policy=policy, **fields)


def where(**fields: str) -> Condition:
    """A match of equal fields: `where(severity="Alarm")`."""
    return AllOf(tuple(Equal(name, (value,), value) for name, value in fields.items()))


def told_text(facts: Facts) -> Text:
    """A text that shows what the template would see."""
    event = facts.event
    what = event.message or event.condition_type or event.kind
    return Text(title=f"{facts.reason}: {what}", body="\n".join((f"{facts.reason}: {what}", *facts.gathered)))


def rules(
    *rules_: Rule, policies: tuple[Policy, ...] = (), fallback: tuple[str, ...] = ("ops",), **fields: Any
) -> Rules:
    numbered = tuple(replace(each, line=number) for number, each in enumerate(rules_, 1))
    return Rules(
        rules=numbered,
        policies={each.name: each for each in policies},
        people=fields.pop("people", PEOPLE),
        shared=SHARED,
        fallback=tuple(target(text) for text in fallback),
        candidates=build_index(numbered, None),
        render=fields.pop("render", told_text),
        by_name={each.name: each for each in numbered},
        **fields,
    )


FREEZERS = policy(
    "freezers",
    step("slack", "alice via sms"),
    step("bob via sms", wait=5),
    step("alice via sms", "bob via sms", wait=15),
    ack_timeout=timedelta(hours=2),
)


def freezer_rules(**fields: Any) -> Rules:
    """One rule for everything, with the policy most tests tell about."""
    return rules(rule("freezer limits", "freezers"), policies=(replace(FREEZERS, **fields),))


def firing(sensor: str, **fields: Any) -> Callable[["Playbook"], Input]:
    """An alarm of that sensor; its id and alarm time come from the time of the playbook unless given."""
    return lambda book: EventReceived(book.event(sensor, "firing", **fields))


def recovered(sensor: str, **fields: Any) -> Callable[["Playbook"], Input]:
    """The end of that sensor's alarm."""
    return lambda book: EventReceived(book.event(sensor, "resolved", **fields))


def ack(sensor: str, *, by: str) -> Callable[["Playbook"], Input]:
    return lambda book: Acknowledged(book.alert(sensor).id, by)


def resolve(sensor: str, *, by: str) -> Callable[["Playbook"], Input]:
    return lambda book: ResolveRequested(book.alert(sensor).id, by)


class Playbook:
    """A story played on the core: inputs at times, and who is told."""

    def __init__(self, rules_: Rules) -> None:
        self.simulation = Simulation(rules_, DAY)
        self.decision: Decision | None = None
        self._seen = 0

    # --- what happens

    def at(self, time: str, happens: Callable[["Playbook"], Input] | Input | None = None) -> "Playbook":
        """Let time pass, then let this happen."""
        self.simulation.advance(clock(time))
        if happens is not None:
            input_ = happens(self) if callable(happens) else happens
            self.decision = self.simulation.play(input_)
        return self

    def unsent(self, happens: Callable[["Playbook"], Input] | Input) -> "Playbook":
        """Let this happen now, before anything can be sent; the next `at` sends what is in the outbox."""
        input_ = happens(self) if callable(happens) else happens
        self.decision = self.simulation._decide(input_)
        return self

    def begun(self, target: str) -> "Playbook":
        """The notifier of this target has its text, and has not answered yet."""
        return self.unsent(HandedOver((self.page(target).id,)))

    def ended(self, target: str, outcome: SendOutcome, *, held: bool = False) -> "Playbook":
        """One send to this target has ended so."""
        return self.unsent(DeliveryReported(self.page(target).id, outcome, "so it went", held=held))

    def due(self) -> TimerDue:
        """The clock posts the first timer that is due."""
        return TimerDue(self.simulation.state.due(self.simulation.now)[0].id)

    def reload(self, rules_: Rules) -> "Playbook":
        """Other rules are in force from now on."""
        self.simulation.rules = rules_
        self.decision = self.simulation.play(RulesReplaced("other"))
        return self

    def restart(self) -> "Playbook":
        """The router stops and starts again: all it knows is its rows."""
        self.simulation.state = State.of(self.simulation.state.rows())
        self.decision = self.simulation._decide(Started())
        self.simulation._decide(RulesReplaced("same"))
        return self

    def sends(self, outcome: Callable[[Notification], DeliveryReported]) -> "Playbook":
        """How sends end from now on."""
        self.simulation.outcome = outcome
        return self

    def failing(self, *channels: str, outcome: str = "failed", detail: str = "no route") -> "Playbook":
        """Sends through these channels fail from now on (none: all are accepted)."""

        def report(page: Notification) -> DeliveryReported:
            if page.channel in channels or page.target in channels:
                return DeliveryReported(page.id, outcome, detail)  # type: ignore[arg-type]
            return accepted(page)

        return self.sends(report)

    def event(self, sensor: str, status: str, **fields: Any) -> Event:
        at = self.simulation.now
        started = fields.pop("at", None)
        given: dict[str, Any] = {
            "id": f"{sensor} {status} {at.isoformat()}",
            "source": "cold-chain",
            "kind": "measurement alarm",
            "status": status,
            "key": sensor,
            "arrived_at": at,
            "started_at": clock(started) if started else at,
            "severity": "Alarm",
            "level": "critical",
            "source_uuid": sensor,
            "condition_type": "Upper limit",
        }
        return Event(**(given | fields))

    # --- what is so

    def alert(self, key: str) -> Alert:
        """The newest alert of that key."""
        state = self.simulation.state
        return state.alerts[state.by_key[key]]

    def page(self, target: str) -> Notification:
        """The one text for this target that is still in the outbox."""
        [page] = [page for page in self.simulation.state.outbox.values() if page.target == target]
        return page

    def waiting(self) -> list[str]:
        """The targets and reasons of what is still in the outbox."""
        return sorted(f"{page.target} ({page.reason})" for page in self.simulation.state.outbox.values())

    def fault(self, cause: str) -> Alert:
        return self.alert(f"fault/{cause}")

    def records(self, what: str) -> list[dict[str, Any]]:
        """The lines of that word that the last decision added to timelines."""
        assert self.decision is not None
        return [each.detail for each in self.decision.changes if isinstance(each, Record) and each.what == what]

    def tells(self, *targets: str | tuple[str, str]) -> "Playbook":
        """Exactly these were told since the last question; accepted sends only."""
        fresh = self.news()
        wanted = sorted(each if isinstance(each, str) else f"{each[0]} ({each[1]})" for each in targets)
        with_reason = any(isinstance(each, tuple) for each in targets)
        got = sorted(f"{page.target} ({page.reason})" if with_reason else page.target for page in fresh)
        assert got == wanted, f"at {self.simulation.now:%d %H:%M:%S} told {got}, not {wanted}"
        return self

    def news(self) -> list[Notification]:
        """What was accepted since the last question."""
        sent = self.simulation.sent[self._seen :]
        self._seen = len(self.simulation.sent)
        return [each.page for each in sent if each.report.outcome == "accepted"]

    def is_(self, verdict: str) -> "Playbook":
        """The verdict of the last decision."""
        assert self.decision is not None
        assert self.decision.trace.verdict == verdict, self.decision.trace
        return self
