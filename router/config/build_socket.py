"""What sources share: how payloads are read, the WebSocket, TLS files, the fields that make a key.

What must not be here: what only one type of source has.
"""

from types import MappingProxyType
from typing import Final

from router.config.names import nearest
from router.config.placeholders import Surroundings
from router.config.report import Part, Report, shown
from router.config.schema import SocketModel, SourceModel
from router.core.fields import FIELDS, kind_of
from router.core.settings import FieldPath, Format, Reading, StompSettings, Tls

MAPPABLE: Final = (*(name for name in FIELDS if name != "source"), "changed_at")
"""Event fields that `fields:` can fill, besides `labels.*`."""


def reading(name: str, model: SourceModel, *, payload: Format, fields: dict[str, FieldPath] | None = None) -> Reading:
    """How the source's payloads become events."""
    return Reading(
        source=name,
        format=payload,
        levels=MappingProxyType(dict(model.levels)),
        key=tuple(model.key or ()),
        fields=MappingProxyType(fields or {}),
    )


def socket(
    name: str, url: str, model: SocketModel, *, destinations: tuple[str, ...], payload: Reading, tls: Tls
) -> StompSettings:
    """A subscription without what only `type: stomp` has."""
    return StompSettings(
        name=name,
        url=url,
        destinations=destinations,
        reading=payload,
        ack=model.ack,
        prefetch=model.prefetch,
        heartbeat=model.heartbeat,
        link_timeout=model.link_timeout,
        expect=model.expect,
        max_body=model.max_body,
        tls=tls,
    )


def tls_of(model: SocketModel, part: Part, around: Surroundings) -> Tls:
    """The TLS files; one that is missing is told, unless nothing will be connected (dry-run)."""
    if model.tls is None:
        return Tls()
    names = {"ca_file": model.tls.ca_file, "cert_file": model.tls.cert_file, "key_file": model.tls.key_file}
    paths = {key: None if name is None else around.folder / name for key, name in names.items()}
    for key, path in paths.items():
        if path is not None and around.missing == "error" and not path.is_file():
            written = part.written("tls", key)
            around.report.error(part.spot("tls", key), "missing-file", f"there is no file {shown(written)}")
    if model.tls.key_file is not None and model.tls.cert_file is None:
        around.report.error(
            part.key_spot("tls", "key_file"), "missing-key", "`cert_file` is missing: a key alone is no use"
        )
    return Tls(**paths)


def check_key(model: SourceModel, part: Part, report: Report) -> None:
    """Every field of `key:` must be one that events have."""
    for number, field in enumerate(model.key or ()):
        if kind_of(field) is None:
            tell_unknown_field(field, part.at("key", number), report)


def check_mapped(field: str, part: Part, report: Report) -> None:
    """An event field that `fields:` fills; `part` is its value in the file."""
    if field not in MAPPABLE and not (field.startswith("labels.") and kind_of(field)):
        tell_unknown_field(field, part, report)


def tell_unknown_field(field: str, part: Part, report: Report) -> None:
    """With the nearest known one."""
    near = nearest(field, FIELDS)
    hint = f"did you mean {near}?" if near else f"fields are {', '.join(FIELDS)} and labels.*"
    report.error(part.key_spot(), "unknown-field", f"unknown field `{shown(field)}`", suggestion=hint)
