"""Sources: where alarms come from, for the shell, and what the core must know of them.

What must not be here: connecting to anything.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from router.config.build_channels import check_name
from router.config.build_saveris import saveris
from router.config.build_socket import check_key, check_mapped, reading, socket, tls_of
from router.config.names import did_you_mean
from router.config.placeholders import Surroundings, plain
from router.config.report import Part, Report, shown
from router.config.schema import SOURCE_TYPES, SaverisModel, SentiloModel, StompModel
from router.config.validate import validated
from router.core.rules import ResolveAfter, SourceRules
from router.core.settings import FieldPath, SentiloSettings, SourceSettings, StompSettings
from router.errors import Secret

SourceOf = SaverisModel | StompModel | SentiloModel

_NEVER_OVER: Final = ResolveAfter(timedelta(minutes=30))
"""Sentilo never says that an alarm is over: no repeat for so long stands for it."""
_IDENTIFYING: Final = frozenset({"source_uuid", "serial_number", "condition_type"})


def build_sources(
    parts: Mapping[str, Part], around: Surroundings
) -> tuple[dict[str, SourceSettings], dict[str, SourceRules]]:
    """The sources that are right; the report has what is wrong."""
    settings: dict[str, SourceSettings] = {}
    rules: dict[str, SourceRules] = {}
    for name, part in parts.items():
        check_name(part, "source", around.report)
        model = _model(part, around)
        if model is not None:
            check_key(model, part, around.report)
            settings[name] = _source(name, model, part, around)
            rules[name] = SourceRules(_resolve_after(model))
    return settings, rules


def _model(part: Part, around: Surroundings) -> SourceOf | None:
    data = plain(part.node, part.file, around.fill)
    report = around.report
    if not isinstance(data, dict):
        report.error(part.spot(), "wrong-type", f"expected a mapping with type:, not {part.what()}")
        return None
    if "type" not in data:
        hint = f"add type: {', '.join(SOURCE_TYPES)}"
        report.error(part.key_spot(), "missing-key", "`type` is missing: what kind of source this is", suggestion=hint)
        return None
    written = part.written("type")
    model = SOURCE_TYPES.get(data["type"]) if isinstance(data["type"], str) else None
    if model is None:
        hint = did_you_mean(written, SOURCE_TYPES)
        report.error(part.spot("type"), "unknown-type", f"unknown type of source `{shown(written)}`", suggestion=hint)
        return None
    return validated(model, data, part, report)


def _source(name: str, model: SourceOf, part: Part, around: Surroundings) -> SourceSettings:
    match model:
        case SaverisModel():
            return saveris(name, model, part, around)
        case StompModel():
            return _stomp(name, model, part, around)
        case SentiloModel():
            return _sentilo(name, model, part, around.report)


def _stomp(name: str, model: StompModel, part: Part, around: Surroundings) -> StompSettings:
    _check_fields(model, part, around.report)
    fields = {
        field: FieldPath(path.path, MappingProxyType(dict(path.map)), path.default)
        for field, path in (model.fields or {}).items()
    }
    plain_socket = socket(
        name,
        model.url,
        model,
        destinations=_destinations(model, part, around.report),
        payload=reading(name, model, payload=model.format, fields=fields),
        tls=tls_of(model, part, around),
    )
    return replace(
        plain_socket,
        login=model.login,
        passcode=None if model.passcode is None else Secret(model.passcode),
        host=model.host,
        headers=MappingProxyType({header: Secret(value) for header, value in model.headers.items()}),
        subscribe_headers=MappingProxyType(dict(model.subscribe_headers)),
    )


def _destinations(model: StompModel, part: Part, report: Report) -> tuple[str, ...]:
    if model.destination is not None and model.destinations is not None:
        message = "`destination` and `destinations` exclude each other"
        report.error(part.key_spot("destination"), "conflict", message, suggestion="put all into destinations:")
    if model.destination is None and model.destinations is None:
        message = "`destination` is missing: what to subscribe to"
        report.error(part.key_spot(), "missing-key", message, suggestion="add destination: /queue/…")
    return (model.destination,) if model.destination is not None else tuple(model.destinations or ())


def _check_fields(model: StompModel, part: Part, report: Report) -> None:
    """`fields:` belongs to `format: json`, and must tell what an alarm is about, or `key:` must."""
    for field in model.fields or {}:
        check_mapped(field, part.at("fields", field), report)
    if model.format != "json":
        if model.fields is not None:
            message = f"`fields` has no meaning with format: {model.format}"
            report.error(part.key_spot("fields"), "conflict", message, suggestion="write format: json")
        return
    if model.fields is None:
        message = "`fields` is missing: where the fields of an event stand in the payload"
        report.error(part.key_spot(), "missing-key", message, suggestion="add fields:")
    elif not model.key and not _IDENTIFYING & model.fields.keys():
        message = "`key` is missing: without source_uuid, serial_number or condition_type all alarms would be one"
        report.error(part.key_spot(), "missing-key", message, suggestion="add key: [field, …], or map one of the three")


def _sentilo(name: str, model: SentiloModel, part: Part, report: Report) -> SentiloSettings:
    message = "this version does not receive from Sentilo yet: the source serves dry-run only"
    report.warn(part.key_spot(), "not-received", message)
    if model.secret is None:
        hint = "add secret: ${NAME} with the secretCallbackKey of the subscription"
        report.warn(part.key_spot(), "unsigned", "without a secret anybody can send alarms here", suggestion=hint)
    return SentiloSettings(
        name=name,
        endpoint=model.endpoint,
        reading=reading(name, model, payload="sentilo"),
        secret=None if model.secret is None else Secret(model.secret),
        expect=model.expect,
    )


def _resolve_after(model: SourceOf) -> ResolveAfter | None:
    if model.resolve_after is not None:
        wait = model.resolve_after.wait
        return None if wait is None else ResolveAfter(wait, model.resolve_after.unacknowledged)
    repeats_only = isinstance(model, SentiloModel) or (isinstance(model, StompModel) and model.format == "sentilo")
    return _NEVER_OVER if repeats_only else None
