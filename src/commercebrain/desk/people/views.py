"""Pages of units, persons and the own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.demo import demo_accounts
from commercebrain.desk.people.models import Membership, Person, Unit


class SignIn(LoginView):
    """The sign-in page; five wrong passwords lock the account for a while (axes)."""

    template_name = "people/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the demo's accounts, which only the demo names."""
        return {**super().get_context_data(**kwargs), "accounts": demo_accounts()}


class SignOut(LogoutView):
    """Signing out, by POST only."""

    http_method_names = ["post", "options"]


def _unit_link(unit: Unit) -> str:
    return reverse("people:unit", args=[unit.pk])


def _person_link(person: Person) -> str:
    return reverse("people:person", args=[person.pk])


class Units(ListPage):
    """The tree of units."""

    title = gettext_lazy("Units")
    columns = (
        Column("name", gettext_lazy("Unit"), lambda u: u, link=_unit_link, show="people/unit_cell.html"),
        Column("region", gettext_lazy("Region"), "region", sort="region__code"),
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

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many units there are."""
        return ngettext("%(n)s unit on %(day)s.", "%(n)s units on %(day)s.", total) % {
            "n": total,
            "day": today(),
        }


class UnitPage(DetailPage):
    """One unit: its place in the tree and its people."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Unit | None:
        """A unit that this person may know of."""
        return queries.units_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the tree."""
        return reverse("people:units"), _("Units")

    def answer(self, request: HttpRequest, thing: Unit) -> str:
        """Where it stands."""
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
            Field(_("Parent unit"), thing.parent, _unit_link(thing.parent) if thing.parent else None),
        ]

    def panels(self, request: HttpRequest, thing: Unit) -> list[Panel]:
        """Units below, and people as far as they are in sight."""
        below = [[Field("", unit, _unit_link(unit)), unit.region] for unit in thing.children.select_related("region")]
        seen = queries.persons_visible_to(request.user)
        rows = Membership.objects.in_force(today()).filter(unit=thing, person__in=seen)
        people = [
            [Field("", m.person, _person_link(m.person)), m.role, m.starts, m.ends]
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
        ]


class Persons(ListPage):
    """The people in sight."""

    title = gettext_lazy("Persons")
    columns = (
        Column("name", gettext_lazy("Person"), lambda p: p, sort="username", link=_person_link),
        Column("username", gettext_lazy("User name"), sort="username"),
        Column("roles", gettext_lazy("Roles"), lambda p: p.roles_now),
        Column("active", gettext_lazy("Account"), lambda p: _("active") if p.is_active else _("switched off")),
        Column("last", gettext_lazy("Last signed in"), "last_login", sort="last_login", hidden=True),
    )
    filters = (
        Filter(
            "active",
            gettext_lazy("Account"),
            [("1", gettext_lazy("active")), ("0", gettext_lazy("switched off"))],
            apply=lambda rows, value: rows.filter(is_active=value == "1"),
        ),
    )
    search_fields = ("username", "name_zh", "name_en")
    empty_title = gettext_lazy("Nobody in sight")

    def rows(self, request: HttpRequest) -> Any:
        """Those whom this person may see."""
        return queries.persons_visible_to(request.user).order_by("username")

    def prepare(self, rows: Any) -> Any:
        """Adds what each is today, with one query for the page."""
        found = Membership.objects.in_force(today()).filter(person__in=[p.pk for p in rows])
        now: dict[int, list[str]] = {}
        for membership in found.select_related("unit", "role"):
            now.setdefault(membership.person_id, []).append(f"{membership.role} · {membership.unit}")
        for person in rows:
            person.roles_now = now.get(person.pk, [])
        return rows

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many there are."""
        return ngettext("%(n)s person in your sight.", "%(n)s persons in your sight.", total) % {"n": total}


class PersonPage(DetailPage):
    """One person: account and memberships, past and future ones too."""

    template_name = "people/person.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Person | None:
        """A person in sight."""
        return queries.persons_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("people:persons"), _("Persons")

    def answer(self, request: HttpRequest, thing: Person) -> str:
        """What the person is today."""
        roles = [f"{m.role} · {m.unit}" for m in queries.memberships_of(thing)]
        return "；".join(roles) if roles else _("Holds no role today, so sees nothing.")

    def fields(self, request: HttpRequest, thing: Person) -> list[Field]:
        """The account."""
        return [
            Field(_("User name"), thing.username),
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Account"), _("active") if thing.is_active else _("switched off")),
            Field(_("Last signed in"), thing.last_login),
        ]

    def panels(self, request: HttpRequest, thing: Person) -> list[Panel]:
        """Every membership with its dates."""
        return [membership_panel(thing)]

    def extra(self, request: HttpRequest, thing: Person) -> dict[str, Any]:
        """Whether the reader may switch the account."""
        manages = queries.runs_system(request.user)
        return {"may_manage": manages and thing.pk != request.user.pk, "locked": manages and actions.locked(thing)}

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switches the account on or off, or unlocks it."""
        person = self.find(request, pk=pk)
        if person is None:
            raise Http404
        if "unlock" in request.POST:
            actions.unlock(person, request.user)
        else:
            actions.switch(person, request.POST.get("active") == "1", request.user)
        return redirect("people:person", pk=pk)


def membership_panel(person: Person) -> Panel:
    """The table of a person's memberships."""
    rows = person.memberships.select_related("unit", "role").order_by("starts", "unit__path")
    return Panel(
        _("Memberships"),
        [_("Role"), _("Unit"), _("Enter"), _("See"), _("Find"), _("From"), _("Until")],
        [
            [
                m.role,
                Field("", m.unit, _unit_link(m.unit)),
                m.role.get_enter_display(),
                m.role.get_see_display(),
                m.role.get_find_display(),
                m.starts,
                m.ends,
            ]
            for m in rows
        ],
        _("No role has been granted yet."),
    )


class Me(View):
    """The own account: what one is, and a new password."""

    def page(self, request: HttpRequest, form: PasswordChangeForm, status: int = 200) -> HttpResponse:
        """The page with its form."""
        roles = [f"{m.role} · {m.unit}" for m in queries.memberships_of(request.user)]
        context = {"form": form, "panels": [membership_panel(request.user)], "roles": roles}
        return render(request, "people/me.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Shows it."""
        return self.page(request, PasswordChangeForm(request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Changes the password; the session goes on, all others of this account end."""
        form = PasswordChangeForm(request.user, request.POST)
        if not form.is_valid():
            return self.page(request, form, status=422)
        actions.change_password(request.user, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed."))
        return redirect("people:me")
