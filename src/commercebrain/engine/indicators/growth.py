"""Growth, as ``design/formulas.md`` defines it. Fractions throughout: 0.06 is 6 %.

Every function takes values that may be missing (None) and returns a Decimal or the reason why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from commercebrain.engine.indicators.result import (
    BASE_MISSING,
    BASE_NEGATIVE,
    BASE_ZERO,
    NEVER_POSITIVE,
    NO_SPAN,
    VALUE_MISSING,
    NoValue,
    Result,
)

ONE = Decimal(1)


def yoy(value: Decimal | None, base: Decimal | None) -> Result:
    """同比: value ÷ the same period a year before − 1; no number where the base is missing, zero or
    negative."""
    if value is None:
        return VALUE_MISSING
    if base is None:
        return BASE_MISSING
    if base == 0:
        return BASE_ZERO
    return BASE_NEGATIVE if base < 0 else value / base - ONE


def mom(value: Decimal | None, before: Decimal | None, *, adjusted: bool, raw: bool = False) -> Result:
    """环比: value ÷ the period just before − 1, on seasonally adjusted values unless ``raw`` is asked for."""
    if not adjusted and not raw:
        return NoValue(
            "not_adjusted",
            "未经季节调整的数据不算环比",
            "a month on month change is not computed on values that are not seasonally adjusted",
        )
    return yoy(value, before)


def ytd(months: Mapping[int, Decimal | None], upto: int) -> Result:
    """累计: the sum from January to month ``upto``; a missing month leaves no sum and is named."""
    missing = [month for month in range(1, upto + 1) if months.get(month) is None]
    if missing:
        return NoValue(
            "months_missing",
            f"缺{'、'.join(map(str, missing))}月数据，不能累计",
            f"the months {', '.join(map(str, missing))} are missing, so there is no running total",
        )
    return sum((months[month] or Decimal(0) for month in range(1, upto + 1)), Decimal(0))


def ytd_yoy(value: Decimal | None, before: Decimal | None, comparable_base: Decimal | None = None) -> Result:
    """累计同比: against the published comparable base 可比口径 where there is one, else last year's total."""
    return yoy(value, before if comparable_base is None else comparable_base)


def two_year_avg(growth: Decimal | None, growth_before: Decimal | None) -> Result:
    """两年平均: the yearly growth that gives both years' growth together."""
    if growth is None:
        return VALUE_MISSING
    if growth_before is None:
        return BASE_MISSING
    product = (ONE + growth) * (ONE + growth_before)
    return NEVER_POSITIVE if product < 0 else product.sqrt() - ONE


def cagr(value: Decimal | None, base: Decimal | None, years: int) -> Result:
    """年均增长: (value ÷ base)^(1 ÷ years) − 1; the average of 2016–2020 has base 2015 and 5 years."""
    if years < 1:
        return NO_SPAN
    if value is None:
        return VALUE_MISSING
    if base is None:
        return BASE_MISSING
    if base == 0:
        return BASE_ZERO
    if base < 0 or value < 0:
        return NEVER_POSITIVE
    return -ONE if value == 0 else (value / base) ** (ONE / years) - ONE


def pp(rate: Decimal | None, other: Decimal | None) -> Result:
    """百分点: the difference of two percentages (both in per cent), in percentage points, never in per
    cent."""
    if rate is None:
        return VALUE_MISSING
    return BASE_MISSING if other is None else rate - other


def doublings(times: Decimal) -> Decimal:
    """翻N番: the multiple 2^N; 翻一番 is 2, 翻两番 is 4."""
    return Decimal(2) ** times


def grown_by(times: Decimal) -> Decimal:
    """增长N倍: the multiple N + 1 (是…的N倍 is N itself)."""
    return times + ONE


def chain(base: Decimal, growths: Mapping[int, Decimal | None], first: int, last: int) -> Result:
    """``base`` carried through the yearly growths of ``first``…``last``; a missing year is named."""
    missing = [year for year in range(first, last + 1) if growths.get(year) is None]
    if missing:
        return NoValue(
            "growths_missing",
            f"缺{'、'.join(map(str, missing))}年增速",
            f"the growth of {', '.join(map(str, missing))} is missing",
        )
    for year in range(first, last + 1):
        base *= ONE + (growths[year] or Decimal(0))
    return base
