"""The value of an expression for one subject, exactly: numbers are decimals, and what is missing stays missing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from decimal import Context, Decimal, DecimalException
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions.checking import is_bare, type_of
from commercebrain.engine.expressions.nodes import (
    Compare,
    Day,
    Negative,
    Node,
    Not,
    Number,
    Sum,
    Term,
    Text,
    Within,
    printed,
)
from commercebrain.engine.expressions.types import KNOWN, Type, Vocabulary

Value = Decimal | str | bool | date | frozenset[str] | None
#: What a subject has under a name or a call; None where nothing is known.
LookUp = Callable[[Term], object]
_EXACT = Context(prec=60)
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ANY = Type("text")


def wrong_type(node: Node) -> UserError:
    """Values that cannot be used together: the declaration was not checked, or the data are not what they should be."""
    return UserError(
        "expression.wrong_type",
        f"“{printed(node)}”的值类型不符，无法计算；请核对条件与数据。",
        f"“{printed(node)}” meets values of a wrong type; check the condition and the data.",
    )


def as_value(found: object, wanted: Type | None) -> Value:
    """A looked-up thing as the language knows it: numbers as decimals, days, texts, sets of texts; NaN is missing."""
    if found is None or isinstance(found, bool):
        return found
    if wanted is not None and wanted.kind == "truth" and isinstance(found, int):
        return bool(found)
    if isinstance(found, int | float | Decimal):
        number = found if isinstance(found, Decimal) else Decimal(repr(found))
        return number if number.is_finite() else None
    if isinstance(found, date):
        return found
    if isinstance(found, str):
        if wanted is not None and wanted.kind == "day":
            try:
                return date.fromisoformat(found)
            except ValueError:
                return None
        if wanted is not None and wanted.kind == "number":
            try:
                number = Decimal(found)
            except DecimalException:
                return None
            return number if number.is_finite() else None
        if wanted is not None and wanted.kind == "choice":
            return wanted.code(found)
        return found
    if isinstance(found, frozenset | set | list | tuple):
        return frozenset(str(one) for one in found)
    return str(found)


class Evaluator:
    """Evaluates parts of one expression with one look-up."""

    def __init__(self, look_up: LookUp, vocabulary: Vocabulary) -> None:
        self.look_up = look_up
        self.vocabulary = vocabulary

    def term(self, term: Term) -> Value:
        """What stands under a name or a call."""
        if term.name == KNOWN and term.args and isinstance(term.args[0], Term):
            return self.term(term.args[0]) is not None
        return as_value(self.look_up(term), type_of(term, self.vocabulary))

    def value(self, node: Node, own_unit: bool = True) -> Value:
        """The value of ``node``. ``own_unit``: numbers as they stand, else in the first unit of their dimension."""
        if isinstance(node, Number | Text | Day):
            return node.value
        if isinstance(node, Term):
            found = self.term(node)
            if isinstance(found, Decimal) and not own_unit:
                known = type_of(node, self.vocabulary)
                return found.scaleb(known.power, _EXACT) if known is not None and known.power else found
            return found
        if isinstance(node, Negative):
            number = self._number(node.inner, node, own_unit)
            return None if number is None else _EXACT.minus(number)
        if isinstance(node, Sum):
            return self._sum(node, own_unit)
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Within):
            return self._within(node)
        if isinstance(node, Not):
            inner = self.truth(node.inner)
            return None if inner is None else not inner
        found_parts = [self.truth(part) for part in node.parts]
        settles = node.operator == "or"
        if settles in found_parts:
            return settles
        return None if None in found_parts else not settles

    def truth(self, node: Node) -> bool | None:
        """The value of a condition; None where it is not known."""
        found = self.value(node)
        if found is None or isinstance(found, bool):
            return found
        raise wrong_type(node)

    def _number(self, node: Node, whole: Node, own_unit: bool) -> Decimal | None:
        found = self.value(node, own_unit)
        if found is None or isinstance(found, Decimal):
            return found
        raise wrong_type(whole)

    def _sum(self, node: Sum, own_unit: bool) -> Decimal | None:
        left, right = self._number(node.left, node, own_unit), self._number(node.right, node, own_unit)
        if left is None or right is None or (node.operator == "/" and right == 0):
            return None
        try:
            if node.operator == "+":
                return _EXACT.add(left, right)
            if node.operator == "-":
                return _EXACT.subtract(left, right)
            return _EXACT.multiply(left, right) if node.operator == "*" else _EXACT.divide(left, right)
        except DecimalException:  # beyond every size: nothing that could be told
            return None

    def _compare(self, node: Compare) -> bool | None:
        own = is_bare(node.left) or is_bare(node.right)
        left, right = self.value(node.left, own), self.value(node.right, own)
        if left is None or right is None:
            return None
        choice = self.choice_of(node.left) or self.choice_of(node.right)
        if choice is not None and isinstance(left, str) and isinstance(right, str):
            one, other = choice.rank(left), choice.rank(right)
            if one is None or other is None:
                return None
            return bool(ORDER[node.operator](one, other))
        if type(left) is not type(right):
            raise wrong_type(node)
        return bool(ORDER[node.operator](left, right))

    def choice_of(self, node: Node) -> Type | None:
        """The choices that a side of a comparison stands for, if it does."""
        found = type_of(node, self.vocabulary) if isinstance(node, Term) else None
        return found if found is not None and found.kind == "choice" and found.choices else None

    def _within(self, node: Within) -> bool | None:
        if isinstance(node.options, Term):
            held, wanted = self.term(node.options), self.value(node.inner)
            if held is None or wanted is None:
                return None
            if not isinstance(held, frozenset) or not isinstance(wanted, str):
                raise wrong_type(node)
            known = type_of(node.options, self.vocabulary) or _ANY
            inside = (known.code(wanted) or wanted) in {known.code(one) or one for one in held}
        else:
            inner = self.value(node.inner)
            if inner is None:
                return None
            choice = self.choice_of(node.inner)
            options = [choice.code(o.value) if choice and isinstance(o, Text) else o.value for o in node.options]
            if any(option is not None and type(option) is not type(inner) for option in options):
                raise wrong_type(node)
            inside = inner in options
        return inside != node.negated
