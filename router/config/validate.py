"""Holds a part of the file against its model and says what is wrong in our own words, each at its place.

What must not be here: values of the file in messages, unless they are words of a closed list (they may be secrets).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from router.config.durations import duration_hint
from router.config.names import did_you_mean, nearest, one_of
from router.config.placeholders import unresolved
from router.config.report import Part, PathItem, Report, shown, shown_key

M = TypeVar("M", bound=BaseModel)

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
}


def validated(model: type[M], data: Any, part: Part, report: Report) -> M | None:
    """The part as its model, or `None` when it is wrong; every error of it is in the report."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            _tell(detail, model, part, report)
        return None


def known_keys(model: type[BaseModel]) -> list[str]:
    """The keys that the model has, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _tell(detail: ErrorDetails, model: type[BaseModel], part: Part, report: Report) -> None:
    path = tuple(item for item in detail["loc"] if item != "[key]")
    tell = _TELLERS.get(detail["type"], _tell_other)
    tell(detail, model, part, report, path)


def _tell_unknown_key(
    _detail: ErrorDetails, model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    key = str(path[-1])
    where = f" in `{path[-2]}`" if len(path) > 1 and isinstance(path[-2], str) else ""
    known = known_keys(_model_at(model, path[:-1]) or model)
    first, colon, _ = key.partition(":")
    if colon and first in known:
        hint = f"write a space after the colon of {first}:"
    else:
        near = nearest(key, known)
        hint = f"did you mean {near}?" if near else f"known here: {', '.join(sorted(known))}"
    report.error(part.key_spot(*path), "unknown-key", f"unknown key `{shown_key(key)}`{where}", suggestion=hint)


def _tell_missing(
    _detail: ErrorDetails, model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    key = str(path[-1])
    inner = _model_at(model, path[:-1]) or model
    about = next((field.description for name, field in inner.model_fields.items() if key in {name, field.alias}), None)
    message = f"`{key}` is missing" + (f": {about}" if about else "")
    report.error(part.key_spot(*path[:-1]), "missing-key", message, suggestion=f"add {key}:")


def _tell_wrong_type(
    detail: ErrorDetails, _model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    expected = _EXPECTED[detail["type"]]
    what = part.what(*path) if part.has(*path) else "something else"
    hint = _type_hint(expected, what, part.written(*path))
    report.error(part.spot(*path), "wrong-type", f"expected {expected}, not {what}", suggestion=hint)


def _type_hint(expected: str, what: str, written: str) -> str:
    match expected, what:
        case "a list", "a text" | "a number":
            return "put it in [ ]"
        case "a text", "true or false" | "a number":
            return "put it in quotes"
        case "a mapping", "a text" if ":" in written:
            return "write a space after the colon"
        case _:
            return ""


def _tell_word(
    detail: ErrorDetails, _model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    words = [word.strip(" '") for word in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(",")]
    near = nearest(part.written(*path), words)
    hint = f"did you mean {near}?" if near else ""
    report.error(part.spot(*path), "unknown-word", f"expected {one_of(words)}", suggestion=hint)


def _tell_too_short(
    _detail: ErrorDetails, _model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    report.error(part.spot(*path), "empty", "expected at least one entry, this is empty")


def _tell_bound(
    detail: ErrorDetails, _model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    words, key = _BOUNDS[detail["type"]]
    report.error(part.spot(*path), "bad-number", f"expected a number of {words} {detail['ctx'][key]}")


def _tell_other(
    detail: ErrorDetails, _model: type[BaseModel], part: Part, report: Report, path: tuple[PathItem, ...]
) -> None:
    """An error of our own (`types`): its code and text are fit for people."""
    written = part.written(*path)
    hint = duration_hint(written) if detail["type"] == "bad-duration" else ""
    if detail["type"] == "unknown-zone":
        hint = _zone_hint(written)
    report.error(part.spot(*path), detail["type"], detail["msg"], suggestion=hint)


def _zone_hint(written: str) -> str:
    from zoneinfo import available_timezones

    if unresolved(written):
        return ""
    near = nearest(written, available_timezones())
    by_city = {name.rpartition("/")[2]: name for name in sorted(available_timezones())}
    city = nearest(written.rpartition("/")[2], by_city)
    found = near or (by_city[city] if city else None)
    return f"did you mean {found}?" if found else ""


_Teller = Callable[[ErrorDetails, type[BaseModel], Part, Report, tuple[PathItem, ...]], None]
_TELLERS: Final[Mapping[str, _Teller]] = {
    "extra_forbidden": _tell_unknown_key,
    "missing": _tell_missing,
    "literal_error": _tell_word,
    "too_short": _tell_too_short,
    "string_too_short": _tell_too_short,
    **dict.fromkeys(_EXPECTED, _tell_wrong_type),
    **dict.fromkeys(_BOUNDS, _tell_bound),
}


def _model_at(model: type[BaseModel], path: tuple[PathItem, ...]) -> type[BaseModel] | None:
    """The model that stands at a path inside a model; `None` when it cannot be told."""
    found: type[BaseModel] | None = model
    for item in path:
        if found is None:
            return None
        fields = {field.alias or name: field.annotation for name, field in found.model_fields.items()}
        if item in fields:
            found = next(_models_in(fields[str(item)]), None)
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def unknown_name(kind: str, name: str, known: Mapping[str, Any] | list[str]) -> tuple[str, str]:
    """Message and suggestion for a name that leads nowhere."""
    return f"unknown {kind} `{shown(name)}`", did_you_mean(name, known)
