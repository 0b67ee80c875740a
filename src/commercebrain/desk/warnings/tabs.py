"""On the pages of firms and regions: the signals about them, with what became of each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import tabs
from commercebrain.desk.core.generic import Column
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.desk.warnings import pages, words
from commercebrain.desk.warnings.views import Signals


def _end(row: Any) -> str:
    return row.get_end_display() if row.closed_at else str(_("still open"))


class OfOne(Signals):
    """Signals of one firm or of one region, open and closed."""

    columns = (
        *(column for column in Signals.columns if column.key in ("level", "sentence", "standing", "rule", "opened")),
        Column("end", _("What became of it"), _end),
    )
    columns = tuple(
        Column(c.key, c.label, c.value, sort=c.sort, link=words.signal_address, show=c.show)
        if c.key == "sentence"
        else c
        for c in columns
    )
    filters = tuple(one for one in Signals.filters if one.key in ("level", "rule"))
    bulk = ()
    search_fields = ()
    empty_title = _("No signal")
    empty_hint = _("No rule in use has held here so far.")

    def rows(self, request: HttpRequest) -> Any:
        """Of the firm; of the region and the places of its subjects."""
        rows = pages.in_sight(request.user)
        if isinstance(self.within, Enterprise):
            return rows.filter(enterprise=self.within.pk).order_by("-opened_at", "-pk")
        return rows.filter(region=self.within.pk).order_by("-opened_at", "-pk")

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing more."""
        return {}


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    return tabs.ListTab("warnings", _("Warnings"), OfOne) if pages.office(request.user) else None


tabs.register(lambda thing: isinstance(thing, (Enterprise, Region)), _tab)
