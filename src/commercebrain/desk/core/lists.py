"""The one list page of the product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import fulltext, keyset, saved_views
from commercebrain.desk.core.bulk import BulkAction, perform
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column, Text, plain, sort_rows
from commercebrain.desk.core.export import TYPES, to_csv, to_xlsx
from commercebrain.desk.core.filters import Filter, narrow, read_all
from commercebrain.desk.core.page import Page
from commercebrain.engine.errors import UserError

CHUNK = 2_000  # rows that an export reads at once


class ListPage(Page):
    """A list with typed filters, search, sorting, paging by key, columns of one's choice, saved views, bulk actions
    and export.

    A subclass gives ``rows`` (a query set from its folder's queries, or a Python list), ``columns``, ``filters`` and
    either ``search_fields`` (field paths) or ``fulltext = True`` where the model keeps its entries in
    ``core.fulltext``; for Python lists ``found(row, text)``. ``prepare`` may fetch, for the rows of one page, what would
    otherwise cost a query per row. ``answer`` is the first line.

    ``reads`` = (subject type, name zh, name en) where rows are personal or of a firm: exports are then recorded as such.
    ``confidential`` puts who and when into every exported file.
    """

    template_name = "core/list.html"
    part_template = "core/list_part.html"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    search_fields: ClassVar[Sequence[str]] = ()
    fulltext: ClassVar[bool] = False
    search_hint: ClassVar[Text] = ""
    order: ClassVar[str] = ""  # key of a column, "-" before it for descending; empty: as the query has it
    page_size: ClassVar[int] = 50
    bulk: ClassVar[Sequence[BulkAction]] = ()
    reads: ClassVar[tuple[str, str, str] | None] = None
    confidential: ClassVar[bool] = False
    empty_title: ClassVar[Text] = gettext_lazy("Nothing here yet")
    empty_hint: ClassVar[Text] = ""
    within: Any = None  # the thing whose detail page shows the list in a tab

    def rows(self, request: HttpRequest) -> QuerySet[Any] | Sequence[Any]:
        """All that this person may see."""
        raise NotImplementedError

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """The first line: one sentence with one number."""
        return ""

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows of one page (or of one piece of an export), completed."""
        return rows

    def found(self, row: Any, text: str) -> bool:
        """Whether a row of a Python list holds the searched text."""
        return any(text.lower() in str(Column(f, "", f).read(row) or "").lower() for f in self.search_fields)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """More for a template of one's own."""
        return {}

    def watermark(self, request: HttpRequest) -> str:
        """The line at the end of an exported file; empty: none."""
        if not self.confidential:
            return ""
        return _("Confidential: exported by %(person)s on %(day)s.") % {"person": request.user, "day": today()}

    # --- what is asked for -------------------------------------------------------------------------------------------
    def _memory(self, request: HttpRequest) -> str:
        """Where the reader's columns are remembered: by address, since one class may show many registers."""
        return (
            f"columns:{type(self).__module__}.{type(self).__qualname__}" if self.within else f"columns:{request.path}"
        )

    def _shown(self, request: HttpRequest) -> list[Column]:
        """The columns that the reader chose, now or last time, else those that are not hidden; asked after the rows."""
        keys = [column.key for column in self.columns]
        chosen = request.session.get(self._memory(request)) or []
        if "columns" in request.GET:
            chosen = [key for key in request.GET.getlist("columns") if key in keys]
            if chosen:
                request.session[self._memory(request)] = chosen
            else:
                request.session.pop(self._memory(request), None)
        shown = [column for column in self.columns if column.key in chosen]
        shown = shown or [column for column in self.columns if not column.hidden]
        return [column.asked(request) for column in shown]

    def narrow(self, request: HttpRequest, params: Any) -> Any:
        """The rows that pass the filters and the search of ``params``, for the API and for jobs.

        Raises :class:`UserError` for a value that cannot be read.
        """
        return self._search(narrow(self.filters, self._all(request), params, request), params.get("q", ""))

    def _all(self, request: HttpRequest) -> Any:
        rows: Any = self.rows(request)
        return rows if isinstance(rows, QuerySet) else list(rows)

    @property
    def searchable(self) -> bool:
        """Whether there is a search box."""
        return bool(self.search_fields) or self.fulltext

    def _search(self, rows: Any, text: str) -> Any:
        text = text.replace("\x00", "").strip()[: fulltext.MOST]
        if not text or not self.searchable:
            return rows
        if not isinstance(rows, QuerySet):
            return [row for row in rows if self.found(row, text)]
        if self.fulltext:
            return fulltext.matching(rows, text)
        condition = Q()
        for field in self.search_fields:
            condition |= Q(**{f"{field.replace('.', '__')}__icontains": text})
        return rows.filter(condition)

    def _narrowed(self, request: HttpRequest) -> tuple[Any, list[dict[str, Any]], str]:
        """The rows, every filter as the template draws it, the searched text; no row while a filter is wrong."""
        rows = self._all(request)
        shown, wrong = [], False
        for filter_, value, fault in read_all(self.filters, request.GET, request):
            wrong = wrong or bool(fault)
            if value is not None:
                rows = filter_.narrow(rows, value)
            shown.append(filter_.shown(request.GET, request, value, fault))
        if wrong:
            return rows.none() if isinstance(rows, QuerySet) else [], shown, request.GET.get("q", "").strip()
        text = request.GET.get("q", "").replace("\x00", "").strip()[: fulltext.MOST]
        return self._search(rows, text), shown, text

    def _asked(self, request: HttpRequest, shown: Sequence[Column]) -> str:
        """The parameters that show the same rows in the same columns again, to whomever."""
        params = QueryDict(saved_views.kept(request.GET.urlencode()), mutable=True)
        params.setlist("columns", [column.key for column in shown])
        return str(params.urlencode())

    def _sorted(self, request: HttpRequest, rows: Any) -> tuple[Any, str]:
        wanted = request.GET.get("sort", "") or self.order
        column = next((c for c in self.columns if c.key == wanted.lstrip("-") and c.sort), None)
        if column is None:
            return rows, ""
        return sort_rows(rows, column, wanted.startswith("-")), wanted

    # --- the page ----------------------------------------------------------------------------------------------------
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, its table alone (htmx), or the file of what is seen."""
        if leads := self._opens_with(request):
            return redirect(leads)
        if request.GET.get("export", "") in TYPES:
            return self._export(request, request.GET["export"])
        context = self.list_context(request)
        partial = getattr(request, "htmx", False) and request.htmx.target == "list"
        return render(request, self.part_template if partial else self.template_name, context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A bulk action on the rows that the address' filters leave."""
        if not any(action.allowed(request) for action in self.bulk):
            return HttpResponseNotAllowed(["GET", "HEAD", "OPTIONS"])
        rows, filters, _text = self._narrowed(request)
        if any(f["fault"] for f in filters):
            raise UserError("list.bad_filter", "筛选条件有误：请先改正。", "A filter is wrong: put it right first.")
        return perform(request, self.title, self.bulk, rows)

    def _opens_with(self, request: HttpRequest) -> str:
        """Where a saved view leads: the one that is asked for, or the reader's own first one."""
        wanted = request.GET.get("open", "")
        if not wanted and (request.GET or getattr(request, "htmx", False)):
            return ""
        views, default = saved_views.of_list(request, request.path)
        view = next((v for v in views if str(v.pk) == (wanted or str(default))), None)
        return saved_views.address_of(view) if view else (request.path + "?view=" if wanted else "")

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """Everything that the templates draw."""
        rows, filters, text = self._narrowed(request)
        shown = self._shown(request)
        rows, sort = self._sorted(request, rows)
        total, body, pages = self._page(request, rows)
        body = self.prepare(body)
        bulk = [action for action in self.bulk if action.allowed(request)] if isinstance(rows, QuerySet) else []
        views, default = ([], None) if self.within else saved_views.of_list(request, request.path)
        keep = [("tab", request.GET["tab"])] if self.within and request.GET.get("tab") else []
        return {
            "page_title": self.title,
            "columns": shown,
            "all_columns": [column.asked(request) for column in self.columns],
            "lines": [{"row": row, "cells": [self._cell(column, row) for column in shown]} for row in body],
            "pages": pages,
            "total": total,
            "filters": filters,
            "faults": any(f["fault"] for f in filters),
            "narrowed": bool(text or any(f["used"] for f in filters)),
            "text": text,
            "sort": sort,
            "searchable": self.searchable,
            "search_hint": self.search_hint,
            "answer": self.answer(request, rows, total),
            "empty_title": self.empty_title,
            "empty_hint": self.empty_hint,
            "bulk": bulk,
            "keep": keep,
            "within": self.within,
            "views": views,
            "default_view": default,
            "view": request.GET.get("view", ""),
            "view_query": self._asked(request, shown),
            **self.extra(request),  # noqa: S610 - no query set
        }

    def _page(self, request: HttpRequest, rows: Any) -> tuple[Any, list[Any], dict[str, Any]]:
        """The count, the rows of the page, and where the neighbouring pages are.

        Query sets are paged by key wherever their order has one, Python lists by number.
        """
        keys = keyset.keys_of(rows) if isinstance(rows, QuerySet) else None
        if keys is None:
            paginator = Paginator(rows, self.page_size)
            page = paginator.get_page(request.GET.get("page"))
            pages = {"number": page.number, "of": paginator.num_pages}
            if page.has_previous():
                pages["previous"] = {"page": page.previous_page_number()}
            if page.has_next():
                pages["next"] = {"page": page.next_page_number()}
            return keyset.Total(paginator.count), list(page.object_list), pages
        after, before = request.GET.get("after", ""), request.GET.get("before", "")
        fault = ""
        total = keyset.count(rows)
        try:
            piece = keyset.page(rows, keys, self.page_size, after, before, many=total.more)
        except UserError as error:  # an old bookmark: the first page, and why
            fault = error.say(getattr(request, "LANGUAGE_CODE", "zh"))
            piece = keyset.page(rows, keys, self.page_size, many=total.more)
        pages = {"fault": fault, "first": bool(piece.previous)}
        if piece.previous:
            pages["previous"] = {"before": piece.previous}
        if piece.following:
            pages["next"] = {"after": piece.following}
        return total, piece.rows, pages

    def _cell(self, column: Column, row: Any) -> dict[str, Any]:
        return {
            "column": column,
            "value": column.read(row),
            "row": row,
            "link": column.link(row) if column.link else None,
        }

    # --- export ------------------------------------------------------------------------------------------------------
    def export_headers(self, columns: Sequence[Column]) -> list[str]:
        """The header of an exported file, units included."""
        return [f"{c.label}（{c.unit}）" if c.unit else str(c.label) for c in columns]

    def whole(self, request: HttpRequest) -> tuple[Any, list[Column]]:
        """All rows that the filters leave, in the order of the page, and the columns that are shown.

        Raises :class:`UserError` for a filter that cannot be read: nobody takes out what was not asked for.
        """
        rows, _sort = self._sorted(request, self.narrow(request, request.GET))
        return rows, self._shown(request)

    def export_lines(self, rows: Any, columns: Sequence[Column]) -> Iterator[list[Any]]:
        """The rows as a file takes them, read from the database piece by piece."""
        source = rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else iter(rows)
        piece: list[Any] = []
        for row in source:
            piece.append(row)
            if len(piece) == CHUNK:
                yield from self._lines(piece, columns)
                piece = []
        yield from self._lines(piece, columns)

    def _lines(self, piece: list[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
        for row in self.prepare(piece):
            yield [plain(column.read(row)) for column in columns]

    def _export(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The file at once, or for many rows the page that begins a job."""
        from commercebrain.desk.core import exports

        rows, columns = self.whole(request)
        total = len(rows) if isinstance(rows, list) else rows.count()
        if total > settings.EXPORT_AT_ONCE:
            query = self._asked(request, columns)
            context = {"page_title": self.title, "total": total, "kind": kind, "query": query}
            return render(request, "core/export.html", {**context, "days": settings.EXPORT_KEEP_DAYS})
        headers, lines, mark = self.export_headers(columns), self.export_lines(rows, columns), self.watermark(request)
        content = to_csv(headers, lines, mark) if kind == "csv" else to_xlsx(headers, lines, str(self.title), mark)
        if request.user.is_authenticated:
            exports.note(self, request.user, kind, total)
        response = HttpResponse(content, content_type=TYPES[kind])
        name = f"{self.title}-{today().isoformat()}.{kind}"
        response["Content-Disposition"] = f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''{quote(name)}"
        return response
