"""Signing in and out keep the list of running sessions, and decide which steps come first."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from commercebrain.desk.access import second_factor, sessions
from commercebrain.desk.access.models import RunningSession
from commercebrain.desk.access.passwords import has_expired
from commercebrain.desk.access.sessions import EXPIRED, MUST_ENROL


@receiver(user_logged_in)
def signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """A session began."""
    if request is None or not hasattr(request, "session"):
        return
    sessions.began(request, user)
    strong = getattr(request, "second_factor_given", False)
    if not strong and second_factor.needs_one(user) and not second_factor.has_one(user):
        request.session[MUST_ENROL] = True
    if request.session[sessions.METHOD] != RunningSession.Method.PROVIDER and has_expired(user):
        request.session[EXPIRED] = True


@receiver(user_logged_out)
def signed_out(sender: Any, request: Any, **kwargs: Any) -> None:
    """A session ended."""
    if request is not None and hasattr(request, "session"):
        sessions.forget(request)
