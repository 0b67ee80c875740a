"""Units as Chinese statistics print them, and exact conversion between those of one dimension.

A unit is a scale word (千, 万, 百万, 亿 …) before a base (元, 美元, 家, 人次 …). Conversion only moves the
decimal point, so it is exact in Decimal and never passes through a float. Currencies never convert into each
other, and percentage points (a difference) never into per cent (a ratio).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from functools import lru_cache

from commercebrain.engine.errors import UserError

_EXACT = Context(prec=120, traps=[Inexact])

#: Words that count things; which of them is used is a matter of language, not of measure.
_COUNTERS = (
    "个 家 户 件 项 条 座 所 处 只 起 宗 单 票 笔 场 次 批 片 栋 间 台 辆 艘 架 套 部 款 届 对 类 种 例 枚 "
    "家次 个次 床 张 班 列 家企业 门类"
)
#: dimension → base unit names, each with the power of ten that leads to the dimension's first unit.
DIMENSIONS: dict[str, dict[str, int]] = {
    "CNY": {"元": 0, "元人民币": 0, "人民币元": 0},
    "USD": {"美元": 0},
    "EUR": {"欧元": 0},
    "JPY": {"日元": 0},
    "HKD": {"港元": 0, "港币": 0},
    "ratio": {"": 0, ":1": 0, "倍": 0, "%": -2, "‰": -3},
    "percentage_point": {"百分点": 0, "个百分点": 0},
    "count": dict.fromkeys(_COUNTERS.split(), 0),
    "person": {"人": 0, "名": 0},
    "visit": {"人次": 0, "人天": 0},
    "rank": {"位": 0, "名次": 0, "位次": 0, "强": 0, "方阵": 0},
    "grade": {"档": 0, "级": 0},
    "score": {"分": 0},
    "index": {"点": 0},
    "container": {"标箱": 0, "TEU": 0, "标准箱": 0, "国际标准集装箱": 0},
    "mass": {"克": 0, "千克": 3, "公斤": 3, "吨": 6},
    "length": {"米": 0, "公里": 3, "千米": 3},
    "area": {"平方米": 0, "平米": 0, "公顷": 4, "平方公里": 6, "平方千米": 6},
    "mu": {"亩": 0},
    "volume": {"升": 0, "立方米": 3},
    "energy": {"千瓦时": 0, "度": 0},
    "power": {"千瓦": 0},
    "day": {"天": 0, "日": 0},
    "working_day": {"工作日": 0, "个工作日": 0},
    "hour": {"小时": 0},
    "minute": {"分钟": 0},
    "concentration": {"μg/m³": 0, "微克/立方米": 0},
    "transport": {"吨公里": 0},
}
SCALES: dict[str, int] = {
    "十": 1,
    "百": 2,
    "千": 3,
    "万": 4,
    "十万": 5,
    "百万": 6,
    "千万": 7,
    "亿": 8,
    "十亿": 9,
    "百亿": 10,
    "千亿": 11,
    "万亿": 12,
}
_BASES: dict[str, tuple[str, int]] = {
    unicodedata.normalize("NFKC", name): (dimension, power)
    for dimension, names in DIMENSIONS.items()
    for name, power in names.items()
}
_PLAIN = frozenset({"", ":1", "倍", "%", "‰", "百分点", "个百分点"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its text, its dimension, and the power of ten to the dimension's first unit."""

    text: str
    dimension: str
    power: int

    @classmethod
    def parse(cls, text: str) -> Unit:
        """The unit that ``text`` names; :class:`UserError` (``unit.unknown``) where there is none."""
        return _parse(text)


def convert(value: Decimal, from_unit: str, to_unit: str) -> Decimal:
    """``value`` of ``from_unit`` told in ``to_unit``, exactly.

    Raises :class:`UserError`: ``unit.unknown``, or ``unit.incompatible`` where the two measure
    different things (two currencies, per cent and percentage points, firms and people).
    """
    if from_unit == to_unit:
        return value
    source, target = Unit.parse(from_unit), Unit.parse(to_unit)
    if source.dimension != target.dimension:
        raise UserError(
            "unit.incompatible",
            f"单位“{from_unit}”与“{to_unit}”量的不是同一种东西，不能换算；请核对单位或口径。",
            f"The units “{from_unit}” and “{to_unit}” measure different things and cannot be converted; "
            "check the unit or the calibre.",
        )
    moved = value.scaleb(source.power - target.power, _EXACT)
    exponent = moved.as_tuple().exponent
    # 2.26 万亿元 is 22600 亿元, not 2.26E+4.
    return moved.quantize(Decimal(1), context=_EXACT) if isinstance(exponent, int) and exponent > 0 else moved


def compatible(one: str, other: str) -> bool:
    """Whether both are known units of one dimension."""
    try:
        return Unit.parse(one).dimension == Unit.parse(other).dimension
    except UserError:
        return False


@lru_cache(maxsize=1024)
def _parse(text: str) -> Unit:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("∶", ":")
    for prefix in ("人民币",):
        if plain.startswith(prefix) and plain != prefix + "元":
            plain = plain.removeprefix(prefix)
    for scale, power in [("", 0), *SCALES.items()]:
        base = plain.removeprefix(scale)
        if scale and plain == scale:
            return Unit(text, "count", power)  # a bare 亿 or 万 counts things that the indicator names
        if not plain.startswith(scale) or base not in _BASES or (scale and base in _PLAIN):
            continue
        dimension, own = _BASES[base]
        return Unit(text, dimension, power + own)
    raise UserError(
        "unit.unknown",
        f"不认识的单位“{text}”，请写成“亿元”“万美元”“%”“万人次”这样的形式。",
        f"Unknown unit “{text}”; write one like 亿元, 万美元, % or 万人次.",
    )
