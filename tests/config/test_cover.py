import pytest

from router.config.cover import covered, covered_quote


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("unknown policy `mailtos://u:p@h/x?to=a@b.org`", "unknown policy `mailtos://•••`"),
        ("the key `slack://${T}/x` and more", "the key `slack://•••` and more"),
        ("unknown target `ops@example.org`", "unknown target `•••`"),
        ("there are: +49 170 123456, ops", "there are: •••, ops"),
    ],
)
def test_what_has_the_shape_of_a_secret_becomes_dots(text, shown):
    assert covered(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "expected an Apprise URL such as mailtos://…, slack://… or json://…",
        "expected an address that begins with http:// or https://",
        "`freezer-3` stands twice: at rules.yaml:10:3 and here, at rules.yaml:12:3",
        "expected Mon-Fri 08:00-17:00, 2026-12-24",
        "source_uuid `b8a3d1c2-2222-4c3d-9e4f-0a1b2c3d4e5f` stands twice",
    ],
)
def test_our_own_words_stay(text):
    assert covered(text) == text


@pytest.mark.parametrize("token", ["Zq9PlainPassW0rd", "TIiajk1dnlazkc0XrIdevi7FQ"])
def test_a_quoted_word_that_looks_like_a_token_becomes_dots(token):
    assert covered_quote(f"a {token}-x") == "a •••-x"


@pytest.mark.parametrize("name", ["freezer12", "Mon-Fri 08:00-17:00", "labels.room2", "raw.device_1.model2", "2026"])
def test_a_quoted_name_stays(name):
    assert covered_quote(name) == name
