"""Changes are values: two that ask for the same row are equal, so that a decision can be compared with another."""

from router.core.changes import CancelTimer, Decision, Record, Trace
from tests.core.playbook import DAY


def test_equal_changes_are_equal_decisions() -> None:
    def decision() -> Decision:
        return Decision((CancelTimer("t"), Record("a", DAY, "opened", {"event": "1"})), Trace("opened", ("a",)))

    assert decision() == decision()
    assert decision() != Decision((), Trace("opened", ("a",)))
