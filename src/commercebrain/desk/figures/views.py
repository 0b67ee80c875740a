"""Pages of figures: the list of series, one series, intake, one batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import View

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import area_name, catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.figures import actions, queries
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.figures.series_of_records import TRANSFORMS as SERIES_TRANSFORMS
from commercebrain.desk.figures.series_of_records import series_of_records
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Figure
from commercebrain.engine.indicators.transforms import TRANSFORMS


def as_of_asked(request: HttpRequest) -> date | None:
    """The day of ``?as_of=``, or None for the business date; a day that is none, or is still to come, is ignored."""
    try:
        asked = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    return asked if asked <= today() else None


class SeriesList(ListPage):
    """Every series that the lake holds for this person."""

    title = _("Figures")
    search_fields = (
        "indicator.name.zh",
        "indicator.name.en",
        "indicator.code",
        "region.name_zh",
        "region.name_en",
    )
    search_hint = _("indicator or region")
    columns = (
        Column("indicator", _("indicator"), value=lambda row: row.indicator.name.say(reader.language()), sort=lambda row: row.indicator.code,
               link=lambda row: reverse("web:series", args=[row.indicator.code, row.region.code])),
        Column("region", _("region"), sort=lambda row: row.region.code),
        Column("area", _("area"), value=lambda row: area_name(row.indicator.area), sort=lambda row: row.indicator.area),
        Column("period", _("latest period"), value=lambda row: row.latest.period.text if row.latest else None,
               sort=lambda row: row.latest.period.last if row.latest else None),
        Column("value", _("latest value"), value=lambda row: row.latest.value if row.latest else None, number=True, decimals=2),
        Column("unit", _("unit"), value=lambda row: unit_words(row.latest.unit if row.latest else row.indicator.display_unit)),
        Column("published", _("published"), value=lambda row: row.latest.published if row.latest else None,
               sort=lambda row: row.latest.published if row.latest else None),
        Column("periods", _("periods"), number=True, sort=lambda row: row.periods),
        Column("waiting", _("waiting for a second source"), number=True, sort=lambda row: row.waiting),
    )  # fmt: skip
    filters = (
        Filter("region", _("region"), options=lambda request: _regions_held(request), test=lambda row, value: row.region.code == value),
        Filter("area", _("area"), options=lambda request: [(code, area_name(code)) for code in catalogue().areas],
               test=lambda row, value: row.indicator.area == value),
    )  # fmt: skip
    empty_title = _("No figures yet")
    empty_hint = _("Bring a sheet in under Intake, or with cbrain intake.")

    def rows(self, request: HttpRequest) -> Sequence[queries.SeriesRow]:
        """Within this person's reach."""
        return queries.series_rows(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many series, and how fresh the newest is."""
        newest = max((row.latest.published for row in rows if row.latest and row.latest.published), default=None)
        return _t("%(n)s series; the newest figure was published on %(day)s.") % {
            "n": total,
            "day": newest or "—",
        }


def _regions_held(request: HttpRequest) -> list[tuple[str, str]]:
    found = {row.region.code: str(row.region) for row in queries.series_rows(request.user)}
    return sorted(found.items())


LEAST_POINTS = 2  # one point is no line


def _charts(indicator: Indicator, figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The lines of the indicator's own calibre: years; running totals, a line a year; months; ends of periods."""
    own = [figure for figure in figures if not figure.calibre and figure.value is not None]
    running: dict[str, list[list[Any]]] = {}
    plain: dict[str, list[list[Any]]] = {"year": [], "month": [], "point": []}
    for figure in own:
        kind, value = figure.period.kind, float(figure.value or 0)
        if kind == "ytd":
            running.setdefault(str(figure.period.year), []).append([f"{figure.period.last[1]:02d}", value])
        elif kind in plain:
            plain[kind].append([figure.period.text.lstrip("@"), value])
    for year, points in running.items():
        points += [["12", point[1]] for point in plain["year"] if point[0] == year]
    charts = [
        (_t("Years"), [{"name": str(indicator.name.say(reader.language())), "points": plain["year"]}]),
        (_t("Year to date, by month"), [{"name": year, "points": points} for year, points in sorted(running.items())]),
        (_t("Months"), [{"name": str(indicator.name.say(reader.language())), "points": plain["month"]}]),
        (_t("Ends of periods"), [{"name": str(indicator.name.say(reader.language())), "points": plain["point"]}]),
    ]
    shown = []
    for title, lines in charts:
        lines = [line for line in lines if len(line["points"]) >= LEAST_POINTS]
        if lines:
            data = {"unit": unit_words(indicator.display_unit), "lines": lines}
            shown.append({"title": title, "data": data, "id": f"series-{len(shown)}"})
    return shown


class Series(View):
    """One indicator of one region: its newest figure first, the line, then every figure with its source."""

    def get(self, request: HttpRequest, indicator: str, region: str) -> HttpResponse:
        """The page; an unknown indicator or region, or one out of reach, is not found."""
        as_of = as_of_asked(request)
        place = queries.regions().get(region)
        item = catalogue().indicators.get(indicator)
        if item is None or place is None:
            raise Http404
        if dataset_of(item) is not None:
            return self.of_records(request, item, place, as_of)
        figures = queries.series_figures(request.user, indicator, region, as_of)
        known = [figure for figure in figures if figure.value is not None and not figure.calibre]
        shown = sorted(
            figures, key=lambda figure: (figure.period.last, figure.period.text, figure.calibre), reverse=True
        )
        context = {
            "indicator": item,
            "name": item.name.say(reader.language()),
            "definition": item.definition.say(reader.language()),
            "region": place,
            "as_of": as_of or today(),
            "asked": as_of,
            "series_subject": f"{indicator}/{region}",
            "latest": max(known, key=lambda figure: figure.period.last, default=None),
            "figures": shown,
            "observations": queries.series_observations(request.user, indicator, region, as_of),
            "charts": _charts(item, figures),
            "chinese": reader.chinese(),
        }
        return render(request, "figures/series.html", context)

    @staticmethod
    def of_records(request: HttpRequest, item: Indicator, place: Region, as_of: date | None) -> HttpResponse:
        """The page of an indicator that is counted from records."""
        transform = request.GET.get("transform", "level")
        offered = [TRANSFORMS[code] for code in SERIES_TRANSFORMS if TRANSFORMS[code].takes(item)]
        transform = transform if transform in {one.code for one in offered} else "level"
        shown, fault = None, ""
        try:
            shown = series_of_records(request.user, item, place.code, as_of, transform)
        except UserError as error:
            fault = error.say(reader.language())
        points = [] if shown is None else [
            [row["period"].text, row["value"]] for row in shown.found.rows()
        ]  # fmt: skip
        name = item.name.say(reader.language())
        context = {
            "indicator": item, "name": name, "definition": item.definition.say(reader.language()), "region": place,
            "as_of": as_of or today(), "shown": shown, "fault": fault, "transforms": offered, "transform": transform,
            "unit": unit_words(shown.found.unit) if shown else "", "chinese": reader.chinese(),
            "series_subject": f"{item.code}/{place.code}",
            "chart": {"unit": unit_words(shown.found.unit), "labels": [one[0] for one in points],
                      "lines": [{"name": name, "points": points}]} if shown else None,
        }  # fmt: skip
        return render(request, "figures/series_of_records.html", context)


class Intake(View):
    """Drop a sheet, see what became of the last ones."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form and the batches."""
        allowed = queries.enterable_regions(request.user)
        context = {
            "may_enter": queries.may_enter(request.user),
            "everywhere": allowed is None,
            "regions": [region for code, region in queries.regions().items() if allowed is None or code in allowed][
                :12
            ],
            "batches": queries.batches(request.user),
            "datasets": [
                (one.code, one.record.zh if reader.chinese() else one.record.en)
                for one in queries.enterable_records(request.user)
            ],
        }
        return render(request, "figures/intake.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queues the intake and shows the job."""
        upload = request.FILES.get("file")
        if upload is None:
            messages.error(request, _t("Choose a file first."))
            return redirect("web:intake")
        try:
            job = actions.start_intake(upload, request.user, request.POST.get("dataset", "") or actions.OBSERVATIONS)
        except UserError as fault:
            messages.error(request, fault.say(reader.language()))
            return redirect("web:intake")
        return redirect("core:job", job.pk)


class Batch(View):
    """One intake: what came in, and each row that did not, with the reason."""

    def get(self, request: HttpRequest, batch: str) -> HttpResponse:
        """The page."""
        row = queries.batch(request.user, batch)
        if row is None:
            raise Http404
        context = {
            "batch": row,
            "rows": queries.quarantine(request.user, batch),
            "chinese": reader.chinese(),
        }
        return render(request, "figures/batch.html", context)
