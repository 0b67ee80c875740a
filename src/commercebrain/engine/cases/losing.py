"""The trade that a trade-remedy case cost: the city's exports of its goods to its market against what they would have been.

Exports by month come from the one way to figures, within the reader's reach. What the months since the initiation would
have brought is forecast from the months before it; where these are too few, the same months of the year before stand for it.

No declared table tells finer goods by country. Who may not see them is told the chapters that hold them to the same market,
which one does, named as such: a month of them before the initiation that is withheld is missing from what the forecast is
made of; where one since then is, nothing is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from commercebrain.engine.cases.remedies import Expected, LostTrade, lost_trade
from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import months_apart, months_from, shift
from commercebrain.engine.foresight.result import LEAST_MONTHS
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import record_dataset

#: Declared exports, in yuan.
FIGURE: Final = "customs_export_value"
#: Months of history that the forecast is made from, and months before the initiation that are shown.
HISTORY, SHOWN = 60, 12
#: Months since the initiation that can be expected at most.
FURTHEST: Final = 60
#: Tariff lines of the world are the same to six digits; which column holds codes of so many digits.
_DIGITS: Final = {2: "hs2", 4: "hs4", 6: "hs6"}
_HIDDEN: Final = ("out_of_reach", "suppressed")

Method = Literal["forecast", "year_before", "none"]


@dataclass(frozen=True)
class Goods:
    """What of the city's trade a case is about: codes of 2, 4 or 6 digits, the countries, the city's code, the day of the
    initiation. ``wider``: the case named finer codes, which mean the same at home only to six digits. ``whole``: these are the
    chapters that hold the goods, because the reader may not see finer ones."""

    codes: tuple[str, ...]
    countries: tuple[str, ...]
    region: str
    initiated: date
    wider: bool = False
    whole: bool = False

    @classmethod
    def of(cls, products: str, partner: str, region: str, initiated: date, catalogue: Catalogue) -> Goods:
        """From the fields of a case: codes apart by blanks, a country or a declared group of countries (with its members of
        the day of the initiation)."""
        named = products.split()
        cut = sorted({one[: 6 if len(one) >= 6 else len(one) // 2 * 2] for one in named if len(one) >= 2})
        codes = tuple(one for one in cut if not any(one != other and one.startswith(other) for other in cut))
        group = catalogue.groups.get(partner)
        countries = tuple(sorted(group.at(initiated)[0])) if group is not None else (partner,)
        return cls(codes, countries, region, initiated, any(len(one) not in _DIGITS for one in named))

    @property
    def chapters(self) -> Goods:
        """The chapters that hold the goods, to the same market."""
        return replace(self, codes=tuple(sorted({one[:2] for one in self.codes})), whole=True)

    @property
    def since(self) -> int:
        """The month of the initiation, yyyymm."""
        return self.initiated.year * 100 + self.initiated.month


@dataclass(frozen=True)
class Expectation:
    """What months would have brought, by month (2025-07), and together; how that was made, and why not by a forecast."""

    months: Mapping[str, Expected]
    whole: Expected | None
    method: Method
    history: int


@dataclass(frozen=True)
class Month:
    """A month: what was exported (None: missing), and what was expected of it since the initiation."""

    month: str
    actual: Decimal | None
    expected: Expected | None

    @property
    def gap(self) -> Decimal | None:
        """Expected less actual."""
        return None if self.actual is None or self.expected is None else self.expected.mid - self.actual


@dataclass(frozen=True)
class Estimate:
    """The estimate with the months from twelve before the initiation to the latest, and how it was made, for ``goods``: those
    of the case, or the whole chapters. ``withheld``: the reader may not see the sum; no figure is held then."""

    goods: Goods
    lost: LostTrade
    months: tuple[Month, ...]
    method: Method
    history: int
    as_of: date
    synthetic: bool
    withheld: bool = False
    notes: tuple[Words, ...] = ()

    @property
    def words(self) -> Words:
        """What it comes to, in one sentence that names whole chapters as such."""
        if not self.goods.whole:
            return self.lost.words
        named = "、".join(self.goods.codes), ", ".join(self.goods.codes)
        return Words(
            zh=f"第{named[0]}章整章（宽于涉案商品）对该市场：{self.lost.words.zh}",
            en=f"Whole chapters {named[1]} to this market, wider than the case: {self.lost.words.en}",
        )

    @property
    def how(self) -> Words:
        """How the expected value was made, in one sentence."""
        made = self._how
        if not self.goods.whole:
            return made
        return Words(
            zh=f"涉案商品对该市场的数字会透露企业情况，需企业级海关数据的查看权限；这里是可以公布的分章合计，不等于涉案损失。{made.zh}",
            en="Figures of the goods themselves to this market would tell about firms and need clearance for firm-level "
            f"customs data; these are the totals by chapter that may be told, not the loss of the case. {made.en}",
        )

    @property
    def _how(self) -> Words:
        wide = "；税号按前六位统计，可能宽于涉案范围" if self.goods.wider else ""
        wide_en = (
            "; codes are counted by their first digits (six at most), which may be wider than the case" if wide else ""
        )
        if self.method == "forecast":
            zh, en = (
                f"预期值由立案前{self.history}个月的出口预测",
                f"Expected: forecast from the {self.history} months before the initiation",
            )
        elif self.method == "year_before":
            zh, en = (
                f"立案前只有{self.history}个月数据，不足{LEAST_MONTHS}个月，预期值取立案前一年的同月，没有区间",
                f"Only {self.history} months before the initiation are known, fewer than {LEAST_MONTHS}: the same months of the year before it stand for what was expected, without an interval",
            )  # fmt: skip
        else:
            zh, en = (
                "立案前没有可用的月份，没有预期值",
                "No month before the initiation is known: nothing can be expected",
            )
        return Words(zh=f"{zh}{wide}。", en=f"{en}{wide_en}.")


def expectation(values: Mapping[int, Decimal | None], since: int, last: int) -> Expectation:
    """What the months from ``since`` to ``last`` (yyyymm; sixty of them at most) would have brought, by the months of
    ``values`` before. Errors of several months go together, so the interval of the whole is no sum of intervals."""
    known = sorted(month for month, value in values.items() if month < since and value is not None)
    ahead = min(months_apart(since, last) + 1, FURTHEST)
    if ahead < 1 or not known:
        return Expectation({}, None, "none" if not known else "forecast", len(known))
    wanted = months_from(since, ahead)
    if len(known) < LEAST_MONTHS:
        before = {one: values.get(_year_before(one, since)) for one in wanted}
        return Expectation(
            {said(one): Expected(value) for one, value in before.items() if value is not None},
            None, "year_before", len(known),
        )  # fmt: skip
    from commercebrain.engine.foresight.forecasting import forecast  # slow to load

    series = [values.get(one) for one in months_from(known[0], months_apart(known[0], since))]
    plain = [None if one is None else float(one) for one in series]
    each = forecast(plain, known[0], ahead, threads=1)
    sums = forecast(plain, known[0], ahead, cumulative=True, threads=1)
    months = {
        said(month): _expected(each.point[0, n], each.low80[0, n], each.high80[0, n]) for n, month in enumerate(wanted)
    }
    whole = _expected(sums.point[0, -1], sums.low80[0, -1], sums.high80[0, -1])
    return Expectation(months, whole, "forecast", len(known))


def estimate(sources: Sources, catalogue: Catalogue, goods: Goods, *, reach: Reach, day: date) -> Estimate:
    """The estimate as known on ``day``, within ``reach``. Raises :class:`UserError` for goods, a market or a region that
    cannot be asked for. Without clearance it is one of whole chapters, which a declared table tells; where one since the
    initiation is withheld too, or the region out of reach, the answer is ``withheld``."""
    found = _estimate(sources, catalogue, goods, reach, day)
    if not found.withheld or goods.chapters.codes == goods.codes:
        return found
    whole = _estimate(sources, catalogue, goods.chapters, reach, day)
    return found if whole.withheld else whole


def _estimate(sources: Sources, catalogue: Catalogue, goods: Goods, reach: Reach, day: date) -> Estimate:
    dataset = record_dataset(str(catalogue.indicator(FIGURE).dataset))
    last = max((one.month for one in in_force(sources.lake_root, dataset, day)), default=0)
    first = shift(goods.since, -HISTORY)
    values: dict[int, Decimal | None] = {}
    synthetic, withheld, notes = False, False, dict[str, Words]()
    for digits, column in _DIGITS.items():
        codes = [one for one in goods.codes if len(one) == digits]
        if not codes or last < first:
            continue
        request = Request(
            FIGURE, goods.region, said(first), said(last), where={column: codes, "country": goods.countries},
            as_of=day, options={"single_months": "1"},
        )  # fmt: skip
        try:
            found = table(sources, catalogue, request, reach=reach)
        except UserError as fault:
            if fault.code != "table.not_declared":
                raise
            withheld = True
            break
        synthetic = synthetic or found.synthetic
        notes |= {one.zh: one for one in found.notes}
        for row in found.rows():
            year, within = row["period"].last
            month = year * 100 + within
            withheld = withheld or (row["reason"] in _HIDDEN and (month >= goods.since or not goods.whole))
            _add(values, month, row["value"])
    if withheld:
        nothing = LostTrade((), Decimal(0), Decimal(0), None, None, ())
        return Estimate(goods, nothing, (), "none", 0, day, synthetic, withheld=True)
    made = expectation(values, goods.since, last)
    lost = lost_trade({said(k): v for k, v in values.items()}, made.months, said(goods.since), whole=made.whole)
    start = shift(goods.since, -SHOWN)
    shown = months_from(start, max(months_apart(start, last) + 1, 0)) if values else []
    months = tuple(Month(said(one), values.get(one), made.months.get(said(one))) for one in shown)
    return Estimate(
        goods, lost, months, made.method, made.history, day, synthetic, notes=tuple(notes.values())
    )  # fmt: skip


def said(month: int) -> str:
    """202507 as 2025-07."""
    return f"{month // 100:04d}-{month % 100:02d}"


def _add(values: dict[int, Decimal | None], month: int, value: float | int | None) -> None:
    """Adds the sum of further codes; a month that is missing of some is missing."""
    told = None if value is None else Decimal(str(value))
    if month not in values:
        values[month] = told
        return
    held = values[month]
    values[month] = None if held is None or told is None else held + told


def _year_before(month: int, since: int) -> int:
    """The same month within the twelve before the initiation."""
    while month >= since:
        month -= 100
    return month


def _expected(*figures: float) -> Expected:
    mid, low, high = (None if math.isnan(one) else Decimal(str(round(float(one)))) for one in figures)
    return Expected(mid or Decimal(0), low, high)


__all__: Sequence[str] = ("Estimate", "Expectation", "Goods", "Month", "estimate", "expectation")
