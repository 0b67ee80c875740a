"""Cases as a list, and the filters and the first line that the board, the calendar and the map share with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.cases import pages, queries
from commercebrain.desk.cases.beginning import startable
from commercebrain.desk.cases.declared import kinds_of
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.filters import DateRange, Filter, RegionFilter, UnitFilter, Words, YesNo
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.core.levels import level_word
from commercebrain.desk.core.memo import once

#: The four views over one query, in the order of the tabs.
VIEWS = (
    ("cases:cases", _("List"), "list"),
    ("cases:board", _("Board"), "layout-kanban"),
    ("cases:calendar", _("Calendar"), "calendar"),
    ("cases:map", _("Map"), "layout-grid"),
)
#: Parameters that belong to one view alone and are left behind on the way to another.
OWN = ("page", "after", "before", "sort", "columns", "month", "export", "view", "open")


def _templates(request: HttpRequest) -> list[tuple[str, str]]:
    def asked() -> list[tuple[str, str]]:
        rows = queries.cases(request.user)
        held = rows.order_by("template").values_list("template", flat=True).distinct()
        return [(code, reader.said(kind.name)) for code, kind in kinds_of(held, rows).items()]

    return once(("templates of cases", request.user.pk), asked)


def _levels(request: HttpRequest) -> list[tuple[str, str]]:
    return [(code, level_word(code)) for code in ("note", "watch", "close_watch")]


def _who(rows: QuerySet[Case], value: Any) -> QuerySet[Case]:
    code, person = value
    return rows.filter(officer=None) if code == "nobody" else rows.filter(officer=person)


class Who(Filter):
    """Mine, or nobody's yet."""

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("me", _t("mine")), ("nobody", _t("without an officer"))]

    def read(self, params: Any, request: Any = None) -> Any:
        """The choice with the reader."""
        value = super().read(
            {self.key: params.get(self.key, "")} if not hasattr(params, "getlist") else params, request
        )
        if value is None:
            return None
        return (value, request.user.pk) if request is not None else ("nobody", None)


FILTERS = (
    Filter("template", _("Kind of case"), _templates),
    Filter("state", _("State"), lambda request: pages.states()),
    Who("who", _("Officer"), options=(("me", ""), ("nobody", "")), apply=_who),
    YesNo("late", _("Past its clock")),
    Filter("level", _("Level of warning"), _levels),
    UnitFilter("unit", _("Unit"), lookup="unit"),
    RegionFilter("county", _("County"), lookup="region"),
    Words("firm", _("Enterprise"), lookup="enterprise__name_zh"),
    DateRange("opened", _("Opened"), lookup="opened_on"),
)


class CasesPage(ListPage):
    """What the four views share: rows in sight, filters, search, tabs, first line."""

    title = _("Cases")
    filters = FILTERS
    search_fields = ("number", "title_zh", "title_en", "enterprise__name_zh", "enterprise__uscc")
    search_hint = _("number, title or firm")
    empty_title = _("No case yet")
    empty_hint = _(
        "A case opens when a warning asks for work, when a trade-remedy notice comes in, or when a firm asks."
    )

    def rows(self, request: HttpRequest) -> QuerySet[Case]:
        """The cases in sight of one who works on them."""
        return queries.in_order(queries.cases(request.user))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """“12 cases open, 2 late.”"""
        return first_line(request, rows)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The tabs, which keep the filters, and what may be begun."""
        return {"view_tabs": view_tabs(request), "startable": startable(request.user)}


def first_line(request: HttpRequest, rows: QuerySet[Case]) -> str:
    """How many are open among the rows, how many of them late, how many nobody's; a link where one can act."""
    told = rows.order_by().aggregate(
        open=Count("pk", filter=Q(state=Case.State.OPEN), distinct=True),
        past=Count("pk", filter=Q(state=Case.State.OPEN, late=True), distinct=True),
        nobody=Count("pk", filter=Q(state=Case.State.OPEN, officer=None), distinct=True),
        closed=Count("pk", filter=Q(state=Case.State.CLOSED), distinct=True),
    )
    if not told["open"] and not told["closed"]:
        return ""
    parts = [ngettext("%(n)s case open", "%(n)s cases open", told["open"]) % {"n": told["open"]}]
    if told["open"]:
        parts.append(_t("%(n)s late") % {"n": told["past"]} if told["past"] else _t("none past its clock"))
    if told["nobody"]:
        parts.append(_t("%(n)s without an officer") % {"n": told["nobody"]})
    if told["closed"]:
        parts.append(_t("%(n)s closed") % {"n": told["closed"]})
    return pages.joined(parts)


def view_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The four views with the filters of this one."""
    kept = request.GET.copy()
    for name in OWN:
        kept.pop(name, None)
    query = kept.urlencode()
    here = request.resolver_match.view_name if request.resolver_match else ""
    return [
        {"url": reverse(view) + (f"?{query}" if query else ""), "label": label, "icon": icon, "active": view == here}
        for view, label, icon in VIEWS
    ]


class Cases(CasesPage):
    """The list."""

    template_name = "cases/list.html"
    reads = ("cases.case", "事项", "cases")
    columns = (
        Column("number", _("Number"), sort="number", link=pages.address, show=pages.one_line),
        Column("title", _("Title"), pages.title_of, link=pages.address),
        Column("kind", _("Kind of case"), pages.kind_of, hidden=True),
        Column("stage", _("Stage"), lambda case: pages.stage_name(case), show=pages.stage_cell),
        Column("due", _("Due"), pages.due_of, sort="due", show=pages.due_cell),
        Column("officer", _("Officer"), "officer", sort="officer__username"),
        Column("unit", _("Unit"), "unit", sort="unit__path"),
        Column("county", _("County"), "region", sort="region__code"),
        Column("firm", _("Enterprise"), "enterprise", sort="enterprise__name_zh", link=pages.firm_address),
        Column(
            "level",
            _("Level of warning"),
            lambda case: level_word(case.level),
            sort="weight",
            show=pages.level_cell,
        ),
        Column("opened", _("Opened"), "opened_on", sort="opened_on", show=pages.one_line, hidden=True),
        Column("outcome", _("Outcome"), pages.outcome_name, hidden=True),
        Column("closed", _("Closed on"), "closed_on", sort="closed_on", hidden=True),
        Column("synthetic", _("Invented"), "synthetic", hidden=True),
    )


class Drawn(CasesPage, ABC):
    """A view that draws the rows otherwise: same filters and first line, no pages."""

    @abstractmethod
    def drawn(self, request: HttpRequest, rows: QuerySet[Case]) -> dict[str, Any]:
        """What the template draws."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        rows, filters, text = self._narrowed(request)
        context = {
            "page_title": self.title,
            "filters": filters,
            "faults": any(one["fault"] for one in filters),
            "narrowed": bool(text or any(one["used"] for one in filters)),
            "text": text,
            "search_hint": self.search_hint,
            "answer": self.answer(request, rows, 0),
            "empty_title": self.empty_title,
            "empty_hint": self.empty_hint,
            **self.extra(request),  # noqa: S610 - no query set
            **self.drawn(request, rows),
        }
        return render(request, self.template_name, context)
