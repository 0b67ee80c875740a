"""Deriving an unpublished period of a flow from published ones: sums of parts, differences of running
totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commercebrain.engine.indicators.result import NoValue
from commercebrain.engine.periods import Period

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived value, the published periods that it was made of, and how."""

    value: Decimal
    parts: frozenset[Period]
    zh: str
    en: str


def same(period: Period, known: Mapping[Period, Any]) -> Period:
    """``period``, or the way in which the same state is filed: a stock "of 2024" is the state at its end."""
    if period in known:
        return period
    twin = period
    if period.kind == "year":
        twin = Period.of_point(period.year)
    elif period.kind == "point" and period.last[1] == 12:
        twin = Period.of_year(period.year)
    return twin if twin in known else period


def months_sum(period: Period, values: Mapping[Period, Decimal]) -> Decimal | None:
    """The sum of the published months of ``period``; January and February may stand as one. None if
    incomplete."""
    found = _months(period, values)
    return None if isinstance(found, NoValue) else found.value


def derive(period: Period, values: Mapping[Period, Decimal]) -> Derived | NoValue | None:
    """``period`` from other published periods of the same flow.

    Returns None where nothing of it is published, a :class:`NoValue` naming the missing parts where some are.
    """
    if period.kind == "point":
        return None
    if period.kind == "span":
        return _years(period, values)
    by_months = _months(period, values)
    if isinstance(by_months, Derived) and period.kind != "month":
        return by_months
    difference = _difference(period, values)
    if difference is not None:
        return difference
    some = any(period.covers(Period.of_month(*month)) for month in period.months if Period.of_month(*month) in values)
    return by_months if some and period.kind != "month" else None


def _running_total(year: int, month: int, values: Mapping[Period, Decimal]) -> tuple[Decimal, Period | None] | None:
    if month == 0:
        return ZERO, None
    period = Period.of_ytd(year, month)
    return (values[period], period) if period in values else None


def _difference(period: Period, values: Mapping[Period, Decimal]) -> Derived | None:
    """The running total at the period's end less the one before its beginning."""
    if period.first[0] != period.last[0] or period.first[1] == 1:
        return None
    to = _running_total(period.year, period.last[1], values)
    before = _running_total(period.year, period.first[1] - 1, values)
    if to is None or before is None:
        return None
    parts = frozenset(p for p in (to[1], before[1]) if p is not None)
    zh, en = "由累计数相减推算", "derived as a difference of running totals"
    if to[0] < before[0]:
        zh, en = (
            f"{zh}；累计数回落，差额含对前期的修订",
            f"{en}; the total fell, so it holds a revision of earlier months",
        )
    return Derived(to[0] - before[0], parts, zh, en)


def _months(period: Period, values: Mapping[Period, Decimal]) -> Derived | NoValue:
    total, parts, missing = ZERO, set[Period](), list[tuple[int, int]]()
    months = list(period.months)
    joint = Period.of_ytd(period.first[0], 2)
    singles = all(Period.of_month(period.first[0], m) in values for m in (1, 2))
    if joint in values and not singles and period.covers(joint):
        total, parts, months = values[joint], {joint}, months[2:]
    for year, month in months:
        one = Period.of_month(year, month)
        if one in values:
            total += values[one]
            parts.add(one)
        else:
            missing.append((year, month))
    if missing:
        runs = _runs([month for _, month in missing])
        zh, en = (
            f"缺{period.year}年{'、'.join(runs)}月",
            f"months {', '.join(runs)} of {period.year} are missing",
        )
        return NoValue("months_missing", f"{zh}，不能合计", f"{en}, so there is no total")
    return Derived(total, frozenset(parts), "由各月数相加推算", "derived as the sum of the months")


def _runs(months: list[int]) -> list[str]:
    """3, 5, 6, 7 as "3", "5–7"."""
    runs: list[list[int]] = []
    for month in months:
        if runs and runs[-1][-1] == month - 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]


def _years(period: Period, values: Mapping[Period, Decimal]) -> Derived | NoValue | None:
    years = [Period.of_year(year) for year in range(period.first[0], period.last[0] + 1)]
    missing = [year for year in years if year not in values]
    if len(missing) == len(years):
        return None
    if missing:
        zh, en = "、".join(str(y.year) for y in missing), ", ".join(str(y.year) for y in missing)
        return NoValue("years_missing", f"缺{zh}年，不能合计", f"{en} missing, so there is no total")
    total = sum((values[year] for year in years), ZERO)
    return Derived(total, frozenset(years), "由各年数相加推算", "derived as the sum of the years")
