"""Entries of declared registers in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from commercebrain.desk.core import fulltext
from commercebrain.desk.core.search import Hit, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.registers import pages
from commercebrain.desk.registers.declared import registers
from commercebrain.desk.registers.models import Entry


@provider("registers")
def find_entries(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Entries by title, pinyin initials, key or searchable field; what may only be found shows its name and holder."""
    declared = registers()
    rows = Entry.objects.findable_by(person).filter(withdrawn=False, register__in=list(declared))
    found = list(fulltext.matching(rows, text).select_related("unit").order_by("title", "pk")[:limit])
    seen = set(Entry.objects.visible_to(person).filter(pk__in=[e.pk for e in found]).values_list("pk", flat=True))
    for entry in found:
        if entry.pk not in seen and entry.unit is None:
            continue
        # What may only be found leads to whom to ask.
        url = pages.address(entry) if entry.pk in seen else reverse("people:unit", args=[entry.unit_id])
        yield Hit(str(pages.say(declared[entry.register].name)), entry.title, url, str(entry.unit or ""))
