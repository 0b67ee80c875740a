"""What is wrong between catalogue files: areas, datasets, units, what is counted, the names and units of formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from commercebrain.engine.catalogue import counted, expressions
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.catalogue.source import Fault, nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.units import Unit

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

#: Measures of tables that are counts, not columns.
_COUNTED = ("lines", "firms")


def references(catalogue: Catalogue) -> Iterator[Fault]:
    """Faults between files: areas, datasets, units, the names and the units of formulas."""
    yield from _code_lists(catalogue)
    yield from _tables(catalogue)
    for name, waiting in catalogue.unmatched.items():
        for number, candidate in enumerate(waiting.candidates):
            if f"indicator:{candidate}" not in catalogue.declared:
                zh, en = nearest(candidate, catalogue.indicators)
                yield catalogue.fault(
                    f"unmatched:{name}",
                    f"没有指标“{candidate}”{zh}",
                    f"No indicator “{candidate}”{en}",
                    "candidates",
                    number,
                )
    for code, one in catalogue.indicators.items():
        here = f"indicator:{code}"
        if f"area:{one.area}" not in catalogue.declared:
            zh, en = nearest(one.area, catalogue.areas)
            yield catalogue.fault(here, f"没有名为“{one.area}”的领域{zh}", f"No area “{one.area}”{en}", "area")
        if one.dataset is not None and f"dataset:{one.dataset}" not in catalogue.declared:
            zh, en = nearest(one.dataset, (*catalogue.datasets, *catalogue.records))
            yield catalogue.fault(
                here, f"没有名为“{one.dataset}”的数据集{zh}", f"No dataset “{one.dataset}”{en}", "dataset"
            )
        elif one.dataset in catalogue.records:
            yield from counted.faults(catalogue, one)
        for key, unit in (("unit", one.unit), ("show_in", one.display_unit)):
            try:
                if Unit.parse(unit).dimension != Unit.parse(one.unit).dimension:
                    yield catalogue.fault(
                        here,
                        f"显示单位“{unit}”不能由“{one.unit}”换算。",
                        f"show_in “{unit}” cannot be converted from “{one.unit}”.",
                        key,
                    )
            except UserError as error:
                yield catalogue.fault(here, error.zh, error.en, key)
                break


def _code_lists(catalogue: Catalogue) -> Iterator[Fault]:
    """Columns of records whose code list is not there."""
    if not catalogue.codes.names:  # a folder of some files only has no code lists to hold anything against
        return
    for code, dataset in catalogue.records.items():
        for name, column in dataset.columns.items():
            if column.list and column.list not in catalogue.codes.names:
                zh, en = nearest(column.list, catalogue.codes.names)
                yield catalogue.fault(
                    f"dataset:{code}",
                    f"没有名为“{column.list}”的代码表{zh}",
                    f"There is no code list “{column.list}”{en}",
                    "columns",
                    name,
                    "list",
                )


def _tables(catalogue: Catalogue) -> Iterator[Fault]:
    """Declared tables of a dataset that is not there, or of columns that it has not."""
    from commercebrain.engine.indicators.logical import columns  # it stands above the catalogue

    for code, one in catalogue.tables.items():
        here = f"tables:{code}"
        if f"dataset:{code}" not in catalogue.declared:
            zh, en = nearest(code, catalogue.records)
            yield catalogue.fault(here, f"没有名为“{code}”的数据集{zh}", f"No dataset “{code}”{en}", "dataset")
        if (dataset := catalogue.records.get(code)) is None:
            continue
        there = columns(dataset)
        asked: list[tuple[str, tuple[str | int, ...]]] = [(name, ("dimensions", name)) for name in one.dimensions]
        asked += [
            (name, (key,)) for key in ("protects", "parts", "place", "fine", "coarse") if (name := getattr(one, key))
        ]
        asked += [(name, ("measures", at)) for at, name in enumerate(one.measures) if name not in _COUNTED]
        for name, path in asked:
            if name not in there:
                zh, en = nearest(name, there)
                yield catalogue.fault(
                    here,
                    f"数据集“{code}”没有“{name}”这一列{zh}",
                    f"The dataset “{code}” has no column “{name}”{en}",
                    *path,
                )


def formula_faults(catalogue: Catalogue, one: Indicator) -> Iterator[Fault]:
    """What keeps its formula from being computed: unknown names, a circle, units that do not fit."""
    here = f"indicator:{one.code}"
    try:
        expression = expressions.parse(one.formula or "")
        unknown = [name for name in expression.names if f"indicator:{name.code}" not in catalogue.declared]
        for name in unknown:
            zh, en = nearest(name.code, catalogue.indicators)
            yield catalogue.fault(
                here,
                f"公式里的“{name}”不是指标{zh}",
                f"“{name}” in the formula is no indicator{en}",
                "formula",
            )
        if any(name.code not in catalogue.indicators for name in expression.names):
            return
        if _circular(catalogue, one.code):
            yield catalogue.fault(here, "公式绕回到自己。", "The formula leads back to itself.", "formula")
            return
        measured = expression.measure(lambda name: _measure_of(catalogue.indicators[name.code].unit))
        if dict(_measure_of(one.unit)) not in (dict(measured), _per_thing(measured)):
            yield catalogue.fault(
                here,
                f"公式的结果与单位“{one.unit}”不符。",
                f"What the formula gives is not measured in “{one.unit}”.",
                "formula",
            )
    except UserError as error:
        yield catalogue.fault(here, error.zh, error.en, "formula")


def _per_thing(measured: expressions.Measure) -> dict[str, int]:
    """What is measured for each firm, line or kilogram: the unit names what is divided, the definition by what."""
    return {dimension: power for dimension, power in measured.items() if power > 0}


def _measure_of(unit: str) -> expressions.Measure:
    dimension = Unit.parse(unit).dimension
    return {} if dimension == "ratio" else {dimension: 1}


def _circular(catalogue: Catalogue, start: str) -> bool:
    seen: set[str] = set()
    queue = [start]
    while queue:
        one = catalogue.indicators.get(queue.pop())
        for name in names_in(one) if one is not None else ():
            if name.code == start:
                return True
            if name.code not in seen:
                seen.add(name.code)
                queue.append(name.code)
    return False


def names_in(one: Indicator) -> tuple[expressions.Name, ...]:
    """The names in its formula; none where it has none, or one that cannot be read."""
    try:
        return expressions.parse(one.formula).names if one.formula else ()
    except UserError:  # told where that formula stands
        return ()
