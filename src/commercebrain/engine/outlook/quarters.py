"""The nowcast of an indicator's quarter: figures in, a value with its reasons out.

The indicator's own months count as they are known; where it is published by quarter only, its quarters do. Other monthly
indicators of the same region tell about the months that are missing: those declared beside it in
``catalogue/foresight.yaml``, or those named by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.tables import as_of as day_of
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.outlook.kept.declared import foresight_plan
from commercebrain.engine.outlook.nowcasting import Nowcast, nowcast
from commercebrain.engine.outlook.series import series_set
from commercebrain.engine.periods import Period

#: Months of history that the model is given.
MONTHS = 120


@dataclass(frozen=True)
class QuarterNowcast:
    """A quarter's nowcast in figures: ``series`` are the indicators behind it, in the order that ``told.news`` numbers
    them; ``year_before`` is the quarter a year before (NaN: not known, or a rate), in ``unit``; ``earlier`` is the day
    since which ``told.news`` came."""

    indicator: str
    region: str
    quarter: Period
    unit: str
    day: date
    told: Nowcast
    series: tuple[str, ...]
    year_before: float
    synthetic: bool
    earlier: date | None = None

    @property
    def growth(self) -> float:
        """The year-on-year growth that the nowcast means, as a fraction; NaN where it cannot be told."""
        return self.told.value / self.year_before - 1 if self.year_before > 0 else float("nan")


def nowcast_quarter(
    sources: Sources,
    catalogue: Catalogue,
    code: str,
    region: str,
    quarter: Period | str | None = None,
    *,
    others: Iterable[str] | None = None,
    as_of: date | None = None,
    since: date | None = None,
    reach: Reach,
) -> QuarterNowcast:
    """The ``quarter`` (none: the one that the newest month is in, or after, if that one is complete) of indicator
    ``code`` in ``region`` as known on ``as_of``; with ``since`` also what moved it from that earlier day on.

    ``others`` are the monthly indicators that may tell about it (none: the declared ones). Raises :class:`UserError`
    for a period that is no quarter, an indicator that does not add up over a quarter, one of ``others`` that the
    catalogue does not have, and a ``since`` that is not before ``as_of``.
    """
    indicator = catalogue.indicator(code)
    beside = _others(code) if others is None else tuple(catalogue.indicator(one).code for one in others)
    blank = Request(code, region, "2000-01", "2000-01", as_of=as_of)
    day = day_of(sources, blank)
    if since is not None and since >= day:
        raise UserError(
            "nowcast.since",
            f"比较的日期（{since}）须早于所知日期（{day}），请换一个更早的日期。",
            f"The day to compare with ({since}) must be before the day of the question ({day}): give an earlier one.",
        )
    own = series_set(sources, catalogue, code, region, months=MONTHS, as_of=day, reach=reach)
    monthly = bool(np.isfinite(own.values[:, -24:]).sum() >= 12)
    if indicator.adds.time != "sum" and (monthly or indicator.kind != "growth"):
        raise UserError(
            "nowcast.not_additive",
            f"“{indicator.name.zh}”不是流量指标，没有季度合计可推算。",
            f"“{indicator.name.en}” is no flow: there is no quarter of it to nowcast.",
        )
    target = _target(quarter, own.last if monthly else shift(day.year * 100 + day.month, -1), own.values[0], monthly)
    first = shift(target, 1 - MONTHS)

    def known(on: date) -> tuple[Floats, Floats, tuple[str, ...]]:
        rows, names = [], []
        for name in (code, *beside) if monthly else beside:
            try:
                one = series_set(sources, catalogue, name, region, last=target, months=MONTHS, as_of=on, reach=reach)
            except UserError:
                if name == code:
                    raise
                continue  # an indicator of records that are not here tells nothing
            rows.append(one.values[0])
            names.append(name)
        quarters = np.zeros((0, 0)) if monthly else _quarters(sources, catalogue, blank, first, target, on, reach)
        table_of = np.array(rows) if rows else np.full((1, MONTHS), np.nan)
        return table_of, quarters, (*names, *(() if monthly else (code,)))

    months, quarters, names = known(day)
    earlier = known(since)[:2] if since is not None else None
    told = nowcast(months, quarters, first, target, own=0 if monthly else None, earlier=earlier)
    ended = months[0] if monthly else np.repeat(quarters[0] / 3, 3)
    before = float(ended[-15:-12].sum()) if indicator.kind != "growth" else float("nan")  # a growth of rates is none
    period = Period.of_quarter(target // 100, target % 100 // 3)
    unit = own.unit or indicator.display_unit
    return QuarterNowcast(code, region, period, unit, day, told, names, before, own.synthetic, since)


def _others(code: str) -> tuple[str, ...]:
    return next((one.others for one in foresight_plan().nowcasts if one.indicator == code), ())


def _target(quarter: Period | str | None, newest: int, values: Floats, monthly: bool) -> int:
    """The last month of the quarter asked for, else of the first one that is not complete."""
    if quarter is not None:
        asked = Period.parse(quarter) if isinstance(quarter, str) else quarter
        month = asked.last[0] * 100 + asked.last[1]
        if len(asked.months) != 3 or asked.last[1] % 3 or asked.is_state:
            raise UserError(
                "nowcast.no_quarter",
                f"“{asked.text}”不是季度，请写成 2025-Q3（一季度写 2025-01..03）。",
                f"“{asked.text}” is no quarter; write it like 2025-Q3 (the first one 2025-01..03).",
            )
        return month
    complete = newest % 100 % 3 == 0 and (not monthly or bool(np.isfinite(values[-3:]).all()))
    month = shift(newest, 1) if complete else newest
    return shift(month, (3 - month % 100) % 3)


def _quarters(
    sources: Sources, catalogue: Catalogue, blank: Request, first: int, target: int, on: date, reach: Reach
) -> Floats:
    """The indicator's quarters between two months, 1 × quarters."""
    ends = [Period.of_month(*divmod(month, 100)) for month in (first, target)]
    asked = blank.with_(first=ends[0], last=ends[1], as_of=on, options={"frequency": "quarter"})
    found = table(sources, catalogue, asked, reach=reach).shown()
    values = np.full((1, MONTHS // 3), np.nan)
    numbers = np.ma.filled(found.columns["value"].astype(np.float64), np.nan)
    for period, number in zip(found.columns["period"].tolist(), numbers.tolist(), strict=True):
        values[0, months_apart(first, period) // 3] = number
    return values
