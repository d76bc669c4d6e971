"""What sources share: reading, keys, TLS files."""

# ruff: noqa: E501  # a case stands on one line

from datetime import timedelta
from pathlib import Path

import pytest

from router.config.load import load
from router.core.settings import StompSettings
from router.errors import ConfigError
from tests.config.marked import BASE, loaded, the_problem, write


def source(rest: str) -> str:
    return f"sources:\n  plant: {{type: stomp, url: 'wss://h/ws', destination: /q, {rest}}}\n"


def stomp(text: str) -> StompSettings:
    found = loaded(text).settings.sources["plant"]
    assert isinstance(found, StompSettings)
    return found


def test_defaults_and_settings() -> None:
    plain = stomp(source("ack: client"))
    assert (plain.ack, plain.prefetch, plain.heartbeat) == ("client", 500, timedelta(seconds=10))
    assert (plain.link_timeout, plain.expect, plain.max_body) == (timedelta(minutes=2), None, 1024 * 1024)
    given = stomp(
        source(
            "ack: auto, prefetch: 7, heartbeat: 0s, link_timeout: 5m, expect: 24h, max_body: 2048, levels: {Bad: critical}"
        )
    )
    assert (given.ack, given.prefetch, given.heartbeat) == ("auto", 7, timedelta(0))
    assert (given.link_timeout, given.expect, given.max_body) == (timedelta(minutes=5), timedelta(days=1), 2048)
    assert given.reading.levels == {"Bad": "critical"}


def test_a_key_is_a_list_of_fields() -> None:
    assert stomp(source("key: [source, labels.site, raw.a.b]")).reading.key == ("source", "labels.site", "raw.a.b")


@pytest.mark.parametrize(
    ("rest", "code", "hint"),
    [
        ("key: [source, «serial]", "unknown-field", ""),
        ("key: «[]", "empty", ""),
        ("levels: {Bad: «crit}", "unknown-word", "did you mean critical?"),
        ("ack: «manual", "unknown-word", ""),
        ("prefetch: «0", "bad-number", ""),
        ("max_body: «1", "bad-number", ""),
        ("expect: «24", "bad-duration", "24h"),
        ("tls: {«ca: x}", "unknown-key", ""),
        ("tls: {ca_file: «nope.pem}", "missing-file", ""),
    ],
)
def test_mistakes(rest: str, code: str, hint: str) -> None:
    found = the_problem(source(rest))
    assert found.code == code
    assert hint in found.suggestion


def test_tls_files_stand_beside_the_rules_file(tmp_path: Path) -> None:
    text = source("tls: {ca_file: ca.pem, cert_file: c.pem, key_file: k.pem}") + BASE
    path = write(tmp_path, {"rules.yaml": text, "ca.pem": "", "c.pem": "", "k.pem": ""})
    found = load(path, environ={}).settings.sources["plant"]
    assert isinstance(found, StompSettings)
    assert (found.tls.ca_file, found.tls.cert_file) == (tmp_path / "ca.pem", tmp_path / "c.pem")


def test_a_key_without_a_certificate_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"rules.yaml": source("tls: {key_file: k.pem}") + BASE, "k.pem": ""})
    with pytest.raises(ConfigError, match="cert_file"):
        load(path, environ={})


def test_dry_run_asks_for_no_tls_files() -> None:
    assert loaded(source("tls: {ca_file: nope.pem}"), secrets="placeholder").settings.sources
