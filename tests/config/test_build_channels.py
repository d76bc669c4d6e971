"""Channels are personal or shared; people are reached by their addresses, in their order."""

# ruff: noqa: E501  # a case stands on one line

from datetime import timedelta

import pytest

from router.errors import Secret
from tests.config.marked import loaded, problems, the_problem


def test_short_and_long_form() -> None:
    text = """
channels:
  ops: {url: json://localhost/, templates: chat, rate: 10/min, concurrency: 4, timeout: 1m}
  mail: mailtos://u:${P}@x.org?to={address}
  sms: {url: "json://localhost/{address}"}
"""
    channels = loaded(text, {"P": "a/b"}).settings.channels
    ops = channels["ops"]
    assert (ops.templates, ops.rate, ops.concurrency, ops.timeout) == (
        "chat", (10, timedelta(minutes=1)), 4, timedelta(minutes=1),
    )  # fmt: skip
    assert channels["mail"].url == Secret("mailtos://u:a%2Fb@x.org?to={address}")
    assert [name for name, channel in channels.items() if channel.personal] == ["mail", "sms"]
    assert loaded(text, {"P": ""}).rules.shared == {"ops"}


def test_a_url_of_the_environment_decides_whether_it_is_personal() -> None:
    text = "channels: {ops: '${OPS}', mail: '${MAIL}', sms: '${MAIL}'}\n"
    got = loaded(text, {"OPS": "json://h/", "MAIL": "json://h/{address}"})
    assert got.rules.shared == {"ops"}


def test_without_secrets_a_channel_is_personal_when_somebody_has_an_address_there() -> None:
    text = "channels: {ops: '${OPS}', mail: '${MAIL}', sms: '${SMS}'}\n"
    assert loaded(text, secrets="placeholder").rules.shared == {"ops"}


def test_methods_are_tried_in_the_order_written_or_preferred() -> None:
    text = """
people:
  alice: {name: Alice Ito, mail: a@x.org, sms: "1"}
  bob: {mail: b@x.org, prefer: [sms], sms: 0049}
"""
    got = loaded(text)
    assert (got.rules.people["alice"].name, got.rules.people["alice"].methods) == ("Alice Ito", ("mail", "sms"))
    assert (got.rules.people["bob"].name, got.rules.people["bob"].methods) == ("bob", ("sms", "mail"))
    assert got.settings.addresses["bob", "sms"] == Secret("0049")


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, «mial: x}}\n", "unknown-channel", "did you mean mail?"),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, «pager: x}}\n", "unknown-channel", "mail, sms"),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, «nmae: x}}\n", "unknown-channel", "did you mean name?"),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, «ops: x}}\n", "shared-channel", "{address}"),
        ("people: {alice: {mail: a, sms: 1}, «bob: {name: Bob}}\n", "no-method", "add an address, for example mail"),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, prefer: [«mail]}}\n", "unknown-method", "sms"),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: 1, prefer: «[]}}\n", "empty", ""),
        ("people: {alice: {mail: a, sms: 1}, bob: {sms: «[1]}}\n", "missing-text", ""),
        ("people: {alice: {mail: a, sms: 1}, bob: «[sms]}\n", "wrong-type", ""),
        ("people: {alice: {mail: a, sms: 1}, «bob+carol: {sms: 1}}\n", "bad-name", "bob-carol"),
        ("people: {alice: {mail: a, sms: 1}, «via: {sms: 1}}\n", "bad-name", ""),
        ("people: {alice: {mail: a, sms: 1}, «ops: {sms: 1}}\n", "ambiguous-name", "another name"),
    ],
)
def test_mistakes_of_people(text: str, code: str, hint: str) -> None:
    found = the_problem(text)
    assert found.code == code
    assert hint in found.suggestion


OTHERS = "ops: json://h, mail: 'json://h/{address}', sms: 'json://h/{address}'"


@pytest.mark.parametrize(
    ("channel", "code", "hint"),
    [
        ("x: «localhost", "bad-url", ""),
        ("x: «5", "bad-url", ""),
        ("«x: {rate: 1/s}", "missing-key", "add url:"),
        ("x: {url: json://h, «ulr: x}", "unknown-key", "did you mean url?"),
        ("x: {url: json://h, rate: «10}", "bad-rate", ""),
        ("x: {url: json://h, timeout: «20}", "bad-duration", "20s"),
        ("x: {url: json://h, concurrency: «0}", "bad-number", ""),
        ("x: «'json://h/{adress}'", "bad-placeholder", "did you mean {address}?"),
        ("x: {url: «'json://h/{Address}'}", "bad-placeholder", "did you mean {address}?"),
        ("x: «'json://${NOPE}'", "missing-variable", ""),
        ("«x y: json://h", "bad-name", "x-y"),
        ("«name: json://h", "bad-name", ""),
        ("«prefer: json://h", "bad-name", ""),
    ],
)
def test_mistakes_of_channels(channel: str, code: str, hint: str) -> None:
    found = the_problem(f"channels: {{{OTHERS}, {channel}}}\n")
    assert found.code == code
    assert hint in found.suggestion


def test_a_channel_that_is_wrong_causes_no_further_errors() -> None:
    found = problems("channels: {ops: localhost, mail: 'nope {address}', sms: 'json://h/{address}'}\n")
    assert [problem.code for problem in found] == ["bad-url", "bad-url"]


def refuses(*parts: str) -> "Check":
    return Check(parts)


class Check:
    """Refuses URLs that hold one of the parts, and remembers what it was asked."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.parts = parts
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, url: Secret) -> str | None:
        self.asked.append((name, url.reveal()))
        return "no such host" if any(part in url.reveal() for part in self.parts) else None


def test_urls_are_tried_with_each_persons_address() -> None:
    check = refuses()
    loaded("", channel_check=check)
    assert check.asked == [
        ("ops", "json://localhost/ops"),
        ("mail", "mailtos://smtp.example.org?to=alice%40example.org"),
        ("sms", "json://localhost/%2B491"),
        ("sms", "json://localhost/%2B492"),
    ]


@pytest.mark.parametrize(
    ("text", "parts", "message"),
    [
        ("channels: {ops: «json://bad, mail: 'json://h/{address}', sms: 'json://h/{address}'}\n", ("bad",), "channel"),
        ("channels: {ops: json://h, mail: {url: «'json://bad/{address}'}, sms: 'json://h/{address}'}\n", ("bad",), "channel"),
        ("people: {alice: {mail: a, sms: «bad}, bob: {sms: 1}}\n", ("bad",), "address for sms"),
    ],
)  # fmt: skip
def test_a_refused_url_is_told_where_it_stands(text: str, parts: tuple[str, ...], message: str) -> None:
    found = the_problem(text, channel_check=refuses(*parts))
    assert found.code == "refused-url"
    assert message in found.message
    assert "no such host" in found.message
    assert "bad" not in found.message


def test_a_url_that_is_not_known_is_not_tried() -> None:
    check = refuses()
    loaded(
        "channels: {ops: '${OPS}', mail: '${MAIL}', sms: 'json://h/{address}'}\n",
        secrets="placeholder",
        channel_check=check,
    )
    assert {name for name, _ in check.asked} == {"sms"}
