import pytest

from router.commands.words import heading, level_look, status_look, what, where
from router.core.model import Event
from tests.stores.samples import alert, event


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"condition_type": "Upper limit"}, "Upper limit at 3, Berlin · 9.3 °C"),
        ({"condition_type": "Upper limit", "value": None}, "Upper limit at 3, Berlin"),
        ({"message": "Door open", "labels": {}, "value": None, "source_uuid": "u-1"}, "Door open at u-1"),
        ({"labels": {}, "value": 2.0, "unit": None}, "measurement alarm · 2"),
    ],
)
def test_a_heading_says_what_where_and_with_what_value(values: dict[str, object], expected: str) -> None:
    assert heading(event(**values)) == expected


def test_a_reading_is_called_by_its_quantity() -> None:
    found: Event = event(kind="measurement", quantity="Temperature")
    assert what(found) == "Temperature measurement"
    assert where(event(labels={"name": "Freezer 3", "room": "Cellar"})) == "Freezer 3, Cellar"


def test_what_matters_is_seen() -> None:
    assert [status_look(alert(status=status)) for status in ("firing", "acknowledged", "resolved")] == [
        "bad",
        "warn",
        "good",
    ]
    assert level_look("critical") == "bad"
