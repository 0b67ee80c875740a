"""Drafts: what a person has typed into a form is kept until it is saved, through sign-out, crash and lost session.

A form carries a signed ticket that names the person and the page. While the person types, the page posts the raw values
with it; a post that comes without a session (signed out meanwhile, session expired) is kept under the ticket's name, so
that after signing in again the draft is there.

While an earlier draft of the page is on offer, what is typed anew is kept beside it, never over it: a page has up to
:data:`MOST` drafts of a person, told apart by their places (1, 2, …).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from commercebrain.desk.core.models import Draft
from commercebrain.desk.core.prepared import prepared, removing
from commercebrain.desk.people.models import Person

LARGEST = 64 * 1024  # bytes of JSON; a form that is longer is not kept while typing
SALT = "commercebrain.desk.core.drafts"
TICKET = "_ticket"
TICKET_LIVES = timedelta(days=7)
MOST = 9  # drafts of one page and person; the last of them is written over
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


def ticket(person: Person, address: str, opened: dict[str, Any], seen: int | None, place: int = 1) -> str:
    """A signed slip that a page carries: whose it is, where, what the form showed, which draft it writes."""
    packed = {"person": person.pk, "address": address, "opened": opened, "seen": seen, "place": place}
    return signing.dumps(packed, salt=SALT, compress=True)


def read_ticket(text: str) -> dict[str, Any] | None:
    """What a ticket says; none for one that is not ours or is too old."""
    try:
        found: dict[str, Any] = signing.loads(text, salt=SALT, max_age=TICKET_LIVES)
    except signing.BadSignature:
        return None
    return found


def _at(address: str, place: int) -> str:
    """What a draft's row is called: the page's address, and the place behind it from the second on."""
    return address[:400] if place == 1 else f"{address[:397]}#{place}"


def drafts_of(person: Person, address: str) -> dict[int, Draft]:
    """The person's own drafts of the page by their places, the latest first."""
    places = {_at(address, place): place for place in range(1, MOST + 1)}
    return {places[row.address]: row for row in _kept(person.pk, list(places))}


@prepared
def _kept(person: int, addresses: list[str]) -> QuerySet[Draft]:
    return Draft.objects.filter(person=person, address__in=addresses).order_by("-kept_at")


def free_place(taken: Collection[int]) -> int:
    """Where the next draft of a page is kept."""
    return next((place for place in range(1, MOST + 1) if place not in taken), MOST)


def keep(
    person_id: int, address: str, values: dict[str, list[str]], opened: dict[str, Any], seen: int | None, place: int = 1
) -> Draft:
    """Writes the draft, over an earlier one of the same place. Raises :class:`TooLargeError`."""
    if len(json.dumps(values)) > LARGEST:
        raise TooLargeError
    found, _made = Draft.objects.update_or_create(
        person_id=person_id, address=_at(address, place), defaults={"values": values, "opened": opened, "seen": seen}
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
        keep(
            said["person"],
            said["address"],
            raw_values(request.POST),
            said["opened"],
            said["seen"],
            said.get("place", 1),
        )
    except TooLargeError:
        return False
    return True


def discard(person: Person, address: str, place: int = 1) -> None:
    """Removes the person's draft of the page at a place."""
    _discard(person.pk, [_at(address, place)])


def discard_all(person: Person, address: str) -> None:
    """Removes all drafts of the person of the page: what was sent makes none of them worth taking up."""
    _discard(person.pk, [_at(address, place) for place in range(1, MOST + 1)])


@removing
def _discard(person: int, addresses: list[str]) -> QuerySet[Draft]:
    return Draft.objects.filter(person=person, address__in=addresses)


def remove_old() -> int:
    """Removes drafts older than ``CBRAIN_DRAFT_DAYS`` and returns their number."""
    before = timezone.now() - timedelta(days=settings.DRAFT_DAYS)
    return Draft.objects.filter(kept_at__lt=before).delete()[0]
