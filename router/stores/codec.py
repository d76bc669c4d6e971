"""Rows as bytes and back: a dataclass as MessagePack with the names of its fields, an instant as microseconds.

MessagePack keeps every float and instant exactly (JSON has no infinity); fields may be added to a dataclass with a
default, and taken away, without touching stored rows. Repeated words of decoded alerts share one object.
What must not be here: SQL.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, cast, get_args

import msgspec

from router.core.inputs import Input
from router.core.model import NO_LABELS, Alert, Event, Notification, Recovery, Route, Tally
from router.errors import StoreCorruptError

Row = TypeVar("Row")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for damaged bytes (`ValidationError` is a `DecodeError`)."""


def micros(at: datetime) -> int:
    """Microseconds since 1970; a naive instant is our mistake and raises `TypeError`."""
    return (at - EPOCH) // MICROSECOND


def instant_of(value: int) -> datetime:
    """The instant that `micros` wrote."""
    return EPOCH + value * MICROSECOND


def digest(said: str) -> bytes:
    """What stands for a `said_id` in the journal's index: 96 bits, so that two ids never share one by chance."""
    return blake2b(said.encode(), digest_size=12).digest()


def _plain(value: object) -> object:
    """What msgspec cannot write itself. In a timeline's detail anything may stand: its text is better than no row."""
    return dict(value) if isinstance(value, Mapping) else str(value)


_body: Final = msgspec.msgpack.Encoder(enc_hook=_plain)
_json: Final = msgspec.json.Encoder(enc_hook=_plain)
body: Final = _body.encode
"""Any row or input as bytes."""


def detail_text(detail: Mapping[str, Any]) -> str:
    """The detail of a record as JSON text."""
    return _json.encode(detail).decode()


def detail_of(text: str) -> dict[str, Any]:
    """The detail that `detail_text` wrote; raises `StoreCorruptError`."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except UNREADABLE as error:
        raise StoreCorruptError(f"a line of the timeline cannot be read ({error})") from error


class Reader(Generic[Row]):
    """Reads one kind of row; raises `StoreCorruptError` with the kind and the reason."""

    def __init__(self, kind: type[Row], finish: Callable[[Row], Row] | None = None) -> None:
        self._kind = kind
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._finish = finish

    def one(self, stored: bytes) -> Row:
        """The row."""
        return next(self.many([stored]))

    def many(self, stored: Iterable[bytes]) -> Iterator[Row]:
        """The rows, one by one."""
        rows = map(self._decode, stored)
        try:
            yield from rows if self._finish is None else map(self._finish, rows)
        except UNREADABLE as error:
            raise StoreCorruptError(
                f"a stored {self._kind.__name__.lower()} cannot be read ({error}): restore the store from a backup"
            ) from error


_WORDS: Final = (
    "source", "kind", "severity", "condition_type", "reason", "tenant", "unit", "quantity", "quantity_detail",
)  # fmt: skip
"""The fields of an event that many events have in common."""
_words_of: Final = attrgetter(*_WORDS)
_SET_WORDS: Final = tuple(vars(Event)[name].__set__ for name in _WORDS)
_set_key: Final = vars(Event)["key"].__set__
_set_labels: Final = vars(Event)["labels"].__set__
_set_rule: Final = vars(Route)["rule"].__set__
_set_policy: Final = vars(Route)["policy"].__set__


class Shared:
    """Makes equal parts of many alerts one object: 100,000 alerts of one rule then hold its name once.

    It writes through the slots of rows that nobody else has seen yet: a copy of each row would take as long as reading.
    """

    def __init__(self) -> None:
        self._pool: dict[Any, Any] = {}

    def alert(self, alert: Alert) -> Alert:
        """The same alert, with parts that others have too."""
        share = self._pool.setdefault
        for route in alert.routes:
            _set_rule(route, share(route.rule, route.rule))
            _set_policy(route, share(route.policy, route.policy))
        self._event(alert.event, alert.key)
        return alert

    def recovery(self, recovery: Recovery) -> Recovery:
        """The same recovery, with parts that others have too."""
        self._event(recovery.event, recovery.key)
        return recovery

    def _event(self, event: Event, key: str) -> None:
        share = self._pool.setdefault
        for put, word in zip(_SET_WORDS, _words_of(event), strict=True):
            if word:
                put(event, share(word, word))
        if event.key == key:
            _set_key(event, key)
        labels = event.labels
        _set_labels(event, share(tuple(labels.items()), labels) if labels else NO_LABELS)


ALERT: Final = Reader(Alert)
NOTIFICATION: Final = Reader(Notification)
RECOVERY: Final = Reader(Recovery)
TALLY: Final = Reader(Tally)
_INPUTS: Final[dict[str, Reader[Any]]] = {kind.__name__: Reader(kind) for kind in get_args(Input)}


def input_of(kind: str, stored: bytes) -> Input:
    """The input of a journal line; `kind` is the name of its class. Raises `StoreCorruptError`."""
    reader = _INPUTS.get(kind)
    if reader is None:
        raise StoreCorruptError(f"the journal holds an input of an unknown kind, {kind!r}: a newer version wrote it")
    return cast("Input", reader.one(stored))


def printable(value: Any) -> Any:
    """The same value without what no store can write: a lone surrogate becomes U+FFFD, a huge whole number a float.

    One odd message must not stop all that come after it.
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(min(max(value, -(10**308)), 10**308))
    if isinstance(value, Mapping):
        return {printable(key): printable(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(printable(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: printable(getattr(value, each.name)) for each in fields(value)})
    return value
