"""A fault is told once when it begins and once when it ends."""

from router.core.inputs import FaultEnded, FaultOccurred
from router.sources.faults import Faults
from tests.sources.doors import FakeDoor


async def test_told_once_and_ended_once():
    door = FakeDoor()
    faults = Faults(door)
    for text in ("down", "still down"):
        await faults.tell("link", text)
    assert faults.is_open("link")
    for _ in range(2):
        await faults.end("link", "up")
    assert door.inputs == [FaultOccurred("link", "down"), FaultEnded("link", "up")]


async def test_an_end_is_told_for_a_cause_that_an_earlier_run_may_have_left_open():
    door = FakeDoor()
    await Faults(door).end("link")
    assert door.inputs == [FaultEnded("link", "")]


async def test_it_can_begin_again():
    door = FakeDoor()
    faults = Faults(door)
    await faults.tell("link", "down")
    await faults.end("link")
    await faults.tell("link", "down")
    assert door.faults() == ["link", "link"]
