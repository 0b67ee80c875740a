"""Regions and enterprises in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.fulltext import matching
from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.queries import enterprises_visible_to, regions


@provider("regions")
def find_regions(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Regions by name, code or pinyin, the wider ones first."""
    levels = ["nation", "province", "city", "county"]
    found = [r for r in regions() if matches(text, r.name_zh, r.name_en, r.code)]
    for region in sorted(found, key=lambda r: (levels.index(r.level), r.code)):
        url = reverse("registry:region", args=[region.code])
        yield Hit(_("Region"), str(region), url, str(region.parent or ""))


@provider("enterprises")
def find_enterprises(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Firms in sight by any name they ever had, credit code or pinyin initials."""
    rows = matching(enterprises_visible_to(person), text).order_by("name_zh")
    for firm in rows[:limit]:
        note = f"{firm.uscc} {firm.region}" + (f" · {_('invented')}" if firm.synthetic else "")
        yield Hit(_("Enterprise"), str(firm), reverse("registry:enterprise", args=[firm.pk]), note)
