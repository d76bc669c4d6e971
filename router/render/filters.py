"""The filters that templates have: an allow-list of Jinja's own harmless ones, and ours for times, values and SMS.

What must not be here: a filter whose result can be much larger than its input and is not checked before it is made.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from jinja2 import TemplateRuntimeError, Undefined, pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import markup_join

from router.render import words
from router.render.budget import ITEMS, OUTPUT, RenderContext, charged, sized


@pass_context
def _default(_context: RenderContext, value: Any, instead: Any = "") -> Any:
    """What is undefined, none or empty gives way: an absent label is as absent as an undefined one."""
    return instead if isinstance(value, Undefined) or value is None or value == "" else value


def _bounded(value: Any) -> tuple[Any, ...]:
    if value is None or isinstance(value, str | int | float):
        raise TemplateRuntimeError(f"cannot loop over {value!r:.40}")
    if isinstance(value, Mapping | tuple | list | dict):
        if len(value) > ITEMS:
            raise TemplateRuntimeError(f"a loop over more than {ITEMS} items")
        return tuple(value)
    raise TemplateRuntimeError("a loop over something that is not a list")


@pass_context
def _turns(context: RenderContext, value: Any) -> tuple[Any, ...]:
    if isinstance(value, Undefined):
        str(value)
    items = _bounded(value)
    context.budget.spend(context.budget.turn * len(items))
    return items


@pass_context
def _joined(context: RenderContext, parts: Iterable[Any]) -> str:
    shown = context.environment.finalize or str
    texts = [shown(part) for part in parts]
    made: str = markup_join(texts) if context.eval_ctx.autoescape else "".join(map(str, texts))
    context.budget.spend(40 + len(made))
    sized(made)
    return made


def _join(value: Any, between: str = "") -> str:
    return str(between).join(str(item) for item in _bounded(value))


def _replace(text: Any, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    if len(text) + (text.count(old) + 1) * len(new) > OUTPUT:
        raise TemplateRuntimeError("replace makes too long a text")
    made: str = text.replace(old, new)
    return made


def _round(value: float, digits: int = 0) -> float:
    return round(value, max(0, min(int(digits), 6)))


def _cut(text: Any, length: int = 100) -> str:
    return words.clean(str(text), max(2, min(int(length), OUTPUT)))


def _items(value: Any) -> tuple[tuple[str, Any], ...]:
    if not isinstance(value, Mapping):
        raise TemplateRuntimeError("items of something that is not a mapping")
    return tuple(sorted((str(key), value[key]) for key in value))


def _duration(value: timedelta | float) -> str:
    return words.duration(value if isinstance(value, timedelta) else timedelta(seconds=value))


def _lines(text: Any) -> tuple[str, ...]:
    return tuple(str(text).splitlines()[:ITEMS])


def _sms(parts: Any, vital: int = 1, last: Any = "") -> str:
    return words.sms((str(part) for part in _bounded(parts)), vital, str(last)[:_LAST])


def _upper_first(text: Any) -> str:
    return str(text)[:1].upper() + str(text)[1:]


def _gsm(text: Any) -> str:
    return words.gsm(str(text))


def _for_times(zone: tzinfo) -> dict[str, Callable[..., Any]]:
    """Filters for instants. `when` and `ago` look at the rendering's own `now`."""

    @pass_context
    def when(context: RenderContext, at: datetime | None) -> str:
        context.budget.spend(60)
        return "" if at is None else words.when(at, zone, context.parent["now"])

    @pass_context
    def ago(context: RenderContext, at: datetime | None) -> str:
        context.budget.spend(60)
        return "" if at is None else words.ago(at, context.parent["now"])

    return {
        "when": when,
        "ago": ago,
        "time": charged(lambda at: words.clock_time(at, zone)),
        "date": charged(lambda at: words.calendar_date(at, zone)),
        "datetime": charged(lambda at: words.full_time(at, zone)),
    }


_LAST: Final = 200
"""Places that the last line of an SMS may take: what it is about must have some too."""
_OWN: Final[dict[str, Callable[..., Any]]] = {
    "join": _join,
    "replace": _replace,
    "round": _round,
    "truncate": _cut,
    "items": _items,
    "lines": _lines,
    "upper_first": _upper_first,
    "number": words.number,
    "with_unit": words.amount,
    "duration": _duration,
    "gsm": _gsm,
    "sms": _sms,
}
_JINJA: Final = {
    name: FILTERS[name] for name in words.word_set("abs capitalize e escape float int lower string title trim upper")
}


def filters(*, zone: tzinfo, people: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """Every filter a template has, by name. Those ending in `!` cannot be written: the loader puts them in."""
    made = {name: charged(function) for name, function in (_OWN | _JINJA).items()}
    made |= {"length": charged(len, nothing=0), "count": charged(len, nothing=0)}
    made |= {"names": charged(lambda targets: words.names(_bounded(targets), people))}
    return made | _for_times(zone) | {"default": _default, "d": _default, "turn!": _turns, "join!": _joined}
