"""The own account, the language."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.i18n import set_language

from commercebrain.desk.access.limits import count
from commercebrain.desk.access.sessions import password_changed
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.views.panels import acting_panel, lent_panel, membership_panel


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """The interface's language: kept with the account, or in a cookie for who has not signed in."""
    answer = set_language(request)
    if request.method == "POST" and request.user.is_authenticated:
        actions.choose_language(request.user, request.POST.get("language", ""))
    return answer


class Me(View):
    """The own account: what one is, for whom one acts, who acts for oneself, and a new password."""

    def page(self, request: HttpRequest, form: PasswordChangeForm, status: int = 200) -> HttpResponse:
        """The page with its form."""
        person = request.user
        roles = [f"{m.role} · {m.firm or m.unit}" for m in queries.memberships_of(person).select_related("firm")]
        acting = [_("acting for %(person)s") % {"person": d.membership.person} for d in queries.delegations_of(person)]
        context = {
            "form": form,
            "panels": [membership_panel(person), acting_panel(person), lent_panel(person)],
            "roles": [*roles, *acting],
            "may_delegate": person.memberships.filter(firm=None, role__for_firms=False).exists(),
        }
        return render(request, "people/me.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Shows it."""
        return self.page(request, PasswordChangeForm(request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Changes the password; the session goes on, all others of this account end."""
        count("password", request.user.pk)
        form = PasswordChangeForm(request.user, request.POST)
        if not form.is_valid():
            return self.page(request, form, status=422)
        actions.change_password(request.user, form.cleaned_data["new_password1"])
        password_changed(request)
        messages.success(request, _("Your password is changed."))
        return redirect("people:me")
