"""Signing in: password, then a one-time code where the account has one; or the bureau's identity provider."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from commercebrain.desk.access import devices, provider, second_factor
from commercebrain.desk.access.addresses import address_of
from commercebrain.desk.access.limits import TooMany, count
from commercebrain.desk.access.middleware import too_many
from commercebrain.desk.access.models import RunningSession
from commercebrain.desk.core import reader
from commercebrain.desk.people.demo import demo_accounts
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

PENDING, PROVIDER_SESSION, PROVIDER_END = "access.pending", "access.provider", "access.provider_end"
PENDING_SECONDS = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"


def safe_next(request: HttpRequest, address: str) -> str:
    """The page to go on to: one of our own, else the start page."""
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if own else resolve_url(settings.LOGIN_REDIRECT_URL)


def complete(request: HttpRequest, person: Person, method: str, next_page: str, *, strong: bool) -> HttpResponse:
    """Signs the person in, remembers the computer, and goes on."""
    request.sign_in_method, request.second_factor_given = method, strong
    login(request, person, backend=BACKEND)
    response = redirect(safe_next(request, next_page))
    devices.remember(request, response, person)
    return response


def ask_code(request: HttpRequest, person: Person, method: str, next_page: str) -> HttpResponse:
    """The first step is done: keeps who it was for five minutes and asks for the code."""
    request.session.cycle_key()
    request.session[PENDING] = {"person": person.pk, "at": time.time(), "next": next_page, "method": method,
                                "hash": person.get_session_auth_hash()}  # fmt: skip
    return redirect("access:second_step")


class SignIn(LoginView):
    """The sign-in page. Five wrong passwords lock account and computer (axes), many lock unknown computers out."""

    template_name = "access/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Counts the try, refuses unknown computers where the account is under attack, then checks the password."""
        try:
            count("sign_in", address_of(request))
        except TooMany as fault:
            return too_many(request, fault)
        if wait := devices.refused(request, request.POST.get("username", "")):
            response = render(request, "access/locked_out.html", {"everywhere": True}, status=429)
            response["Retry-After"] = str(wait)
            return response
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Counts the wrong password against the account."""
        devices.wrong_password(self.request, self.request.POST.get("username", ""))
        return super().form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the code where the account has one, else in."""
        person, method = form.get_user(), RunningSession.Method.PASSWORD
        if second_factor.has_one(person):
            return ask_code(self.request, person, method, self.get_success_url())
        return complete(self.request, person, method, self.get_success_url(), strong=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the provider, and the demo's accounts, which only the demo names."""
        return {
            **super().get_context_data(**kwargs),
            "accounts": demo_accounts(),
            "provider": provider.provider_name() if provider.is_on() else "",
            "provider_end": self.request.session.pop(PROVIDER_END, "") if self.request.method == "GET" else "",
        }


class SignOut(LogoutView):
    """Signing out, by POST only; whoever came through the provider is offered to sign out there too."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ends the session."""
        held = request.session.get(PROVIDER_SESSION)
        response = super().post(request, *args, **kwargs)
        if held and provider.is_on():
            request.session[PROVIDER_END] = provider.speaker().end_at_provider(request, held["id_token"], held["end"])
        return response


@method_decorator(login_not_required, name="dispatch")
class SecondStep(View):
    """The one-time code (or a recovery code) after the right password."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Back to the beginning where no first step was done, or too long ago."""
        held = request.session.get(PENDING)
        person = None
        if held and time.time() - held["at"] < PENDING_SECONDS:
            person = Person.objects.filter(pk=held["person"], is_active=True).first()
        if person is None or held is None or person.get_session_auth_hash() != held["hash"]:
            request.session.pop(PENDING, None)
            return redirect(settings.LOGIN_URL)
        self.person, self.held = person, held
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Checks the code; too many wrong ones end the sign-in."""
        try:
            count("second_step", self.person.pk)
            second_factor.must_be_right(self.person, request.POST.get("code", ""))
        except TooMany as fault:
            request.session.pop(PENDING, None)
            return too_many(request, fault)
        except UserError as fault:
            return self._page(request, fault.say(reader.language()), 422)
        request.session.pop(PENDING, None)
        method = RunningSession.Method(self.held["method"])
        if method == RunningSession.Method.PASSWORD:
            method = RunningSession.Method.SECOND_FACTOR
        return complete(request, self.person, method, self.held["next"], strong=True)

    def _page(self, request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
        return render(request, "access/second_step.html", {"fault": fault, "person": self.person}, status=status)


@login_not_required
def provider_start(request: HttpRequest) -> HttpResponse:
    """To the identity provider; there is no such page while none is configured."""
    if not provider.is_on():
        raise Http404
    try:
        count("sign_in", address_of(request))
        return provider.speaker().to_provider(request, safe_next(request, request.GET.get("next", "")))
    except TooMany as fault:
        return too_many(request, fault)
    except UserError as fault:
        messages.error(request, fault.say(reader.language()))
        return redirect(settings.LOGIN_URL)


@login_not_required
def provider_answer(request: HttpRequest) -> HttpResponse:
    """Back from the identity provider."""
    if not provider.is_on():
        raise Http404
    try:
        count("sign_in", address_of(request))
        answer = provider.speaker().answered(request)
    except TooMany as fault:
        return too_many(request, fault)
    except UserError as fault:
        messages.error(request, fault.say(reader.language()))
        return redirect(settings.LOGIN_URL)
    if request.user.is_authenticated:
        logout(request)
    held = {"id_token": answer.id_token, "end": answer.end_address}
    method = RunningSession.Method.PROVIDER
    if not answer.strong and second_factor.has_one(answer.person):
        response = ask_code(request, answer.person, method, answer.next_page)
    else:
        response = complete(request, answer.person, method, answer.next_page, strong=answer.strong)
    request.session[PROVIDER_SESSION] = held
    return response
