"""Drafts: what a person has typed into a form is kept until it is saved, through sign-out, crash and lost session.

A form carries a signed ticket that names the person and the page. While the person types, the page posts the raw values
with it; a post that comes without a session (signed out meanwhile, session expired) is kept under the ticket's name, so
that after signing in again the draft is there.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from commercebrain.desk.core.models import Draft
from commercebrain.desk.people.models import Person

LARGEST = 64 * 1024  # bytes of JSON; a form that is longer is not kept while typing
SALT = "commercebrain.desk.core.drafts"
TICKET = "_ticket"
TICKET_LIVES = timedelta(days=7)
NEVER_KEPT = ("csrfmiddlewaretoken", "password", "token", "secret")


class TooLargeError(Exception):
    """The values are more than a draft may hold."""


def raw_values(data: QueryDict, form: forms.BaseForm | None = None) -> dict[str, list[str]]:
    """The values of a posted form as they were typed, without what is never kept: tokens, passwords, files.

    Names beginning with ``_`` belong to the page, not to the form.
    """
    hidden = {
        name
        for name, field in (form.fields.items() if form is not None else ())
        if isinstance(field, forms.FileField) or isinstance(field.widget, forms.PasswordInput)
    }
    return {
        name: [str(value) for value in data.getlist(name)]
        for name in data
        if name not in hidden and not name.startswith("_") and not any(word in name.lower() for word in NEVER_KEPT)
    }


def as_data(values: dict[str, list[str]]) -> QueryDict:
    """Raw values as a form takes them."""
    data = QueryDict(mutable=True)
    for name, several in values.items():
        data.setlist(name, several)
    return data


def ticket(person: Person, address: str, opened: dict[str, Any], seen: int | None) -> str:
    """A signed slip that a page carries: whose it is, where, what the form showed when it was opened."""
    packed = {"person": person.pk, "address": address, "opened": opened, "seen": seen}
    return signing.dumps(packed, salt=SALT, compress=True)


def read_ticket(text: str) -> dict[str, Any] | None:
    """What a ticket says; none for one that is not ours or is too old."""
    try:
        found: dict[str, Any] = signing.loads(text, salt=SALT, max_age=TICKET_LIVES)
    except signing.BadSignature:
        return None
    return found


def draft_of(person: Person, address: str) -> Draft | None:
    """The person's own draft of the page."""
    return Draft.objects.filter(person=person, address=address).first()


def keep(person_id: int, address: str, values: dict[str, list[str]], opened: dict[str, Any], seen: int | None) -> Draft:
    """Writes the draft, over an earlier one of the same page. Raises :class:`TooLargeError`."""
    if len(json.dumps(values)) > LARGEST:
        raise TooLargeError
    found, _made = Draft.objects.update_or_create(
        person_id=person_id, address=address[:400], defaults={"values": values, "opened": opened, "seen": seen}
    )
    return found


def keep_for_stranger(request: HttpRequest) -> bool:
    """Keeps what a form posts without a session, under the name on its ticket; whether there was one to keep."""
    said = read_ticket(request.POST.get(TICKET, "")) if request.method == "POST" else None
    if said is None or said["address"] != request.path:
        return False
    if not Person.objects.filter(pk=said["person"], is_active=True).exists():
        return False
    try:
        keep(said["person"], said["address"], raw_values(request.POST), said["opened"], said["seen"])
    except TooLargeError:
        return False
    return True


def discard(person: Person, address: str) -> None:
    """Removes the person's draft of the page."""
    Draft.objects.filter(person=person, address=address).delete()


def remove_old() -> int:
    """Removes drafts older than ``CBRAIN_DRAFT_DAYS`` and returns their number."""
    before = timezone.now() - timedelta(days=settings.DRAFT_DAYS)
    return Draft.objects.filter(kept_at__lt=before).delete()[0]
