"""What events can have at all, as the sources and the inventory tell: kinds, sources, labels.

What must not be here: what a rule asks for (`matching`).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from router.config.inventory import Inventory
from router.config.match_hints import LABELS
from router.core.settings import SaverisSettings, SentiloSettings, SourceSettings, StompSettings

KINDS: Final = frozenset(
    {
        "measurement alarm",
        "device system alarm",
        "sensor system alarm",
        "measurement",
        "sentilo alarm",
        "sentilo data",
        "sentilo order",
        "alarm",
    }
)
_OF_SENTILO: Final = frozenset({"alert", "component", "limit", "provider", "sender"})
"""The labels that a Sentilo payload gives by itself."""


def known_values(
    written: Collection[str], sources: Mapping[str, SourceSettings]
) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Values that a field can have (sources and kinds), and the fields that can have no other.

    `written` are all names of sources, `sources` those that are right. A source that maps `kind` may say further ones,
    and so may one that is written wrongly: nobody knows what it maps.
    """
    mapped = [
        source.reading.fields["kind"]
        for source in sources.values()
        if isinstance(source, StompSettings) and "kind" in source.reading.fields
    ]
    kinds = KINDS | {word for path in mapped for word in (*path.map.values(), path.default) if isinstance(word, str)}
    closed = not mapped and set(written) == sources.keys()
    names = {"kind": kinds, "source": frozenset(written)} if written else {"kind": kinds}
    return names, frozenset({"kind"} if closed else ())


def known_labels(sources: Iterable[SourceSettings], inventory: Inventory | None) -> frozenset[str] | None:
    """The labels that events can have; `None` when nothing is known of where events come from."""
    given = [_labels_of(source) for source in sources]
    if inventory is not None:
        given.append(inventory.columns)
    return frozenset().union(*given) if given else None


def _labels_of(source: SourceSettings) -> frozenset[str]:
    """Those of the payload alone."""
    match source:
        case SentiloSettings():
            return _OF_SENTILO
        case StompSettings() if source.reading.format == "sentilo":
            return _OF_SENTILO
        case StompSettings():
            return frozenset(name.removeprefix(LABELS) for name in source.reading.fields if name.startswith(LABELS))
        case SaverisSettings():
            return frozenset()
