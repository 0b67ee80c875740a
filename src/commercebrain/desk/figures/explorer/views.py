"""The page of the explorer: the question as a sentence, its answer, how it came about, and the answer to take away."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commercebrain.desk.core.catalogue import area_name, catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.export import TYPES, to_csv, to_xlsx
from commercebrain.desk.core.figures import day_of, lake, reach_for, sources
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.answers import Laid, export_rows, lay_out
from commercebrain.desk.figures.explorer.labels import dimension
from commercebrain.desk.figures.explorer.questions import (
    CHARTS,
    Asked,
    dataset_of,
    first_question,
    offered_dimensions,
    offered_transforms,
    read,
)  # fmt: skip
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.explain import explain
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.transforms import TRANSFORMS

FIRM = "uscc"


def _language() -> str:
    return get_language() or "zh"


class Explorer(Page):
    """One question to one indicator. The address is the question: whoever opens it asks the same, in the own reach."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, the answer alone for htmx, or a file for ``?export=csv|xlsx``."""
        asked, fault = None, ""
        try:
            asked = read(request.GET) if "code" in request.GET and ("region" in request.GET) else None
            asked = asked or first_question(request.user, request.GET.get("code", ""))  # type: ignore[arg-type]
        except UserError as error:
            fault = error.say(_language())
        if asked is not None and asked.from_form and not request.htmx and not request.GET.get("export"):  # type: ignore[attr-defined]
            return redirect(f"{reverse('web:explorer')}?{asked.query}")
        found, laid = None, None
        if asked is not None:
            try:
                found, laid = self.answer(request, asked)
            except UserError as error:
                fault = error.say(_language())
        if found is not None and request.GET.get("export") in TYPES:
            return self.export(request, found)
        context = self.context(request, asked, found, laid, fault)
        part = bool(request.htmx) and request.headers.get("HX-Target") == "explorer"  # type: ignore[attr-defined]
        response = render(request, "figures/explorer_part.html" if part else "figures/explorer.html", context)
        if part and asked is not None:
            response["HX-Push-Url"] = f"{reverse('web:explorer')}?{asked.query}"
        return response

    @staticmethod
    def answer(request: HttpRequest, asked: Asked) -> tuple[FigureTable, Laid]:
        """The figures within the reader's reach, and how they are laid out."""
        person = request.user
        day_of(asked.request.as_of)
        found = table(sources(), catalogue(), asked.request, reach=reach_for(person)).shown()
        dataset = dataset_of(found.indicator)
        if FIRM in asked.request.by or FIRM in asked.request.where:
            taken = request.GET.get("export") in TYPES
            what = f"{found.indicator.code} {asked.request.region}"
            record_read("figures.table", person, what, len(found), exported=taken)  # type: ignore[arg-type]
        return found, lay_out(found, person, dataset.code if dataset else None, asked.chart)  # type: ignore[arg-type]

    @staticmethod
    def export(request: HttpRequest, found: FigureTable) -> HttpResponse:
        """Everything that was asked as a file; the mark says whether it is invented."""
        dataset = dataset_of(found.indicator)
        headings, rows = export_rows(found, request.user, dataset.code if dataset else None)  # type: ignore[arg-type]
        kind = request.GET["export"]
        title = found.indicator.name.say(_language())
        mark = _("Synthetic data of an invented city.") if found.synthetic else ""
        content = to_csv(headings, rows, mark) if kind == "csv" else to_xlsx(headings, rows, title, mark)
        name = f"{found.indicator.code}-{found.request.region}.{kind}"
        return HttpResponse(
            content, content_type=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def context(
        self, request: HttpRequest, asked: Asked | None, found: FigureTable | None, laid: Laid | None, fault: str
    ) -> dict[str, Any]:
        """What the templates show."""
        indicator = catalogue().indicators.get(asked.request.code) if asked else None
        dataset = dataset_of(indicator) if indicator else None
        code = dataset.code if dataset else None
        regions = list(Region.objects.valid_on(today()).order_by("code"))
        transform = TRANSFORMS.get(asked.request.transform) if asked else None
        place = next((one for one in regions if asked and one.code == asked.request.region), None)
        return {
            "asked": asked, "question": asked.request if asked else None, "found": found, "laid": laid, "fault": fault,
            "share": f"{reverse('web:explorer')}?{asked.query}" if asked else "",
            "indicator": indicator, "name": indicator.name.say(_language()) if indicator else "", "place": place,
            "indicators": self.indicators(), "regions": regions,
            "dimensions": [(one, dimension(one, code)) for one in offered_dimensions(indicator)] if indicator else [],
            "by": [dimension(one, code) for one in asked.request.by] if asked else [],
            "transforms": offered_transforms(indicator) if indicator else [], "transform": transform,
            "filters": [(one, dimension(one, code), ", ".join(values)) for one, values in asked.request.where.items()] if asked else [],
            "charts": [(one, _CHARTS[one]()) for one in CHARTS], "chinese": _language().startswith("zh"),
            "explained": self.explained(found) if found is not None else [], "language": _language(),
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
        return list(explain(catalogue(), lake().root, found, lines=0, language=_language()))


_CHARTS = {
    "auto": lambda: _("as fits the question"), "lines": lambda: _("lines"), "bars": lambda: _("bars"),
    "tiles": lambda: _("map of tiles"), "treemap": lambda: _("tree-map"),
}  # fmt: skip
