"""Each row of the vendor's table of ERROR frames has its meaning; everything else is `other`."""

from datetime import timedelta

import pytest

from router.sources.refusals import printable, refusal_of

MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("message", "headers", "kind", "hold"),
    [
        ("invalid authorization", {}, "authorization", 15 * MINUTES),
        (
            "Maximum parallel connection limit exceeded. Please close other connections.",
            {},
            "connections",
            10 * MINUTES,
        ),
        ("other words", {"error-code": "max-connections-reached"}, "connections", 10 * MINUTES),
        ("Too many connection attempts. Please wait 1000 ms before retrying.", {}, "rate", 10 * MINUTES),
        ("Too many connection attempts. Please wait 1200000 ms before retrying.", {}, "rate", 20 * MINUTES),
        ("later", {"error-code": "rate-limit-exceeded"}, "rate", 10 * MINUTES),
        ("wait 999999999999 ms", {"error-code": "rate-limit-exceeded"}, "rate", timedelta(hours=24)),
        ("Broker not available.", {}, "later", 0 * MINUTES),
        ("Unable to process the request.", {}, "other", 0 * MINUTES),
        ("", {}, "other", 0 * MINUTES),
    ],
)
def test_an_error_means(message, headers, kind, hold):
    refusal = refusal_of(message, headers)
    assert (refusal.kind, refusal.hold) == (kind, hold)
    assert refusal.text


@pytest.mark.parametrize("headers", [{"queue": "measurements"}, {}])
def test_a_refused_subscription_names_its_queue(headers):
    text = "subscription refused: missing required permission or license for queue: measurements"
    refusal = refusal_of(text, headers)
    assert (refusal.kind, refusal.queue, refusal.hold) == ("subscription", "measurements", 60 * MINUTES)


def test_the_body_speaks_when_the_message_header_is_missing():
    assert refusal_of("", {}, b"invalid authorization\nmore").kind == "authorization"


def test_what_a_peer_says_is_made_fit_for_a_log():
    assert printable("a\x1b[31m\nb" + "x" * 500) == "a [31m b" + "x" * 192
