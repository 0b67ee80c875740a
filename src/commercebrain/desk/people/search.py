"""Units and persons in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.queries import persons_visible_to, units_visible_to


@provider("units")
def find_units(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Units by name or pinyin."""
    for unit in units_visible_to(person):
        if matches(text, unit.name_zh, unit.name_en):
            yield Hit(_("Unit"), str(unit), reverse("people:unit", args=[unit.pk]), str(unit.region))


@provider("persons")
def find_persons(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Persons by name, user name or pinyin."""
    for found in persons_visible_to(person):
        if matches(text, found.name_zh, found.name_en, found.username):
            yield Hit(_("Person"), str(found), reverse("people:person", args=[found.pk]), found.username)
