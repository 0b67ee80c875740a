"""Indicators counted from records: whether a definition fits its dataset, and its value over the few lines of an example.

The query over a hundred million lines is made elsewhere; this is the definition's own meaning, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commercebrain.engine.catalogue import expressions
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.catalogue.source import Fault, nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue
    from commercebrain.engine.indicators.conditions import Members

Line = Mapping[str, Any]


def faults(catalogue: Catalogue, one: Indicator) -> Iterator[Fault]:
    """What does not fit between an indicator of records and its dataset: its measure, its condition, its unit."""
    from commercebrain.engine.indicators.definitions import define

    here = f"indicator:{one.code}"
    if one.measure is None:
        yield catalogue.fault(here, "明细指标须写明 measure。", "An indicator of records needs a measure.", "dataset")
        return
    try:
        definition = define(one, catalogue.records, catalogue.groups)
    except UserError as error:
        if error.code == "condition.group" and _names_a_faulty_group(catalogue, one):
            return  # told where that group stands
        yield catalogue.fault(here, error.zh, error.en, "measure" if error.code.startswith("measure") else "where")
        return
    yield from _unknown_codes(catalogue, one)
    summed = definition.measure.kind == "sum"
    unit = definition.dataset.columns[definition.measure.column].unit if summed else "个"
    if unit and Unit.parse(unit).dimension != Unit.parse(one.unit).dimension:
        yield catalogue.fault(
            here,
            f"计量“{one.measure}”以“{unit}”计，与单位“{one.unit}”不符。",
            f"The measure “{one.measure}” is in “{unit}”, which is not the unit “{one.unit}”.",
            "unit",
        )
    if not definition.measure.additive and one.adds.time != "none":
        yield catalogue.fault(
            here,
            "不同值的个数不能跨期相加，adds.time 须为 none。",
            "A number of different things does not add over time: adds.time must be none.",
            "adds",
        )


def _names_a_faulty_group(catalogue: Catalogue, one: Indicator) -> bool:
    from commercebrain.engine.indicators import conditions

    named = {a.name for a in conditions.atoms(conditions.parse(one.where)) if isinstance(a, conditions.InGroup)}
    return any(f"group:{name}" in catalogue.declared and name not in catalogue.groups for name in named)


def _unknown_codes(catalogue: Catalogue, one: Indicator) -> Iterator[Fault]:
    """Codes in a condition that their list does not know."""
    from commercebrain.engine.indicators import conditions
    from commercebrain.engine.indicators.logical import columns

    dataset = catalogue.records[one.dataset or ""]
    there = columns(dataset)
    here = f"indicator:{one.code}"
    for atom in conditions.atoms(conditions.parse(one.where)):
        base = there[atom.column].base
        column = dataset.columns[base]
        if isinstance(atom, conditions.Among):
            if column.type == "choice":
                known: set[str] = set(column.of)
            elif column.type == "code" and column.list and column.known:
                known = set(catalogue.codes(column.list))
            else:
                continue
            for code in sorted(atom.values - known) if known else ():
                zh, en = nearest(code, known)
                yield catalogue.fault(
                    here,
                    f"列“{atom.column}”没有值“{code}”{zh}",
                    f"The column “{atom.column}” has no value “{code}”{en}",
                    "where",
                )


def value(
    catalogue: Catalogue, code: str, lines: Sequence[Line], period: str, known: set[int] | None = None
) -> Decimal | None:
    """The value of indicator ``code`` in its display unit over ``lines``, each a mapping of the dataset's columns; None
    where a month of ``period`` has not been taken in.

    ``known`` are the months taken in (yyyymm); without it, those that have a line. Formulas are computed from their
    terms, each over the same lines.
    """
    one = catalogue.indicator(code)
    if one.formula is not None:
        expression = expressions.parse(one.formula)
        found = expression.value(lambda name: _in_first_unit(catalogue, name.code, lines, period, known))
        return None if isinstance(found, expressions.Missing | bool) else _shown(found, one)
    counted = _in_first_unit(catalogue, code, lines, period, known)
    return None if counted is None else _shown(counted, one)


def _shown(found: Decimal, one: Indicator) -> Decimal:
    return found.scaleb(-Unit.parse(one.display_unit).power)


def _in_first_unit(
    catalogue: Catalogue, code: str, lines: Sequence[Line], period: str, known: set[int] | None
) -> Decimal | None:
    """The value in the first unit of its dimension (元, 克, 个), in which formulas compute."""
    from commercebrain.engine.indicators import conditions
    from commercebrain.engine.indicators.definitions import define

    one = catalogue.indicator(code)
    if one.formula is not None:
        shown = value(catalogue, code, lines, period, known)
        return None if shown is None else shown.scaleb(Unit.parse(one.display_unit).power)
    definition = define(one, catalogue.records, catalogue.groups)
    dataset = definition.dataset
    asked = [year * 100 + month for year, month in Period.parse(period).months]
    if one.adds.time == "last":
        asked = asked[-1:]
    there = known if known is not None else {_month(line[dataset.period]) for line in lines}
    if not asked or not set(asked) <= there:
        return None
    last = Period.parse(period).end
    takes = definition.takes(lambda name: _members(catalogue, name, last))
    taken = [
        row
        for line in lines
        if _month(line[dataset.period]) in asked
        and conditions.holds(takes, row := {**line, dataset.period: _month(line[dataset.period])}, definition.columns)
    ]
    power = Unit.parse(one.unit).power
    if definition.measure.kind == "count":
        return Decimal(len(taken)).scaleb(power)
    values = [row[definition.measure.column] for row in taken if row.get(definition.measure.column) is not None]
    if definition.measure.kind == "count_distinct":
        return Decimal(len({str(one) for one in values})).scaleb(power)
    return sum((Decimal(str(one)) for one in values), Decimal(0)).scaleb(power)


def _members(catalogue: Catalogue, name: str, day: date) -> Members:
    from commercebrain.engine.indicators.conditions import Members

    group = catalogue.groups[name]
    values, prefixes = group.at(day)
    return Members(group.column, values, prefixes)


def _month(given: object) -> int:
    """A month as yyyymm from 202401, 2024-01 or a date."""
    digits = "".join(letter for letter in str(given) if letter.isdigit())
    return int(digits[:6])
