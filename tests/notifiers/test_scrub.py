"""What a library or a provider says, without what the channel's URL keeps secret."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import Secret
from router.notifiers.scrub import scrub

URL = Secret("twilio://AC0123:t0k%2Fen%20x@+4930123456/+4917012345?from=a&+X-Auth=Bearer%20hdr5ecret&pw=q%252F9z")


@pytest.mark.parametrize(
    "leak",
    [
        "AC0123",
        "ac0123",
        "t0k/en x",
        "t0k%2Fen%20x",
        "t0k",
        "4930123456",
        "+4917012345",
        "Bearer hdr5ecret",
    ],
)
def test_every_form_of_a_secret_is_hidden(leak: str) -> None:
    assert scrub(f"error: {leak} is wrong", URL).replace("+", "") == "error: ••• is wrong"


def test_twice_encoded_secrets_are_hidden() -> None:
    assert "q/9z" not in scrub("key q/9z", URL)


def test_addresses_that_are_not_ours_are_hidden_too() -> None:
    assert scrub("no bob@example.org, call 0049 170 1234567", Secret("json://x")) == "no •••, call •••"


def test_a_short_secret_is_hidden_as_a_word_only() -> None:
    assert scrub("abc: a cabal", Secret("json://user:abc@host")) == "•••: a cabal"


def test_scheme_and_plain_words_stay() -> None:
    assert scrub("the slack hook says yes", Secret("slack://a1/b2/c3?image=yes")) == "the slack hook says yes"


def test_the_answer_is_one_line_of_at_most_the_limit() -> None:
    assert scrub("a\r\n  b\tc", URL) == "a b c"
    assert len(scrub("x " * 500, URL)) == 200
    assert scrub("x " * 500, URL).endswith("…")


def test_without_a_limit_lines_stay() -> None:
    assert scrub("a\nt0k\n", URL, limit=None) == "a\n•••\n"


@given(st.text("abcXYZ0189_-.~", min_size=6, max_size=20), st.text(max_size=40), st.text(max_size=40))
def test_no_password_survives(password: str, before: str, after: str) -> None:
    assert password not in scrub(before + password + after, Secret(f"json://u:{password}@h/p"), limit=None)


@pytest.mark.parametrize("login", ["mailuser", "S3cret!/x", "mailuser:S3cret!/x", "\0mailuser\0S3cret!/x"])
def test_a_login_is_hidden_in_base64_too(login):
    quoted = b64encode(login.encode()).decode()
    said = scrub(f"535 no: AUTH {quoted} refused", Secret("mailtos://mailuser:S3cret%21%2Fx@mail.example.org"))
    assert quoted.rstrip("=") not in said
