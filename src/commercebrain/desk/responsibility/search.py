"""Adjustments and requests to units in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.search import Hit, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.responsibility import queries


@provider("adjustments")
def find_adjustments(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Adjustments by approval number, indicator or reason."""
    wanted = Q(approval_number__icontains=text) | Q(target__indicator_text__icontains=text) | Q(reason__icontains=text)
    for row in queries.adjustments(person).filter(wanted)[:limit]:
        place = reverse("responsibility:adjustment", args=[row.pk])
        yield Hit(
            _("Adjustment"), row.target.indicator_text, place, row.approval_number or str(row.get_state_display())
        )


@provider("needs")
def find_needs(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Requests from unit to unit by their words."""
    for row in queries.needs(person).filter(text__icontains=text)[:limit]:
        yield Hit(_("Request"), row.text[:80], reverse("responsibility:need", args=[row.pk]), str(row.to_unit))
