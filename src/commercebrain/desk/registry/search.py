"""Regions in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.queries import regions


@provider("regions")
def find_regions(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Regions by name, code or pinyin, the wider ones first."""
    levels = ["nation", "province", "city", "county"]
    found = [r for r in regions() if matches(text, r.name_zh, r.name_en, r.code)]
    for region in sorted(found, key=lambda r: (levels.index(r.level), r.code)):
        url = reverse("registry:region", args=[region.code])
        yield Hit(_("Region"), str(region), url, str(region.parent or ""))
