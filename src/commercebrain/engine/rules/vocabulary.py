"""What a rule may say of each subject: names and functions with their types, units and words.

Money of customs stands in 元, of orders in 万美元; shares and growth are plain fractions (−0.3 is a fall by 30 %).
``lag(name, n)`` is the name's value n reports (facts of orders and reporting) or n months (all others) earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import TRUTH, Function, Term, Type, Vocabulary, firm_vocabulary

Of = Literal["report", "month"]


@dataclass(frozen=True)
class Fact(Type):
    """A type that also knows how it is told (``percent``, ``growth`` up or down, ``gap`` above or below, ``spreads``,
    ``months``, ``country``, ``points``, ``share_points`` of a fraction) and of what its periods are. ``bare`` is its name
    without the note which way its sign goes, for a sentence that says it itself (低40%以上); none: ``words`` have no note."""

    shown: str = ""
    of: Of = "month"
    bare: Words | None = None


def _fact(zh: str, en: str, unit: str = "", shown: str = "", of: Of = "month") -> Fact:
    return Fact("number", unit, words=Words(zh=zh, en=en), shown=shown, of=of)


def _money(zh: str, en: str) -> Fact:
    return _fact(zh, en, "元")


def _share(zh: str, en: str, of: Of = "month") -> Fact:
    return _fact(zh, en, "", "percent", of)


def _growth(zh: str, en: str, of: Of = "month") -> Fact:
    return _fact(zh, en, "", "growth", of)


def _signed(zh: str, en: str, note_zh: str, note_en: str, shown: str, unit: str = "") -> Fact:
    """A fact whose name goes with a note which way its sign goes."""
    words = Words(zh=f"{zh}（{note_zh}）", en=f"{en}, {note_en}" if note_en else en)
    return Fact("number", unit, words=words, shown=shown, bare=Words(zh=zh, en=en))


def _gap(zh: str = "实际较预期", en: str = "share by which the actual lies above or below the expectation") -> Fact:
    return _signed(zh, en, "高为正", "", "gap")


def _spreads() -> Fact:
    return _signed(
        "实际较预期", "actual against expectation in spreads", "以离散度计，高为正", "negative below it", "spreads"
    )


def _points(zh: str, en: str) -> Fact:
    return _fact(zh, en, "", "share_points")


def _count(zh: str, en: str, of: Of = "month") -> Fact:
    return _fact(zh, en, "个", of=of)


def _months(zh: str, en: str) -> Fact:
    return _fact(zh, en, "", "months")


def _truth(zh: str, en: str, of: Of = "month") -> Fact:
    return Fact("truth", words=Words(zh=zh, en=en), of=of)


def _country(zh: str, en: str) -> Fact:
    return Fact("text", words=Words(zh=zh, en=en), shown="country")


def _function(zh: str, en: str, result: Type, options: Sequence[str] | None = None) -> Function:
    return Function(("text",), result, options, Words(zh=zh, en=en))


#: Months of work in hand as the order report asks for them, from the lowest.
COVER = {
    "under_1": Words(zh="≤1", en="1 or less"),
    "from_1_to_3": Words(zh="1–3", en="1 to 3"),
    "from_3_to_6": Words(zh="3–6", en="3 to 6"),
    "over_6": Words(zh=">6", en="above 6"),
}
TREND = {"more": Words(zh="增", en="more"), "same": Words(zh="平", en="same"), "less": Words(zh="减", en="less")}
DIFFICULTIES = {
    "lack_of_orders": Words(zh="订单不足", en="lack of orders"),
    "tariffs": Words(zh="加征关税", en="added tariffs"),
    "price_cuts": Words(zh="客户压价", en="price cuts by buyers"),
    "cancellations": Words(zh="取消或推迟订单", en="cancelled or delayed orders"),
    "costs": Words(zh="原材料和用工成本", en="costs of material and labour"),
    "labour": Words(zh="招工难", en="lack of workers"),
    "logistics": Words(zh="物流运输", en="logistics"),
    "exchange_rate": Words(zh="汇率波动", en="exchange rate"),
    "payment": Words(zh="收汇和融资", en="payment and finance"),
    "other": Words(zh="其他", en="other"),
}

FIRM: dict[str, Type] = {
    "exports": _money("当月出口额", "exports of the month"),
    "exports_year_before": _money("上年同月出口额", "exports of the same month a year before"),
    "exports_growth": _growth("当月出口同比", "growth of the month's exports on a year before"),
    "exports_3m": _money("近3个月出口额", "exports of the last 3 months"),
    "exports_3m_before": _money("上年同期3个月出口额", "exports of the same 3 months a year before"),
    "exports_3m_growth": _growth("近3个月出口同比", "growth of the last 3 months' exports on a year before"),
    "exports_ytd_growth": _growth("今年累计出口同比", "growth of this year's exports to date"),
    "imports": _money("当月进口额", "imports of the month"),
    "imports_growth": _growth("当月进口同比", "growth of the month's imports on a year before"),
    "markets": _count("近12个月出口市场数", "markets of the last 12 months"),
    "markets_before": _count("上年同期出口市场数", "markets of the 12 months before"),
    "zero_months": _months("连续无出口月数", "months in a row without exports"),
    "highest36": _money("近36个月单月最高出口额", "highest month's exports of the last 36"),
    "top_market": _country("近12个月第一出口市场", "first export market of the last 12 months"),
    "top_market_share": _share("第一出口市场占比", "share of the first export market"),
    "exports_expected": _money("当月出口预期", "expected exports of the month"),
    "exports_gap": _gap(),
    "surprise": _spreads(),
    "below_95": _truth("当月出口低于95%区间", "exports of the month below the 95 % interval"),
    "lasting_gap": _gap("近几个月较预期", "the last months against expectation"),
    "exports_ahead_growth": _growth("未来3个月出口预计同比", "expected growth of the next 3 months' exports on a year before"),
    "peers_gap": _points("偏离预期的幅度与同类企业之差", "its gap to expectation less that of similar firms"),
    "price_change": _growth("出口单价同比", "change of unit prices on a year before"),
    "cover": Fact("choice", choices=COVER, ordered=True, words=Words(zh="在手订单可维持月数", en="months of work in hand"), of="report"),
    "orders_in_hand": _fact("在手订单", "orders in hand", "万美元", of="report"),
    "orders_growth_4": _growth("在手订单较4期前", "orders in hand against 4 reports before", "report"),
    "new_orders": _fact("本期新增订单", "new orders", "万美元", of="report"),
    "cancelled_share": _share("取消订单占在手订单比重", "share of orders cancelled", "report"),
    "price_lower_share": _share("价格下跌的订单占比", "share of orders at lower prices", "report"),
    "trend": Fact("choice", choices=TREND, words=Words(zh="在手订单较上期", en="orders against last time"), of="report"),
    "difficulties": Fact("ticks", choices=DIFFICULTIES, words=Words(zh="目前的困难", en="difficulties"), of="report"),
    "reported": _truth("本期已填报", "has reported this time", "report"),
    "missed_in_row": _fact("连续未填报期数", "reports missed in a row", of="report"),
    "late_in_row": _fact("连续迟报期数", "reports late in a row", of="report"),
    "unchanged_in_row": _fact("连续报“与上期相同”期数", "reports “no change” in a row", of="report"),
    "near_case": _truth("向涉案市场出口与涉案产品相近的商品", "exports goods near those of a remedy case to its market"),
    "in_case": _truth("出口贸易救济案件涉案产品", "exports the goods of a remedy case to its market"),
}  # fmt: skip
GOODS: dict[str, Type] = {
    "value": _money("当月出口额", "exports of the month"),
    "growth": _growth("当月出口同比", "growth on a year before"),
    "value_3m": _money("近3个月出口额", "exports of the last 3 months"),
    "growth_3m": _growth("近3个月出口同比", "growth of the last 3 months on a year before"),
    "quantity_growth": _growth("出口数量同比", "growth of the quantity on a year before"),
    "price_change": _growth("出口单价同比", "change of the unit price on a year before"),
    "share_of_market": _share("该市场占全市该商品出口比重", "share of the market in the city's exports of these goods"),
    "share_change": _points("该比重较上年同期变化", "change of that share on a year before"),
    "firms": _count("出口企业数", "exporting firms"),
    "top_firm_share": _share("最大企业占比", "share of the largest firm"),
    "in_case": _truth("是贸易救济案件涉案产品", "is under a remedy case"),
    "neighbour_case": _truth("与涉案产品同属一个品目", "is in the same heading as goods under a case"),
    "gap": _gap(),
    "surprise": _spreads(),
}
COUNTY: dict[str, Type] = {
    "exports_growth": _growth("当月出口同比", "growth of the month's exports on a year before"),
    "exports_gap": _gap(),
    "surprise": _spreads(),
    "filing_rate": _share("填报率", "filing rate", "report"),
    "missed_firms": _count("连续两期以上未报企业数", "firms that missed two reports or more", "report"),
    "short_cover_share": _share(
        "在手订单不超过1个月的企业占比", "share of firms with at most a month of work", "report"
    ),
    "orders_growth_4": _growth("在手订单较4期前", "orders in hand against 4 reports before", "report"),
    "falling_share": _share("出口降三成以上的企业占比", "share of firms that fell by 30 % or more"),
}
MARKET: dict[str, Type] = {
    "exports": _money("当月对该市场出口额", "exports to the market in the month"),
    "growth": _growth("当月出口同比", "growth on a year before"),
    "growth_3m": _growth("近3个月出口同比", "growth of the last 3 months on a year before"),
    "gap": _gap(),
    "surprise": _spreads(),
    "share": _share("该市场占全市出口比重", "share in the city's exports"),
    "share_change": _points("该比重较上年同期变化", "change of that share on a year before"),
    "firms": _count("出口企业数", "exporting firms"),
    "falling_share": _share("对该市场出口降三成以上的企业占比", "share of firms that fell by 30 % or more there"),
}
CLUSTER: dict[str, Type] = {
    "exports_growth_3m": _growth("近3个月出口同比", "growth of the last 3 months' exports on a year before"),
    "orders_growth": _growth("在手订单较4期前", "orders in hand against 4 reports before", "report"),
    "employees_change": _growth("从业人数较上年", "change of employees on a year before"),
    "outbound_projects": _count("近12个月境外投资项目数", "outbound projects of the last 12 months"),
    "outbound_before": _count("上年同期境外投资项目数", "outbound projects of the 12 months before"),
    "outbound_invested": _fact("近12个月境外投资额", "outbound investment of the last 12 months", "美元"),
    "firms": _count("集群企业数", "firms"),
    "firms_gone": _count("一年内不再出口的企业数", "firms that stopped exporting within a year"),
}
INDICATOR: dict[str, Type] = {
    "value": _fact("本期值", "value"),
    "growth": _growth("同比", "growth on a year before"),
    "gap": _gap(),
    "surprise": _spreads(),
    "chance": _share("预计完成目标的可能性", "chance of reaching the target"),
    "attainment": _share("预计完成率", "expected attainment"),
    "ahead": _signed("比时序进度", "ahead of the path", "快为正", "negative behind it", "points", "百分点"),
    "off_path_months": _months("连续落后时序月数", "months in a row off the path"),
    "binding": _truth("约束性指标", "a binding target"),
    "months_silent": _months("未更新月数", "months without a new figure"),
    "has_target": _truth("有目标", "has a target"),
}
PROJECT: dict[str, Type] = {
    "invested": _fact("已实际投资", "invested so far", "美元"),
    "filed": _fact("备案投资额", "investment filed", "美元"),
    "country": _country("投资目的地", "destination"),
    "industry": Fact("text", words=Words(zh="行业", en="industry")),
    "way": Fact("text", words=Words(zh="投资方式", en="way of investing")),
    "county": Fact("text", words=Words(zh="所在县（市、区）代码", en="county")),
    "months_without_progress": _months("未有进展月数", "months without progress"),
}
_NAMES: Mapping[str, dict[str, Type]] = {
    "goods": GOODS, "county": COUNTY, "market": MARKET, "cluster": CLUSTER, "indicator": INDICATOR, "project": PROJECT,
}  # fmt: skip
_LAG = Function(("name", "number"), None, None, Words(zh="此前", en="earlier"))


def vocabulary(subject: str, lists: Sequence[str] | None = None, countries: Sequence[str] | None = None) -> Vocabulary:
    """The names and functions of ``subject``. Where ``lists`` or ``countries`` are given, another code is a fault.

    Raises :class:`UserError` (``rule.unknown_subject``).
    """
    return _vocabulary(subject, tuple(lists) if lists is not None else None, tuple(countries) if countries else None)


@lru_cache(maxsize=64)
def _vocabulary(subject: str, lists: tuple[str, ...] | None, countries: tuple[str, ...] | None) -> Vocabulary:
    listed = _function("在清单上", "stands on the list", TRUTH, lists)
    if subject == "firm":
        whole = firm_vocabulary(lists, countries)
        share = whole.functions["share_to"]
        told = Fact("number", "", words=share.words, shown="percent")
        of_lists = {
            "exposure": _function("清单涉及金额占近12个月出口比重", "share of 12 months' exports on the list", _share("占比", "share"), lists),
            "duty": _function("清单估算新增关税", "estimated duty of the list", _money("新增关税", "duty"), lists),
            "newly_hit": _function("新被清单影响", "newly hit by the list", TRUTH, lists),
            "share_to": Function(share.arguments, told, share.options, share.words),
        }  # fmt: skip
        names = {"first_market": _country("第一出口市场", "first export market"), **FIRM}
        return whole | Vocabulary(names, {**of_lists, "lag": _LAG})
    names = _NAMES.get(subject, {})
    if not names:
        raise UserError(
            "rule.unknown_subject",
            f"没有“{subject}”这种对象，可用：firm、{'、'.join(_NAMES)}。",
            f"There is no subject “{subject}”; there are firm, {', '.join(_NAMES)}.",
        )
    functions = {"lag": _LAG}
    if subject in ("goods", "market", "project"):
        functions["list"] = listed
    return Vocabulary(names, functions)


def periods_of(subject: str, term: Term) -> Of:
    """Of what the periods of a name are: a report or a month; of a call, of the name inside it."""
    inner = next((arg for arg in term.args or () if isinstance(arg, Term)), term)
    found = vocabulary(subject).names.get(inner.name)
    return found.of if isinstance(found, Fact) else "month"
