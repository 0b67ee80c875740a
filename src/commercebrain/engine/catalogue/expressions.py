"""Formulas over catalogue names: a small typed language that knows what is missing.

``export_value / import_value``; ``trade_value / nation.trade_value`` (the same indicator of the nation,
or of the
``province``). Operators: + − * /, comparisons, parentheses. Missing is its own value: whatever is
computed with it is missing and says the names of what was missing; a comparison with it is neither true
nor false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from commercebrain.engine.errors import UserError

GRAMMAR = r"""
?start: comparison
?comparison: sum (COMPARE sum)?
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: factor | product "*" factor -> mul | product "/" factor -> div
?factor: "-" factor -> neg | atom
?atom: NUMBER -> number | [SCOPE "."] NAME -> name | "(" comparison ")"
SCOPE.2: /(nation|province)(?=\s*\.)/
NAME: /[a-z][a-z0-9_]*/
NUMBER: /\d+(\.\d+)?/
COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
%ignore /\s+/
"""
_PARSER = Lark(GRAMMAR, parser="lalr")
_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}
_COMPARISON: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
#: A measure as powers of dimensions: 亿元 is {"CNY": 1}, a ratio is {}.
Measure = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Name:
    """An indicator in a formula; ``scope`` is "" (the region asked for), "nation" or "province"."""

    code: str
    scope: str = ""

    def __str__(self) -> str:
        return f"{self.scope}.{self.code}" if self.scope else self.code


@dataclass(frozen=True, slots=True)
class Missing:
    """No value, because ``names`` are missing or, with no names, because a denominator is zero."""

    names: tuple[Name, ...] = ()


Value = Decimal | bool | Missing


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed formula."""

    text: str
    tree: Tree[Token]

    @property
    def names(self) -> tuple[Name, ...]:
        """The indicators in it, each once, in order of appearance."""
        return tuple(dict.fromkeys(_names(self.tree)))

    def value(self, look_up: Callable[[Name], Decimal | None]) -> Value:
        """The value, with ``look_up`` giving each name's value or None where it is missing."""
        return _evaluate(self.tree, look_up)

    def measure(self, look_up: Callable[[Name], Measure]) -> Measure:
        """What the formula measures, from what its names measure.

        Raises :class:`UserError` (``formula.units``) where it adds or compares different things.
        """
        return _measure(self.tree, look_up)


@lru_cache(maxsize=512)
def parse(text: str) -> Expression:
    """The formula; :class:`UserError` (``formula.unreadable``) with the place where it cannot be read."""
    try:
        tree: Any = _PARSER.parse(text)
    except UnexpectedInput as error:
        column = getattr(error, "column", 0)
        place = column if isinstance(column, int) and column > 0 else len(text) + 1
        raise UserError(
            "formula.unreadable",
            f"公式“{text}”在第{place}个字符处读不懂；只能写指标代码、数字、+ - * /、比较号和括号。",
            f"The formula “{text}” cannot be read at character {place}; it may hold indicator codes, "
            "numbers, + - * /, comparisons and parentheses.",
        ) from None
    return Expression(text, tree)


def _names(node: Tree[Token]) -> Iterator[Name]:
    if node.data == "name":
        yield _name(node)
        return
    for child in node.children:
        if isinstance(child, Tree):
            yield from _names(child)


def _name(node: Tree[Token]) -> Name:
    scope, code = node.children
    return Name(str(code), str(scope or ""))


def _operands(node: Tree[Token]) -> tuple[Tree[Token], Tree[Token]]:
    left, right = (child for child in node.children if isinstance(child, Tree))
    return left, right


def _evaluate(node: Tree[Token], look_up: Callable[[Name], Decimal | None]) -> Value:
    if node.data == "number":
        return Decimal(str(node.children[0]))
    if node.data == "name":
        name = _name(node)
        found = look_up(name)
        return Missing((name,)) if found is None else found
    if node.data == "neg":
        inner = _evaluate(node.children[0], look_up)  # type: ignore[arg-type]
        return inner if isinstance(inner, Missing) else -Decimal(inner)
    one, two = (_evaluate(child, look_up) for child in _operands(node))
    if isinstance(one, Missing) or isinstance(two, Missing):
        names = (
            *(one.names if isinstance(one, Missing) else ()),
            *(two.names if isinstance(two, Missing) else ()),
        )
        return Missing(tuple(dict.fromkeys(names)))
    if node.data == "comparison":
        return _COMPARISON[str(node.children[1])](Decimal(one), Decimal(two))
    if node.data == "div" and two == 0:
        return Missing()
    return _ARITHMETIC[str(node.data)](Decimal(one), Decimal(two))


def _measure(node: Tree[Token], look_up: Callable[[Name], Measure]) -> Measure:
    if node.data == "number":
        return {}
    if node.data == "name":
        return look_up(_name(node))
    if node.data == "neg":
        return _measure(node.children[0], look_up)  # type: ignore[arg-type]
    one, two = (_measure(child, look_up) for child in _operands(node))
    if node.data in ("mul", "div"):
        sign = 1 if node.data == "mul" else -1
        powers = {d: one.get(d, 0) + sign * two.get(d, 0) for d in {*one, *two}}
        return {d: p for d, p in powers.items() if p}
    if dict(one) != dict(two):
        raise UserError(
            "formula.units",
            f"公式里相加、相减或比较的两边单位不同（{_say(one)}与{_say(two)}）。",
            f"The formula adds or compares different things ({_say(one)} and {_say(two)}).",
        )
    return {} if node.data == "comparison" else one


def _say(measure: Measure) -> str:
    return " · ".join(f"{d}^{p}" if p != 1 else d for d, p in measure.items()) or "ratio"
