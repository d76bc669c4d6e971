"""What a template may cost: every loop turn, call, filter and joined text draws on one budget; the output is capped.

What must not be here: what a template may say (`render.checks`) or which filters there are (`render.filters`).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from jinja2 import TemplateRuntimeError, Undefined, pass_context
from jinja2.runtime import Context

OUTPUT: Final = 20_000
SOURCE: Final = 32_000
ITEMS: Final = 200
WORK: Final = 400_000
BIG: Final = 10**18


class Budget:
    """What one rendering may still cost, in rough units of 20 ns; `turn` is the price of one turn of a loop."""

    __slots__ = ("left", "turn")

    def __init__(self, turn: int) -> None:
        self.left = WORK
        self.turn = turn

    def spend(self, units: int) -> None:
        """Take units away; a template that has none left fails."""
        self.left -= units
        if self.left < 0:
            raise TemplateRuntimeError("the template takes too long")


class RenderContext(Context):
    """A Jinja context that carries the budget of its rendering."""

    budget: Budget

    def derived(self, locals: dict[str, Any] | None = None) -> "RenderContext":  # noqa: A002 - Jinja's name
        """The same for a scoped block."""
        context = super().derived(locals)
        assert isinstance(context, RenderContext)
        context.budget = self.budget
        return context


def sized(text: Any) -> Any:
    """The value, unless it is a text or a number that is too big."""
    if isinstance(text, str) and len(text) > OUTPUT:
        raise TemplateRuntimeError(f"a text of more than {OUTPUT} characters")
    if isinstance(text, int) and abs(text) > BIG:
        raise TemplateRuntimeError("a number that is too big")
    return text


def charged(function: Callable[..., Any], *, nothing: Any = "") -> Callable[..., Any]:
    """A filter that draws on the budget by the size of what goes in and comes out; it never sees the context.

    None gives `nothing`: a text about an absent value is no text, and no error.
    """

    @pass_context
    def filtered(context: RenderContext, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value is None:
            return nothing
        if isinstance(value, Undefined):
            str(value)  # raises for a name that is not there
        context.budget.spend(40 + (len(value) if isinstance(value, str) else 0))
        made = sized(function(value, *args, **kwargs))
        context.budget.spend(len(made) if isinstance(made, str | tuple | list) else 0)
        return made

    return filtered


def run(block: Callable[[Context], Iterable[str]], context: RenderContext) -> str:
    """The text of one block; more than 20 kB of it is an error."""
    pieces, size = [], 0
    for piece in block(context):
        size += len(piece)
        if size > OUTPUT:
            raise TemplateRuntimeError(f"the text is longer than {OUTPUT} characters")
        pieces.append(piece)
    return "".join(pieces)
