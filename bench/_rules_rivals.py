"""The same rules by other means: SQL in DuckDB over the same columns, and one row after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import numpy as np

from bench._rules_city import REPORTS
from commercebrain.engine.expressions import Column, Term
from commercebrain.engine.expressions.checking import is_bare, type_of
from commercebrain.engine.expressions.nodes import Compare, Negative, Node, Number, Sum
from commercebrain.engine.rules import ArrayFrame, Coded, Rule
from commercebrain.engine.rules.compiled import Condition, Either, Flag, Part, Table, Threshold, Whole, condition

Back = tuple[str, int]
NOW: Back = ("report", 0)


class Sql:
    """A DuckDB table of the facts of a frame and of the frames before it, and a query for each rule.

    Choices stand as their rank; each query gives the rows that are not false with whether the condition holds and whether it
    held before. Levels and exclusions, which the product works out as well, are left to it.
    """

    def __init__(self, frame: ArrayFrame, rules: Sequence[Rule], threads: int) -> None:
        self.frame = frame
        self.columns: dict[str, Any] = {}
        self.connection = duckdb.connect(config={"threads": threads})
        self.queries = [self._query(rule) for rule in rules]
        self.connection.register("given", {"i": np.arange(len(frame.keys), dtype=np.int32), **self.columns})
        self.connection.execute("CREATE TABLE facts AS SELECT * FROM given")

    def __call__(self) -> list[Any]:
        """What every rule says."""
        return [self.connection.execute(query).fetchnumpy() for query in self.queries]

    def _query(self, rule: Rule) -> str:
        wanted = condition(rule, rule.when, rule.values())
        before = range(1, rule.hold.for_) if rule.hold is not None else ()
        of = rule.hold.of if rule.hold is not None else "report"
        held = " AND ".join(f"coalesce({self._said(wanted, (of, back))}, false)" for back in before) or "true"
        return f"SELECT i, ok, held FROM (SELECT i, {self._said(wanted, NOW)} AS ok, {held} AS held FROM facts) WHERE ok IS NOT FALSE"

    def _said(self, wanted: Condition, back: Back) -> str:
        return " AND ".join(f"({self._part(part, wanted, back)})" for part in wanted.parts)

    def _part(self, part: Part, wanted: Condition, back: Back) -> str:
        if isinstance(part, Either):
            return " OR ".join(f"({self._part(one, wanted, back)})" for one in part.parts)
        if isinstance(part, Threshold):
            name = self._column(part.term, back)
            bounds = [(f"{name} >= {part.low!r}", part.low), (f"{name} <= {part.high!r}", part.high)]
            return " AND ".join(text for text, bound in bounds if np.isfinite(bound))
        if isinstance(part, Flag):
            name = self._column(part.term, back)
            return f"NOT {name}" if part.turned else name
        if isinstance(part, Table) and len(part.terms) == 1:
            name = self._column(part.terms[0], back)
            holds, _ = wanted.said(part, self._coded(part.terms[0], back).options)
            codes = [str(code) for code, yes in enumerate(holds) if yes]
            return f"{name} IN ({', '.join(codes)})"
        return self._compare(part.node, wanted, back)

    def _compare(self, node: Node, wanted: Condition, back: Back) -> str:
        assert isinstance(node, Compare), node
        own = is_bare(node.left) or is_bare(node.right)
        operator = "=" if node.operator == "==" else node.operator
        return f"{self._number(node.left, wanted, own, back)} {operator} {self._number(node.right, wanted, own, back)}"

    def _number(self, node: Node, wanted: Condition, own: bool, back: Back) -> str:
        if isinstance(node, Number):
            return f"{float(node.value)!r}"
        if isinstance(node, Negative):
            return f"-({self._number(node.inner, wanted, own, back)})"
        if isinstance(node, Sum):
            left, right = (self._number(one, wanted, own, back) for one in (node.left, node.right))
            return f"({left} {node.operator} {right})" if node.operator != "/" else f"({left} / nullif({right}, 0))"
        assert isinstance(node, Term), node
        known = type_of(node, wanted.words)
        power = 0 if own or known is None else known.power
        if node.args is None and node.name in wanted.given:
            return f"{float(wanted.given[node.name].scaleb(power))!r}"
        name = self._column(node, back)
        return f"({name} * 1e{power})" if power else name

    def _at(self, back: Back) -> ArrayFrame:
        return self.frame if back[1] == 0 else self.frame.back(back[1], back[0])

    def _coded(self, term: Term, back: Back) -> Coded:
        coded = self._at(back).coded(term)
        assert coded is not None, term
        return coded

    def _column(self, term: Term, back: Back) -> str:
        name = f'"{back[0]}{back[1]} {term}"'
        if name.strip('"') not in self.columns:
            frame = self._at(back)
            coded = frame.coded(term)
            if coded is not None:
                self.columns[name.strip('"')] = np.ma.array(coded.codes, mask=coded.codes < 0)
            else:
                column = frame.column(term)
                known = column.known & (np.isfinite(column.values) if column.values.dtype.kind == "f" else True)
                self.columns[name.strip('"')] = np.ma.array(column.values, mask=~known)
        return name


def same(answers: Sequence[Any], found: Sequence[Any]) -> bool:
    """Whether SQL found the same rows and the same number of unknown ones, rule by rule."""
    for said, one in zip(answers, found, strict=True):
        ok = np.ma.asarray(said["ok"])
        unknown = np.ma.getmaskarray(ok)
        holds = ~unknown & np.asarray(ok.filled(False), bool) & np.asarray(said["held"], bool)
        if int(unknown.sum()) != one.unknown or not np.array_equal(np.sort(said["i"][holds]), np.sort(one.rows)):
            return False
    return True


def row_by_row(
    frame: ArrayFrame, rules: Sequence[Rule], rows: Iterable[int], found: Sequence[Any]
) -> tuple[float, bool]:
    """Seconds a row of all conditions one after the other by the language itself (facts looked up beforehand), and whether it
    says the same of these rows: what fires for rules without a hold, and what is unknown for all."""
    conditions = [condition(rule, rule.when, rule.values()) for rule in rules]
    terms = {term: None for one, rule in zip(conditions, rules, strict=True) for term in rule.condition.terms}
    columns = {term: _column(frame, term) for term in terms}
    fires = [set(one.rows.tolist()) for one in found]
    spent, agree, count = 0.0, True, 0
    for row in rows:
        facts = {term: (column.values[row] if column.known[row] else None) for term, column in columns.items()}
        plain = {str(term): value.item() if isinstance(value, np.generic) else value for term, value in facts.items()}
        start = time.perf_counter()
        said = [
            rule.condition.holds({**plain, **one.given}, one.words) for rule, one in zip(rules, conditions, strict=True)
        ]
        spent += time.perf_counter() - start
        count += 1
        agree &= all(
            (holds is True) == (row in hit) or rule.hold is not None
            for holds, hit, rule in zip(said, fires, rules, strict=True)
        )
    return spent / count, agree


def _column(frame: ArrayFrame, term: Term) -> Column:
    coded = frame.coded(term)
    return coded.plain() if coded is not None else frame.column(term)


__all__ = ["REPORTS", "Sql", "Whole", "row_by_row", "same"]
