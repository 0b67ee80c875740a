"""The tab of a firm's page: its cases, each in its viewer's scope."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases import pages, queries
from commercebrain.desk.core import tabs
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise


class FirmCases(ListPage):
    """The cases about a firm that are in sight, the newest first."""

    title = _("Cases")
    columns = (
        Column("number", _("Number"), link=pages.address),
        Column("title", _("Title"), pages.title_of, link=pages.address),
        Column("kind", _("Kind of case"), pages.kind_of),
        Column("stage", _("Stage"), pages.stage_name, show=pages.stage_cell),
        Column("unit", _("Unit")),
        Column("opened", _("Opened"), "opened_on", sort="opened_on"),
    )
    empty_title = _("There is no case about this firm in your sight")
    empty_hint = _("Cases come from warnings, from requests of the firm, and are opened by hand.")

    def rows(self, request: HttpRequest) -> Any:
        """Within scope."""
        return queries.of_firm(self.within, request.user)


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    extent = extent_of(request.user, Right.SEE, today())
    if not (extent.everything or extent.units or thing.pk in extent.firms):
        return None
    return tabs.ListTab("cases", _("Cases"), FirmCases)


tabs.register(lambda thing: isinstance(thing, Enterprise), _tab)
