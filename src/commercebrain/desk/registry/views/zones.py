"""Pages of zones and parks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core.filters import Choices, YesNo
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.registry.models import Zone
from commercebrain.desk.registry.queries import zones as reads


def link(zone: Zone) -> str:
    """The page of a zone."""
    return reverse("registry:zone", args=[zone.code])


def _counted(zone: Zone) -> Any:
    return _("in the counties’ figures") if zone.in_county_totals else _("beside the counties’ figures")


class Zones(ListPage):
    """Development zones, bonded zones, free-trade areas, parks."""

    title = gettext_lazy("Zones and parks")
    columns = (
        Column("name", gettext_lazy("Zone"), lambda z: z, sort="name_zh", link=link, show="registry/enterprise_cell.html"),
        Column("kind", gettext_lazy("Kind"), lambda z: z.get_kind_display()),
        Column("region", gettext_lazy("Region"), "region", sort="region__code"),
        Column("counted", gettext_lazy("Figures"), _counted),
        Column("from", gettext_lazy("Valid from"), "valid_from", hidden=True),
        Column("source", gettext_lazy("Source"), "source", hidden=True),
    )  # fmt: skip
    filters = (
        Choices("kind", gettext_lazy("Kind"), Zone.Kind.choices),
        YesNo("counted", gettext_lazy("In the counties’ figures"), lookup="in_county_totals"),
    )
    search_fields = ("code", "name_zh", "name_en")
    empty_title = gettext_lazy("No zones yet")

    def rows(self, request: HttpRequest) -> Any:
        """Those of today; public."""
        return reads.zones().order_by("code")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s zone.", "%(n)s zones.", total) % {"n": total}


class ZonePage(DetailPage):
    """One zone: where it lies and how its figures stand to those of the counties."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Zone | None:
        """By code."""
        return Zone.objects.select_related("region", "parent").filter(code=kwargs["code"]).first()

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:zones"), _("Zones and parks")

    def answer(self, request: HttpRequest, thing: Zone) -> str:
        """Whether it may be added to a sum over counties."""
        words = {"zone": thing}
        if thing.synthetic:
            said = _("%(zone)s is invented for demonstration.") % words + " "
        else:
            said = ""
        if thing.in_county_totals:
            return said + _("The counties’ figures hold those of %(zone)s: it is never added to their sum.") % words
        return said + _("The figures of %(zone)s stand beside the counties’: a sum for the city must add them.") % words

    def fields(self, request: HttpRequest, thing: Zone) -> list[Field]:
        """Names, kind, dates, source."""
        return [
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Kind"), thing.get_kind_display()),
            Field(_("Region"), thing.region, reverse("registry:region", args=[thing.region.code])),
            Field(_("Part of"), thing.parent, link(thing.parent) if thing.parent else None),
            Field(_("Valid from"), thing.valid_from),
            Field(_("Valid until"), thing.valid_to),
            Field(_("Source"), thing.source),
        ]

    def panels(self, request: HttpRequest, thing: Zone) -> list[Panel]:
        """The counties and townships it lies in, and zones below it."""
        parts = thing.parts.select_related("region", "township")
        return [
            Panel(
                _("Where it lies"),
                [_("County"), _("Township"), _("The whole county")],
                [[Field("", p.region, reverse("registry:region", args=[p.region.code])), p.township, p.whole] for p in parts],
                _("Not declared yet."),
            ),
            Panel(
                _("Zones below"),
                [_("Zone"), _("Kind")],
                [[Field("", z, link(z)), z.get_kind_display()] for z in thing.children.all()],
                _("None."),
            ),
        ]  # fmt: skip
