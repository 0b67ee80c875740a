"""The answer to a request: a table of figures by columns, with all that a reader needs to trust it.

Columns (numpy arrays of one length, rows ordered by period, then by the break-down):

============ ============ =====================================================================================
``period``   int32        the last month of what the row covers, yyyymm
``span``     int16        how many months it covers: 1 a month, 2 January–February (or two months), 3 a quarter or
                          January–March, 12 a year; 0 a state at the end of the month
dimensions   str          one column for each of ``request.by``, in that order
``value``    masked       the result in ``unit``; int64 for sums in whole units, float64 otherwise; masked: none
``level``    masked       the figure of the period itself, in ``level_unit``
``base``     masked       what ``level`` is compared with
``whole``    masked       the whole that it is part of (for shares, concentration; members for a diffusion index)
``change``   masked       ``level`` − ``base``
``reason``   str          why there is no value (:data:`REASONS`), "" where there is one
``flag``     str          how sure the value is (:data:`FLAGS`)
============ ============ =====================================================================================
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Indicator, Words
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.periods import Period
from commercebrain.engine.units import compatible, convert

Array = NDArray[Any]


def _words(zh: str, en: str) -> Words:
    return Words(zh=zh, en=en)


#: Why there is no value.
REASONS: Final = MappingProxyType(
    {
        "month_missing": _words("本期数据缺失", "the figure of the period is missing"),
        "not_yet_due": _words("未到发布日", "not yet due"),
        "base_missing": _words("基期数据缺失", "the base is missing"),
        "base_zero": _words("基期为零，增速没有意义", "the base is zero, so a growth rate means nothing"),
        "base_negative": _words("基期为负，增速没有意义", "the base is negative, so a growth rate means nothing"),
        "not_positive": _words(
            "数值不为正，平均增速没有意义", "a value is not positive, so an average growth means nothing"
        ),
        "whole_zero": _words("分母为零", "the denominator is zero"),
        "whole_missing": _words("总体数据缺失", "the whole is missing"),
        "not_inside": _words(
            "部分不在整体之内，不能算占比", "the part does not lie inside the whole, so it has no share"
        ),
        "change_near_zero": _words(
            "总量几乎没有变化，贡献率没有意义，只看拉动", "the whole hardly changed, so a contribution means nothing"
        ),
        "jan_feb_joint": _words(
            "1月与2月合并计算，不单列", "January and February count together and are not shown singly"
        ),
        "price_missing": _words("缺价格指数", "the price index is missing"),
        "rate_missing": _words("缺汇率", "the rate is missing"),
        "too_short": _words("历史太短，无法季节调整", "too little history for seasonal adjustment"),
        "too_few": _words("样本太少，不能给出", "too few cases to tell"),
        "suppressed": _words("涉及个别企业，不予显示", "withheld: it would tell about single firms"),
        "out_of_reach": _words("不在您的数据权限之内", "outside what you may see"),
        "not_published_separately": _words("只公布了增速", "only the growth was published"),
        "no_lines": _words("该地区没有明细数据", "there are no records for this place"),
    }
)
#: How sure a value is. Those of observations (:data:`commercebrain.engine.observations.FLAGS`) besides.
FLAGS: Final = MappingProxyType(
    {
        "normal": _words("正常", "normal"),
        "small_base": _words("基数很小", "small base"),
        "incomplete": _words("所含月份不全", "some months are missing"),
        "raw": _words("未经季节调整", "not seasonally adjusted"),
        "derived": _words("推算", "derived"),
        "revised": _words("修订数", "revised"),
        "provisional": _words("初步数", "provisional"),
        "flash": _words("快报数", "flash"),
        "final": _words("最终数", "final"),
        "estimated": _words("估计数", "estimated"),
        "suppressed": _words("不予显示", "withheld"),
        "synthetic": _words("合成数据", "synthetic data"),
        "not_published_separately": _words("未单独公布", "not published separately"),
        "not_yet_due": _words("未到发布日", "not yet due"),
        "missing": _words("缺失", "missing"),
        "confidential": _words("保密", "confidential"),
    }
)
#: The columns with numbers, each a masked array.
NUMBERS: Final = ("value", "level", "base", "whole", "change")

#: Rows that are Python objects at one time.
AT_ONCE: Final = 10_000


@dataclass(frozen=True)
class Vintage:
    """What was known when: the day asked for, and the versions (month → batch, published …) behind the answer."""

    as_of: date | None = None
    versions: tuple[Any, ...] = ()


@dataclass(frozen=True)
class FigureTable:
    """A table of figures; see the module for its columns.

    ``unit`` is the unit of ``value``, ``level_unit`` that of ``level``, ``base``, ``whole`` and ``change``; ``decimals``
    how many digits of ``value`` are shown. ``source`` is ``observations``, ``rollup:<table>`` or ``lines``; ``engine``
    and ``sql`` say who computed it and how; ``synthetic`` whether any of it is invented. ``notes`` are sentences that
    belong under the table (what is missing from a whole, where a published figure differs from the computed one).
    """

    request: Request
    indicator: Indicator
    unit: str
    columns: dict[str, Array]
    level_unit: str = ""
    decimals: int = 2
    vintage: Vintage = Vintage()
    source: str = "observations"
    engine: str = "python"
    sql: str = ""
    synthetic: bool = False
    notes: tuple[Words, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.columns["period"])

    @property
    def dims(self) -> tuple[str, ...]:
        """The columns of the break-down."""
        return self.request.by

    def periods(self) -> list[Period]:
        """The period of each row."""
        pairs = list(zip(self.columns["period"].tolist(), self.columns["span"].tolist(), strict=True))
        told = {pair: row_period(*pair) for pair in set(pairs)}
        return [told[pair] for pair in pairs]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each row as a dict: ``period`` as a :class:`Period`, dimensions as texts, numbers as int, float or None."""
        names = ("period", *self.dims, *NUMBERS, "reason", "flag")
        for start in range(0, len(self), AT_ONCE):
            some = self.part(slice(start, start + AT_ONCE))
            lists: dict[str, list[Any]] = {name: _plain(some.columns[name]) for name in names}
            lists["period"] = some.periods()
            for row in zip(*lists.values(), strict=True):
                yield dict(zip(names, row, strict=True))

    def part(self, rows: Array | slice) -> FigureTable:
        """The same table with some of its rows: those of a slice, or where an array of truth values says so."""
        return self.but(columns={name: column[rows] for name, column in self.columns.items()})

    def in_unit(self, unit: str) -> FigureTable:
        """The same with its levels (and its values, where they are levels) told in another unit of the same dimension,
        for display: 元 as 亿元."""
        if unit == self.level_unit:
            return self
        factor = float(convert(Decimal(1), self.level_unit, unit))
        names = {*NUMBERS} if self.unit == self.level_unit else {*NUMBERS[1:]}
        if self.request.transform in ("rank", "diffusion"):
            names.discard("whole")  # a number of members
        moved = {name: _scaled(column, factor) if name in names else column for name, column in self.columns.items()}
        own = unit if self.unit == self.level_unit else self.unit
        return self.but(columns=moved, unit=own, level_unit=unit)

    def shown(self) -> FigureTable:
        """The same in the unit for readers: the one that the request asks for (option ``unit``), else the indicator's
        display unit where it measures the same thing (an amount converted to another currency stays as it is)."""
        if not self.level_unit:
            return self
        if asked := self.request.option("unit"):
            return self.in_unit(asked)
        target = self.indicator.display_unit
        return self.in_unit(target) if compatible(self.level_unit, target) else self

    def but(self, **changes: Any) -> FigureTable:
        """The same table with some parts changed."""
        from dataclasses import replace

        return replace(self, **changes)

    # -- out

    def to_csv(self) -> str:
        """The table as csv text with a heading; an absent number is an empty cell and its reason stands beside it."""
        out = io.StringIO()
        names = ["period", *self.dims, *NUMBERS, "reason", "flag", "unit"]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in self.rows():
            row["period"] = row["period"].text
            writer.writerow(["" if value is None else value for value in row.values()] + [self.unit])
        return out.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """The table as plain data for JSON: the canonical request, the unit, the vintage, the rows."""
        rows = []
        for row in self.rows():
            row["period"] = row["period"].text
            rows.append(row)
        return {
            "request": self.request.canonical(),
            "indicator": self.indicator.code,
            "unit": self.unit,
            "level_unit": self.level_unit,
            "as_of": self.vintage.as_of.isoformat() if self.vintage.as_of else None,
            "source": self.source,
            "engine": self.engine,
            "synthetic": self.synthetic,
            "notes": [{"zh": note.zh, "en": note.en} for note in self.notes],
            "rows": rows,
        }

    def to_json(self) -> str:
        """:meth:`to_dict` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def to_parquet(self, path: Path) -> None:
        """Write the table's columns to a Parquet file; absent numbers are NULL."""
        kept: dict[str, Array] = {}
        selected = []
        for name, column in self.columns.items():
            if name in NUMBERS:
                kept[name], kept[f"{name}__known"] = np.ma.getdata(column), ~np.ma.getmaskarray(column)
                selected.append(f'CASE WHEN "{name}__known" THEN "{name}" END AS "{name}"')
            else:
                kept[name] = column
                selected.append(f'"{name}"')
        with reading() as connection:
            connection.register("figures", kept)
            target = str(path).replace("'", "''")
            connection.execute(f"COPY (SELECT {', '.join(selected)} FROM figures) TO '{target}' (FORMAT parquet)")  # noqa: S608


def row_period(period: int, span: int) -> Period:
    """The period of a row from its last month (yyyymm) and the number of months that it covers."""
    year, month = divmod(period, 100)
    if span == 0:
        return Period.of_point(year, month)
    if span == 1:
        return Period.of_month(year, month)
    if span == month:
        return Period.of_ytd(year, month)
    if span == 3 and month % 3 == 0:
        return Period.of_quarter(year, month // 3)
    if span == 6 and month == 12:
        return Period.of_half(year, 2)
    if span > 12 and month == 12 and span % 12 == 0:
        return Period.of_span(year - span // 12 + 1, year)
    first = year * 12 + month - span
    return Period("span", (first // 12, first % 12 + 1), (year, month))


def period_row(period: Period) -> tuple[int, int]:
    """The last month and the span of a period: the inverse of :func:`row_period`."""
    year, month = period.last
    return year * 100 + month, 0 if period.is_state else len(period.months)


def masked(values: list[Any], *, whole: bool) -> Array:
    """A masked column from a list with None for what is absent; ``whole`` numbers are int64, others float64."""
    mask = np.array([value is None for value in values], dtype=bool)
    filled = [0 if value is None else value for value in values]
    return np.ma.MaskedArray(np.array(filled, dtype=np.int64 if whole else np.float64), mask=mask)


def _plain(column: Array) -> list[Any]:
    found: list[Any] = column.tolist()  # a masked array gives None for what is masked
    return found


def _scaled(column: Array, factor: float) -> Array:
    # Dividing by 100000000.0 rounds once; multiplying by 1e-8 would round twice.
    plain = column.astype(np.float64)
    scaled: Array = plain / (1 / factor) if factor < 1 and (1 / factor).is_integer() else plain * factor
    return scaled
