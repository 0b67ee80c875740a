"""The own account: password, one-time codes, sessions, tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from commercebrain.desk.access import second_factor, sessions, tokens
from commercebrain.desk.access.limits import count
from commercebrain.desk.access.models import ApiToken, RunningSession
from commercebrain.desk.access.sessions import MUST_ENROL
from commercebrain.desk.core import reader
from commercebrain.desk.core.forms import FormPage
from commercebrain.engine.errors import UserError

SECRET, FRESH_TOKEN, FRESH_CODES = "access.secret", "access.fresh_token", "access.fresh_codes"
DAYS = (
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (180, gettext_lazy("180 days")),
    (365, gettext_lazy("one year")),
)
AREAS = (
    ("plans", gettext_lazy("Plans")),
    ("targets", gettext_lazy("Targets")),
    ("figures", gettext_lazy("Figures")),
    ("facts", gettext_lazy("Facts")),
    ("tasks", gettext_lazy("Tasks")),
)


class Security(View):
    """What guards the own account, on one page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Password, one-time codes, sessions, tokens; a fresh token is shown once."""
        person = request.user
        running = sessions.running(person)
        on = second_factor.has_one(person)
        context = {
            "second_factor": on,
            "codes_left": second_factor.recovery_codes_left(person) if on else 0,
            "sessions": running,
            "here": sessions.here(request),
            "tokens": tokens.tokens_of(person),
            "fresh": request.session.pop(FRESH_TOKEN, None),
        }
        return render(request, "access/security.html", context)


class NewSecondFactor(View):
    """Setting up one-time codes: a picture for the app, then a code that proves it works, then recovery codes."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The picture; its secret stays in the session until a code confirms it."""
        if second_factor.has_one(request.user):
            return redirect("access:security")
        if SECRET not in request.session:
            request.session[SECRET] = second_factor.new_secret()
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Confirms with a first code."""
        if SECRET not in request.session:
            return redirect("access:second_factor_new")
        count("second_step", request.user.pk)
        try:
            codes = second_factor.set_up(request.user, request.session[SECRET], request.POST.get("code", ""))
        except UserError as fault:
            return self._page(request, fault.say(reader.language()), 422)
        del request.session[SECRET]
        request.session.pop(MUST_ENROL, None)
        sessions.end_all(request.user, request.user, but=sessions.here(request))
        return render(request, "access/recovery_codes.html", {"codes": codes})

    def _page(self, request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
        secret = request.session[SECRET]
        context = {
            "picture": second_factor.picture(request.user, secret),
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            "fault": fault,
            "demanded": bool(request.session.get(MUST_ENROL)),
        }
        return render(request, "access/second_factor_new.html", context, status=status)


class SecondFactor(View):
    """Turning one-time codes off or asking for new recovery codes: either needs a code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        if not second_factor.has_one(request.user):
            return redirect("access:second_factor_new")
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """What the button says."""
        count("second_step", request.user.pk)
        renew = request.POST.get("do") == "renew"
        try:
            if not renew and second_factor.needs_one(request.user):
                raise UserError(
                    "second_factor.demanded",
                    "您的角色要求使用动态口令，不能停用；更换手机请联系管理员重置。",
                    "Your role demands one-time codes, so they stay on; for a new telephone ask an administrator.",
                )
            second_factor.must_be_right(request.user, request.POST.get("code", ""))
        except UserError as fault:
            return self._page(request, fault.say(reader.language()), 422)
        if renew:
            codes = second_factor.renew_recovery_codes(request.user)
            return render(request, "access/recovery_codes.html", {"codes": codes})
        second_factor.turn_off(request.user, request.user)
        messages.success(request, _("One-time codes are off."))
        return redirect("access:security")

    def _page(self, request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
        left = second_factor.recovery_codes_left(request.user)
        return render(request, "access/second_factor.html", {"fault": fault, "codes_left": left}, status=status)


class EndSession(View):
    """Ends one of the own sessions, or all others."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Only one's own are found."""
        if pk is None:
            ended = sessions.end_all(request.user, request.user, but=sessions.here(request))
        else:
            ended = sessions.end_one(get_object_or_404(RunningSession, pk=pk, person=request.user), request.user)
        messages.success(
            request, ngettext("%(n)s session has ended.", "%(n)s sessions have ended.", ended) % {"n": ended}
        )
        return redirect("access:security")


class TokenForm(forms.Form):
    """What a token is for, what it may, how long."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=60,
        help_text=gettext_lazy("such as: exchange with the tax office"),
    )
    scope = forms.ChoiceField(label=gettext_lazy("May"), choices=ApiToken.Scope.choices)
    areas = forms.MultipleChoiceField(
        label=gettext_lazy("Limited to"), choices=AREAS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none for everything that you may see."),
    )  # fmt: skip
    days = forms.TypedChoiceField(label=gettext_lazy("Valid for"), choices=DAYS, coerce=int, initial=90)


class NewToken(FormPage):
    """A token for a program; its text is shown once, on the next page."""

    form_class = TokenForm
    title = gettext_lazy("New API token")
    save_label = gettext_lazy("Create the token")
    keeps_draft = False

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What a token is."""
        return _("A program that sends it acts as you, never beyond your own rights, and only through the API.")

    def back(self) -> tuple[str, Any]:
        """To the page of the account's security."""
        return reverse("access:security"), gettext_lazy("Sign-in and security")

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Makes it."""
        made = tokens.create(request.user, data["name"], data["scope"], data["days"], data["areas"])
        request.session[FRESH_TOKEN] = made.text
        return made.token

    def done(self, request: HttpRequest, thing: Any) -> str:
        """To the page that shows it once."""
        return reverse("access:security")


class RevokeToken(View):
    """Ends one of the own tokens."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Only one's own are found."""
        token = get_object_or_404(ApiToken, pk=pk, person=request.user)
        tokens.revoke(token, request.user)
        messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
        return redirect("access:security")
