"""Where events come from: the table of sources. What a source is and gets stands in `door`.

A source maps what its peer says to `Event`s and puts them through the one door; it confirms to its peer only after
the commit. It loses its peer and finds it again without help. The map of the package, downhill:
`saveris_source` -> `stomp` -> `conversation` -> (`stomp_protocol`, `link`); `payload` -> (`saveris`, `sentilo`,
`json_fields`) -> `mapping`; `tokens`, `refusals`, `watch` -> `faults`, `backoff` stand alone; `door` is below all.
What must not be here: imports that cost time (a command that only maps payloads loads no network code), and any logic.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from router.core.settings import SaverisSettings, SourceSettings, StompSettings
from router.sources.door import Door, Enrich, OpenSource, Source, unchanged

__all__ = ["SOURCES", "Door", "Enrich", "OpenSource", "Source", "unchanged"]


def _open_stomp(
    settings: StompSettings, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
) -> Source:
    from router.sources.stomp import StompSource

    return StompSource(settings, door, enrich=enrich, last_received=last_received)


def _open_saveris(
    settings: SaverisSettings, door: Door, *, enrich: Enrich = unchanged, last_received: datetime | None = None
) -> Source:
    from router.sources.saveris_source import open_saveris

    return open_saveris(settings, door, enrich=enrich, last_received=last_received)


SOURCES: Final[Mapping[type[SourceSettings], OpenSource]] = {
    StompSettings: _open_stomp,
    SaverisSettings: _open_saveris,
}
"""Settings to source. Sentilo is missing: it does not connect anywhere, the web server receives what it pushes."""
