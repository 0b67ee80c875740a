"""Facts of the rows of a frame, each column fetched once; and what a condition says of them, part by part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.columns import Columns
from commercebrain.engine.expressions.evaluating import ORDER
from commercebrain.engine.expressions.nodes import Node, terms_in
from commercebrain.engine.rules.compiled import NEAR, Condition, Either, Flag, Part, Sums, Table, Threshold, floats_hold
from commercebrain.engine.rules.frame import Coded, Frame

Truths = NDArray[np.bool_]
Places = NDArray[np.intp]
Floats = NDArray[np.float64]


class Facts:
    """The columns of a frame on the rows ``at`` (None: all of them)."""

    def __init__(self, frame: Frame, at: Places | None = None) -> None:
        self.frame, self.at = frame, at
        self.rows = len(frame.keys) if at is None else len(at)
        self._columns: dict[Term, Column] = {}
        self._vectors: dict[str, Floats | None] = {}
        self._coded: dict[tuple[Term, ...], Coded] = {}

    def column(self, term: Term) -> Column:
        """The column as the frame gives it."""
        if term not in self._columns:
            coded = self.frame.coded(term)
            if coded is not None:
                self._columns[term] = self._taken(coded).plain()
            else:
                whole = self.frame.column(term)
                at = self.at
                self._columns[term] = whole if at is None else Column(whole.values[at], whole.known[at])
        return self._columns[term]

    def coded(self, terms: tuple[Term, ...]) -> Coded:
        """A column as codes; of two, the pairs of their values."""
        if terms not in self._coded:
            first = self._taken(coded) if (coded := self.frame.coded(terms[0])) else Coded.of(self.column(terms[0]))
            if len(terms) > 1:
                second = self.coded(terms[1:])
                wide = len(second.options)
                codes = np.where(
                    (first.codes < 0) | (second.codes < 0), -1, first.codes.astype(np.int32) * wide + second.codes
                )
                first = Coded(codes, tuple((one, other) for one in first.options for other in second.options))
            self._coded[terms] = first
        return self._coded[terms]

    def _taken(self, coded: Coded) -> Coded:
        return coded if self.at is None else Coded(coded.codes.take(self.at, mode="clip"), coded.options)

    def vector(self, part: Part) -> Floats | None:
        """What a simple part compares, as floats with NaN where nothing is known: numbers, truths as 0 and 1, codes of
        texts. None where floats do not hold the values exactly, or the part is none of these."""
        if not isinstance(part, Threshold | Flag | Table):
            return None
        if part.fact not in self._vectors:
            self._vectors[part.fact] = self._vector(part)
        return self._vectors[part.fact]

    def _vector(self, part: Threshold | Flag | Table) -> Floats | None:
        if isinstance(part, Table):
            codes = self.coded(part.terms).codes
            return np.where(codes < 0, np.nan, codes)
        column, at = self.frame.column(part.term), self.at
        values = column.values if at is None else column.values.take(at, mode="clip")
        known = column.known if at is None else column.known.take(at, mode="clip")
        if isinstance(part, Flag):
            if part.asks_known and values.dtype.kind in "iuf":
                return np.where(known & np.isfinite(values), 1.0, 0.0)
            if values.dtype.kind != "b":
                return None
            return np.where(known, 1.0, 0.0) if part.asks_known else np.where(known, values, np.nan)
        if not floats_hold(values):
            return None
        numbers: Floats = values.astype(np.float64, copy=False)
        there = np.isfinite(numbers)
        there &= known
        if not there.all():
            if numbers is column.values:
                return np.where(there, numbers, np.nan)
            numbers[~there] = np.nan  # a copy of its own
        return numbers


@dataclass(frozen=True)
class Rows:
    """A condition on the rows of ``facts``."""

    facts: Facts
    wanted: Condition

    def truth(self, node: Node, at: Places) -> tuple[Truths, Truths]:
        """What ``node``, the condition or another in its words, says on the rows ``at``, and where that is known; False
        where it is not."""
        if node is self.wanted.node:
            if len(self.wanted.parts) == 1:
                return self.part(self.wanted.parts[0], at)
            known, false = np.ones(len(at), bool), np.zeros(len(at), bool)
            for part in self.wanted.parts:
                one, there = self.part(part, at)
                false |= there & ~one
                known &= there
            return known & ~false, known | false
        return self.whole(node, at)

    def part(self, part: Part, at: Places) -> tuple[Truths, Truths]:
        """What one part says on the rows ``at``, and where that is known."""
        if isinstance(part, Either):
            return self._either(part, at)
        if isinstance(part, Sums):
            return self._sums(part, at)
        values = self.facts.vector(part)
        if values is None or not isinstance(part, Threshold | Flag | Table):
            return self.whole(part.node, at)
        values = values[at]
        known = values == values
        if isinstance(part, Table):
            holds, sure = self.table(part)
            codes = np.where(known, values, len(holds) - 1).astype(np.intp)
            return holds[codes], sure[codes]
        low, high = bounds(part)
        return known & (values >= low) & (values <= high), known

    def _sums(self, part: Sums, at: Places) -> tuple[Truths, Truths]:
        """Both sides in floats; rows on which they are too near to each other for floats go through the language."""
        vectors = {one.term: self.facts.vector(one) for one in part.terms}
        plain = {term: values[at] for term, values in vectors.items() if values is not None}
        if len(plain) < len(vectors):
            return self.whole(part.node, at)
        with np.errstate(all="ignore"):
            value, size = part.difference(plain, len(at))
            known = np.ones(len(at), bool)
            for values in plain.values():
                known &= values == values
            near = np.flatnonzero(known & ~(np.abs(value) > size * NEAR))
            holds = known & ORDER[part.node.operator](value, 0.0)
        for row in near.tolist():
            said = part.exactly(tuple(plain[one.term].item(row) for one in part.terms))
            holds[row], known[row] = bool(said), said is not None
        return holds, known

    def table(self, part: Table) -> tuple[Truths, Truths]:
        """What a part says of each code, and where that is known; of no code at the end."""
        holds, known = self.wanted.said(part, self.facts.coded(part.terms).options)
        return np.array(holds), np.array(known)

    def _either(self, part: Either, at: Places) -> tuple[Truths, Truths]:
        holds, known = np.zeros(len(at), bool), np.ones(len(at), bool)
        for one in part.parts:
            value, there = self.part(one, at)
            holds |= value & there
            known &= there
        return holds, known | holds

    def whole(self, node: Node, at: Places) -> tuple[Truths, Truths]:
        """The language's own columns over the rows ``at``."""
        if not len(at):
            return np.zeros(0, bool), np.zeros(0, bool)
        columns = {"": Column(np.zeros(len(at)), np.zeros(len(at), bool))}
        for term in _facts_in(node):
            if term.args is None and term.name in self.wanted.given:
                columns[term.name] = _constant(self.wanted.given[term.name], len(at))
                continue
            column = self.facts.column(term)
            columns[str(term)] = Column(column.values[at], column.known[at])
        value, known = Columns(columns, self.wanted.words).run(node)
        return value.astype(bool), known


def bounds(part: Threshold | Flag) -> tuple[float, float]:
    """Between which numbers a part holds; a truth is 1, its contrary 0."""
    if isinstance(part, Threshold):
        return part.low, part.high
    return (0.0, 0.0) if part.turned else (1.0, 1.0)


def _facts_in(node: Node) -> Iterable[Term]:
    for term in dict.fromkeys(terms_in(node)):
        inner = term.args[0] if term.name == "known" and term.args else term
        if isinstance(inner, Term):
            yield inner


def _constant(value: Decimal, count: int) -> Column:
    number = float(value)
    if Decimal(repr(number)) == value:
        return Column(np.full(count, number), np.ones(count, bool))
    values: NDArray[Any] = np.empty(count, object)
    values[:] = value
    return Column(values, np.ones(count, bool))
