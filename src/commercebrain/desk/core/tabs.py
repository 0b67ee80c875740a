"""Tabs of a detail page: what belongs to a thing, each read only when it is opened.

A folder adds tabs to things of other folders in its own ``tabs.py``::

    tabs.register(lambda thing: isinstance(thing, Enterprise), lambda request, thing: ListTab("notes", _("Notes"), Notes))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.columns import Column, Text
from commercebrain.desk.core.events import history_of, sentence
from commercebrain.desk.core.lists import ListPage


class Tab:
    """A tab with a template of its own: ``context(request, thing)`` gives what it draws."""

    def __init__(
        self,
        code: str,
        label: Text,
        template: str = "",
        context: Callable[[HttpRequest, Any], dict[str, Any]] | None = None,
    ) -> None:
        self.code, self.label, self.template, self.context = code, label, template, context

    def html(self, request: HttpRequest, thing: Any) -> str:
        """What the tab shows."""
        given = self.context(request, thing) if self.context else {}
        return render_to_string(self.template, {"thing": thing, **given}, request)

    def part(self, request: HttpRequest, thing: Any) -> str | None:
        """What htmx asks for within the tab; none where it asks for nothing of it."""
        return None


class ListTab(Tab):
    """A list in a tab, with its own filters, order and pages; its ``rows`` find the thing in ``self.within``."""

    def __init__(self, code: str, label: Text, page: type[ListPage]) -> None:
        super().__init__(code, label)
        self.page = page

    def html(self, request: HttpRequest, thing: Any) -> str:
        """The list."""
        return f'<div id="list">{self._table(request, thing)}</div>'

    def part(self, request: HttpRequest, thing: Any) -> str | None:
        """The table alone."""
        return self._table(request, thing) if request.htmx.target == "list" else None

    def _table(self, request: HttpRequest, thing: Any) -> str:
        page = self.page()
        page.setup(request)
        page.within = thing
        return render_to_string(page.part_template, page.list_context(request), request)


class History(ListPage):
    """What happened to one thing, the newest first. Who looked at it is for the audit and not told here."""

    title = _("History")
    columns = (
        Column("what", _("What happened"), sentence),
        Column("at", _("At"), "at", sort="at"),
        Column("day", _("Business date"), "business_date"),
        Column("person", _("Person"), "person"),
    )
    empty_title = _("Nothing has happened to it yet")
    empty_hint = _("Every change is written here with its time and its author; nothing is ever removed.")

    def rows(self, request: HttpRequest) -> Any:
        """Events of the thing; its page has looked it up in scope."""
        return history_of(self.within).exclude(verb__startswith="data.")


Predicate = Callable[[Any], bool]
Provider = Callable[[HttpRequest, Any], "Tab | None"]
PROVIDERS: list[tuple[Predicate, Provider]] = []


def register(predicate: Predicate, provider: Provider, *, first: bool = False) -> None:
    """Adds the tab that ``provider(request, thing)`` gives (or none) to every thing that ``predicate`` accepts; ``first``
    puts it before those of other folders."""
    PROVIDERS.insert(0 if first else len(PROVIDERS), (predicate, provider))


def tabs_of(request: HttpRequest, thing: Any, own: list[Tab], history: bool, documents: bool) -> list[Tab]:
    """All tabs of a thing in order: the page's own, the registered ones, documents, history."""
    from commercebrain.desk.core.attachments import documents_tab

    found = list(own)
    for predicate, provider in PROVIDERS:
        if predicate(thing) and (tab := provider(request, thing)) is not None:
            found.append(tab)
    stored = isinstance(thing, Model) and thing.pk is not None
    if documents and stored:
        found.append(documents_tab(request, thing))
    if history and stored:
        found.append(ListTab("history", _("History"), History))
    return found
