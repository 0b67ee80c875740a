"""Signing in, signing out and lock-outs go to the event log."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Membership, Person


@receiver(user_logged_in)
def signed_in(sender: Any, user: Any, **kwargs: Any) -> None:
    """Somebody signed in."""
    record("person.signed_in", user, user)


@receiver(user_logged_out)
def signed_out(sender: Any, user: Any, **kwargs: Any) -> None:
    """Somebody signed out."""
    if user is not None:
        record("person.signed_out", user, user)


@receiver(user_locked_out)
def locked_out(sender: Any, username: str | None = None, **kwargs: Any) -> None:
    """Too many wrong passwords; told where the account belongs, so that its own administrators learn of it."""
    name = (username or "")[:60]
    person = Person.objects.filter(username=name).select_related("home").first()
    if person is None:
        record("person.locked_out", "people.person", None, username=name)
        return
    held = Membership.objects.in_force(today()).filter(person=person).select_related("unit").first()
    record("person.locked_out", person, None, unit=person.home or (held.unit if held else None), username=name)
