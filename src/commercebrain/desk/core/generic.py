"""The one list page and the one detail page of the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column, Filter, Text, plain, sort_rows
from commercebrain.desk.core.export import TYPES, to_csv, to_xlsx

__all__ = ["Column", "DetailPage", "Field", "Filter", "ListPage", "Panel"]


class Page(View):
    """What list and detail share: a heading, the answer in the first line, the frame for htmx."""

    template_name = ""
    title: ClassVar[Text] = ""

    def allowed(self, request: HttpRequest) -> bool:
        """Whether this person may open the page at all; rows are narrowed in the query besides."""
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuses before anything is read."""
        if not self.allowed(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ListPage(Page):
    """A list with filters, search, sorting, paging, a column chooser and export.

    A subclass gives ``rows`` (a query set from its folder's queries, or a Python list), ``columns``, ``filters`` and
    ``search_fields`` (field paths) or, for Python lists, ``found(row, text)``. ``prepare`` may fetch, for the rows
    of one page, what would otherwise cost a query per row. ``answer`` is the first line.
    """

    template_name = "core/list.html"
    part_template = "core/list_part.html"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    search_fields: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[Text] = ""
    order: ClassVar[str] = ""  # key of a column, "-" before it for descending; empty: as the query has it
    page_size: ClassVar[int] = 50
    empty_title: ClassVar[Text] = _("Nothing here yet")
    empty_hint: ClassVar[Text] = ""

    def rows(self, request: HttpRequest) -> QuerySet[Any] | Sequence[Any]:
        """All that this person may see."""
        raise NotImplementedError

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """The first line: one sentence with one number."""
        return ""

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows of one page (or of an export), completed."""
        return rows

    def found(self, row: Any, text: str) -> bool:
        """Whether a row of a Python list holds the searched text."""
        return any(text.lower() in str(Column(f, "", f).read(row) or "").lower() for f in self.search_fields)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """More for a template of one's own."""
        return {}

    def _memory(self) -> str:
        return f"columns:{type(self).__module__}.{type(self).__qualname__}"

    def _shown(self, request: HttpRequest) -> list[Column]:
        """The columns that the reader chose, now or last time, else those that are not hidden."""
        keys = [column.key for column in self.columns]
        if "columns" in request.GET:
            chosen = [key for key in request.GET.getlist("columns") if key in keys]
            if chosen:
                request.session[self._memory()] = chosen
            else:
                request.session.pop(self._memory(), None)
        chosen = request.session.get(self._memory()) or []
        shown = [column for column in self.columns if column.key in chosen]
        return shown or [column for column in self.columns if not column.hidden]

    def _narrowed(self, request: HttpRequest) -> tuple[Any, list[dict[str, Any]], str]:
        rows: Any = self.rows(request)
        if not isinstance(rows, QuerySet):
            rows = list(rows)
        shown = []
        for filter_ in self.filters:
            value = request.GET.get(filter_.key, "").strip()
            choices = filter_.choices(request)
            if value and (not filter_.options or value in {code for code, _label in choices}):
                rows = filter_.narrow(rows, value)
            else:
                value = ""
            shown.append({"key": filter_.key, "label": filter_.label, "choices": choices, "value": value})
        text = request.GET.get("q", "").strip()[:100]
        if text and self.search_fields:
            if isinstance(rows, QuerySet):
                condition = Q()
                for field in self.search_fields:
                    condition |= Q(**{f"{field.replace('.', '__')}__icontains": text})
                rows = rows.filter(condition)
            else:
                rows = [row for row in rows if self.found(row, text)]
        return rows, shown, text

    def _sorted(self, request: HttpRequest, rows: Any) -> tuple[Any, str]:
        wanted = request.GET.get("sort", "") or self.order
        column = next((c for c in self.columns if c.key == wanted.lstrip("-") and c.sort), None)
        if column is None:
            return rows, ""
        return sort_rows(rows, column, wanted.startswith("-")), wanted

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, its table alone (htmx), or the file of what is seen."""
        shown = self._shown(request)
        rows, filters, text = self._narrowed(request)
        rows, sort = self._sorted(request, rows)
        if (kind := request.GET.get("export", "")) in TYPES:
            return self._export(kind, shown, rows)
        paginator = Paginator(rows, self.page_size)
        page = paginator.get_page(request.GET.get("page"))
        body = self.prepare(list(page.object_list))
        context = {
            "page_title": self.title,
            "columns": shown,
            "all_columns": self.columns,
            "lines": [{"row": row, "cells": [self._cell(column, row) for column in shown]} for row in body],
            "page": page,
            "total": paginator.count,
            "filters": filters,
            "narrowed": bool(text or any(f["value"] for f in filters)),
            "text": text,
            "sort": sort,
            "searchable": bool(self.search_fields),
            "search_hint": self.search_hint,
            "answer": self.answer(request, rows, paginator.count),
            "empty_title": self.empty_title,
            "empty_hint": self.empty_hint,
            **self.extra(request),  # noqa: S610 - no query set
        }
        partial = getattr(request, "htmx", False) and request.htmx.target == "list"
        return render(request, self.part_template if partial else self.template_name, context)

    def _cell(self, column: Column, row: Any) -> dict[str, Any]:
        value = column.read(row)
        return {
            "column": column,
            "value": value,
            "row": row,
            "link": column.link(row) if column.link else None,
        }

    def _export(self, kind: str, shown: Sequence[Column], rows: Any) -> HttpResponse:
        """All rows that the filters leave, in the columns that are shown, units in the header."""
        body = self.prepare(list(rows))
        headers = [f"{c.label}（{c.unit}）" if c.unit else str(c.label) for c in shown]
        lines = ([plain(column.read(row)) for column in shown] for row in body)
        content = to_csv(headers, lines) if kind == "csv" else to_xlsx(headers, lines, str(self.title))
        response = HttpResponse(content, content_type=TYPES[kind])
        name = f"{self.title}-{today().isoformat()}.{kind}"
        response["Content-Disposition"] = f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''{quote(name)}"
        return response


class Field:
    """One line of a detail page: label, value, and an address where the value leads somewhere."""

    def __init__(self, label: Text, value: Any, link: str | None = None, unit: Text = "") -> None:
        self.label, self.value, self.link, self.unit = label, value, link, unit


class Panel:
    """A small table or text below a detail: ``rows`` are lists of cells (a cell may be a :class:`Field`)."""

    def __init__(
        self, title: Text, headers: Sequence[Text] = (), rows: Sequence[Sequence[Any]] = (), empty: Text = ""
    ) -> None:
        self.title, self.headers, self.empty = title, headers, empty
        self.rows = [[cell if isinstance(cell, Field) else Field("", cell) for cell in row] for row in rows]


class DetailPage(Page):
    """One thing: its fields, then panels of what belongs to it."""

    template_name = "core/detail.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The thing, looked up in what this person may see; none gives 404."""
        raise NotImplementedError

    def heading(self, thing: Any) -> str:
        """The heading."""
        return str(thing)

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """The first line."""
        return ""

    def fields(self, request: HttpRequest, thing: Any) -> Sequence[Field]:
        """The lines."""
        return ()

    def panels(self, request: HttpRequest, thing: Any) -> Sequence[Panel]:
        """The tables below."""
        return ()

    def back(self) -> tuple[str, Text | Promise] | None:
        """Address and name of the list that this thing stands in."""
        return None

    def extra(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """More for a template of one's own."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        thing = self.find(request, **kwargs)
        if thing is None:
            raise Http404
        context = {
            "thing": thing,
            "page_heading": self.heading(thing),
            "answer": self.answer(request, thing),
            "fields": self.fields(request, thing),
            "panels": self.panels(request, thing),
            "back": self.back(),
            **self.extra(request, thing),  # noqa: S610 - no query set
        }
        return render(request, self.template_name, context)
