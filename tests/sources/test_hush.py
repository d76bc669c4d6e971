import pytest

from router.sources.hush import hushed, secrets_in_url


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("wrong passcode Pass/C0de!", "wrong passcode •••"),
        ("GET /ws?k=Pass%2FC0de%21&x", "GET /ws?k=•••&x"),
        ("not this: LongT0ken", "not this: •••"),
        ("HTTP/1.1 400 /ws?k=LongT", "HTTP/1.1 400 /ws?k=•••"),
        ("true, and no more than that", "true, and no more than that"),
    ],
)
def test_what_we_told_a_peer_becomes_dots_in_what_it_says(said, heard):
    assert hushed(said, ["Pass/C0de!", "Bearer LongT0ken", "true", "no", ""]) == heard


def test_a_url_is_secret_where_credentials_stand():
    assert set(secrets_in_url("wss://me:p%40ss@h:1/path?key=abc&flag")) == {"me", "p%40ss", "abc", "flag"}


def test_a_url_that_cannot_be_taken_apart_is_secret_as_a_whole():
    assert list(secrets_in_url("wss://me@[h/x")) == ["wss://me@[h/x"]
