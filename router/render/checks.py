"""What a template may say: its syntax tree is held against a list of allowed statements and known names.

What must not be here: running anything. What a template may cost is the business of `render.budget`.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from jinja2 import nodes

from router.render import words
from router.render.views import NAMES, VIEWS

TEXT_METHODS: Final = words.word_set(
    "capitalize casefold endswith isalpha isdigit lower lstrip removeprefix removesuffix rstrip "
    "startswith strip title upper"
)
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.Extends, nodes.Block, nodes.For, nodes.If, nodes.Assign, nodes.With, nodes.Name,
    nodes.Const, nodes.TemplateData, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr,
    nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare,
    nodes.Operand, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Add, nodes.Sub, nodes.Mod, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Pos,
)  # fmt: skip
Finding = tuple[int, str]
"""A line of a template and what is wrong there."""


def forbidden(tree: nodes.Template) -> Iterator[Finding]:
    """What the template says and must not, in the order of the file."""
    yield from _outside_blocks(tree)
    yield from _walk(tree, loops=0)


def _outside_blocks(tree: nodes.Template) -> Iterator[Finding]:
    for node in tree.body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if not isinstance(part, nodes.TemplateData) or part.data.strip():
                    yield part.lineno, "text outside a block is never shown: put it into {% block body %}"
        elif isinstance(node, nodes.Assign | nodes.If | nodes.For | nodes.With):
            yield (
                node.lineno,
                f"{{% {_said(node)} %}} outside a block has no effect: put it into the block that needs it",
            )


def _walk(node: nodes.Node, *, loops: int) -> Iterator[Finding]:
    for child in node.iter_child_nodes():
        if not isinstance(child, _ALLOWED):
            yield child.lineno, f"{_said(child)} is not allowed in a template"
            continue
        if isinstance(child, nodes.For):
            yield from _loop(child, loops + 1)
        elif isinstance(child, nodes.Extends) and not isinstance(child.template, nodes.Const):
            yield child.lineno, "extends takes the name of a template in quotes"
        elif isinstance(child, nodes.Block) and loops:
            yield child.lineno, "a block inside a loop is not allowed"
        elif isinstance(child, nodes.Call):
            yield from _called(child)
        elif isinstance(child, nodes.Name) and child.name in {"self", "caller", "varargs", "kwargs"}:
            yield child.lineno, f"{child.name} is not allowed in a template"
        yield from _walk(child, loops=loops + isinstance(child, nodes.For))


def _loop(loop: nodes.For, depth: int) -> Iterator[Finding]:
    if loop.recursive:
        yield loop.lineno, "a recursive loop is not allowed"
    if depth > 2:
        yield loop.lineno, "loops nest twice at most"


def _called(call: nodes.Call) -> Iterator[Finding]:
    target = call.node
    if isinstance(target, nodes.Getattr) and target.attr in TEXT_METHODS:
        return
    if isinstance(target, nodes.Name) and target.name == "super" and not (call.args or call.kwargs):
        return
    name = target.attr if isinstance(target, nodes.Getattr) else getattr(target, "name", "this")
    yield call.lineno, f"{name}() cannot be called in a template"


def _said(node: nodes.Node) -> str:
    spelled = {"Assign": "set", "AssignBlock": "a set block", "FilterBlock": "a filter block", "Pow": "**"}
    spelled |= {
        "FromImport": "import",
        "CallBlock": "call",
        "NSRef": "namespace",
        "ScopedEvalContextModifier": "autoescape",
    }
    name = type(node).__name__
    return spelled.get(name, name.lower())


def guard(tree: nodes.Template) -> nodes.Template:
    """The template with every loop and every `~` sent through a filter that draws on the budget."""
    for loop in tree.find_all(nodes.For):
        loop.iter = _through("turn!", loop.iter)
    _join_guarded(tree)
    return tree


def _through(name: str, value: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno, environment=value.environment)


def _join_guarded(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, name, [_guarded(item) if isinstance(item, nodes.Node) else item for item in value])
        elif isinstance(value, nodes.Node):
            setattr(node, name, _guarded(value))


def _guarded(node: nodes.Node) -> nodes.Node:
    _join_guarded(node)
    if not isinstance(node, nodes.Concat):
        return node
    parts = nodes.List(node.nodes, lineno=node.lineno, environment=node.environment)
    return _through("join!", parts)


def unknown(tree: nodes.Template) -> Iterator[Finding]:
    """Names and fields that no fact has, with the nearest one that exists."""
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"} | {"loop", "super"}
    for name in tree.find_all(nodes.Name):
        if name.name not in NAMES | own:
            yield name.lineno, f"there is no {name.name!r} in a template{_nearest(name.name, NAMES)}"
    known: Mapping[str, frozenset[str]] = {name: view.NAMES for name, view in VIEWS.items() if name not in own}
    for field in tree.find_all(nodes.Getattr):
        owner = field.node.name if isinstance(field.node, nodes.Name) else ""
        if owner in known and field.attr not in known[owner]:
            yield field.lineno, f"{owner} has no {field.attr!r}{_nearest(field.attr, known[owner])}"


def _nearest(word: str, among: frozenset[str]) -> str:
    near = get_close_matches(word, sorted(among), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
