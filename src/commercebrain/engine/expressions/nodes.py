"""The parts of an expression, and how each is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotation marks."""

    value: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as in ``2025-07-21``."""

    value: date


@dataclass(frozen=True, slots=True)
class Term:
    """A name (``exports_last_year``) or a function of literals and names (``list('key_exporters')``, ``lag(cover, 4)``)."""

    name: str
    args: tuple[Number | Text | Day | Term, ...] | None = None

    def __str__(self) -> str:
        """As it is written; the key of its column."""
        return printed(self)


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """``+ − * /`` of two."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """``< <= > >= == !=`` of two."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Within:
    """``x in (a, b)``: is x one of them; ``'a' in ticks`` where ``options`` is a term that holds several."""

    inner: Node
    options: tuple[Number | Text | Day, ...] | Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; of what is not known it is not known."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Join:
    """``and`` or ``or`` of two or more."""

    operator: str
    parts: tuple[Node, ...]


Literal_ = Number | Text | Day
Node = Number | Text | Day | Term | Negative | Sum | Compare | Within | Not | Join
_TIGHT = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7, "atom": 8}


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly below."""
    if isinstance(node, Negative | Not):
        return (node.inner,)
    if isinstance(node, Sum | Compare):
        return (node.left, node.right)
    if isinstance(node, Within):
        return (node.inner, node.options) if isinstance(node.options, Term) else (node.inner,)
    return node.parts if isinstance(node, Join) else ()


def terms_in(node: Node) -> Iterator[Term]:
    """The names and function calls in it, in order of appearance; a call's own names are its business."""
    if isinstance(node, Term):
        yield node
    for child in children(node):
        yield from terms_in(child)


def depth(node: Node) -> int:
    """How deep the parts nest, counted without recursion."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(one))
    return deepest


def _number(value: Decimal) -> str:
    return format(value, "f")


def quoted(text: str) -> str:
    """A text as the language writes it: in single quotation marks, a mark inside doubled."""
    return "'" + text.replace("'", "''") + "'"


def printed(node: Node, least: int = 0) -> str:
    """The text of it; reading the text again gives the same parts."""
    told, tight = _written(node)
    return f"({told})" if tight < least else told


def _written(node: Node) -> tuple[str, int]:
    if isinstance(node, Number):
        return _number(node.value), _TIGHT["atom"]
    if isinstance(node, Text):
        return quoted(node.value), _TIGHT["atom"]
    if isinstance(node, Day):
        return node.value.isoformat(), _TIGHT["atom"]
    if isinstance(node, Term):
        inside = "" if node.args is None else f"({', '.join(printed(arg) for arg in node.args)})"
        return node.name + inside, _TIGHT["atom"]
    if isinstance(node, Negative):
        return f"-{printed(node.inner, _TIGHT['neg'])}", _TIGHT["neg"]
    if isinstance(node, Sum):
        own = _TIGHT[node.operator]
        return f"{printed(node.left, own)} {node.operator} {printed(node.right, own + 1)}", own
    if isinstance(node, Compare):
        own = _TIGHT["compare"]
        return f"{printed(node.left, own + 1)} {node.operator} {printed(node.right, own + 1)}", own
    if isinstance(node, Within):
        own = _TIGHT["compare"]
        options = (
            str(node.options)
            if isinstance(node.options, Term)
            else f"({', '.join(printed(option) for option in node.options)})"
        )
        return f"{printed(node.inner, own + 1)} {'not in' if node.negated else 'in'} {options}", own
    if isinstance(node, Not):
        return f"not {printed(node.inner, _TIGHT['not'])}", _TIGHT["not"]
    own = _TIGHT[node.operator]
    return f" {node.operator} ".join(printed(part, own + 1) for part in node.parts), own
