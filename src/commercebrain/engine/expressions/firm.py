"""What a condition may say of a firm: one vocabulary for who reports, for lists that are built, and for checks.

``exports_last_year > 1000000 or list('key_exporters')``. Amounts stand in the unit given here; a bare number beside one
is meant in that unit.
"""

from __future__ import annotations

from collections.abc import Sequence

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.expressions.types import TRUTH, Function, Type, Vocabulary

USD, CNY = "美元", "元"


def _amount(unit: str, zh: str, en: str) -> Type:
    return Type("number", unit, words=Words(zh=zh, en=en))


def _share(zh: str, en: str) -> Type:
    return Type("number", "", words=Words(zh=zh, en=en))


NAMES = {
    "exports_last_year": _amount(USD, "上年出口额", "exports of last year"),
    "imports_last_year": _amount(USD, "上年进口额", "imports of last year"),
    "exports_last_12m": _amount(CNY, "近12个月出口额", "exports of the last 12 months"),
    "imports_last_12m": _amount(CNY, "近12个月进口额", "imports of the last 12 months"),
    "employees": Type("number", "人", words=Words(zh="从业人数", en="employees")),
    "size": Type(
        "choice",
        choices={
            "micro": Words(zh="微型", en="micro"),
            "small": Words(zh="小型", en="small"),
            "medium": Words(zh="中型", en="medium"),
            "large": Words(zh="大型", en="large"),
        },
        ordered=True,
        words=Words(zh="企业规模", en="size"),
    ),
    "industry": Type("text", words=Words(zh="行业代码", en="industry")),
    "county": Type("text", words=Words(zh="所在县（市、区）代码", en="county")),
    "township": Type("text", words=Words(zh="所在乡镇（街道）", en="township")),
    "first_market": Type("text", words=Words(zh="第一出口市场", en="first export market")),
    "tags": Type("ticks", words=Words(zh="标签", en="tags")),
    "established": Type("day", words=Words(zh="成立日期", en="day of establishment")),
}


def firm_vocabulary(lists: Sequence[str] | None = None, countries: Sequence[str] | None = None) -> Vocabulary:
    """The vocabulary of firms; ``lists`` are the codes of the kinds of lists that there are, ``countries`` those of
    countries (ISO alpha-3): where given, another is a fault."""
    market = "对该市场近12个月出口额", "exports to a market in the last 12 months"
    return Vocabulary(
        NAMES,
        {
            "list": Function(("text",), TRUTH, lists, Words(zh="在清单上", en="stands on the list")),
            "exports_to": Function(("text",), _amount(CNY, *market), countries, Words(zh=market[0], en=market[1])),
            "imports_from": Function(
                ("text",),
                _amount(CNY, "自该市场近12个月进口额", "imports from a market in the last 12 months"),
                countries,
                Words(zh="自该市场近12个月进口额", en="imports from a market in the last 12 months"),
            ),
            "share_to": Function(
                ("text",),
                _share("该市场占近12个月出口的比重", "share of a market in the exports of the last 12 months"),
                countries,
                Words(zh="该市场占近12个月出口的比重", en="share of a market in the exports of the last 12 months"),
            ),
        },
    )
