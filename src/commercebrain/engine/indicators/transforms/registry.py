"""The transforms there are: their names, formulas, what they need, what they give. The pages' list and the docs' table.

Formulas are those of ``docs/reference/transforms.md``: x is a figure for a period, x₋ the same stretch a year before, c
the running total from January, X the whole that x is part of. Nothing is computed here: :mod:`.grid` says which months
each one reads, :mod:`.compile` writes the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from commercebrain.engine.catalogue.models import Indicator, Words
from commercebrain.engine.errors import UserError

#: What the result is told in: the indicator's own unit, per cent, percentage points, an index (base = 100), 0–1, a rank.
Output = Literal["same", "percent", "points", "index", "fraction", "rank"]
#: What a transform needs of the break-down: nothing, a dimension among ``by`` (``part``), or one that is folded away
#: (``fold``: firms within a county for HHI).
Dimension = Literal["none", "part", "fold"]

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"percent": "%", "points": "百分点", "index": "点", "fraction": "", "rank": "位"}
)


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform: its code, names, formula in words, and what it needs and gives.

    ``months_before`` is how many months before the first period it reads; ``joint`` whether January and February are
    joined for it unless single months are asked for; ``additive`` whether values must add up over places (a share of a
    ratio means nothing); ``options`` the names of the options it takes, those in ``required`` it cannot do without;
    ``decimals`` how many digits are shown, None: the indicator's own.
    """

    code: str
    name: Words
    formula: Words
    output: Output
    months_before: int = 0
    joint: bool = False
    dimension: Dimension = "none"
    additive: bool = False
    decimals: int | None = None
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    ratio_output: Output | None = None

    def unit(self, indicator_unit: str, *, ratio: bool = False) -> str:
        """The unit of the result of an indicator in ``indicator_unit`` (``ratio``: whether it is a ratio or a rate)."""
        output = self.ratio_output if ratio and self.ratio_output else self.output
        return UNITS.get(output, indicator_unit)

    def takes(self, indicator: Indicator, time: str | None = None) -> bool:
        """Whether it makes sense for the indicator: sums and shares only of what adds up. ``time`` says how what is
        counted joins over time where the values themselves do not add up: a ratio of sums, different firms."""
        if self.code == "moving_avg" and indicator.adds.time != "sum":
            return False
        if self.code in ("ytd", "ytd_yoy") and (time or indicator.adds.time) != "sum":
            return indicator.formula is not None and self.code == "ytd_yoy"
        if indicator.kind == "rank":
            return self.code == "level"
        if indicator.kind in ("ratio", "growth"):
            return not self.additive and (self.output != "index" or self.code == "index")
        return True


def _words(zh: str, en: str) -> Words:
    return Words(zh=zh, en=en)


_ALL: Final[tuple[Transform, ...]] = (
    Transform(
        "level",
        _words("数值", "Level"),
        _words("x", "x"),
        "same",
        options=("unit",),
    ),
    Transform(
        "yoy",
        _words("同比", "Year on year"),
        _words("(x − x₋) ÷ x₋", "(x − x₋) ÷ x₋"),
        "percent",
        months_before=12,
        joint=True,
        decimals=1,
        options=("single_months",),
        ratio_output="points",
    ),
    Transform(
        "mom",
        _words("环比", "Month on month"),
        _words(
            "(x − 紧邻上一期) ÷ 紧邻上一期；未经季节调整的标为“未季调”", "(x − the period just before) ÷ it; marked raw"
        ),
        "percent",
        months_before=12,
        joint=True,
        decimals=1,
        options=("single_months", "adjusted", "method"),
        ratio_output="points",
    ),
    Transform(
        "ytd",
        _words("累计", "Year to date"),
        _words("c = 1月至本月之和", "c = the sum from January"),
        "same",
        months_before=11,
    ),
    Transform(
        "ytd_yoy",
        _words("累计同比", "Year to date, year on year"),
        _words("(c − c₋) ÷ c₋", "(c − c₋) ÷ c₋"),
        "percent",
        months_before=23,
        joint=True,
        decimals=1,
        options=("single_months",),
        ratio_output="points",
    ),
    Transform(
        "comparable",
        _words("可比口径同比", "Year on year, comparable"),
        _words(
            "统计指标：按公布的可比基数；明细指标：两期都有业务的同一批企业的同比",
            "Published figures: on the published comparable base; records: of the firms present in both periods",
        ),
        "percent",
        months_before=12,
        joint=True,
        decimals=1,
        dimension="fold",
        additive=True,
        options=("of", "single_months"),
    ),
    Transform(
        "two_year_avg",
        _words("两年平均", "Two-year average"),
        _words("√((1 + 同比)(1 + 上年同比)) − 1", "√((1 + yoy)(1 + yoy a year before)) − 1"),
        "percent",
        months_before=24,
        joint=True,
        decimals=1,
        options=("single_months",),
    ),
    Transform(
        "share",
        _words("占比", "Share"),
        _words("x ÷ X", "x ÷ X"),
        "percent",
        decimals=1,
        dimension="part",
        additive=True,
        options=("of",),
    ),
    Transform(
        "contribution",
        _words("贡献率", "Contribution"),
        _words("(x − x₋) ÷ (X − X₋)；总量几乎不变时不算", "(x − x₋) ÷ (X − X₋); none where the whole hardly changed"),
        "percent",
        months_before=12,
        joint=True,
        decimals=1,
        dimension="part",
        additive=True,
        options=("of", "single_months"),
    ),
    Transform(
        "pull",
        _words("拉动", "Pull"),
        _words(
            "(x − x₋) ÷ X₋；各部分之和恰为总体增速", "(x − x₋) ÷ X₋; the parts add up to the whole's growth exactly"
        ),
        "points",
        months_before=12,
        joint=True,
        decimals=2,
        dimension="part",
        additive=True,
        options=("of", "single_months"),
    ),
    Transform(
        "hhi",
        _words("集中度 HHI", "Concentration HHI"),
        _words("Σ (x ÷ X)²，0–1", "Σ (x ÷ X)², 0–1"),
        "fraction",
        decimals=4,
        dimension="fold",
        additive=True,
        options=("of",),
    ),
    Transform(
        "crn",
        _words("前 n 位占比 CRn", "Share of the largest n"),
        _words("最大 n 个之和 ÷ X", "the sum of the n largest ÷ X"),
        "percent",
        decimals=1,
        dimension="fold",
        additive=True,
        options=("of", "n"),
    ),
    Transform(
        "diffusion",
        _words("扩散指数", "Diffusion index"),
        _words("(上升数 + ½ 持平数) ÷ 总数 × 100", "(rising + ½ unchanged) ÷ members × 100"),
        "index",
        months_before=12,
        joint=True,
        decimals=1,
        dimension="fold",
        additive=True,
        options=("of", "single_months"),
    ),
    Transform(
        "rank",
        _words("位次", "Rank"),
        _words("同期各部分按数值排序，并列同名次", "order of the parts in a period, equal values share a rank"),
        "rank",
        decimals=0,
        dimension="part",
        options=("of",),
    ),
    Transform(
        "moving_avg",
        _words("移动平均", "Moving average"),
        _words("最近 w 个月之和 ÷ w", "the sum of the last w months ÷ w"),
        "same",
        months_before=11,
        options=("window",),
    ),
    Transform(
        "index",
        _words("指数（基期 = 100）", "Index, base = 100"),
        _words("x ÷ 基期 × 100", "x ÷ base period × 100"),
        "index",
        decimals=1,
        options=("base",),
        required=("base",),
    ),
    Transform(
        "real",
        _words("实际同比", "Real growth"),
        _words("(x ÷ x₋) ÷ 价格同比指数 − 1", "(x ÷ x₋) ÷ the price's own change − 1"),
        "percent",
        months_before=12,
        joint=True,
        decimals=1,
        additive=True,
        options=("prices", "single_months"),
        required=("prices",),
    ),
    Transform(
        "convert",
        _words("折算", "Converted"),
        _words("Σ 各月 x ÷ 当月汇率", "Σ monthly x ÷ that month's rate"),
        "same",
        additive=True,
        options=("currency", "rates"),
        required=("currency", "rates"),
    ),
    Transform(
        "seasonal",
        _words("季节调整", "Seasonally adjusted"),
        _words(
            "x ÷ 季节、春节与工作日因子（稳健移动平均分解，或用户自备的 X-13）",
            "x ÷ the factors of season, Spring Festival and working days (robust moving-average decomposition, or the "
            "user's own X-13)",
        ),
        "same",
        options=("method",),
        months_before=120,
    ),
)

#: Code → transform, in the order in which lists show them.
TRANSFORMS: Final[Mapping[str, Transform]] = MappingProxyType({one.code: one for one in _ALL})


def transform(code: str) -> Transform:
    """The transform; :class:`UserError` (``request.unknown_transform``) with the nearest word otherwise."""
    found = TRANSFORMS.get(code)
    if found is None:
        from commercebrain.engine.indicators.request import unknown  # the same sentence as elsewhere

        raise unknown("transform", "变换", code, TRANSFORMS)
    return found


def suits(one: Transform, indicator: Indicator, time: str | None = None) -> None:
    """Raise :class:`UserError` (``transform.unsuited``) where the transform makes no sense for the indicator."""
    if not one.takes(indicator, time):
        raise UserError(
            "transform.unsuited",
            f"“{indicator.name.zh}”不能算{one.name.zh}：它不能这样相加或相比。",
            f"“{indicator.name.en}” has no {one.name.en}: its values do not add up or compare in that way.",
        )
