"""From a request to a plan: the months it needs, the dimensions its cells carry, the rule that computes its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.spine import Slot, shift, slots
from commercebrain.engine.indicators.transforms import growths, levels, structures
from commercebrain.engine.indicators.transforms.registry import Transform, suits, transform
from commercebrain.engine.indicators.transforms.rules import Rule
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit
from commercebrain.engine.yaml_text import read_yaml

RULES: Mapping[str, Rule] = MappingProxyType({**levels.RULES, **growths.RULES, **structures.RULES})
#: The dimension that is folded away where the request names none: the firm.
FIRM = "uscc"
#: ISO 4217 code → the unit of whole amounts.
CURRENCIES = {"CNY": "元", "USD": "美元", "EUR": "欧元", "JPY": "日元", "HKD": "港元"}


@dataclass(frozen=True)
class Plan:
    """What has to be computed for a request.

    ``cell_dims`` are the dimensions that the cells must carry: the break-down and those folded away. ``first`` and
    ``last`` are the months (yyyymm) between which cells are needed. ``cell_where`` are the filters that go into the
    cells; ``row_where`` those that only choose rows of the result, because the whole must hold everything (the share of
    one country is a share of all). ``within`` are the dimensions within which parts make a whole.
    ``unit`` is the unit of the result, ``level_unit`` that of the sums.
    """

    request: Request
    transform: Transform
    rule: Rule
    slots: tuple[Slot, ...]
    dims: tuple[str, ...]
    fold: tuple[str, ...]
    within: tuple[str, ...]
    cell_where: Mapping[str, tuple[str, ...]]
    row_where: Mapping[str, tuple[str, ...]]
    unit: str
    level_unit: str
    decimals: int
    ratio: bool = False
    descending: bool = True
    small_base: int = 0
    prices: Mapping[int, float] = field(default_factory=dict)
    rates: Mapping[int, float] = field(default_factory=dict)
    trim: tuple[int, int] | None = None
    adjust: bool = False

    @property
    def cell_dims(self) -> tuple[str, ...]:
        """The dimensions that the cells must carry."""
        return (*self.dims, *self.fold)

    @property
    def first(self) -> int:
        """The first month needed."""
        return min(stretch[0] for slot in self.slots for stretch in slot.stretches)

    @property
    def last(self) -> int:
        """The last month needed."""
        return max(stretch[1] for slot in self.slots for stretch in slot.stretches)

    @property
    def stretches(self) -> int:
        """How many stretches a row sums over."""
        return len(self.slots[0].stretches)


def plan(
    request: Request,
    indicator: Indicator,
    *,
    today: date,
    time: str | None = None,
    additive: bool = True,
    prices: Mapping[int, float] | None = None,
    rates: Mapping[int, float] | None = None,
) -> Plan:
    """The plan of ``request``.

    ``time`` is how the cells join over time (``sum``, ``last``, ``none``; default: the indicator's own; for a formula
    over sums, or for a count of different firms whose cells carry the firms, pass ``sum``); ``additive`` whether parts
    add up to a whole. ``prices`` (month → price of the month against the same month a year before, 1.02 for +2 %) are
    needed by ``real``, ``rates`` (month → units of the indicator's currency for one of the asked one) by ``convert``.

    Raises :class:`UserError`: unknown transform, a transform that the indicator does not take, a missing dimension or
    option.
    """
    one = transform(request.transform)
    suits(one, indicator, time)
    _options(request, one)
    if one.additive and not additive:
        raise UserError(
            "transform.unsuited",
            f"“{indicator.name.zh}”各部分不能相加，不能算{one.name.zh}。",
            f"The parts of “{indicator.name.en}” do not add up, so there is no {one.name.en}.",
        )
    ratio = indicator.kind in ("ratio", "growth")
    fold, within = _dimensions(request, one)
    adjust = one.code == "seasonal" or (one.code == "mom" and request.option("adjusted") in ("1", "true", "yes"))
    asked = _with_history(request) if adjust else request
    lag = timedelta(days=indicator.lag_days)
    wholes = RULES[one.code].wholes or RULES[one.code].ranked
    rows = {dim: values for dim, values in request.where.items() if wholes and dim in request.by and dim not in within}
    found = slots(
        asked,
        "level" if adjust else one.code,
        joint=one.joint and not adjust,
        time=time or indicator.adds.time,
        due=lambda month: _end(month) + lag <= today,
    )
    if not found:
        raise UserError("request.no_rows", "这段时期里没有可算的一行。", "There is no row in this period.")
    rule = growths.DIFFERENCE if ratio and one.ratio_output == "points" else RULES[one.code]
    level_unit = _currency(request) if one.code == "convert" else indicator.unit
    unit = one.unit(level_unit, ratio=ratio)
    return Plan(
        request=request,
        transform=one,
        rule=RULES["seasonal"] if adjust else rule,
        slots=tuple(found),
        dims=request.by,
        fold=fold,
        within=within,
        cell_where={dim: values for dim, values in request.where.items() if dim not in rows},
        row_where=rows,
        unit=indicator.unit if unit == "百分点" and ratio and indicator.unit != "%" else unit,
        level_unit=level_unit,
        decimals=indicator.decimals if one.decimals is None else one.decimals,
        ratio=ratio,
        descending=indicator.better != "lower",
        small_base=small_base(request, indicator.unit),
        prices=prices or {},
        rates=rates or {},
        trim=(found_first(request), request.last.last[0] * 100 + request.last.last[1]) if adjust else None,
        adjust=adjust,
    )


def found_first(request: Request) -> int:
    """The first month asked for, yyyymm."""
    return request.first.first[0] * 100 + request.first.first[1]


def _with_history(request: Request) -> Request:
    """Ten years before the months asked for, singly: what seasonal factors are estimated from."""
    if request.frequency != "month":
        raise UserError(
            "transform.monthly_only",
            "季节调整只用于月度数据，请写 2024-01:2025-06 这样的月份。",
            "Seasonal adjustment is of months; write months such as 2024-01:2025-06.",
        )
    first = shift(found_first(request), -120)
    begin = Period.of_month(first // 100, first % 100)
    return request.with_(first=begin, last=Period.of_month(*request.last.last))


def _dimensions(request: Request, one: Transform) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dimensions folded away, and those within which the parts make a whole."""
    named = tuple(filter(None, request.option("of").split("+")))
    if one.dimension == "fold":
        fold = named or (FIRM,)
        if both := [dim for dim in fold if dim in request.by]:
            raise UserError(
                "transform.folded_dimension",
                f"“{both[0]}”既要分组又要合并：算{one.name.zh}时，of 的维度不能同时出现在分组里。",
                f"“{both[0]}” cannot be broken down by and folded away at once for {one.name.en}.",
            )
        return fold, ()
    if one.dimension == "part":
        if not request.by:
            raise UserError(
                "transform.needs_dimension",
                f"{one.name.zh}要有分组维度，例如按 county 或 country。",
                f"{one.name.en} needs something to break down by, such as county or country.",
            )
        of = named or request.by
        if other := [dim for dim in of if dim not in request.by]:
            raise UserError(
                "transform.part_dimension",
                f"“{other[0]}”不在分组里：{one.name.zh}的 of 须是分组维度之一。",
                f"“{other[0]}” is not broken down by; for {one.name.en}, `of` must be one of the break-downs.",
            )
        return (), tuple(dim for dim in request.by if dim not in of)
    return (), ()


def _options(request: Request, one: Transform) -> None:
    for name in one.required:
        if not request.option(name):
            raise UserError(
                "transform.needs_option",
                f"{one.name.zh}须给出选项“{name}”，见变换目录。",
                f"{one.name.en} needs the option “{name}”; see the list of transforms.",
            )


def _currency(request: Request) -> str:
    """The unit of the currency asked for, by its code or as a unit."""
    asked = request.option("currency")
    return Unit.parse(CURRENCIES.get(asked.upper(), asked)).text


def _end(month: int) -> date:
    following = shift(month, 1)
    return date(following // 100, following % 100, 1) - timedelta(days=1)


@lru_cache(maxsize=1)
def _small_bases() -> dict[str, int]:
    text = (files("commercebrain.catalogue") / "codes" / "small_bases.yaml").read_text(encoding="utf-8")
    return {dimension: int(told["below"]) for dimension, told in read_yaml(text).items()}


def small_base(request: Request, unit: str) -> int:
    """Below which base, in the first unit of the dimension (元, 美元, 家), a growth rate is flagged as of a small base."""
    if "small_base" in request.options:
        return request.number("small_base", 0, least=0, most=10**15)
    return _small_bases().get(Unit.parse(unit).dimension, 0)
