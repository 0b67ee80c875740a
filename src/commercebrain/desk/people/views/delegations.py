"""Pages of delegations: who acts for whom."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.forms import DelegationForm
from commercebrain.desk.people.models import Delegation, Membership, Person, Right
from commercebrain.desk.people.views.panels import rights_of


class Delegations(ListPage):
    """Delegations given and received, and those of the units that an administrator manages."""

    title = gettext_lazy("Delegations")
    template_name = "people/delegations.html"
    columns = (
        Column("by", gettext_lazy("Represented"), lambda d: d.membership.person, sort="membership__person__username"),
        Column("to", gettext_lazy("Acts"), lambda d: d.person, sort="person__username"),
        Column("role", gettext_lazy("Role"), lambda d: d.membership.role),
        Column("unit", gettext_lazy("Unit"), lambda d: d.membership.unit),
        Column("rights", gettext_lazy("Rights"), rights_of),
        Column("starts", gettext_lazy("From"), "starts", sort="starts"),
        Column("ends", gettext_lazy("Until"), "ends", sort="ends"),
        Column("reason", gettext_lazy("Reason"), "reason"),
        Column("end", gettext_lazy("End it"), lambda d: d, show="people/end_cell.html"),
    )
    filters = (
        Filter(
            "state",
            gettext_lazy("State"),
            [("now", gettext_lazy("in force now")), ("over", gettext_lazy("over"))],
            apply=lambda rows, value: (
                rows.filter(pk__in=Delegation.objects.in_force(today()).values("pk"))
                if value == "now"
                else rows.filter(ends__lt=today())
            ),
        ),
    )
    search_fields = ("person__username", "person__name_zh", "membership__person__username", "reason")
    empty_title = gettext_lazy("No delegations")
    empty_hint = gettext_lazy("Whoever is away can let somebody else act for a time.")

    def rows(self, request: HttpRequest) -> Any:
        """In sight."""
        return queries.delegations_visible_to(request.user)

    def prepare(self, rows: Any) -> Any:
        """Marks those that are not over, which can be ended."""
        for row in rows:
            row.running = row.ends >= today()
        return rows

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader has something to lend."""
        return {"may_delegate": own_memberships(request.user).exists()}

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s delegation.", "%(n)s delegations.", total) % {"n": total}


def own_memberships(person: Person) -> Any:
    """What a person can lend: memberships of the administration that hold today."""
    return queries.memberships_of(person).filter(firm=None, role__for_firms=False)


class Delegate(FormPage):
    """Lends a role of one's own for a time."""

    form_class = DelegationForm
    title = gettext_lazy("Let somebody act for you")
    save_label = gettext_lazy("Delegate")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """A new one, by somebody who has a role."""
        if not own_memberships(request.user).exists():
            raise PermissionDenied

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """From today on."""
        return {"starts": today(), "rights": [Right.SEE, Right.FIND]}

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Own roles; colleagues: the people in sight and those of the same units, of the administration."""
        mine = own_memberships(request.user)
        beside = Membership.objects.in_force(today()).filter(unit__in=mine.order_by().values("unit"))
        seen = queries.persons_visible_to(request.user).order_by().values("pk")
        rows = Person.objects.filter(pk__in=seen) | Person.objects.filter(pk__in=beside.order_by().values("person"))
        outside = Membership.objects.not_over(today()).exclude(role__for_firms=False, role__annotates=False)
        staff = rows.filter(is_active=True).exclude(pk=request.user.pk).exclude(pk__in=outside.values("person"))
        return {"memberships": mine, "persons": staff.distinct()}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Delegation:
        """Lends it."""
        return actions.delegate(
            data["membership"], data["person"], data["starts"], data["ends"], [Right(r) for r in data["rights"]],
            by=request.user, reason=data["reason"],
        )  # fmt: skip

    def done(self, request: HttpRequest, thing: Delegation) -> str:
        """To the list."""
        return reverse("people:delegations")

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("people:delegations"), _("Delegations")


@require_POST
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one from today on."""
    actions.end_delegation(get_object_or_404(queries.delegations_visible_to(request.user), pk=pk), request.user)
    return redirect("people:delegations")
