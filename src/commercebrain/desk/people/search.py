"""Units and persons in the search box, and rows that may be found but not read."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Q
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


#: What may be found by name: the model, its name, the columns looked through. Nothing else of such a row is shown.
FINDABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("plans.Document", "title", ("title", "number")),
    ("plans.Target", "indicator_text", ("indicator_text",)),
    ("plans.Task", "title", ("title",)),
    ("registry.Enterprise", "name_zh", ("name_zh", "name_en", "uscc")),
)


@provider("found")
def find_held_elsewhere(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Rows that the right to find admits and the right to see does not: their name, and the unit to ask for access."""
    for label, name, columns in FINDABLE:
        model = apps.get_model(label)
        condition = Q()
        for column in columns:
            condition |= Q(**{f"{column}__icontains": text})
        holder = model.scope_unit
        rows = model._default_manager.found_only(person).filter(condition, **{f"{holder}__isnull": False})
        for row in rows.select_related(holder)[:limit]:
            unit = row
            for step in holder.split("__"):
                unit = getattr(unit, step)
            hint = _("held by %(unit)s; ask there for access") % {"unit": unit}
            yield Hit(str(model._meta.verbose_name), getattr(row, name), reverse("people:unit", args=[unit.pk]), hint)
