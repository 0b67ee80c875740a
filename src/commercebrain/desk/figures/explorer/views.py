"""The page of the explorer: the question as a sentence, its answer, how it came about, and the answer to take away."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import area_name, catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.export import TYPES, to_csv, to_xlsx
from commercebrain.desk.core.figures import day_of, lake, reach_for, sources
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.answers import Laid, export_rows, lay_out
from commercebrain.desk.figures.explorer.controls import completed, controls
from commercebrain.desk.figures.explorer.labels import FIRM, dimension, labels
from commercebrain.desk.figures.explorer.questions import (
    Asked,
    dataset_of,
    nothing_held,
    offered_dimensions,
    offered_transforms,
    read,
)
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.explain import explain
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.transforms import TRANSFORMS

#: Transforms that mean something without a break-down too, so that the answer may begin with the whole.
OF_THE_WHOLE = frozenset({"level", "yoy", "mom", "ytd", "ytd_yoy", "two_year_avg", "moving_avg", "index", "real",
                          "convert", "seasonal"})  # fmt: skip
#: What no name of a file needs, and no header of an answer may hold.
_UNSAFE = re.compile(r"[^0-9A-Za-z_-]")
#: Rows that the web answers with: more than anyone reads, and little enough to be held by a process that serves others.
#: The command line gives more.
MOST_ROWS = 300_000
_CHARTS = {
    "auto": _lazy("as fits the question"), "lines": _lazy("lines"), "bars": _lazy("bars"),
    "tiles": _lazy("map of tiles"), "map": _lazy("map"), "treemap": _lazy("tree-map"),
}  # fmt: skip


def figures_for(person: Person, asked: Request, *, exported: bool = False) -> FigureTable:
    """The figures of a question within a person's reach, in the unit for readers; reading single firms leaves a trail.

    Raises :class:`UserError` for what cannot be asked, or may not be asked by this person.
    """
    day_of(asked.as_of)
    found = table(sources(), catalogue(), asked, reach=reach_for(person), most=MOST_ROWS).shown()
    if FIRM in asked.by or FIRM in asked.where:
        what = tuple(f"{found.indicator.name.say(language)} {asked.region}" for language in ("zh", "en"))
        subject = ("figures.table", f"{asked.code}/{asked.region}")
        record_read(subject, person, (what[0], what[1]), len(found), exported=exported)
    return found


class Explorer(Page):
    """One question to one indicator. The address is the question: whoever opens it asks the same, in the own reach."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, the answer alone for htmx, how it comes about for ``?part=explained``, a file for ``?export=``."""
        person: Person = request.user
        asked, fault, found, laid = None, "", None, None
        indicator = catalogue().indicators.get(request.GET.get("code", ""))
        kind = request.GET.get("export", "")
        try:
            asked = read(request.GET, person)
            if asked is None and indicator is not None:
                raise nothing_held(indicator)
            if asked is not None:
                if (transform := TRANSFORMS.get(asked.request.transform)) is not None:
                    asked = replace(asked, request=completed(asked.request, transform))
                indicator = catalogue().indicators.get(asked.request.code, indicator)
                if asked.from_form and not request.htmx and not kind:
                    return redirect(f"{reverse('web:explorer')}?{asked.query}")
                found, laid = self.answer(person, asked, exported=kind in TYPES)
        except UserError as error:
            fault = error.say(reader.language())
        if found is not None and kind in TYPES:
            return self.export(person, found, kind)
        explained = self.explained(found) if found is not None and request.GET.get("part") == "explained" else []
        target = request.headers.get("HX-Target") if request.htmx else ""
        if target == "explained":
            return render(request, "figures/explorer_explained.html", {"explained": explained})
        context = self.context(person, asked, indicator, found, laid) | {"fault": fault, "explained": explained}
        if target != "explorer":
            return render(request, "figures/explorer.html", context)
        response = render(request, "figures/explorer_part.html", context)
        if asked is not None:
            response["HX-Push-Url"] = f"{reverse('web:explorer')}?{asked.query}"
        return response

    @staticmethod
    def answer(person: Person, asked: Asked, *, exported: bool = False) -> tuple[FigureTable, Laid]:
        """The figures within the reader's reach, and how they are laid out."""
        found = figures_for(person, asked.request, exported=exported)
        whole = None
        if asked.request.by and asked.request.transform in OF_THE_WHOLE:
            with suppress(UserError):  # the whole may not be among the declared tables
                whole = figures_for(person, asked.request.with_(by=(), first=asked.request.last))
        dataset = dataset_of(found.indicator)
        return found, lay_out(found, person, dataset.code if dataset else None, asked.chart, whole)

    @staticmethod
    def export(person: Person, found: FigureTable, kind: str) -> HttpResponse:
        """Everything that was asked as a file; the mark says whether it is invented."""
        dataset = dataset_of(found.indicator)
        headings, rows = export_rows(found, person, dataset.code if dataset else None)
        title = found.indicator.name.say(reader.language())
        mark = _("Synthetic data of an invented city.") if found.synthetic else ""
        content = to_csv(headings, rows, mark) if kind == "csv" else to_xlsx(headings, rows, title, mark)
        name = f"{found.indicator.code}-{_UNSAFE.sub('', found.request.region)}.{kind}"
        return HttpResponse(
            content, content_type=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    @staticmethod
    def context(
        person: Person, asked: Asked | None, indicator: Indicator | None, found: FigureTable | None, laid: Laid | None
    ) -> dict[str, Any]:
        """What the templates show."""
        question = asked.request if asked else None
        dataset = dataset_of(indicator) if indicator else None
        code = dataset.code if dataset else None
        regions = [(one.code, str(one)) for one in Region.objects.valid_on(today()).order_by("code")]
        if dataset is not None and dataset.place is None:
            regions = [(NOWHERE, _("not by region"))]
        transform = TRANSFORMS.get(question.transform) if question else None
        offered = offered_dimensions(indicator, question.region if question else "") if indicator else []
        dimensions = [(one, dimension(one, code)) for one in offered]
        filters = []
        for one, values in question.where.items() if question else ():
            known = labels(person, one, values, code)
            filters.append((one, dimension(one, code), ",".join(values), "、".join(known.get(v, v) for v in values)))
        place = dict(regions).get(question.region, question.region) if question else ""
        return {
            "asked": asked, "question": question, "found": found, "laid": laid, "indicator": indicator,
            "share": f"{reverse('web:explorer')}?{asked.query}" if asked else "",
            "name": indicator.name.say(reader.language()) if indicator else "", "place": "" if question and question.region == NOWHERE else place,
            "indicators": Explorer.indicators(), "regions": regions, "dimensions": dimensions,
            "by": [dimension(one, code) for one in question.by] if question else [],
            "transforms": offered_transforms(indicator) if indicator else [], "transform": transform,
            "controls": controls(question, transform, dimensions) if question and transform else [],
            "filters": filters, "map_approval": settings.MAP_APPROVAL_NUMBER, "charts": _CHARTS.items(), "chinese": reader.chinese(),
        }  # fmt: skip

    @staticmethod
    def indicators() -> list[tuple[str, list[Indicator]]]:
        """The indicators by area, for the list to choose from."""
        areas: dict[str, list[Indicator]] = {}
        for one in catalogue().indicators.values():
            areas.setdefault(one.area, []).append(one)
        order = list(catalogue().areas)
        return [
            (area_name(area), areas[area]) for area in sorted(areas, key=lambda a: order.index(a) if a in order else 99)
        ]

    @staticmethod
    def explained(found: FigureTable) -> list[tuple[str, str]]:
        """Definition, query, vintages; never the lines themselves: those are for whoever is cleared, on the command line."""
        return list(explain(catalogue(), lake().root, found, lines=0, language=reader.language()))
