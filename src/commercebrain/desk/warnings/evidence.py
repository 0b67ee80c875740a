"""What a signal rests on: its facts, each with the page one step nearer to its cause, and the course behind the newest.

The facts are those of the evaluation that raised it. The pictures are asked anew, within the reader's own reach: who may
not see a firm's customs figures is told so and sees none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.formatting import DASH, MINUS, number, unit_words
from commercebrain.desk.foresight import charts
from commercebrain.desk.foresight import queries as foresight
from commercebrain.desk.foresight import words as foresight_words
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.forms import queries as forms
from commercebrain.desk.forms.models import Submission
from commercebrain.desk.warnings import clearance
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Term
from commercebrain.engine.expressions.reading import read
from commercebrain.engine.forms.periods import say_period
from commercebrain.engine.rules.vocabulary import COVER, periods_of

#: The indicator of exports counted from customs records, and the form in which firms tell their orders.
EXPORTS, ORDERS = "customs_export_value", "order_report"
#: Reports that the course of orders shows.
ROUNDS = 12
#: Facts that lead to lists and not to trade.
_LISTS = ("list", "exposure", "duty", "newly_hit", "near_case", "in_case", "neighbour_case")
_REPORTING = ("filing_rate", "missed_firms")
#: What is drawn of a series.
_COURSES = ("actual", "expected", "point", "low80", "high80", "low95", "high95")
_HS6, _COUNTRY = re.compile(r"(?<!\d)\d{6}(?!\d)"), re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")


@dataclass(frozen=True)
class Fact:
    """One fact as it was told, and where it leads."""

    name: str
    value: str
    url: str = ""
    leads: str = ""
    withheld: bool = False


@dataclass(frozen=True)
class Picture:
    """A course to draw: kind and data for the script, a title, the same in words, and the page of the whole."""

    title: str
    said: str
    kind: str = ""
    data: dict[str, Any] | None = None
    url: str = ""


def terms(row: Signal) -> list[Fact]:
    """The facts that are known, in the order of the rule; what the reader is not cleared for is named without its value."""
    found = []
    for one in clearance.terms(row):
        if one["withheld"]:
            found.append(Fact(reader.said(one), "", withheld=True))
            continue
        if one.get("value") is None:
            continue
        url, leads = _leads(row, str(one.get("term", "")))
        said = one.get("said_zh" if reader.chinese() else "said_en")
        value = str(said if said is not None else one["value"])
        found.append(Fact(reader.said(one), MINUS + value[1:] if value[:1] == "-" else value, url, leads))
    return found


def missing(row: Signal) -> str:
    """The facts that nobody knows, one after another."""
    told = [reader.said(one) for one in clearance.terms(row) if one.get("value") is None and not one["withheld"]]
    return ("、" if reader.chinese() else ", ").join(told)


def withheld(row: Signal) -> str:
    """Why facts or the course of trade are not shown; "" where all is."""
    if clearance.cleared(row):
        return ""
    kept = row.subject_kind == "firm" or any(one["withheld"] for one in clearance.terms(row))
    return _t("You are not cleared for firm-level customs data.") if kept else ""


def _term(text: str) -> Term | None:
    try:
        node = read(text)
    except UserError:
        return None
    return node if isinstance(node, Term) else None


def _leads(row: Signal, text: str) -> tuple[str, str]:
    """The page one step nearer to the cause of a fact, and what it is."""
    term = _term(text)
    if term is None:
        return "", ""
    name = term.args[0].name if term.args and isinstance(term.args[0], Term) else term.name
    if row.enterprise_id is not None:
        firm = reverse("registry:enterprise", args=[row.enterprise_id])
        if name in _LISTS:
            return f"{firm}?tab={'lists' if name == 'list' else 'exposure'}", _t("lists that hit the firm")
        if periods_of(row.subject_kind, term) == "report":
            return f"{firm}?tab=reporting", _t("reports of the firm")
    elif name in _REPORTING:
        return reverse("forms:board"), _t("Reporting board")
    elif name in _LISTS:
        return reverse("lists:kinds"), _t("Lists")
    if row.subject_kind == "project":
        return reverse("registers:registers"), _t("Declared registers")
    asked = question(row)
    if asked is not None:
        return asked.address(), _t("the series, month by month")
    return "", ""


def question(row: Signal) -> Asked | None:
    """The series behind a signal, as the page of a series asks it; none where there is none."""
    where: dict[str, tuple[str, ...]] = {}
    region, code = row.bureau.region.code, EXPORTS
    if row.subject_kind == "firm" and row.enterprise is not None:
        where = {"uscc": (row.enterprise.uscc,)}
    elif row.subject_kind == "goods":
        goods, market = _HS6.search(row.subject), _COUNTRY.search(row.subject)
        if goods is None or market is None:
            return None
        where = {"hs6": (goods[0],), "country": (market[0],)}
    elif row.subject_kind == "market":
        where = {"country": (row.subject,)}
    elif row.subject_kind in ("county", "cluster") and row.region is not None:
        region = row.region.code
        chapter = row.subject.rpartition("|")[2]
        if row.subject_kind == "cluster" and chapter.isdigit():
            where = {"hs2": (chapter.zfill(2),)}
    elif row.subject_kind == "indicator":
        code, _bar, place = row.subject.partition("|")
        region = place or (row.region.code if row.region else region)
    else:
        return None
    if code not in catalogue().indicators:
        return None
    return Asked(code, region, (), MappingProxyType(where))


def pictures(person: Any, row: Signal) -> list[Picture]:
    """The course of orders and of trade behind a signal, as far as the reader may see them."""
    found = []
    hint = (row.evidence or {}).get("chart") or {}
    orders = _orders(person, row) if row.enterprise_id is not None else None
    if orders is not None:
        found.append(orders)
    trade = _trade(person, row)
    if trade is not None:
        found.insert(len(found) if hint.get("of") == "report" else 0, trade)
    return found


def _trade(person: Any, row: Signal) -> Picture | None:
    asked = question(row)
    if asked is None:
        return None
    name = reader.said(catalogue().indicators[asked.code].name)
    if row.subject_kind == "firm" and not clearance.cleared(row):
        return None
    try:
        found = foresight.outlook_of(person, asked)
    except UserError as fault:
        return Picture(name, fault.say("zh" if reader.chinese() else "en"))
    if found.known < 2:
        return Picture(name, _t("No months of this series are held within your reach."))
    data, scale = charts.evidence(found), 1.0
    highest = max((abs(one.value) for one in found.months[-charts.SHOWN :] if one.value is not None), default=0.0)
    if found.unit == "亿元" and highest < 1:  # a firm's months: 244.8 万元 say more than 0.02 亿元
        scale = 10_000.0
        data["unit"] = unit_words("万元")
        for key in _COURSES:
            data[key] = [None if value is None else value * scale for value in data[key]]
    title = foresight_words.aside(name, str(data["unit"]))
    return Picture(title, _said(found, scale, str(data["unit"])), "outlook", data, asked.address())


def _said(found: foresight.SeriesOutlook, scale: float, unit: str) -> str:
    """The newest month against what was expected of it, in one sentence."""
    latest = found.latest
    if latest is None or latest.value is None:
        return foresight_words.reason_words(latest.reason) if latest is not None else ""
    told = {
        "month": foresight_words.month_said(latest.month), "unit": unit, "value": _amount(latest.value, scale),
        "expected": _amount(latest.expected, scale), "low": _amount(latest.low80, scale), "high": _amount(latest.high80, scale),
    }  # fmt: skip
    if latest.expected is None or latest.low80 is None:
        return _t("%(month)s: %(value)s %(unit)s.") % told
    return _t("%(month)s: %(value)s %(unit)s; expected %(expected)s (80%% interval %(low)s–%(high)s).") % told


def _amount(value: float | None, scale: float) -> str:
    if value is None:
        return DASH
    scaled = value * scale
    return number(scaled, 0 if abs(scaled) >= 1_000 else 1 if abs(scaled) >= 10 else 2)


def _orders(person: Any, row: Signal) -> Picture | None:
    """Orders in hand of the last reports, with the months that they last; none where nothing was reported."""
    reports = forms.reports(person).filter(enterprise=row.enterprise_id, round__form=ORDERS).exclude(first_sent_at=None)
    asked = list(reports.order_by("-round__opens_at").values_list("pk", "round__period")[:ROUNDS])[::-1]
    if not asked:
        return None
    sent: dict[int, dict[str, Any]] = {}
    rows = Submission.objects.filter(report__in=[pk for pk, _period in asked]).order_by("number")
    for pk, answers in rows.values_list("report", "answers"):
        sent[pk] = answers
    language = "zh" if reader.chinese() else "en"
    labels = [period for _pk, period in asked]
    values = [_number(sent.get(pk, {}).get("orders_in_hand")) for pk, _period in asked]
    covers = [reader.said(COVER.get(str(sent.get(pk, {}).get("cover")))) for pk, _period in asked]
    unit = unit_words("万美元")
    last = next((n for n in range(len(asked) - 1, -1, -1) if values[n] is not None), None)
    said = ""
    if last is not None:
        said = _t("%(period)s: orders in hand %(orders)s, work for %(cover)s months.") % {
            "period": say_period(labels[last], language), "orders": f"{values[last]:,.0f}{'' if reader.chinese() else ' '}{unit}", "cover": covers[last] or "—",
        }  # fmt: skip
    data = {
        "unit": unit, "labels": labels, "values": values, "covers": covers, "name": _t("orders in hand"),
        "none": _t("not told"),
    }  # fmt: skip
    url = f"{reverse('registry:enterprise', args=[row.enterprise_id])}?{urlencode({'tab': 'reporting'})}"
    return Picture(_t("Orders in hand, with the months of work above each"), said, "orders", data, url)


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
