"""The one detail page of the product."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from commercebrain.desk.core.columns import Text
from commercebrain.desk.core.page import Page
from commercebrain.desk.core.tabs import Tab, tabs_of


class Field:
    """One line of a detail page: label, value, and an address where the value leads somewhere."""

    def __init__(self, label: Text, value: Any, link: str | None = None, unit: Text = "") -> None:
        self.label, self.value, self.link, self.unit = label, value, link, unit


class Panel:
    """A small table or text below a detail: ``rows`` are lists of cells (a cell may be a :class:`Field`).

    ``numbers`` are the places of the columns that hold numbers, the first being 0: they are set to the right.
    """

    def __init__(
        self,
        title: Text,
        headers: Sequence[Text] = (),
        rows: Sequence[Sequence[Any]] = (),
        empty: Text = "",
        numbers: Container[int] = (),
    ) -> None:
        self.title, self.headers, self.empty, self.numbers = title, headers, empty, numbers
        self.rows = [[cell if isinstance(cell, Field) else Field("", cell) for cell in row] for row in rows]


class DetailPage(Page):
    """One thing: its fields and panels first, then tabs of what belongs to it, each read when it is opened.

    ``history``   a tab with everything that happened to the thing
    ``documents`` a tab with its files; the model must have a scope
    """

    template_name = "core/detail.html"
    history: ClassVar[bool] = True
    documents: ClassVar[bool] = False

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

    def tabs(self, request: HttpRequest, thing: Any) -> Sequence[Tab]:
        """Tabs of the page's own, after the first one."""
        return ()

    def back(self) -> tuple[str, Text | Promise] | None:
        """Address and name of the list that this thing stands in."""
        return None

    def extra(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """More for a template of one's own."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, open at the tab that is asked for."""
        thing = self.find(request, **kwargs)
        if thing is None:
            raise Http404
        tabs = tabs_of(request, thing, list(self.tabs(request, thing)), self.history, self.documents)
        tab = next((t for t in tabs if t.code == request.GET.get("tab", "")), None)
        if tab is not None and getattr(request, "htmx", False) and (part := tab.part(request, thing)) is not None:
            return HttpResponse(part)
        context = {
            "thing": thing,
            "page_heading": self.heading(thing),
            "answer": self.answer(request, thing),
            "back": self.back(),
            "tabs": tabs,
            "tab": tab,
            "fields": () if tab else self.fields(request, thing),
            "panels": () if tab else self.panels(request, thing),
            **self.extra(request, thing),  # noqa: S610 - no query set
            "tab_html": tab.html(request, thing) if tab else "",
        }
        return render(request, self.template_name, context)
