"""The trade that a trade-remedy case cost, as its page and the API tell it: asked within the reader's own reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, sources
from commercebrain.desk.core.formatting import DASH, number, unit_words, units_said
from commercebrain.engine.cases.losing import Estimate, Goods, Month, estimate
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.units import convert

#: The fields without which nothing can be estimated; a template that declares them all is told an estimate.
PRODUCTS, AUTHORITY, INITIATED = NEEDED = ("products", "authority", "initiated_on")


@dataclass(frozen=True)
class Lost:
    """What came of it: the estimate, or the fields that are ``missing`` for it, or why it cannot be made."""

    estimate: Estimate | None = None
    missing: tuple[str, ...] = ()
    fault: Words | None = None


def lost_of(case: Case, person: Any) -> Lost | None:
    """The estimate for a case of the administration's reader; None for cases that are about no trade remedy."""
    if not set(NEEDED) <= set(template_of(case).by_code):
        return None
    missing = tuple(code for code in NEEDED if case.values.get(code) in (None, ""))
    if missing:
        return Lost(missing=missing)
    values, day = case.values, today()
    try:
        goods = Goods.of(
            str(values[PRODUCTS]), str(values[AUTHORITY]), case.unit.region.code,
            date.fromisoformat(str(values[INITIATED])), catalogue(),
        )  # fmt: skip
        return Lost(estimate(sources(day), catalogue(), goods, reach=reach_for(person), day=day))
    except UserError as fault:
        return Lost(fault=Words(zh=fault.zh, en=fault.en))


def lost_shown(case: Case, person: Any) -> dict[str, Any] | None:
    """What the page draws: the sentence, how it was made, and a line a month."""
    found = lost_of(case, person)
    if found is None:
        return None
    if found.estimate is None:
        fields = template_of(case).by_code
        return {
            "missing": [reader.said(fields[code].name) for code in found.missing],
            "fault": reader.said(found.fault),
            "lines": (),
        }
    one = found.estimate
    unit = _unit(one)
    return {
        "withheld": one.withheld, "sentence": units_said(reader.said(one.words)), "how": reader.said(one.how),
        "notes": [reader.said(note) for note in one.notes], "synthetic": one.synthetic, "as_of": one.as_of,
        "unit": unit_words(unit), "compared": any(month.expected for month in one.months),
        "lines": [_line(month, unit) for month in one.months] if any(month.actual or month.expected for month in one.months) else [],
    }  # fmt: skip


def lost_out(case: Case, person: Any) -> dict[str, Any] | None:
    """The same for the API, in yuan."""
    found = lost_of(case, person)
    if found is None:
        return None
    one = found.estimate
    if one is None or one.withheld:
        return {"missing": found.missing, "fault": _names(found.fault), "withheld": one is not None, "months": []}
    lost, known = one.lost, bool(one.lost.months)
    return {
        "missing": (), "fault": None, "withheld": False, "method": one.method, "sentence": _names(one.words),
        "how": _names(one.how), "goods": one.goods.codes, "whole_chapters": one.goods.whole,
        "countries": one.goods.countries, "region": one.goods.region,
        "expected": lost.expected if known else None, "actual": lost.actual if known else None,
        "lost": lost.gap if known else None, "low80": lost.low, "high80": lost.high, "unknown": lost.unknown,
        "synthetic": one.synthetic, "as_of": one.as_of,
        "months": [
            {
                "month": month.month, "actual": month.actual,
                "expected": month.expected.mid if month.expected else None,
                "low80": month.expected.low if month.expected else None,
                "high80": month.expected.high if month.expected else None,
            }
            for month in one.months
        ],
    }  # fmt: skip


def _names(words: Words | None) -> dict[str, Any] | None:
    return words.model_dump() if words is not None else None


def _unit(one: Estimate) -> str:
    """The unit of the lines: 亿元 where the largest month has one, else 万元."""
    most = max((abs(month.actual) for month in one.months if month.actual is not None), default=Decimal(0))
    return "亿元" if most >= 100_000_000 else "万元"


def _line(month: Month, unit: str) -> dict[str, str]:
    told = month.expected
    between = f"{_amount(told.low, unit)}–{_amount(told.high, unit)}" if told and told.low is not None else DASH
    return {
        "month": month.month, "actual": _amount(month.actual, unit), "expected": _amount(told.mid if told else None, unit),
        "between": between, "gap": _amount(month.gap, unit),
    }  # fmt: skip


def _amount(value: Decimal | None, unit: str) -> str:
    return DASH if value is None else number(convert(value, "元", unit), 2)


__all__ = ["lost_of", "lost_out", "lost_shown"]
