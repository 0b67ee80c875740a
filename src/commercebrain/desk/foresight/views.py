"""The page of one series: what it should have been, what comes next, what it is made of, and how earlier forecasts did."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.export import TYPES, to_csv
from commercebrain.desk.core.formatting import DASH, unit_words
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.labels import dimension, labels
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.figures.queries import regions
from commercebrain.desk.foresight import charts, nowcasts, past, queries, words
from commercebrain.desk.foresight.asking import Asked, read
from commercebrain.desk.foresight.festival import festival_line, festival_years
from commercebrain.desk.foresight.queries import SeriesOutlook
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import NOWHERE
from commercebrain.engine.outlook.festivals import FestivalYear

#: What no name of a file needs, and no header of an answer may hold.
_UNSAFE = re.compile(r"[^0-9A-Za-z_-]")
HORIZONS = (3, 6, 12, 18)


def subject_of(request: HttpRequest, indicator: str, region: str) -> tuple[Indicator, Region | None]:
    """The indicator and the place of an address; not found where either is unknown. Records of no place have none."""
    item, place = queries.indicator_of(indicator), regions().get(region)
    if item is None:
        raise Http404
    if place is None:
        dataset = dataset_of(item)
        if region != NOWHERE or dataset is None or dataset.place is not None:
            raise Http404
    return item, place


def members_said(person: Person, asked: Asked, indicator: Indicator) -> list[tuple[str, str]]:
    """What the series is narrowed to: (dimension, values) in the reader's words."""
    dataset = dataset_of(indicator)
    code = dataset.code if dataset else None
    told = []
    for column, values in asked.where.items():
        known = labels(person, column, values, code)
        told.append((dimension(column, code), words.listed(known.get(value, value) for value in values)))
    return told


class OutlookPage(Page):
    """One indicator of one region, whole or narrowed to members of its dimensions as in the explorer's share links."""

    def get(self, request: HttpRequest, indicator: str, region: str) -> HttpResponse:
        """The page; the whole series as a file for ``?export=csv``."""
        item, place = subject_of(request, indicator, region)
        asked, found, fault = None, None, ""
        kind = request.GET.get("export", "")
        try:
            asked = read(indicator, region, request.GET)
            found = queries.outlook_of(request.user, asked, exported=kind == "csv")
        except UserError as error:
            fault = error.say(reader.language())
        if found is not None and kind == "csv":
            return export(found)
        context = self.context(request.user, item, place, region, asked, found) | {"fault": fault}
        return render(request, "foresight/outlook.html", context)

    @staticmethod
    def context(
        person: Person, item: Indicator, place: Region | None, region: str, asked: Asked | None,
        found: SeriesOutlook | None,
    ) -> dict[str, Any]:  # fmt: skip
        """What the template shows."""
        earlier = past.past_of(person, found) if found is not None and found.months else None
        years = festival_years(found) if found is not None else ()
        drawn = found is not None and found.known > 1
        parts = drawn and found is not None and any(one.trend is not None for one in found.months)
        base = Asked(item.code, region)
        return {
            "indicator": item, "name": reader.said(item.name), "definition": reader.said(item.definition), "region": place,
            "place": place if place is not None else _("not by region"), "asked": asked, "found": found,
            "members": members_said(person, asked, item) if asked else [],
            "answer": words.first_line(found) if found is not None else "",
            "unit": unit_words(found.unit) if found is not None else "",
            "as_of": (asked.as_of if asked else None) or today(), "chinese": reader.chinese(),
            "fan": charts.fan(found, earlier.dots if earlier else ()) if drawn and found else None,
            "components": charts.components(found) if parts and found else None,
            "adjusted": charts.adjusted(found) if parts and found else None,
            "ahead": [_ahead_cells(found, one) for one in found.ahead] if found else [],
            "total": _ahead_cells(found, found.total) if found and found.total else None,
            "verdict": words.verdict_words(found.latest) if found and found.latest and not found.latest.reason else None,
            "facts": latest_facts(found) if found else [],
            "latest_month": words.month_said(found.latest.month) if found and found.latest else "",
            "festival": [_festival_cells(one) for one in years], "festival_line": festival_line(years) if parts else "",
            "reason": words.reason_words(found.reason) if found else "",
            "method": words.method(found) if found and found.ahead else "", "past": earlier, "notes": [reader.said(one) for one in found.series.notes] if found else [],
            "share": (asked or base).address(), "horizons": HORIZONS,
            "wheres": [(f"where.{column}", ",".join(values)) for column, values in (asked.where.items() if asked else ())],
            "series": reverse("web:series", args=[item.code, region]) if place is not None and not (asked and asked.where) else "",
            "nowcast": nowcasts.offered(item, asked) if asked and found and found.ahead else "",
        }  # fmt: skip


def _ahead_cells(found: SeriesOutlook, one: queries.Ahead) -> dict[str, str]:
    places = found.indicator.decimals
    return {
        "month": words.month_said(one.month),
        "point": words.amount(one.point, places),
        "span80": words.span(one.low80, one.high80, places),
        "span95": words.span(one.low95, one.high95, places),
        "calendar": words.factor(one.calendar),
    }


def _festival_cells(one: FestivalYear) -> dict[str, Any]:
    return {
        "year": one.year,
        "day": one.day,
        "ahead": one.ahead,
        "effects": [words.signed(by) for by in one.effects],
    }


def latest_facts(found: SeriesOutlook) -> list[tuple[str, str]]:
    """What stands beside the verdict on the latest month: expectation, base, calendar."""
    one, places = found.latest, found.indicator.decimals
    if one is None or one.value is None:
        return []
    told = [(_("value"), words.amount(one.value, places, found.unit))]
    if one.reason:
        return [*told, (_("verdict"), words.reason_words(one.reason))]
    told += [
        (_("expected value"), words.amount(one.expected, places, found.unit)),
        (_("80% interval"), words.span(one.low80, one.high80, places)),
        (_("95% interval"), words.span(one.low95, one.high95, places)),
        (_("year on year"), words.changed(one.year_on_year)),
        (_("base effect"), base_words(one.base_effect)),
        (_("calendar"), words.factor(one.calendar)),
    ]
    return told


def base_words(effect: float | None) -> str:
    """How the month a year before stood to its own expectation."""
    if effect is None:
        return DASH
    told = words.changed(effect)
    return _("the same month last year was %(change)s against its own expectation") % {"change": told}


def export(found: SeriesOutlook) -> HttpResponse:
    """History and months ahead as one table."""
    headings = [
        _("period"), _("value"), _("expected one month before"), _("seasonally adjusted"), _("trend"), _("forecast"),
        _("80% interval, from"), _("80% interval, to"), _("95% interval, from"), _("95% interval, to"), _("unit"),
    ]  # fmt: skip
    unit = unit_words(found.unit)
    rows: list[list[Any]] = [
        [words.month_text(one.month), one.value, one.expected, one.adjusted, one.trend, None, None, None, None, None, unit]
        for one in found.months
    ]  # fmt: skip
    rows += [
        [words.month_text(one.month), None, None, None, None, one.point, one.low80, one.high80, one.low95, one.high95, unit]
        for one in found.ahead
    ]  # fmt: skip
    mark = _("Synthetic data of an invented city.") if found.series.synthetic else ""
    name = f"outlook-{found.indicator.code}-{_UNSAFE.sub('', found.asked.region)}.csv"
    return HttpResponse(
        to_csv(headings, rows, mark), content_type=TYPES["csv"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


class NowcastPart(Page):
    """The quarter in progress, asked for by the page of the series once it is open: the model takes seconds."""

    def get(self, request: HttpRequest, indicator: str, region: str) -> HttpResponse:
        """The panel alone."""
        item, _place = subject_of(request, indicator, region)
        shown, fault = None, ""
        try:
            shown = nowcasts.nowcast_of(request.user, item, read(indicator, region, request.GET))
        except UserError as error:
            fault = error.say(reader.language())
        return render(request, "foresight/nowcast_part.html", {"shown": shown, "fault": fault})
