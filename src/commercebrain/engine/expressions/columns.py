"""The value of a condition for many subjects at once.

Numbers run as floating point with a bound of their error beside them. A row in which a comparison is closer than that
bound is computed again exactly, one by one: so a column always says what the rows would say one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions.checking import is_bare, type_of
from commercebrain.engine.expressions.evaluating import ORDER, Evaluator, as_value, wrong_type
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
)
from commercebrain.engine.expressions.types import KNOWN, Type, Vocabulary

Array = NDArray[Any]
_EPS = float(np.finfo(np.float64).eps)
_WHOLE = 2.0**53
_NUMBER = int | float | Decimal | np.integer | np.floating


@dataclass(frozen=True)
class Column:
    """What many subjects have under one name: values, and which of them are known.

    Values are a numeric or boolean array, or an object array of texts, days, or collections of texts. ``known`` left
    out: every value that is neither None nor NaN.
    """

    values: Array
    known: Array

    @classmethod
    def of(cls, values: Sequence[object] | Array, known: Array | None = None) -> Column:
        """A column of plain values; None and NaN are missing."""
        array = values if isinstance(values, np.ndarray) else _array(values)
        if array.dtype.kind == "f":
            there = np.isfinite(array)
        elif array.dtype == object:
            there = np.fromiter((one is not None and one == one for one in array), bool, len(array))
        else:
            there = np.ones(len(array), bool)
        return cls(array, there if known is None else there & known)


def _array(values: Sequence[object]) -> Array:
    if values and all(type(one) is bool for one in values):
        return np.array(values, bool)
    if values and all(type(one) is int and abs(one) < 2**62 for one in values):
        return np.array(values, np.int64)
    made = np.empty(len(values), object)
    made[:] = values
    return made


@dataclass(frozen=True)
class _Numbers:
    """Numbers with a bound of how far each may be off."""

    values: Array
    error: Array
    known: Array


class Columns:
    """Evaluates one expression over columns."""

    def __init__(self, columns: Mapping[str, Column], vocabulary: Vocabulary) -> None:
        lengths = {len(column.values) for column in columns.values()}
        if len(lengths) > 1:
            raise UserError(
                "expression.lengths", "各列的行数不同，无法计算。", "The columns have different numbers of rows."
            )
        self.columns = columns
        self.vocabulary = vocabulary
        self.rows = lengths.pop() if lengths else 1
        self.unsure = np.zeros(self.rows, bool)

    def column(self, term: Term) -> Column:
        """The column of a name or a call; one that nobody gave is missing throughout."""
        found = self.columns.get(str(term))
        return found or Column(np.empty(self.rows, object), np.zeros(self.rows, bool))

    def run(self, node: Node) -> tuple[Array, Array]:
        """Values and which are known; the values of what is not known mean nothing."""
        with np.errstate(all="ignore"):
            if isinstance(node, Number | Negative | Sum) or (isinstance(node, Term) and self._is_number(node)):
                numbers = self.numbers(node, own_unit=True)
                return numbers.values, numbers.known
            if isinstance(node, Term | Text | Day) and not self._is_truth(node):
                return self.things(node, None)
            value, known = self.truth(node)
        for row in np.flatnonzero(self.unsure):
            exact = Evaluator(self._row(int(row)), self.vocabulary).truth(node)
            value[row], known[row] = bool(exact), exact is not None
        return value & known, known

    def _row(self, row: int) -> Callable[[Term], object]:
        def look_up(term: Term) -> object:
            found = self.columns.get(str(term))
            if found is None or not found.known[row]:
                return None
            value = found.values[row]
            return value.item() if isinstance(value, np.generic) else value

        return look_up

    def _is_number(self, term: Term) -> bool:
        declared = type_of(term, self.vocabulary)
        if declared is not None:
            return declared.kind == "number"
        column = self.column(term)
        if column.values.dtype != object:
            return column.values.dtype.kind in "iuf"
        there = column.values[column.known]
        return bool(len(there)) and all(isinstance(one, _NUMBER) and not isinstance(one, bool) for one in there)

    def _is_truth(self, node: Node) -> bool:
        if not isinstance(node, Term):
            return False
        known = type_of(node, self.vocabulary)
        return known.kind == "truth" if known is not None else self.column(node).values.dtype.kind == "b"

    # -- conditions

    def truth(self, node: Node) -> tuple[Array, Array]:
        """Whether a condition holds, and where that is known."""
        if isinstance(node, Join):
            return self._join(node)
        if isinstance(node, Not):
            value, known = self.truth(node.inner)
            return ~value & known, known
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Within):
            return self._within(node)
        if not isinstance(node, Term):
            raise wrong_type(node)
        if node.name == KNOWN and node.args and isinstance(node.args[0], Term):
            return self._known(node.args[0]), np.ones(self.rows, bool)
        found = self.column(node)
        if found.values.dtype.kind == "b":
            return found.values & found.known, found.known.copy()
        value, known = np.zeros(self.rows, bool), found.known.copy()
        wanted = type_of(node, self.vocabulary)
        for row in np.flatnonzero(found.known):
            one = as_value(_plain(found.values[row]), wanted)
            if one is not None and not isinstance(one, bool):
                raise wrong_type(node)
            value[row], known[row] = bool(one), one is not None
        return value, known

    def _known(self, term: Term) -> Array:
        if self._is_number(term) and self.column(term).values.dtype.kind in "iuf":
            found = self.column(term)
            return found.known & np.isfinite(found.values.astype(np.float64))
        _, known = self.things(term, type_of(term, self.vocabulary))
        return known

    def _join(self, node: Join) -> tuple[Array, Array]:
        settles = node.operator == "or"
        settled, all_known = np.zeros(self.rows, bool), np.ones(self.rows, bool)
        for part in node.parts:
            value, known = self.truth(part)
            settled |= known & (value == settles)
            all_known &= known
        known = settled | all_known
        return (settled if settles else all_known & ~settled), known

    def _compare(self, node: Compare) -> tuple[Array, Array]:
        compare = ORDER[node.operator]
        if self._numeric(node.left) and self._numeric(node.right):
            own = is_bare(node.left) or is_bare(node.right)
            left, right = self.numbers(node.left, own), self.numbers(node.right, own)
            known = left.known & right.known
            apart = np.abs(left.values - right.values)
            slack = left.error + right.error
            sure = (apart > slack) | ((slack == 0) & (apart == 0))
            self.unsure |= known & ~sure
            return compare(left.values, right.values) & known, known
        choice = self._choice(node.left) or self._choice(node.right)
        left_values, left_known = self.things(node.left, choice)
        right_values, right_known = self.things(node.right, choice)
        known = left_known & right_known
        value = np.zeros(self.rows, bool)
        for row in np.flatnonzero(known):
            one, other = left_values[row], right_values[row]
            if choice is not None and isinstance(one, str) and isinstance(other, str):
                places = choice.rank(one), choice.rank(other)
                if None in places:
                    known[row] = False
                    continue
                one, other = places
            elif type(one) is not type(other):
                raise wrong_type(node)
            value[row] = compare(one, other)
        return value, known

    def _choice(self, node: Node) -> Type | None:
        found = type_of(node, self.vocabulary) if isinstance(node, Term) else None
        return found if found is not None and found.kind == "choice" and found.choices else None

    def _within(self, node: Within) -> tuple[Array, Array]:
        evaluator_terms = (node.inner, node.options) if isinstance(node.options, Term) else (node.inner,)
        known = np.ones(self.rows, bool)
        for part in evaluator_terms:
            if isinstance(part, Term):
                known &= self.column(part).known
        value = np.zeros(self.rows, bool)
        memo: dict[object, bool | None] = {}
        single = isinstance(node.inner, Term) and not isinstance(node.options, Term)
        for row in np.flatnonzero(known):
            look_up = self._row(int(row))
            key = look_up(node.inner) if single and isinstance(node.inner, Term) else None
            if single and isinstance(key, str | int):
                if key not in memo:
                    memo[key] = _truth_of(Evaluator(look_up, self.vocabulary), node)
                found = memo[key]
            else:
                found = _truth_of(Evaluator(look_up, self.vocabulary), node)
            value[row], known[row] = bool(found), found is not None
        return value, known

    # -- things

    def things(self, node: Node, wanted: Type | None) -> tuple[Array, Array]:
        """Texts, days and choices as the language knows them."""
        if isinstance(node, Text | Day | Number):
            made = np.empty(self.rows, object)
            made[:] = [node.value] * self.rows
            return made, np.ones(self.rows, bool)
        if not isinstance(node, Term):
            value, known = self.truth(node)
            return value.astype(object), known
        if node.name == KNOWN:
            value, known = self.truth(node)
            return value.astype(object), known
        found, declared = self.column(node), type_of(node, self.vocabulary)
        values, known = np.empty(self.rows, object), found.known.copy()
        for row in np.flatnonzero(found.known):
            values[row] = as_value(_plain(found.values[row]), declared or wanted)
            known[row] = values[row] is not None
        return values, known

    # -- numbers

    def _numeric(self, node: Node) -> bool:
        return isinstance(node, Number | Negative | Sum) or (isinstance(node, Term) and self._is_number(node))

    def numbers(self, node: Node, own_unit: bool) -> _Numbers:
        """Numbers with their bounds of error."""
        if isinstance(node, Number):
            value = np.full(self.rows, float(node.value))
            exact = node.value == node.value.to_integral_value() and abs(node.value) < _WHOLE
            return _Numbers(value, np.zeros(self.rows) if exact else np.abs(value) * _EPS, np.ones(self.rows, bool))
        if isinstance(node, Negative):
            inner = self.numbers(node.inner, own_unit)
            return _Numbers(-inner.values, inner.error, inner.known)
        if isinstance(node, Sum):
            return self._sum(node, own_unit)
        if not isinstance(node, Term) or not self._is_number(node):
            raise wrong_type(node)
        return self._scaled(node, self._read(node), own_unit)

    def _read(self, term: Term) -> _Numbers:
        found = self.column(term)
        if found.values.dtype.kind not in "iuf":
            things, known = self.things(term, type_of(term, self.vocabulary))
            value = np.array([float(one) if k else 0.0 for one, k in zip(things, known, strict=True)], np.float64)
        else:
            value = found.values.astype(np.float64)
            known = found.known & np.isfinite(value)
        whole = (value == np.rint(value)) & (np.abs(value) < _WHOLE)
        return _Numbers(value, np.where(whole & (found.values.dtype.kind in "iuf"), 0.0, np.abs(value) * _EPS), known)

    def _scaled(self, term: Term, read: _Numbers, own_unit: bool) -> _Numbers:
        declared = type_of(term, self.vocabulary)
        if own_unit or declared is None or not declared.power:
            return read
        factor = 10.0**declared.power
        value = read.values * factor
        whole = (read.error == 0) & (declared.power > 0) & (np.abs(value) < _WHOLE)
        return _Numbers(value, np.where(whole, 0.0, read.error * factor + np.abs(value) * 2 * _EPS), read.known)

    def _sum(self, node: Sum, own_unit: bool) -> _Numbers:
        a, b = self.numbers(node.left, own_unit), self.numbers(node.right, own_unit)
        known = a.known & b.known
        if node.operator == "/":
            self.unsure |= known & (np.abs(b.values) <= b.error) & (b.error > 0)
            known = known & (b.values != 0)
            value = a.values / np.where(b.values == 0, 1.0, b.values)
            room = np.abs(b.values) - b.error
            error = (a.error + np.abs(value) * b.error) / np.where(room > 0, room, np.nan) + np.abs(value) * _EPS
            exact = (a.error == 0) & (b.error == 0) & (np.rint(value) == value) & (value * b.values == a.values)
            return _Numbers(value, np.where(exact & (np.abs(a.values) < _WHOLE), 0.0, error), known)
        if node.operator == "*":
            value = a.values * b.values
            error = np.abs(a.values) * b.error + np.abs(b.values) * a.error + a.error * b.error
        else:
            value = a.values + b.values if node.operator == "+" else a.values - b.values
            error = a.error + b.error
        # Sums and products of whole numbers are exact as long as they stay below 2^53.
        exact = (a.error == 0) & (b.error == 0) & (np.rint(a.values) == a.values) & (np.rint(b.values) == b.values)
        exact &= np.abs(value) < _WHOLE
        return _Numbers(value, np.where(exact, 0.0, error * (1 + 4 * _EPS) + np.abs(value) * 2 * _EPS), known)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _truth_of(evaluator: Evaluator, node: Node) -> bool | None:
    return evaluator.truth(node)
