"""What an administrator sees and ends of somebody's sign-in: sessions, tokens, one-time codes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.access import second_factor, sessions, tokens
from commercebrain.desk.access.models import ApiToken, RunningSession
from commercebrain.desk.core.generic import DetailPage, Field
from commercebrain.desk.people.authority import manages_person
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.queries import persons_visible_to


class PersonAccess(DetailPage):
    """How somebody signs in, for whoever manages the account."""

    template_name = "access/person.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Person:
        """404 out of sight, 403 where the account is seen and not managed; one's own stands on one's own page."""
        person = persons_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if person is None:
            raise Http404
        if person.pk == request.user.pk or not manages_person(request.user, person):
            raise PermissionDenied
        return person

    def heading(self, thing: Person) -> str:
        """Whose."""
        return _("Sign-in of %(person)s") % {"person": thing}

    def back(self) -> tuple[str, Any]:
        """To the list of persons."""
        return reverse("people:persons"), _("Persons")

    def answer(self, request: HttpRequest, thing: Person) -> str:
        """How many sessions run and tokens live."""
        live = sum(token.state == "live" for token in tokens.tokens_of(thing))
        return _("%(sessions)s sessions are running, %(tokens)s API tokens are live; one-time codes: %(codes)s.") % {
            "sessions": len(sessions.running(thing)),
            "tokens": live,
            "codes": _("on") if second_factor.has_one(thing) else _("off"),
        }

    def fields(self, request: HttpRequest, thing: Person) -> list[Field]:
        """The account."""
        return [
            Field(_("User name"), thing.username, reverse("people:person", args=[thing.pk])),
            Field(_("Account"), _("active") if thing.is_active else _("switched off")),
            Field(_("Last signed in"), thing.last_login),
        ]

    def extra(self, request: HttpRequest, thing: Person) -> dict[str, Any]:
        """The rows with their buttons."""
        return {
            "sessions": sessions.running(thing),
            "tokens": tokens.tokens_of(thing),
            "second_factor": second_factor.has_one(thing),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ends what the button names."""
        person, wanted = self.find(request, pk=pk), request.POST
        if wanted.get("reset") == "second_factor":
            if second_factor.turn_off(person, request.user):
                sessions.end_all(person, request.user)
                messages.success(request, _("One-time codes are reset; the person sets up new ones after signing in."))
        elif wanted.get("end") == "all":
            sessions.end_all(person, request.user)
            messages.success(request, _("All sessions have ended."))
        elif wanted.get("end", "").isdigit():
            row = get_object_or_404(RunningSession, pk=int(wanted["end"]), person=person)
            sessions.end_one(row, request.user)
            messages.success(request, _("The session has ended."))
        elif wanted.get("revoke", "").isdigit():
            token = get_object_or_404(ApiToken, pk=int(wanted["revoke"]), person=person)
            tokens.revoke(token, request.user)
            messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
        return redirect("access:person", pk=person.pk)
