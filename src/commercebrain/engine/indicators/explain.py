"""How a table of figures comes about, in words: definition, query, vintages, the roll-up that answered, lines behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sqlglot
from sqlglot import exp

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.indicators import tables
from commercebrain.engine.indicators.cells import Question, line_files, months_within, needed
from commercebrain.engine.indicators.counting import Counted, counted
from commercebrain.engine.indicators.engines import DuckEngine
from commercebrain.engine.indicators.logical import MONTH
from commercebrain.engine.indicators.planner import route
from commercebrain.engine.indicators.predicates import over_text
from commercebrain.engine.indicators.spine import months_in
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.transforms import transform
from commercebrain.engine.lake.records.schema import SUMMED

#: Months that are told one by one; more of them are told by their ends.
TOLD = 36


def explain(
    catalogue: Catalogue, root: Path, found: FigureTable, *, lines: int = 5, language: str = "zh"
) -> Iterator[tuple[str, str]]:
    """Headings and texts that say how ``found`` comes about. ``lines`` of the lines behind it are shown; that needs
    clearance, which the caller has seen to. With 0 nothing is counted either: how many lines a month has and how many
    cells hold something is told by the declared tables or not at all."""
    chinese = language.startswith("zh")
    yield ("定义" if chinese else "definition"), definition(catalogue, found.indicator, language)
    one = transform(found.request.transform)
    yield ("变换" if chinese else "transform"), f"{one.name.say(language)}: {one.formula.say(language)}"
    what = counted(catalogue, found.indicator)
    if what is None:
        yield ("来源" if chinese else "source"), _observed(found, chinese)
        return
    asked = tables.asked(catalogue, found.request, found.vintage.as_of)
    yield ("版本" if chinese else "vintages"), vintages(found, asked, chinese, counts=lines > 0)
    yield ("汇总" if chinese else "roll-up"), rollup(root, found, asked, chinese, counts=lines > 0)
    yield ("查询" if chinese else "query"), query(found)
    if lines > 0:
        yield ("明细" if chinese else "lines"), behind(found, asked, what, lines, chinese)


def definition(catalogue: Catalogue, indicator: Indicator, language: str = "zh") -> str:
    """What the indicator is, in words and as it is declared, with the terms of a formula."""
    chinese = language.startswith("zh")
    told = [f"{indicator.code}  {indicator.name.say(language)}（{indicator.unit}）", indicator.definition.say(language)]
    if indicator.numerator is not None:
        told.append(("分子：" if chinese else "numerator: ") + indicator.numerator.say(language))
    if indicator.denominator is not None:
        told.append(("分母：" if chinese else "denominator: ") + indicator.denominator.say(language))
    if indicator.formula is not None:
        told.append(("公式：" if chinese else "formula: ") + indicator.formula)
        what = counted(catalogue, indicator)
        for one in what.definitions.values() if what is not None else ():
            told.append(
                f"  {one.code} = {catalogue.indicator(one.code).measure}  {catalogue.indicator(one.code).where or ''}"
            )
    if indicator.measure is not None:
        told.append(
            f"{indicator.dataset}: {indicator.measure}" + (f"  where {indicator.where}" if indicator.where else "")
        )
    for source in indicator.source:
        told.append(
            ("依据：" if chinese else "source: ")
            + " ".join(filter(None, (catalogue.title(source.doc).say(language), source.clause, source.quote)))
        )
    return "\n".join(told)


def vintages(found: FigureTable, asked: Question, chinese: bool, *, counts: bool = True) -> str:
    """Which vintage of each month is behind the table (``counts``: of how many lines), and which months of the question are
    not known."""
    versions = found.vintage.versions
    head = f"截至 {found.vintage.as_of} 所知" if chinese else f"as known on {found.vintage.as_of}"
    if found.synthetic:
        head += "；合成数据" if chinese else "; synthetic data"
    rows = [
        f"{one.month}  {one.published}  {'入库' if chinese else 'taken in'} {one.taken_in}  {one.batch[:12]}"
        + (f"  {one.rows:,}" if counts else "")
        for one in versions
    ]
    if len(rows) > TOLD:
        rows = [*rows[:3], "…", *rows[-3:]]
    known = {one.month for one in versions}
    missing = [
        str(month) for month in months_in(asked.first, asked.last) if needed(asked, month) and month not in known
    ]
    if missing:
        told = "、".join(missing[:TOLD]) + ("…" if len(missing) > TOLD else "")
        rows.append(("缺这些月份：" if chinese else "these months are missing: ") + told)
    return "\n".join([head, *rows])


def rollup(root: Path, found: FigureTable, asked: Question, chinese: bool, *, counts: bool = True) -> str:
    """Which roll-up answered and why (``counts``: how many rows each that could has), or why none could."""
    if found.source.startswith("rollup:"):
        reader = tables.reader_of(root, asked.dataset.code)
        known = {one.month for one in found.vintage.versions}
        chosen = route(asked, reader, years=tables.whole_years(asked, reader, known)) if reader is not None else None
        name = found.source.partition(":")[2]
        if chosen is None:
            return name
        able = [f"{table}（{rows:,}）" if counts else table for table, rows in chosen.able]
        why = "行数最少且含所需各列；可用的有：" if chinese else "the fewest rows that hold the columns needed; of: "
        return f"{name}: {why}{'、'.join(able[:8])}"
    if not tables.rolled(root, asked.dataset.code):
        return "没有汇总，由明细直接计算" if chinese else "nothing is rolled up; computed from the lines"
    return (
        "由明细直接计算：汇总里没有所需的列，或汇总的版本不是所问日期的版本"
        if chinese
        else "computed from the lines: no roll-up holds the columns needed, or the vintages asked for"
    )


def query(found: FigureTable) -> str:
    """The query that ran, laid out to be read, and the engine that ran it."""
    dialect = found.engine.split()[0]
    if found.source == "observations" or not found.sql:
        return found.engine
    laid_out = sqlglot.parse_one(found.sql, read=dialect).sql(dialect=dialect, pretty=True)
    return f"-- {found.engine}\n{laid_out}"


def behind(found: FigureTable, asked: Question, what: Counted, lines: int, chinese: bool) -> str:
    """How many lines are behind the table, what they sum to, and the first of them."""
    if asked.dataset.arrives != "month" or not found.vintage.versions:
        return "—"
    engine = DuckEngine()
    table = engine.lines(line_files(asked.dataset, found.vintage.versions))
    where = exp.and_(months_within(asked), over_text(asked.taken, asked.columns))
    summed = [name for name, column in asked.dataset.columns.items() if column.type in SUMMED]
    totals = [exp.alias_(exp.Sum(this=exp.column(name)), name) for name in summed]
    counts = engine.run(exp.select(exp.alias_(exp.Count(this=exp.Star()), "lines"), *totals).from_(table).where(where))
    names = [MONTH, *(name for name in asked.dataset.columns if name != asked.dataset.period)]
    order = [*asked.dataset.sort] or names[:2]
    first = engine.run(exp.select(*names).from_(table.copy()).where(where.copy()).order_by(MONTH, *order).limit(lines))
    said = [f"{name} {_plain(values)}" for name, values in counts.items()]
    rows = zip(*(first[name].tolist() for name in names), strict=True)
    return "\n".join(["  ".join(said), "\t".join(names), *("\t".join(map(str, row)) for row in rows)])


def _plain(values: Any) -> str:
    """The one value of a column; sums of whole numbers come back as doubles from some engines."""
    value = np.ma.asanyarray(values).tolist()[0]
    if value is None:
        return "—"
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def _observed(found: FigureTable, chinese: bool) -> str:
    head = f"截至 {found.vintage.as_of} 公布的数据" if chinese else f"figures published by {found.vintage.as_of}"
    told = [str(one) for one in found.vintage.versions[:TOLD]]
    return "\n".join([head, *told, *(note.say("zh" if chinese else "en") for note in found.notes)])
