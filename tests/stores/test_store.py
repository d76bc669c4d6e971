"""The values of a store; the calls are tested for every store by `contract`."""

from dataclasses import FrozenInstanceError

import pytest

from router.errors import RouterError, StoreUnavailableError
from router.stores import Counts, StoreInUseError, StoreUrlError
from tests.stores.samples import request


def test_a_store_in_use_may_come_free_and_a_wrong_url_never_comes_right() -> None:
    assert issubclass(StoreInUseError, StoreUnavailableError)
    assert issubclass(StoreUrlError, RouterError)
    assert not issubclass(StoreUrlError, StoreUnavailableError)


def test_a_request_names_itself_in_its_input_so_that_the_commit_meets_it() -> None:
    assert request("r7").input.request_id == "r7"
    assert request("r7", verb="resolve").input.request_id == "r7"


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Counts().firing = 1  # type: ignore[misc]
