"""What the firm's own figures said after the measure: each follow-up in words, and its course before and after."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from commercebrain.desk.cases.models import FollowUp
from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue, indicator_name
from commercebrain.desk.core.figures import cleared_regions
from commercebrain.desk.core.formatting import unit_words
from commercebrain.engine.catalogue import Words
from commercebrain.engine.indicators import ALL
from commercebrain.engine.units import convert

RESULTS = {
    "recovered": (Words(zh="已恢复", en="recovered"), "✔"),
    "not_recovered": (Words(zh="未恢复", en="not recovered"), "✕"),
    "too_early": (Words(zh="尚难判断", en="too early to tell"), "○"),
    "no_figures": (Words(zh="没有可用数据", en="no figures"), "–"),
}


def follow_ups(rows: Iterable[FollowUp], person: Any) -> list[dict[str, Any]]:
    """The follow-ups by how long after the measure they look; amounts only for whom they are open."""
    rows = list(rows)
    beside = [value for one in rows for value in (one.before, one.expected, one.after)]  # one unit for all of them
    return [_line(one, beside, shown=amounts_open(one, person)) for one in rows]


def amounts_open(one: FollowUp, person: Any) -> bool:
    """Whether a person may read the amounts of a follow-up: what customs know of single firms is for whoever is cleared for
    the firm's region. The result itself is told to everybody who reads the case."""
    indicator = catalogue().indicators.get(one.figure)
    known = catalogue().records.get(str(indicator.dataset)) if indicator is not None else None
    if known is not None and known.classification != "confidential":
        return True
    codes = cleared_regions(person)
    return codes is ALL or (one.enterprise is not None and one.enterprise.region.code in codes)


def _line(one: FollowUp, beside: Iterable[Decimal | None], *, shown: bool) -> dict[str, Any]:
    told = catalogue().indicators.get(one.figure)
    bars = []
    values = {"before": one.before, "expected": one.expected, "after": one.after} if shown else {}
    unit = told.unit if told else ""
    display = _display(unit, told.show_in if told else None, beside)
    amounts = {key: _shown(value, unit, display) for key, value in values.items()}
    most = max((abs(amount) for amount in amounts.values() if amount is not None), default=Decimal(0))
    words = {
        "before": _t("the same months a year before"), "expected": expected_words(one), "after": _t("after the measure"),
    }  # fmt: skip
    for key, amount in amounts.items():
        if amount is not None:
            bars.append({"label": words[key], "amount": amount, "most": most, "key": key})
    result, shape = RESULTS.get(one.result, (None, ""))
    return {
        "row": one,
        "name": ngettext("after %(n)s month", "after %(n)s months", one.periods) % {"n": one.periods},
        "figure": indicator_name(one.figure),
        "unit": unit_words(display),
        "withheld": not shown and one.checked_at is not None,
        "bars": bars,
        "span": one.first if one.first == one.last else f"{one.first}–{one.last}",
        "result": reader.said(result) if result else one.result,
        "shape": shape,
        "waits": one.checked_at is None,
    }


def expected_words(one: FollowUp) -> str:
    """What the expected amount is, and which of both ways it was made."""
    how = one.details.get("expected") or {}
    told = {"n": how.get("history", 0), "day": how.get("known_on", "")}
    if how.get("method") == "forecast":
        return _t("expected had nothing been done: forecast from the %(n)s months known on %(day)s") % told
    if how.get("method") == "year_before":
        words = _t(
            "expected had nothing been done: as a year before, %(n)s months known on %(day)s are too few to forecast"
        )
        return words % told
    return _t("expected had nothing been done")


def _display(unit: str, show_in: str | None, values: Iterable[Decimal | None]) -> str:
    """The unit that amounts of one firm are told in: yuan in 万元 where none of them is 10 亿元, else as the figure is shown."""
    most = max((abs(value) for value in values if value is not None), default=Decimal(0))
    if unit == "元" and most < 1_000_000_000:
        return "万元"
    return show_in or unit


def _shown(value: Decimal | None, unit: str, shown: str) -> Decimal | None:
    if value is None:
        return None
    return convert(value, unit, shown) if unit and shown and unit != shown else value


__all__ = ["follow_ups"]
