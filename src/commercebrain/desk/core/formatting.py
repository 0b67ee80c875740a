"""How a number is written, in sentences, cells and exports alike: thousands separated, rounded half up, once."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader

DASH = "—"
MINUS = "−"

#: Units as an English reader understands them; a Chinese page shows the unit itself. Counting words have none.
UNITS = {
    "元": _("yuan"),
    "万元": _("ten thousand yuan"),
    "亿元": _("hundred million yuan"),
    "万亿元": _("trillion yuan"),
    "美元": _("US dollars"),
    "万美元": _("ten thousand US dollars"),
    "亿美元": _("hundred million US dollars"),
    "万亿美元": _("trillion US dollars"),
    "百分点": _("percentage points"),
    "个百分点": _("percentage points"),
    "番": _("doublings"),
    "倍": _("times"),
    "万个": _("ten thousand"),
    "万家": _("ten thousand"),
    "万户": _("ten thousand households"),
    "人": _("people"),
    "千人": _("thousand people"),
    "万人": _("ten thousand people"),
    "人次": _("visits"),
    "万人次": _("ten thousand visits"),
    "公里": _("km"),
    "平方米": _("square metres"),
    "万平方米": _("ten thousand square metres"),
    "平方公里": _("square km"),
    "吨": _("tonnes"),
    "万吨": _("ten thousand tonnes"),
    "标箱": _("TEU"),
    "万标箱": _("ten thousand TEU"),
    "亿件": _("hundred million parcels"),
}
_COUNTING = frozenset("个家名件项条所座次起户种类位强大艘") | {"方阵"}


def unit_words(unit: str) -> str:
    """``unit`` in the reader's language: 亿元, or 100 million yuan; a counting word is left out in English."""
    if reader.chinese():
        return unit
    if unit in _COUNTING:
        return ""
    return str(UNITS.get(unit, unit))


_AMOUNT = re.compile(
    rf"(?<=[\d.%]) ?({'|'.join(sorted((*UNITS, *_COUNTING), key=len, reverse=True))})(?![\u4e00-\u9fff])"
)


def units_said(text: str) -> str:
    """An engine's sentence with the unit behind each number in the reader's language."""
    if reader.chinese():
        return text
    return _AMOUNT.sub(lambda found: f" {unit_words(found[1])}".rstrip(), text)


def tight(text: str) -> str:
    """No blank before a unit that is a sign: 1.5:1, 6%, 13.1‰."""
    return re.sub(r"(?<=\d) (?=(?::1|%|‰))", "", text)


def decimal(value: Any) -> Decimal | None:
    """``value`` as an exact number; None for nothing, for a truth value and for what is no finite number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def number(value: Any, decimals: int | str | None = None) -> str:
    """Thousands separated, rounded half up to ``decimals`` places (none: as it is); nothing gives a dash."""
    amount = decimal(value)
    if amount is None:
        return DASH if value in (None, "") else str(value)
    if decimals not in (None, ""):
        amount = amount.quantize(Decimal(1).scaleb(-int(str(decimals))), ROUND_HALF_UP)
        if amount.is_zero():
            amount = abs(amount)  # no minus before a zero
        return f"{amount:,f}".replace("-", MINUS)
    text = f"{amount:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def percent(value: Any, decimals: int = 1) -> str:
    """A plain fraction as per cent: ``0.713`` → ``71.3%``; nothing gives a dash."""
    amount = decimal(value)
    return DASH if amount is None else f"{number(amount.scaleb(2), decimals)}%"
