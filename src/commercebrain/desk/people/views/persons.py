"""Pages of persons, their accounts and their roles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.authority import manages_person, manages_unit, roles_granted_by, units_managed_by
from commercebrain.desk.people.forms import GrantForm, PersonForm
from commercebrain.desk.people.models import Membership, Person, Role
from commercebrain.desk.people.scopes import managed_by
from commercebrain.desk.people.views.panels import acting_panel, lent_panel, membership_panel, person_link
from commercebrain.desk.registry.models import Enterprise


class Persons(ListPage):
    """The people in sight."""

    template_name = "people/persons.html"
    title = gettext_lazy("Persons")
    columns = (
        Column("name", gettext_lazy("Person"), lambda p: p, sort="username", link=person_link),
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

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may add one."""
        return {"may_add": not managed_by(request.user, today()).empty}

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
            Field(_("Unit that keeps the account"), thing.home),
            Field(_("Last signed in"), thing.last_login),
        ]

    def panels(self, request: HttpRequest, thing: Person) -> list[Panel]:
        """Every membership with its dates."""
        return [membership_panel(thing), acting_panel(thing), lent_panel(thing)]

    def extra(self, request: HttpRequest, thing: Person) -> dict[str, Any]:
        """What the reader may do with the account, and which of its roles may be ended."""
        manages = thing.pk != request.user.pk and manages_person(request.user, thing)
        grants = thing.pk != request.user.pk and not managed_by(request.user, today()).empty
        held = thing.memberships.not_over(today()).select_related("unit", "role") if grants else []
        return {
            "may_manage": manages,
            "may_grant": grants,
            "endable": [m for m in held if manages_unit(request.user, m.unit)],
            "locked": manages and actions.locked(thing),
        }

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


class PersonForms(FormPage):
    """What the forms of an account share."""

    form_class = PersonForm

    def find(self, request: HttpRequest, **kwargs: Any) -> Person | None:
        """An account in sight that the person manages."""
        person = queries.persons_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if person is None:
            raise Http404
        if person.pk == request.user.pk or not manages_person(request.user, person):
            raise PermissionDenied
        return person

    def form_arguments(self, request: HttpRequest, thing: Person | None) -> dict[str, Any]:
        """Homes within what one manages."""
        area = managed_by(request.user, today())
        homes = units_managed_by(request.user).filter(closed_on=None)
        return {"homes": homes, "new": thing is None, "anywhere": area.everything}

    def done(self, request: HttpRequest, thing: Person) -> str:
        """To the person."""
        return person_link(thing)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("people:persons"), _("Persons")


class PersonNew(PersonForms):
    """A new account; it cannot sign in before it gets a password."""

    title = gettext_lazy("New person")
    saved_message = gettext_lazy("The account is there. Give it a password and a role: it can do nothing before.")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """None yet."""
        if managed_by(request.user, today()).empty:
            raise PermissionDenied

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Person:
        """Adds it."""
        return actions.create_person(
            data["username"], None, data["name_zh"], data["name_en"], by=request.user, home=data["home"],
            language=data["language"],
        )  # fmt: skip


class PersonEdit(PersonForms):
    """Names, language and home of an account."""

    def heading(self, thing: Person) -> str:
        """What is changed."""
        return _("Change %(thing)s") % {"thing": thing}

    def initial(self, request: HttpRequest, thing: Person) -> dict[str, Any]:
        """As it stands."""
        return {"name_zh": thing.name_zh, "name_en": thing.name_en, "home": thing.home, "language": thing.language}

    def save(self, request: HttpRequest, thing: Person, data: dict[str, Any], version: int | None) -> Person:
        """Changes it."""
        return actions.edit_person(thing, by=request.user, seen=version, **data)


class Grant(FormPage):
    """A role for a person."""

    form_class = GrantForm
    save_label = gettext_lazy("Grant the role")

    def find(self, request: HttpRequest, **kwargs: Any) -> Person:
        """A person in sight, not oneself, by somebody who manages units."""
        person = queries.persons_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if person is None:
            raise Http404
        if person.pk == request.user.pk or managed_by(request.user, today()).empty:
            raise PermissionDenied
        return person

    def heading(self, thing: Person) -> str:
        """For whom."""
        return _("A role for %(person)s") % {"person": thing}

    def version(self, thing: Person) -> None:
        """A new membership has none."""
        return

    def form_arguments(self, request: HttpRequest, thing: Person) -> dict[str, Any]:
        """Roles, units and firms within what one manages."""
        area = managed_by(request.user, today())
        firms = Enterprise.objects.filter(merged_into=None)
        return {
            "roles": roles_granted_by(request.user),
            "units": units_managed_by(request.user).filter(closed_on=None),
            "firms": firms if area.everything else firms.filter(unit__in=area.units),
        }

    def save(self, request: HttpRequest, thing: Person, data: dict[str, Any], version: int | None) -> Person:
        """Grants it."""
        actions.grant(
            thing, data["unit"], data["role"], by=request.user, starts=data["starts"], ends=data["ends"],
            chosen=list(data.get("chosen") or []), firm=data.get("firm"),
        )  # fmt: skip
        return thing

    def done(self, request: HttpRequest, thing: Person) -> str:
        """To the person."""
        return person_link(thing)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("people:persons"), _("Persons")


@require_POST
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the account a password that works once, and shows it once; nothing keeps it."""
    person = get_object_or_404(queries.persons_visible_to(request.user), pk=pk)
    fresh = actions.reset_password(person, request.user)
    answer = render(request, "people/one_time.html", {"thing": person, "password": fresh})
    answer["Cache-Control"] = "no-store"
    return answer


def _waiting(request: HttpRequest) -> list[Person]:
    """The accounts that the reader manages and that nobody can sign in with yet."""
    rows = queries.persons_visible_to(request.user).filter(
        is_active=True, last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    return [
        person for person in rows.select_related("home").order_by("username") if manages_person(request.user, person)
    ]


def first_passwords(request: HttpRequest) -> HttpResponse:
    """Accounts without a password, such as imported ones: those that are ticked get one each, shown this once."""
    if managed_by(request.user, today()).empty:
        raise PermissionDenied
    waiting = _waiting(request)
    context: dict[str, Any] = {
        "waiting": waiting[: actions.FIRST_AT_ONCE],
        "more": len(waiting) - actions.FIRST_AT_ONCE,
    }
    if request.method == "POST":
        chosen = set(request.POST.getlist("person"))
        context["given"] = actions.give_first_passwords([p for p in waiting if str(p.pk) in chosen], request.user)
    answer = render(request, "people/first_passwords.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a membership from today on."""
    seen = queries.persons_visible_to(request.user)
    membership = get_object_or_404(Membership.objects.select_related("unit", "person", "role"), pk=pk, person__in=seen)
    actions.revoke(membership, request.user)
    return redirect("people:person", pk=membership.person_id)


class Roles(ListPage):
    """The roles: what each is for and how far its rights reach."""

    title = gettext_lazy("Roles")
    columns = (
        Column("name", gettext_lazy("Role"), lambda r: r, sort="code"),
        Column("does", gettext_lazy("What it is for"), lambda r: r.does),
        Column("enter", gettext_lazy("Enter"), lambda r: _reaches(r, "enter")),
        Column("see", gettext_lazy("See"), lambda r: _reaches(r, "see")),
        Column("find", gettext_lazy("Find"), lambda r: _reaches(r, "find")),
        Column("manage", gettext_lazy("Manages"), lambda r: r.get_manage_display()),
        Column("more", gettext_lazy("Besides"), lambda r: _besides(r)),
        Column("code", gettext_lazy("Code"), "code", sort="code", hidden=True),
    )

    def rows(self, request: HttpRequest) -> Any:
        """All of them; they are no secret within the administration."""
        inside = queries.units_visible_to(request.user).exists()
        return Role.objects.all() if inside or queries.runs_system(request.user) else Role.objects.none()

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s role.", "%(n)s roles.", total) % {"n": total}


def _reaches(role: Role, right: str) -> str:
    """How far a right of a role reaches, in words."""
    if role.for_firms and getattr(role, right):
        return _("own firm")
    return str(getattr(role, f"get_{right}_display")() or "—")


def _besides(role: Role) -> list[str]:
    """What a role has besides the three rights."""
    flags = (("clearance", _("confidential figures")), ("annotates", _("remarks")))
    return [word for flag, word in flags if getattr(role, flag)]
