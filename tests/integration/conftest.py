"""Real peers as fixtures. A broker takes seconds to start: one for all tests, each test has queues of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.brokers import RealBroker, activemq, rabbitmq

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as broker:
        yield broker


@pytest.fixture(scope="session")
def active(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    with activemq(tmp_path_factory.mktemp("activemq")) as broker:
        yield broker


@pytest.fixture(params=["rabbit", "active"])
def broker(request: pytest.FixtureRequest) -> RealBroker:
    """Both brokers: what holds against one must hold against the other."""
    found: RealBroker = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A queue that no other test uses."""
    return f"/queue/{tmp_path.name}"
