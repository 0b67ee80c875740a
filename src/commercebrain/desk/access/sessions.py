"""Running sessions: what began when and where, what ends them, how long one may stand idle."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from commercebrain.desk.access.addresses import address_of, agent_of
from commercebrain.desk.access.models import RunningSession
from commercebrain.desk.access.session_store import kept_key
from commercebrain.desk.core.events import record
from commercebrain.desk.people.authority import must_manage_person
from commercebrain.desk.people.models import Person

BEGAN, SEEN, METHOD = "access.began", "access.seen", "access.method"
MUST_ENROL, EXPIRED = "access.must_enrol", "access.password_expired"
TOLD_EVERY = 60  # seconds; a session's last sign of life is written at most this often


def here(request: HttpRequest) -> str:
    """The session of this request as the database names it."""
    return kept_key(request.session.session_key)


def began(request: HttpRequest, person: Person) -> None:
    """A person signed in: the session knows when, and stands in the person's list."""
    now, method = time.time(), getattr(request, "sign_in_method", RunningSession.Method.PASSWORD)
    request.session[BEGAN], request.session[SEEN], request.session[METHOD] = now, now, str(method)
    if not request.session.session_key:
        request.session.save()
    RunningSession.objects.update_or_create(
        session_key=here(request),
        defaults={
            "person": person, "method": method, "address": address_of(request) or None, "agent": agent_of(request),
            "began_at": timezone.now(), "last_seen_at": timezone.now(),
        },
    )  # fmt: skip


def still_good(request: HttpRequest) -> bool:
    """Whether the session is neither too old nor too long idle; notes the sign of life once a minute.

    A session from before these were kept counts from now on.
    """
    now, session = time.time(), request.session
    seen, start = session.get(SEEN), session.get(BEGAN)
    if seen is not None and settings.IDLE_MINUTES and now - seen > settings.IDLE_MINUTES * 60:
        return False
    if start is not None and now - start > settings.SESSION_COOKIE_AGE:
        return False
    if seen is None or now - seen > TOLD_EVERY:
        session[SEEN] = now
        session.setdefault(BEGAN, now)
        RunningSession.objects.filter(session_key=here(request)).update(
            last_seen_at=timezone.now(), address=address_of(request) or None
        )
    return True


def running(person: Person) -> list[RunningSession]:
    """The sessions in which ``person`` is signed in now, the latest first."""
    rows = list(RunningSession.objects.filter(person=person))
    kept = {s.session_key: s for s in Session.objects.filter(session_key__in=[row.session_key for row in rows])}
    return [row for row in rows if _lives(kept.get(row.session_key), person)]


def _lives(session: Session | None, person: Person) -> bool:
    """Whether Django would still take it: there, not over, and begun with the password of today."""
    if session is None or session.expire_date <= timezone.now():
        return False
    held = session.get_decoded()
    now, seen, start = time.time(), held.get(SEEN, 0), held.get(BEGAN, 0)
    idle = settings.IDLE_MINUTES and now - seen > settings.IDLE_MINUTES * 60
    return (
        held.get(SESSION_KEY) == str(person.pk)
        and held.get(HASH_SESSION_KEY) == person.get_session_auth_hash()
        and not idle
        and now - start <= settings.SESSION_COOKIE_AGE
    )


def _end(rows: QuerySet[RunningSession], person: Person, by: Person | None) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    with transaction.atomic():
        ended, _ = Session.objects.filter(session_key__in=keys).delete()
        RunningSession.objects.filter(session_key__in=keys).delete()
        if ended:
            named: dict[str, Any] = {
                "name": person.name_zh or person.username,
                "name_en": person.name_en or person.username,
            }
            record("sessions.ended", person, by, unit=person.home, count=ended, **named)
    return ended


def password_changed(request: HttpRequest) -> None:
    """After a new password: this session goes on under a new key, every other session of the account ends."""
    before = here(request)
    request.session.pop(EXPIRED, None)
    update_session_auth_hash(request, request.user)
    RunningSession.objects.filter(session_key=before).update(session_key=here(request))
    end_all(request.user, request.user, but=here(request))


def end_one(session: RunningSession, by: Person | None = None) -> int:
    """Ends one session: one's own, or by whoever manages the account."""
    if by is not None and by.pk != session.person_id:
        must_manage_person(by, session.person)
    return _end(RunningSession.objects.filter(pk=session.pk), session.person, by)


def end_all(person: Person, by: Person | None = None, but: str | None = None) -> int:
    """Ends every session of ``person`` except the one that the database names ``but``; returns how many there were."""
    if by is not None and by.pk != person.pk:
        must_manage_person(by, person)
    return _end(RunningSession.objects.filter(person=person).exclude(session_key=but or ""), person, by)


def forget(request: HttpRequest) -> None:
    """The person signed out of it."""
    RunningSession.objects.filter(session_key=here(request)).delete()


def clear() -> int:
    """Removes what is left of sessions that are over; Django's own first. Returns how many rows went."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    live = Session.objects.values("session_key")
    return RunningSession.objects.exclude(session_key__in=live).delete()[0]
