import threading
from dataclasses import dataclass, field

import pytest

from router.commands import send_test
from router.commands.send_test import UnknownTargetError, contacts_named, in_time
from router.notifiers import Message, SendResult
from tests.commands.stage import Stage, documents


@dataclass
class Notifier:
    """Remembers what it is given, and answers by channel."""

    answers: dict[str, SendResult] = field(default_factory=dict)
    given: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> SendResult:
        self.given.append(message)
        return self.answers.get(message.channel, SendResult("accepted"))


@pytest.fixture
def notifier(monkeypatch: pytest.MonkeyPatch) -> Notifier:
    fake = Notifier()
    monkeypatch.setattr(send_test, "AppriseNotifier", lambda: fake)
    monkeypatch.setattr(send_test, "preload", lambda: None)
    return fake


@pytest.mark.parametrize(
    ("target", "contacts"),
    [
        ("alice", ["alice via sms"]),
        ("alice via mail", ["alice via mail"]),
        ("alice via mail+sms", ["alice via mail", "alice via sms"]),
        ("ops", ["ops"]),
        ("fallback", ["ops"]),
    ],
)
def test_a_target_is_written_as_in_a_policy(stage: Stage, target: str, contacts: list[str]) -> None:
    assert [contact.target for contact in contacts_named(target, stage.loaded().rules)] == contacts


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("alcie", "did you mean alice?"),
        ("", "no person or shared channel"),
        ("sms", "no person or shared channel is called 'sms'"),
        ("alice via smss", "did you mean sms?"),
        ("alice sms", "write alice, or alice via sms+mail"),
        ("ops via sms", "no person or shared channel is called 'ops'"),
    ],
)
def test_an_unknown_target_is_answered_with_what_there_is(stage: Stage, target: str, hint: str) -> None:
    with pytest.raises(UnknownTargetError) as caught:
        contacts_named(target, stage.loaded().rules)
    assert hint in str(caught.value)


def test_the_real_url_is_used_and_the_outcome_told(stage: Stage, notifier: Notifier) -> None:
    result = stage.run("send-test", "alice via sms", str(stage.rules))
    assert result.exit_code == 0
    assert result.stdout.split() == ["✓", "alice", "via", "sms", "accepted", "0.0", "s"]
    (message,) = notifier.given
    assert message.url.reveal() == "json://127.0.0.1:1/%2B49170111"
    assert "Nothing is wrong" in message.body


def test_a_refusal_is_a_no_with_its_reason(stage: Stage, notifier: Notifier) -> None:
    notifier.answers["mail"] = SendResult("refused", "no such mailbox")
    result = stage.run("send-test", "alice via sms+mail", str(stage.rules), "--format", "json")
    assert result.exit_code == 1
    assert [(one["target"], one["outcome"], one["detail"]) for one in documents(result)] == [
        ("alice via sms", "accepted", ""),
        ("alice via mail", "refused", "no such mailbox"),
    ]
    assert set(documents(result)[0]) == {"target", "channel", "outcome", "detail", "seconds"}


def test_a_send_that_hangs_is_not_waited_for() -> None:
    over = threading.Event()

    def hang() -> SendResult:
        over.wait()
        return SendResult("accepted")

    assert in_time(hang, 0.01) == SendResult("unknown", "no answer after 0.01 s")
    over.set()


def test_a_send_test_shows_no_address(stage: Stage, notifier: Notifier) -> None:
    result = stage.run("send-test", "alice via sms", str(stage.rules), "--format", "json")
    assert "49170111" not in result.output


def test_an_unknown_target_is_used_wrongly(stage: Stage, notifier: Notifier) -> None:
    result = stage.run("send-test", "bob", str(stage.rules))
    assert (result.exit_code, notifier.given) == (2, [])
    assert "error: no person or shared channel is called 'bob'" in result.stderr
