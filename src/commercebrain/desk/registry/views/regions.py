"""Pages of the register of regions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.registry import queries
from commercebrain.desk.registry.models import Region
from commercebrain.desk.registry.queries import zones as zone_reads
from commercebrain.desk.registry.queries.regions import origins, successions


def _link(region: Region) -> str:
    return reverse("registry:region", args=[region.code])


class Regions(ListPage):
    """All regions valid on the business date."""

    title = gettext_lazy("Regions")
    columns = (
        Column("code", gettext_lazy("Code"), sort="code", link=_link),
        Column("name", gettext_lazy("Region"), lambda r: r, sort="name_zh"),
        Column("other", gettext_lazy("Name in English"), "name_en", sort="name_en"),
        Column("level", gettext_lazy("Level"), lambda r: r.get_level_display()),
        Column("parent", gettext_lazy("Part of"), "parent", sort="parent__code"),
        Column("from", gettext_lazy("Valid from"), "valid_from", sort="valid_from", hidden=True),
        Column("synthetic", gettext_lazy("Invented"), "synthetic", hidden=True),
    )
    filters = (
        Filter("level", gettext_lazy("Level"), Region.Level.choices),
        Filter(
            "parent",
            gettext_lazy("Part of"),
            lambda request: [
                (r.code, str(r)) for r in queries.regions().filter(level=Region.Level.PROVINCE).order_by("code")
            ],
            apply=lambda rows, code: rows.filter(code__startswith=code[:2]),
        ),
        Filter(
            "synthetic",
            gettext_lazy("Real or invented"),
            [("False", gettext_lazy("real")), ("True", gettext_lazy("invented for demonstration"))],
        ),
    )
    search_fields = ("code", "name_zh", "name_en")
    search_hint = gettext_lazy("name or code")
    empty_title = gettext_lazy("No regions yet")
    empty_hint = gettext_lazy("Set-up loads them from the catalogue; run “cbrain doctor” to see what is missing.")

    def rows(self, request: HttpRequest) -> Any:
        """Valid today."""
        return queries.regions().order_by("code")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s region valid on %(day)s.", "%(n)s regions valid on %(day)s.", total) % {
            "n": total,
            "day": today(),
        }


class RegionPage(DetailPage):
    """One region: where it belongs, its parts, what its code meant before."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Region | None:
        """By code."""
        return queries.region(kwargs["code"])

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:regions"), _("Regions")

    def answer(self, request: HttpRequest, thing: Region) -> str:
        """What it is."""
        words = {"region": thing, "code": thing.code, "parent": thing.parent or ""}
        if thing.synthetic:
            return _("%(region)s is invented for demonstration; no real figure may stand here.") % words
        if thing.parent:
            return _("%(region)s has the code %(code)s and is part of %(parent)s.") % words
        return _("%(region)s has the code %(code)s.") % words

    def fields(self, request: HttpRequest, thing: Region) -> list[Field]:
        """Names, level, validity."""
        return [
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Level"), thing.get_level_display()),
            Field(_("Part of"), thing.parent, _link(thing.parent) if thing.parent else None),
            Field(_("Valid from"), thing.valid_from),
            Field(_("Valid until"), thing.valid_to),
        ]

    def panels(self, request: HttpRequest, thing: Region) -> list[Panel]:
        """Parts, and earlier meanings of the code."""
        parts = queries.regions().filter(parent=thing).order_by("code")
        shown = [
            Panel(
                _("Parts"),
                [_("Code"), _("Region")],
                [[Field("", r.code, _link(r)), r] for r in parts],
                _("None."),
            )
        ]
        townships = list(thing.townships.order_by("code"))
        if townships:
            shown.append(Panel(_("Townships"), [_("Code"), _("Township")], [[t.code, t] for t in townships]))
        zones = list(zone_reads.zones_of(thing)) if thing.level != Region.Level.NATION else []
        if zones:
            rows = [[Field("", z, reverse("registry:zone", args=[z.code])), z.get_kind_display()] for z in zones]
            shown.append(Panel(_("Zones and parks"), [_("Zone"), _("Kind")], rows))
        shown += self._history(thing)
        return shown

    def _history(self, thing: Region) -> list[Panel]:
        """What the code has meant, and which steps led here."""
        shown = []
        earlier = list(queries.history(thing.code))
        if len(earlier) > 1:
            shown.append(
                Panel(
                    _("What the code has meant"),
                    [_("Region"), _("Valid from"), _("Valid until")],
                    [[r, r.valid_from, r.valid_to] for r in earlier],
                )
            )
        steps = [step for r in earlier for step in [*origins(r), *successions(r)]]
        rows = [
            [step.day, f"{step.before} {step.before.code}", step.get_kind_display(), f"{step.after} {step.after.code}", step.share, step.source]
            for step in sorted({step.pk: step for step in steps}.values(), key=lambda step: (step.day, step.pk))
        ]  # fmt: skip
        if rows:
            headers = [_("Day"), _("From"), _("What happened"), _("To"), _("How much"), _("Source")]
            shown.append(Panel(_("How it came to be"), headers, rows))
        return shown
