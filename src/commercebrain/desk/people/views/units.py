"""Pages of the tree of units."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.people import actions, history, queries
from commercebrain.desk.people.authority import manages_unit, regions_managed_by, units_managed_by
from commercebrain.desk.people.forms import CloseUnitForm, UnitForm
from commercebrain.desk.people.models import Membership, Unit
from commercebrain.desk.people.scopes import managed_by
from commercebrain.desk.people.views.panels import person_link, unit_link
from commercebrain.desk.registry.models import Region


class Units(ListPage):
    """The tree of units."""

    template_name = "people/units.html"
    title = gettext_lazy("Units")
    columns = (
        Column("name", gettext_lazy("Unit"), lambda u: u, link=unit_link, show="people/unit_cell.html"),
        Column("region", gettext_lazy("Region"), "region", sort="region__code"),
        Column("state", gettext_lazy("State"), lambda u: _("closed") if u.closed_on else _("in being"), hidden=True),
        Column("people", gettext_lazy("Persons"), "headcount", number=True, decimals=0, sort="headcount"),
    )
    filters = (
        Filter(
            "level",
            gettext_lazy("Level"),
            [
                ("nation", gettext_lazy("nation")),
                ("province", gettext_lazy("province")),
                ("city", gettext_lazy("city")),
                ("county", gettext_lazy("county")),
            ],
            "region__level",
        ),
        Filter(
            "closed",
            gettext_lazy("State"),
            [("0", gettext_lazy("in being")), ("1", gettext_lazy("closed"))],
            apply=lambda rows, value: rows.filter(closed_on__isnull=value == "0"),
        ),
    )
    search_fields = ("name_zh", "name_en", "region__name_zh")
    empty_title = gettext_lazy("No units in sight")
    empty_hint = gettext_lazy("Units appear here once you hold a role in one; the administrator grants it.")
    page_size = 200

    def rows(self, request: HttpRequest) -> Any:
        """Units with the number of their people on the business date."""
        from django.db.models import Count, Q

        day = today()
        in_force = (Q(memberships__starts=None) | Q(memberships__starts__lte=day)) & (
            Q(memberships__ends=None) | Q(memberships__ends__gte=day)
        )
        people = Count("memberships__person", filter=in_force, distinct=True)
        return queries.units_visible_to(request.user).annotate(headcount=people).order_by("path")

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may add one."""
        return {"may_add": not managed_by(request.user, today()).empty}

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many units there are."""
        return ngettext("%(n)s unit on %(day)s.", "%(n)s units on %(day)s.", total) % {
            "n": total,
            "day": today(),
        }


class UnitPage(DetailPage):
    """One unit: its place in the tree, its people, and what it was before."""

    template_name = "people/unit.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Unit | None:
        """A unit that this person may know of."""
        return queries.units_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the tree."""
        return reverse("people:units"), _("Units")

    def answer(self, request: HttpRequest, thing: Unit) -> str:
        """Where it stands."""
        if thing.closed_on and thing.successor:
            return _("%(unit)s was merged into %(into)s on %(day)s.") % {
                "unit": thing,
                "into": thing.successor,
                "day": thing.closed_on,
            }
        if thing.closed_on:
            return _("%(unit)s was closed on %(day)s.") % {"unit": thing, "day": thing.closed_on}
        if thing.parent:
            return _("%(unit)s stands below %(parent)s and works for %(region)s.") % {
                "unit": thing,
                "parent": thing.parent,
                "region": thing.region,
            }
        return _("%(unit)s works for %(region)s.") % {"unit": thing, "region": thing.region}

    def fields(self, request: HttpRequest, thing: Unit) -> list[Field]:
        """Names, region, parent."""
        return [
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Region"), thing.region, reverse("registry:region", args=[thing.region.code])),
            Field(_("Parent unit"), thing.parent, unit_link(thing.parent) if thing.parent else None),
            *([Field(_("Successor"), thing.successor, unit_link(thing.successor))] if thing.successor else []),
        ]

    def panels(self, request: HttpRequest, thing: Unit) -> list[Panel]:
        """Units below, and people as far as they are in sight."""
        below = [[Field("", unit, unit_link(unit)), unit.region] for unit in thing.children.select_related("region")]
        seen = queries.persons_visible_to(request.user)
        rows = Membership.objects.in_force(today()).filter(unit=thing, person__in=seen)
        people = [
            [Field("", m.person, person_link(m.person)), m.role, m.starts, m.ends]
            for m in rows.select_related("person", "role")
        ]
        return [
            Panel(_("Units below"), [_("Unit"), _("Region")], below, _("No unit stands below this one.")),
            Panel(
                _("Persons"),
                [_("Person"), _("Role"), _("From"), _("Until")],
                people,
                _("Nobody here is in your sight."),
            ),
            Panel(
                _("Names and places"),
                [_("Name"), _("Parent unit"), _("Region"), _("From"), _("Until")],
                [[state, state.parent, state.region, state.starts, state.ends] for state in history.states(thing)],
                _("Nothing is known of its past."),
            ),
        ]

    def extra(self, request: HttpRequest, thing: Unit) -> dict[str, Any]:
        """Whether the reader may change it."""
        return {"may_manage": thing.closed_on is None and manages_unit(request.user, thing)}


class UnitForms(FormPage):
    """What the forms of a unit share."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Unit | None:
        """A unit in sight that the person manages."""
        unit = queries.units_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if unit is None and not managed_by(request.user, today()).empty:
            unit = units_managed_by(request.user).filter(pk=kwargs["pk"]).first()
        if unit is None:
            raise Http404
        if not manages_unit(request.user, unit):
            raise PermissionDenied
        return unit

    def done(self, request: HttpRequest, thing: Unit) -> str:
        """To the unit."""
        return unit_link(thing)

    def back(self) -> tuple[str, Any]:
        """To the tree."""
        return reverse("people:units"), _("Units")

    def open_units(self, request: HttpRequest) -> Any:
        """The open units that the person manages."""
        return units_managed_by(request.user).filter(closed_on=None)


class UnitNew(UnitForms):
    """A new unit."""

    form_class = UnitForm
    title = gettext_lazy("New unit")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """None yet."""
        if managed_by(request.user, today()).empty:
            raise PermissionDenied

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Parents within what one manages; the top only for who manages everything."""
        everything = managed_by(request.user, today()).everything
        regions = regions_managed_by(request.user).valid_on(today())
        return {"parents": self.open_units(request), "regions": regions, "top": everything, "new": True}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Unit:
        """Adds it."""
        return actions.create_unit(data["name_zh"], data["name_en"], data["region"], data["parent"], by=request.user)


class UnitEdit(UnitForms):
    """Name, region and place of a unit."""

    form_class = UnitForm

    def heading(self, thing: Unit) -> str:
        """What is changed."""
        return _("Change %(thing)s") % {"thing": thing}

    def initial(self, request: HttpRequest, thing: Unit) -> dict[str, Any]:
        """As it stands."""
        return {"name_zh": thing.name_zh, "name_en": thing.name_en, "region": thing.region, "parent": thing.parent}

    def form_arguments(self, request: HttpRequest, thing: Unit) -> dict[str, Any]:
        """Parents within what one manages, and the one it has."""
        everything = managed_by(request.user, today()).everything
        parents = self.open_units(request).exclude(path__startswith=thing.path)
        if thing.parent_id:
            parents = parents | Unit.objects.select_related("region", "parent").filter(pk=thing.parent_id)
        regions = regions_managed_by(request.user).valid_on(today()) | Region.objects.filter(pk=thing.region_id)
        return {"parents": parents, "regions": regions, "top": everything or thing.parent is None, "new": False}

    def save(self, request: HttpRequest, thing: Unit, data: dict[str, Any], version: int | None) -> Unit:
        """Changes it."""
        return actions.edit_unit(thing, by=request.user, seen=version, **data)


class UnitClose(UnitForms):
    """The end of a unit, with or without a successor."""

    form_class = CloseUnitForm
    save_label = gettext_lazy("Close the unit")

    def heading(self, thing: Unit) -> str:
        """What is closed."""
        return _("Close %(thing)s") % {"thing": thing}

    def form_arguments(self, request: HttpRequest, thing: Unit) -> dict[str, Any]:
        """Successors within what one manages."""
        return {"successors": self.open_units(request).exclude(path__startswith=thing.path)}

    def save(self, request: HttpRequest, thing: Unit, data: dict[str, Any], version: int | None) -> Unit:
        """Closes it."""
        return actions.close_unit(thing, data["successor"], by=request.user, seen=version)
