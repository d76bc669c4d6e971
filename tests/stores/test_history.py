"""The past out of any way to read rows; what the reads mean is tested for every store by `contract`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from router.stores import Counts
from router.stores.codec import body, micros
from router.stores.history import PAGE, Read, Rows, SqlHistory
from tests.stores.samples import NOW, alert


class Tables:
    """Answers reads from a list and remembers whether one is open."""

    def __init__(self, *answers: Rows) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Sequence[Any]]] = []
        self.open = False

    @contextmanager
    def reading(self) -> Iterator[Read]:
        self.open = True
        yield self._read
        self.open = False

    def _read(self, statement: str, parameters: Sequence[Any]) -> Rows:
        self.asked.append((statement, parameters))
        return self.answers.pop(0)


def test_no_read_stays_open_while_a_list_is_consumed() -> None:
    first = [(1000 - number, body(alert(str(number)))) for number in range(PAGE)]
    tables = Tables(first, [(7, body(alert("last")))])
    listing = SqlHistory(tables.reading).alerts()
    assert next(listing).id == "0"
    assert not tables.open
    assert [row.id for row in listing][-1] == "last"
    assert [parameters[0] for _, parameters in tables.asked][1] == first[-1][0]


def test_a_limit_below_a_page_reads_no_more_than_that() -> None:
    tables = Tables([(2, body(alert("a"))), (1, body(alert("b")))])
    assert len(list(SqlHistory(tables.reading).alerts(limit=2))) == 2
    assert tables.asked[0][1][1] == 2
    assert len(tables.asked) == 1


def test_an_unknown_alert_costs_one_read() -> None:
    tables = Tables([])
    assert SqlHistory(tables.reading).alert("x") is None
    assert len(tables.asked) == 1


def test_attempts_of_an_odd_record_do_no_harm() -> None:
    records = [(micros(NOW), "attempt", "{}"), (micros(NOW), "attempt", '{"notification": "p1", "number": "two"}')]
    found = SqlHistory(Tables([(1, body(alert()))], records, [], []).reading).alert("a1")
    assert found is not None
    assert found.notifications == ()
    assert len(found.timeline) == 2


def test_counts_tell_firing_from_acknowledged() -> None:
    assert SqlHistory(Tables([(5, 2, 1, 4, 3)]).reading).counts() == Counts(3, 2, 1, 4, 3)
