"""The tab of a firm's page: what it was asked and how often, and its reports."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import tabs
from commercebrain.desk.forms import queries
from commercebrain.desk.registry.models import Enterprise


def _context(request: HttpRequest, thing: Any) -> dict[str, Any]:
    from commercebrain.desk.forms.board.meter import of_firm

    return of_firm(request, thing)


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    if not queries.bureau_reader(request.user) or not queries.follows(request.user, thing):
        return None
    return tabs.Tab("reporting", _("Reporting"), "forms/firm_tab.html", _context)


tabs.register(lambda thing: isinstance(thing, Enterprise), _tab)
