"""What a refusal meets."""

import pytest

from router.demo.manners import Refusal


@pytest.mark.parametrize(
    ("destination", "met"), [("", True), ("/queue/a", True), ("/queue/b", False)], ids=["any", "this one", "another"]
)
def test_a_refusal_meets_its_command_and_destination(destination: str, met: bool) -> None:
    assert Refusal("SUBSCRIBE", destination, "no", {}).meets("SUBSCRIBE", "/queue/a") is met


def test_a_refusal_leaves_other_commands_alone() -> None:
    assert not Refusal("SUBSCRIBE", "", "no", {}).meets("SEND", "/queue/a")
