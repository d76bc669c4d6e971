"""Policies and the targets of their steps."""

from datetime import timedelta

import pytest

from router.core.rules import Contact
from tests.config.marked import loaded, the_problem, the_warning


def policy(steps: str) -> str:
    return f"policies: {{freezers: {{steps: [{{notify: [{steps}]}}]}}}}\n"


@pytest.mark.parametrize(
    ("written", "text", "contacts"),
    [
        ("ops", "ops", [("ops", None)]),
        ("alice", "alice", [("mail", "alice")]),
        ("bob", "bob", [("sms", "bob")]),
        ("alice via sms", "alice via sms", [("sms", "alice")]),
        ("alice  via  sms + mail", "alice via sms+mail", [("sms", "alice"), ("mail", "alice")]),
        ("alice via sms+sms", "alice via sms", [("sms", "alice")]),
    ],
)
def test_targets(written: str, text: str, contacts: list[tuple[str, str | None]]) -> None:
    (target,) = loaded(policy(written)).rules.policies["freezers"].steps[0].notify
    assert target.text == text
    assert target.contacts == tuple(Contact(channel, person) for channel, person in contacts)


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("«alise", "unknown-target", "did you mean alice?"),
        ("«opps", "unknown-target", "did you mean ops?"),
        ("«alise via sms", "unknown-target", "did you mean alice?"),
        ("«alice sms", "unknown-target", "did you mean alice via …?"),
        ("«zzz", "unknown-target", "there are: alice, bob, ops"),
        ("«sms", "needs-person", "write alice via sms"),
        ("alice via mail, «alice via smss", "unknown-method", "did you mean sms?"),
        ("«bob via mail", "no-address", "there are: sms"),
        ("«alice via sms+mial", "unknown-method", "did you mean mail?"),
        ("«ops via mail", "shared-channel", "write ops alone"),
        ("«alice via", "unknown-target", ""),
    ],
)
def test_targets_that_lead_nowhere(written: str, code: str, hint: str) -> None:
    found = the_problem(policy(written))
    assert found.code == code
    assert hint in found.suggestion


def test_a_method_without_an_address_beside_one_that_has_is_left_out_with_a_warning() -> None:
    text = policy("«bob via sms+mail")
    assert the_warning(text).code == "no-address"
    (target,) = loaded(text.replace("«", "")).rules.policies["freezers"].steps[0].notify
    assert (target.text, target.contacts) == ("bob via sms", (Contact("sms", "bob"),))


def test_all_keys() -> None:
    text = """
policies:
  freezers:
    steps:
      - notify: [ops]
      - {notify: [alice], wait: 5m}
    repeat: {times: 3, wait: 30m}
    ack_timeout: never
    when_resolved: nobody
    when_acknowledged: told
    reopen: 0s
  plain: {steps: [{notify: [ops]}]}
"""
    policies = loaded(text).rules.policies
    full = policies["freezers"]
    assert [step.wait for step in full.steps] == [timedelta(0), timedelta(minutes=5)]
    assert (full.repeat_times, full.repeat_wait) == (3, timedelta(minutes=30))
    assert (full.ack_timeout, full.when_resolved, full.when_acknowledged) == (None, "nobody", "told")
    assert full.reopen == timedelta(0)
    plain = policies["plain"]
    assert (plain.repeat_times, plain.ack_timeout, plain.reopen) == (0, timedelta(hours=4), timedelta(minutes=5))
    assert (plain.when_resolved, plain.when_acknowledged) == ("told", "shared")


@pytest.mark.parametrize("rest", ["repeat: {times: 3, wait: «0s}", "ack_timeout: «0s"])
def test_a_policy_that_would_never_rest_is_refused(rest: str) -> None:
    found = the_problem(f"policies: {{freezers: {{steps: [{{notify: [ops]}}], {rest}}}}}\n")
    assert found.code == "bad-duration"
