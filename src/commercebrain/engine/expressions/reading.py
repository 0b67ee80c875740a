"""From text to the parts of an expression: the grammar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions.nodes import (
    Compare,
    Day,
    Join,
    Negative,
    Node,
    Not,
    Number,
    Sum,
    Term,
    Text,
    Within,
    depth,
)

GRAMMAR = r"""
start: _or
_or: either | _and
either: _and ("or" _and)+
_and: both | _not
both: _not ("and" _not)+
_not: contrary | _comparison
contrary: "not" _not
_comparison: compare | within | _sum
compare: _sum COMPARE _sum
within: _sum [NOT] "in" (options | term)
options: "(" _option ("," _option)* ")"
_option: _literal | minus
minus: "-" NUMBER
_sum: add | _product
add: _sum ADD _product
_product: multiply | _factor
multiply: _product TIMES _factor
_factor: negative | _atom
negative: "-" _factor
_atom: term | _literal | "(" _or ")"
term: NAME [arguments]
arguments: "(" [_argument ("," _argument)*] ")"
_argument: _literal | term
_literal: day | number | text
day: DAY
number: NUMBER
text: TEXT
NOT: "not"
ADD: "+" | "-"
TIMES: "*" | "/"
COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
NAME: /[a-z][a-z0-9_]*/
DAY.2: /\d{4}-\d{2}-\d{2}(?!\d)/
NUMBER: /\d{1,15}(\.\d{1,15})?/
TEXT: /'([^'\n]|'')*'/
%ignore /[ \t\r\n]+/
"""
MOST_CHARACTERS, DEEPEST = 2_000, 60


class _Builder(Transformer[Token, Node]):
    """Makes the parts as the text is read."""

    def start(self, parts: list[Any]) -> Any:
        return parts[0]

    def either(self, parts: list[Any]) -> Node:
        return _join("or", parts)

    def both(self, parts: list[Any]) -> Node:
        return _join("and", parts)

    def contrary(self, parts: list[Any]) -> Node:
        return Not(parts[0])

    def compare(self, parts: list[Any]) -> Node:
        return Compare(str(parts[1]), parts[0], parts[2])

    def within(self, parts: list[Any]) -> Node:
        return Within(parts[0], parts[2], negated=parts[1] is not None)

    def options(self, parts: list[Any]) -> Any:
        return tuple(parts)

    def add(self, parts: list[Any]) -> Node:
        return Sum(str(parts[1]), parts[0], parts[2])

    multiply = add

    def negative(self, parts: list[Any]) -> Node:
        return Negative(parts[0])

    def term(self, parts: list[Any]) -> Node:
        return Term(str(parts[0]), parts[1])

    def arguments(self, parts: list[Any]) -> Any:
        return tuple(part for part in parts if part is not None)

    def day(self, parts: list[Any]) -> Node:
        return Day(date.fromisoformat(str(parts[0])))

    def number(self, parts: list[Any]) -> Node:
        return Number(Decimal(str(parts[0])))

    def minus(self, parts: list[Any]) -> Node:
        return Number(Decimal(f"-{parts[0]}"))

    def text(self, parts: list[Any]) -> Node:
        return Text(str(parts[0])[1:-1].replace("''", "'"))


def _join(operator: str, parts: list[Any]) -> Node:
    """The parts side by side: what was in parentheses with the same word needs none."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Join) and part.operator == operator else (part,))
    return Join(operator, tuple(flat))


_PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=True)


@lru_cache(maxsize=2_048)
def read(text: str) -> Node:
    """The parts of ``text``; :class:`UserError` (``expression.…``) with the place where it cannot be read."""
    if len(text) > MOST_CHARACTERS:
        raise UserError(
            "expression.too_long",
            f"表达式有{len(text)}个字符，最多{MOST_CHARACTERS}个；请拆成几条。",
            f"The expression has {len(text)} characters, at most {MOST_CHARACTERS}; split it.",
        )
    try:
        node: Any = _PARSER.parse(text)
    except (UnexpectedInput, ValueError) as error:
        raise _unreadable(text, error) from None
    if depth(node) > DEEPEST:
        raise UserError(
            "expression.too_deep",
            f"表达式嵌套超过{DEEPEST}层，请拆成几条。",
            f"The expression nests deeper than {DEEPEST}; split it.",
        )
    made: Node = node
    return made


def _unreadable(text: str, error: Exception) -> UserError:
    column = getattr(error, "column", 0)
    place = column if isinstance(column, int) and column > 0 else len(text) + 1
    if isinstance(error, ValueError):  # the only builder that can fail reads a day
        return UserError(
            "expression.no_day",
            f"“{text}”里有不存在的日期，请写成 2025-07-21。",
            f"“{text}” holds a day that does not exist; write it like 2025-07-21.",
        )
    return UserError(
        "expression.unreadable",
        f"条件“{text}”在第{place}个字符处读不懂；可以写名称、数字、'文字'、日期、+ - * /、比较号、in (…)、and、or、not 和括号。",
        f"“{text}” cannot be read at character {place}; it may hold names, numbers, 'texts', days, + - * /, "
        "comparisons, in (…), and, or, not and parentheses.",
    )
