"""Channel URLs as texts."""

import pytest

from router.errors import Secret
from router.notifiers.urls import fill_address, url_schema


@pytest.mark.parametrize(
    ("url", "schema"), [("mailtos://a@b", "mailtos"), ("SLACK://x", "slack"), ("nothing", ""), ("", "")]
)
def test_the_schema_stands_before_the_slashes(url: str, schema: str) -> None:
    assert url_schema(Secret(url)) == schema


@pytest.mark.parametrize(
    ("address", "filled"),
    [("bob@example.org", "bob%40example.org"), ("+49 170/1?a=b&c", "%2B49%20170%2F1%3Fa%3Db%26c"), ("ü", "%C3%BC")],
)
def test_an_address_cannot_change_the_url_around_it(address: str, filled: str) -> None:
    url = fill_address(Secret("x://h/{address}?to={address}"), Secret(address))
    assert url.reveal() == f"x://h/{filled}?to={filled}"


def test_a_shared_channel_needs_no_address() -> None:
    assert fill_address(Secret("slack://a/b/c"), None) == Secret("slack://a/b/c")


def test_a_personal_channel_without_an_address_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        fill_address(Secret("x://{address}"), None)
