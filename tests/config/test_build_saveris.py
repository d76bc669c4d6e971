"""Addresses, queues and tokens of Saveris accounts."""

from pathlib import Path

import pytest

from router.config.load import load
from router.core.settings import SaverisSettings
from router.errors import Secret
from tests.config.marked import BASE, loaded, the_problem, the_warning, write

ACCOUNT = "type: saveris, username: u1, password: '${P}'"


def source(rest: str) -> str:
    return f"sources:\n  chain: {{{ACCOUNT}, {rest}}}\n"


def saveris(rest: str) -> SaverisSettings:
    found = loaded(source(rest), {"P": "geheim", "T": "eyJ.x.y"}).settings.sources["chain"]
    assert isinstance(found, SaverisSettings)
    return found


def test_region_and_environment_make_the_addresses() -> None:
    found = saveris("region: am")
    assert found.stomp.url == "wss://tds-real-time-api.am.p.savr.saveris.net/web-socket"
    assert (found.token, found.token_url) == ("data-api", "https://data-api.am.p.savr.saveris.net/v1/token")
    assert (found.username, found.password) == ("u1", Secret("geheim"))
    assert found.stomp.destinations == ("/queue/u1/alarms",)
    assert (found.stomp.reading.source, found.stomp.reading.format) == ("chain", "saveris")


def test_channels_are_queues_of_the_user() -> None:
    found = saveris("region: eu, environment: i, channels: [alarms, measurements, measurements-v2, alarms]")
    assert found.stomp.destinations == ("/queue/u1/alarms", "/queue/u1/measurements", "/queue/u1/measurements-v2")
    assert ".eu.i." in found.stomp.url


def test_cognito() -> None:
    found = saveris("region: eu, token: cognito, client_id: abc")
    assert (found.token, found.client_id) == ("cognito", "abc")
    assert found.token_url == "https://cognito-idp.eu-central-1.amazonaws.com/"
    assert "us-east-1" in saveris("region: am, token: cognito, client_id: abc, aws_region: us-east-1").token_url


def test_a_token_of_ones_own() -> None:
    found = saveris("url: 'ws://127.0.0.1:1/ws', token: '${T}'")
    assert (found.token, found.literal_token, found.token_url) == ("literal", Secret("eyJ.x.y"), "")


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("url: 'wss://tds-real-time-api.eu.d.savr.saveris.net/web-socket'", "https://data-api.eu.d.savr.saveris.net/v1/token"),
        ("url: 'ws://127.0.0.1:1/ws', region: ap", "https://data-api.ap.p.savr.saveris.net/v1/token"),
        ("url: 'ws://127.0.0.1:1/ws', token_url: 'http://127.0.0.1:2/t'", "http://127.0.0.1:2/t"),
        ("region: eu, token_url: 'http://127.0.0.1:2/t', token: cognito, client_id: x", "http://127.0.0.1:2/t"),
    ],
)  # fmt: skip
def test_where_tokens_come_from_when_the_address_is_given(rest: str, expected: str) -> None:
    assert saveris(rest).token_url == expected


ENV = {"P": "geheim"}


@pytest.mark.parametrize(
    ("rest", "code", "hint"),
    [
        ("region: «us", "unknown-word", ""),
        ("region: eu, environment: «prod", "unknown-word", ""),
        ("region: eu, token: «data_api", "unknown-word", "did you mean data-api?"),
        ("region: eu, token: «congito", "unknown-word", "did you mean cognito?"),
        ("region: eu, channels: [«alarm]", "unknown-word", "did you mean alarms?"),
        ("region: eu, url: «'https://x'", "bad-url", ""),
        ("region: eu, «pasword: x", "unknown-key", "did you mean password?"),
    ],
)
def test_mistakes(rest: str, code: str, hint: str) -> None:
    found = the_problem(source(rest), ENV)
    assert found.code == code
    assert hint in found.suggestion


@pytest.mark.parametrize(
    ("rest", "missing"),
    [
        ("channels: [alarms]", "`region`"),
        ("region: eu, token: cognito", "`client_id`"),
        ("url: 'ws://127.0.0.1:1/ws'", "`token_url`"),
    ],
)
def test_what_is_missing_is_told_at_the_name_of_the_source(rest: str, missing: str) -> None:
    found = the_problem(source(rest).replace("  chain", "  «chain"), ENV)
    assert found.code == "missing-key"
    assert missing in found.message


def test_a_region_nobody_has_seen_is_a_warning() -> None:
    assert the_warning(source("region: ap, environment: «i"), ENV).code == "unseen-region"
    assert loaded(source("region: eu, environment: i"), ENV).warnings == ()


def test_dry_run_needs_no_environment(tmp_path: Path) -> None:
    text = source("url: '${URL}', token: '${T}'").replace("u1", "'${USER}'") + BASE
    found = load(write(tmp_path, {"rules.yaml": text}), environ={}, secrets="placeholder").settings.sources["chain"]
    assert isinstance(found, SaverisSettings)
    assert found.stomp.destinations == ("/queue/${USER}/alarms",)
