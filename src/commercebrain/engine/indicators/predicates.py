"""Conditions as queries: over columns of text, over columns of codes, and as sets of codes for a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Compared, Condition, InGroup, Not
from commercebrain.engine.indicators.logical import MONTH, Logical

Mask = npt.NDArray[np.bool_]
#: Which codes of each column are taken; a column that is not named is taken whole.
Box = dict[str, Mask]
#: Up to so many prefixes are told as ranges.
FEW_PREFIXES = 3
_OPERATORS: dict[str, type[exp.Binary]] = {
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def both(*of: exp.Expr) -> exp.Expr:
    """All of the expressions, each in parentheses of its own where it needs them."""
    return exp.and_(*of) if of else exp.true()


def over_text(condition: Condition, columns: Mapping[str, Logical]) -> exp.Expr:
    """The condition over the lines' own columns, texts being texts. Groups must be resolved."""
    match condition:
        case Among(name, values, prefixes):
            column = logical(columns[name])
            parts: list[exp.Expr] = []
            if values:
                parts.append(exp.In(this=column, expressions=[exp.Literal.string(v) for v in sorted(values)]))
            plain = not columns[name].digits
            if plain and len(prefixes) <= FEW_PREFIXES:
                parts += [_begins(column, prefix) for prefix in prefixes]
            for width in (
                sorted({len(prefix) for prefix in prefixes}) if not plain or len(prefixes) > FEW_PREFIXES else ()
            ):
                same = [exp.Literal.string(p) for p in sorted(prefixes) if len(p) == width]
                parts.append(exp.In(this=first(column.copy(), width), expressions=same))
            return exp.or_(*parts) if parts else exp.false()
        case Compared(name, operator, number):
            return _OPERATORS[operator](this=logical(columns[name]), expression=whole(number))
        case Not(of):
            return exp.not_(over_text(of, columns))
        case AllOf(of):
            return both(*(over_text(one, columns) for one in of))
        case AnyOf(of):
            return exp.or_(*(over_text(one, columns) for one in of)) if of else exp.false()
        case InGroup(_, name):
            raise ValueError(f"the group {name} was not resolved")


def _begins(column: exp.Expr, prefix: str) -> exp.Expr:
    """``column`` begins with ``prefix``, as a range: files sorted or grouped by the column are skipped by their ends."""
    low = exp.GTE(this=column.copy(), expression=exp.Literal.string(prefix))
    if not prefix:
        return exp.not_(exp.Is(this=column.copy(), expression=exp.null()))
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return exp.and_(low, exp.LT(this=column.copy(), expression=exp.Literal.string(after)))


def logical(column: Logical) -> exp.Expr:
    """A logical column as an expression over stored ones."""
    if column.name == "year":
        return exp.cast(exp.func("floor", exp.Div(this=exp.column(MONTH), expression=whole(100))), "int")
    if not column.digits:
        return exp.column(column.name if column.name == MONTH else column.base)
    kept = first(exp.column(column.base), column.digits)
    return exp.func("concat", kept, exp.Literal.string(column.suffix)) if column.suffix else kept


def first(of: exp.Expr, digits: int) -> exp.Expr:
    """The first ``digits`` characters."""
    return exp.Substring(this=of, start=whole(1), length=whole(digits))


def whole(number: int) -> exp.Expr:
    """A whole number."""
    return exp.Literal.number(number) if number >= 0 else exp.Neg(this=exp.Literal.number(-number))


def over_codes(
    condition: Condition,
    columns: Mapping[str, Logical],
    held: Mapping[str, Sequence[str]],
    *,
    numbers: frozenset[str] = frozenset({MONTH, "year"}),
) -> exp.Expr | None:
    """The condition over a table of codes, whose columns and their dictionaries are ``held``.

    ``hs2`` may be answered by ``hs6`` (several codes), never the other way round. None where the table cannot tell.
    """
    match condition:
        case Among(name):
            found = codes_of(condition, columns, held)
            if found is None:
                return None
            at, mask = found
            codes = np.flatnonzero(mask)
            if len(codes) == 0:
                return exp.false()
            if len(codes) == len(mask):
                return exp.true()
            if len(codes) == 1:
                return exp.EQ(this=exp.column(at), expression=whole(int(codes[0])))
            if len(codes) == codes[-1] - codes[0] + 1:
                return exp.Between(this=exp.column(at), low=whole(int(codes[0])), high=whole(int(codes[-1])))
            return exp.In(this=exp.column(at), expressions=[whole(int(code)) for code in codes])
        case Compared(name, operator, number):
            if name not in numbers or name not in held:
                return None
            return _OPERATORS[operator](this=exp.column(name), expression=whole(number))
        case Not(of):
            inner = over_codes(of, columns, held, numbers=numbers)
            return None if inner is None else exp.not_(inner)
        case AllOf(of) | AnyOf(of):
            parts = [over_codes(one, columns, held, numbers=numbers) for one in of]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            if isinstance(condition, AllOf):
                return both(*known)
            return exp.or_(*known) if known else exp.false()
    return None


def codes_of(atom: Among, columns: Mapping[str, Logical], held: Mapping[str, Sequence[str]]) -> tuple[str, Mask] | None:
    """The column of ``held`` that answers ``atom`` and which of its codes satisfy it; None where none does."""
    asked = columns[atom.column]
    able = [
        name
        for name in held
        if name in columns and columns[name].base == asked.base and _tells(columns[name], asked, atom)
    ]
    if not able:
        return None
    coarsest = min(able, key=lambda name: columns[name].digits or 99)
    values = held[coarsest]
    return coarsest, np.fromiter((atom.has(asked.of(value)) for value in values), bool, len(values))


def _tells(held: Logical, asked: Logical, atom: Among) -> bool:
    """Whether ``held`` keeps as many digits of the common base as the comparison looks at."""
    if held.name == asked.name or not held.digits:
        return True
    looked_at = asked.digits if atom.values or not atom.prefixes else max(map(len, atom.prefixes))
    return 0 < looked_at <= held.digits


def code_boxes(
    condition: Condition, columns: Mapping[str, Logical], held: Mapping[str, Sequence[str]]
) -> list[Box] | None:
    """The condition as disjoint boxes of codes: a row is taken when it lies in one of them (it cannot lie in two).

    A conjunction of conditions on single columns is one box; a choice between columns is split. None where the
    dictionaries ``held`` cannot tell (comparisons of numbers).
    """
    match condition:
        case Among():
            found = codes_of(condition, columns, held)
            return None if found is None else [{found[0]: found[1]}] if found[1].any() else []
        case Not(of):
            inner = code_boxes(of, columns, held)
            return None if inner is None else _outside(inner)
        case AllOf(of):
            taken: list[Box] = [{}]
            for one in of:
                boxes = code_boxes(one, columns, held)
                if boxes is None:
                    return None
                taken = meet(taken, boxes)
            return taken
        case AnyOf(of):
            joined: list[Box] = []
            for one in of:
                boxes = code_boxes(one, columns, held)
                if boxes is None:
                    return None
                joined = [*joined, *meet(_outside(joined), boxes)]
            return joined
    return None


def meet(one: list[Box], other: list[Box]) -> list[Box]:
    """What lies in both, each a set of disjoint boxes."""
    met: list[Box] = []
    for a in one:
        for b in other:
            box = dict(a)
            for name, mask in b.items():
                box[name] = box[name] & mask if name in box else mask
            if all(mask.any() for mask in box.values()):
                met.append(box)
    return met


def _outside(boxes: list[Box]) -> list[Box]:
    """What lies in none of the boxes, as disjoint boxes."""
    left: list[Box] = [{}]
    for box in boxes:
        beyond: list[Box] = []
        inside: Box = {}
        for name, mask in box.items():
            beyond.append({**inside, name: ~mask})
            inside[name] = mask
        left = meet(left, [b for b in beyond if all(mask.any() for mask in b.values())])
    return left
