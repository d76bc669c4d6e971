"""Secrets at the wrong place of a rules file are not quoted: what is told of it reaches logs, journal and phones."""

import json

import pytest

from router.config.load import load_text
from router.errors import ConfigError

URL = "mailtos://boxuser77:Zq9PwMail!x@smtp.example.org/PathTok55aa?to=leakaddr@example.org&token=QryTok66bb"
SECRETS = {
    URL: ("boxuser77", "Zq9PwMail", "PathTok55aa", "leakaddr", "QryTok66bb"),
    "Zq9PlainPassW0rd": ("Zq9PlainPassW0rd",),
    "leakaddr@example.org": ("leakaddr",),
    "+4917098761234": ("17098761234",),
    "TIiajk1dnlazkc0XrIdevi7FQ": ("TIiajk1dnlazkc0XrIdevi7FQ",),
}
GOOD = """\
version: 1
settings:
  timezone: UTC
  fallback: ["ops"]
sources:
  plant:
    type: "stomp"
    url: "ws://127.0.0.1:1/ws"
    destination: "/queue/a"
    passcode: "abc"
    format: "saveris"
    heartbeat: "10s"
    prefetch: 100
  tes:
    type: saveris
    region: "eu"
    username: u
    password: "p"
    token: "data-api"
    channels: ["alarms"]
  city:
    type: sentilo
    endpoint: "https://x.example.org/hooks"
    secret: "s"
channels:
  ops: "json://127.0.0.1:1/ops"
  sms: "json://127.0.0.1:1/{address}"
  long: {url: "json://127.0.0.1:1/long", timeout: "20s", rate: "10/min", templates: "mail"}
people:
  alice: {name: Alice, sms: "1", prefer: ["sms"]}
policies:
  one: {steps: [{notify: ["alice via sms", ops]}], ack_timeout: "2h"}
rules:
  - name: all
    match: {severity: Alarm, level: "warning"}
    policy: "one"
    for: "10m"
"""
PLACES = [line for line in GOOD.splitlines() if '"' in line]


def told(text):
    """Everything that is said about the file; `""` when nothing is wrong with it."""
    try:
        return json.dumps([str(problem) for problem in load_text(text, environ={}).warnings])
    except ConfigError as error:
        return json.dumps([str(problem) for problem in error.problems], ensure_ascii=False)


def wrong(line, secret):
    """The line with the secret where it does not belong."""
    before, value, after = line.split('"', 2)
    indent = len(line) - len(line.lstrip())
    key = line.strip().split(":", 1)[0]
    spoilt = f"{before}{secret!r}{after}"
    yield spoilt
    yield f"{before}[{secret!r}]{after}"
    yield f"{before}{{{secret!r}: x}}{after}"
    yield f'{before}"{value}{secret}"{after}'
    yield f"{before}*{secret}{after}"
    yield f'{before}"${{{secret}-}}"{after}'
    yield f"{before}!{secret} x{after}"
    yield f"{' ' * indent}{secret!r}: x"
    yield f"{' ' * indent}{key}:{secret}: x"
    yield f"{line}\n{' ' * indent}{secret!r}: 1\n{' ' * indent}{secret!r}: 2"
    yield f"{line}\n{spoilt}"


def test_the_file_itself_is_good():
    load_text(GOOD, environ={})


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:8])
@pytest.mark.parametrize("line", PLACES, ids=lambda line: line.strip().split(":")[0])
def test_no_message_quotes_a_secret_at_the_wrong_place(line, secret):
    for spoilt in wrong(line, secret):
        said = told(GOOD.replace(line, spoilt))
        assert [part for part in SECRETS[secret] if part.lower() in said.lower()] == [], spoilt


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:8])
def test_no_message_quotes_what_stands_for_a_placeholder(secret):
    for line in PLACES:
        before, _, after = line.split('"', 2)
        text = GOOD.replace(line, f'{before}"${{HERE}}"{after}')
        try:
            said = str([str(problem) for problem in load_text(text, environ={"HERE": secret}).warnings])
        except ConfigError as error:
            said = str(error)
        assert [part for part in SECRETS[secret] if part.lower() in said.lower()] == [], line
