"""The sandbox that templates run in: which attributes, methods and operators they reach.

An operator writes the templates, but what they print comes from outside, and an endless one would stop the router. So
everything is refused that is not listed: statements in `render.checks`, filters in `render.filters`, attributes here.
What must not be here: files, or what the texts say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, ClassVar, Final, Literal

from jinja2 import ChainableUndefined, StrictUndefined, TemplateRuntimeError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from router.render import words
from router.render.budget import RenderContext, sized
from router.render.checks import TEXT_METHODS
from router.render.filters import filters
from router.render.views import Labels, Raw, View

Escape = Literal["html", "text"]
_LOOP: Final = words.word_set("index index0 revindex revindex0 first last length previtem nextitem")
_TESTS: Final = words.word_set(
    "defined undefined none string number mapping sequence iterable true false boolean integer float odd even "
    "divisibleby in eq equalto == ne != lt lessthan < le <= gt greaterthan > ge >= sameas lower upper"
)


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of all templates; `zone` is where times are shown, `people` are names by id."""

    intercepted_binops: ClassVar = frozenset({"+", "*", "**", "%"})  # type: ignore[misc]

    def __init__(self, *, zone: tzinfo, people: Mapping[str, str], escape: Escape) -> None:
        self.zone = zone
        super().__init__(
            undefined=StrictUndefined,
            autoescape=escape == "html",
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
            finalize=self.shown,
        )
        self.context_class = RenderContext
        self.globals.clear()
        self.tests = {name: TESTS[name] for name in _TESTS}
        self.filters = filters(zone=zone, people=people)

    def shown(self, value: Any) -> Any:
        """What printing a value gives: nothing for none, times in the zone, numbers as people write them."""
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, datetime):
            return words.full_time(value, self.zone)
        if isinstance(value, timedelta):
            return words.duration(value)
        if isinstance(value, float):
            return words.number(value)
        if isinstance(value, View) and not isinstance(value, Raw):
            raise TemplateRuntimeError(f"{type(value).__name__} is not a text: name one of its fields")
        return value

    # --- what may be reached

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of a view, a label, a key of the payload, or one of the few harmless methods."""
        if isinstance(obj, View):
            if attribute in obj.NAMES:
                return getattr(obj, attribute)
            return obj[attribute] if isinstance(obj, Labels | Raw) else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Undefined):
            return _still_undefined(obj)
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        allowed = TEXT_METHODS if isinstance(obj, str) else _LOOP if isinstance(obj, LoopContext) else ()
        return getattr(obj, attribute) if attribute in allowed else self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item; never an attribute by another name."""
        if isinstance(obj, View) and not isinstance(obj, Labels | Raw):
            return self.getattr(obj, argument) if isinstance(argument, str) else self.undefined(obj=obj, name=argument)
        if isinstance(obj, Undefined):
            return _still_undefined(obj)
        try:
            return obj[argument]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Nothing is reached by this road: `getattr` above knows what is allowed."""
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        """What can be named can be called: the checks at load allow calls of text methods and `super()` only."""
        return True

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call costs as much as a turn of a loop: `super()` runs a whole block."""
        assert isinstance(context, RenderContext)
        context.budget.spend(context.budget.turn)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`+` joins texts and adds numbers, `*` multiplies numbers; both within bounds."""
        assert isinstance(context, RenderContext)
        if left is None or right is None:
            raise TypeError(f"`{operator}` with a value that is not there")
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        texts = isinstance(left, str) and isinstance(right, str) and operator == "+"
        if operator == "**" or not (numbers or texts):
            raise SecurityError(f"`{operator}` is not for {type(left).__name__} and {type(right).__name__}")
        context.budget.spend(40 + (len(left) + len(right) if texts else 0))
        return sized(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> Any:
        """`format` is not offered, so there is nothing to wrap."""
        return None


def _still_undefined(obj: Undefined) -> Undefined:
    """What is absent in the payload has nothing but absent parts; any other undefined name raises its own error."""
    if not isinstance(obj, ChainableUndefined):
        str(obj)
    return obj
