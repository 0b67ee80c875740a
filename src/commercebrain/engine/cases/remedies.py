"""What a trade-remedy case comes to: who responds, what it costs, and an estimate of the trade that was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.units import convert

#: From this many yuan on, amounts are told in 亿元.
_LARGE: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Responding:
    """How many firms are named, how many respond, how many have not said; the rate is of those named (None of none)."""

    named: int
    responding: int
    undecided: int

    @property
    def rate(self) -> Decimal | None:
        """The responding rate 应诉率 in per cent, to two places."""
        return round(Decimal(self.responding * 100) / self.named, 2) if self.named else None


def responding(firms: Iterable[Mapping[str, Any]]) -> Responding:
    """The responding rate from the values of the firms named (``responds``: yes, no, undecided or nothing)."""
    said = [str(one.get("responds") or "") for one in firms]
    return Responding(len(said), said.count("yes"), sum(one not in ("yes", "no") for one in said))


@dataclass(frozen=True, slots=True)
class Costs:
    """What the response cost all firms and what was given to it, in 万元; ``told`` firms have entered their costs."""

    cost: Decimal
    subsidy: Decimal
    told: int

    @property
    def share(self) -> Decimal | None:
        """The subsidy in per cent of the cost; None without a cost."""
        return round(self.subsidy * 100 / self.cost, 2) if self.cost else None


def costs(firms: Iterable[Mapping[str, Any]]) -> Costs:
    """Costs and subsidies from the values of the firms named."""
    rows = list(firms)
    spent = [Decimal(str(one["response_cost"])) for one in rows if one.get("response_cost") not in (None, "")]
    given = [Decimal(str(one["response_subsidy"])) for one in rows if one.get("response_subsidy") not in (None, "")]
    return Costs(sum(spent, Decimal(0)), sum(given, Decimal(0)), len(spent))


@dataclass(frozen=True)
class Expected:
    """What a month should have brought without the case: the middle and, where there is one, the 80 % interval."""

    mid: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class LostTrade:
    """An estimate of trade that was lost since the case, in yuan: expected less actual over the months that are known.

    ``low`` and ``high`` are what was lost by the ends of the 80 % interval, below nought where that end is a gain. They come
    from the interval of the sum (``of_sum``), else from the intervals of the months added, which is wider than the truth.
    Months in which more was sold than expected count against it. ``unknown`` months are left out, and named.
    """

    months: tuple[str, ...]
    expected: Decimal
    actual: Decimal
    low: Decimal | None
    high: Decimal | None
    unknown: tuple[str, ...]
    of_sum: bool = False

    @property
    def gap(self) -> Decimal:
        """Expected less actual; below nought where more was sold than expected."""
        return self.expected - self.actual

    @property
    def lost(self) -> Decimal:
        """What was lost; nought where more was sold than expected (:attr:`gap` tells how much more)."""
        return max(self.gap, Decimal(0))

    @property
    def unit(self) -> str:
        """The unit in which its amounts are told: 亿元 for large ones, else 万元."""
        return "亿元" if max(abs(self.expected), abs(self.actual)) >= _LARGE else "万元"

    def told(self, amount: Decimal) -> str:
        """An amount in :attr:`unit`, to two places, without the unit."""
        text = f"{convert(amount, '元', self.unit):,.2f}"
        return text.replace("-", "\u2212") if text.strip("-0.,") else text.lstrip("-")

    @property
    def words(self) -> Words:
        """What it comes to, in one sentence."""
        left = f"（{'、'.join(self.unknown)}无数据，未计入）" if self.unknown else ""
        left_en = f" ({', '.join(self.unknown)} unknown and left out)" if self.unknown else ""
        if not self.months:
            return Words(
                zh=f"立案以来还没有可用的月份{left}，无法估计。",
                en=f"No month since the case is known yet{left_en}: no estimate.",
            )
        if not self.expected and not self.actual:
            return Words(
                zh=f"立案前后都没有这些商品对该市场的出口{left}，没有可估计的损失。",
                en=f"None of these goods was exported there, before the case or since{left_en}: there is nothing to lose.",
            )
        span = self.months[0] if len(self.months) == 1 else f"{self.months[0]}—{self.months[-1]}"
        unit, gap = self.unit, self.gap
        share = f"{abs(gap) * 100 / self.expected:.1f}" if self.expected > 0 else ""
        zh = f"{span}共{len(self.months)}个月{left}，无案件时预期出口{self.told(self.expected)}{unit}，实际{self.told(self.actual)}{unit}，"
        count = "1 month" if len(self.months) == 1 else f"{len(self.months)} months"
        en = f"{span}, {count}{left_en}: {self.told(self.expected)} {unit} expected without the case, {self.told(self.actual)} {unit} exported; "
        part, part_en = (f"（{share}%）", f" ({share}%)") if share else ("", "")
        if gap > 0:
            zh, en = (
                f"{zh}估计损失{self.told(gap)}{unit}{part}",
                f"{en}an estimated {self.told(gap)} {unit} lost{part_en}",
            )
        elif gap < 0:
            zh = f"{zh}比预期多{self.told(-gap)}{unit}{part}，没有损失"
            en = f"{en}{self.told(-gap)} {unit} more than expected{part_en}, nothing lost"
        else:
            zh, en = f"{zh}与预期持平", f"{en}as expected"
        if self.low is None or self.high is None:
            return Words(zh=f"{zh}；没有区间。", en=f"{en}; without an interval.")
        ends, ends_en = (
            f"{self.told(self.low)}至{self.told(self.high)}{unit}",
            f"{self.told(self.low)} to {self.told(self.high)} {unit}",
        )
        below, below_en = ("，负数为多出口", ", below nought: a gain") if self.low < 0 else ("", "")
        if self.low < 0 < self.high:
            below, below_en = f"{below}，不能断定有损失", f"{below_en}, so a loss is not certain"
        added, added_en = (
            ("", "") if self.of_sum else ("，由各月区间相加，偏宽", ", added up from the months', too wide")
        )
        return Words(
            zh=f"{zh}；损失的80%区间为{ends}{below}{added}。",
            en=f"{en}; 80% interval of the loss {ends_en}{below_en}{added_en}.",
        )


def lost_trade(
    values: Mapping[str, Decimal | None],
    expected: Mapping[str, Expected | Decimal],
    since: str,
    last: str | None = None,
    whole: Expected | None = None,
) -> LostTrade:
    """The estimate from ``values`` by month (2025-07) against what was ``expected`` of each, in yuan, from the month ``since``
    on (up to ``last``). Only months that are expected are looked at; one without a value is unknown, never nought.
    ``whole`` is what was expected of all of them together: its interval counts where none of them is unknown."""
    months = sorted(one for one in expected if one >= since and (last is None or one <= last))
    known = [one for one in months if values.get(one) is not None]
    told = [_as_expected(expected[one]) for one in known]
    actual = sum((values[one] or Decimal(0) for one in known), Decimal(0))
    of_sum = whole is not None and whole.low is not None and whole.high is not None and bool(known) and known == months
    lows = [whole.low] if of_sum and whole else [one.low for one in told]
    highs = [whole.high] if of_sum and whole else [one.high for one in told]
    return LostTrade(
        tuple(known),
        sum((one.mid for one in told), Decimal(0)),
        actual,
        _bound(actual, lows),
        _bound(actual, highs),
        tuple(one for one in months if one not in known),
        of_sum,
    )


def _as_expected(one: Expected | Decimal) -> Expected:
    return one if isinstance(one, Expected) else Expected(one)


def _bound(actual: Decimal, bounds: Sequence[Decimal | None]) -> Decimal | None:
    known = [one for one in bounds if one is not None]
    if not known or len(known) < len(bounds):
        return None
    return sum(known, Decimal(0)) - actual
