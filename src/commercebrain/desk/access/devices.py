"""Computers from which a person has signed in before (device cookies, as OWASP describes them against guessing).

Somebody who tries passwords for an account from a thousand addresses must be stopped, yet whoever can stop an account by
trying would lock everyone out. So after many wrong passwords only *unknown* computers are refused for that account; one
that carries the signed cookie of an earlier sign-in goes on, with its own five tries.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from commercebrain.desk.access.limits import count, forget, reached
from commercebrain.desk.people.models import Person

COOKIE, SALT, AGE = "known_device", "commercebrain.known_device", 180 * 86400


def remember(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """Marks the computer as one from which ``person`` has signed in; it remembers the last five persons."""
    known = [person.pk, *[pk for pk in _known(request) if pk != person.pk]][:5]
    response.set_cookie(
        COOKIE, signing.dumps(known, salt=SALT), max_age=AGE, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def _known(request: HttpRequest) -> list[int]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE))
    except signing.BadSignature:
        return []


def knows(request: HttpRequest, username: str) -> bool:
    """Whether somebody has signed in to this account from this computer before."""
    known = _known(request)
    return bool(known) and Person.objects.filter(username=username, pk__in=known).exists()


def refused(request: HttpRequest, username: str) -> int:
    """The seconds for which the account takes no password from this unknown computer; 0: it does."""
    wait = reached("account", username.lower())
    return 0 if wait and knows(request, username) else wait


def wrong_password(request: HttpRequest, username: str) -> None:
    """Counts one wrong password from an unknown computer."""
    if not knows(request, username) and not reached("account", username.lower()):
        count("account", username.lower())


def locked(username: str) -> bool:
    """Whether unknown computers are refused for the account."""
    return bool(reached("account", username.lower()))


def unlock(username: str) -> int:
    """An administrator opened the account again; returns whether it had wrong passwords, as 0 or 1."""
    return int(bool(forget("account", username.lower())))
