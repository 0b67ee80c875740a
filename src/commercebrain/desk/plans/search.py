"""Plans, targets, tasks and indicators in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.lines import promise, subject


@provider("plans")
def find_plans(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Plans by title or number."""
    for row in queries.documents(person):
        if matches(text, row.title, row.number):
            yield Hit(_("Plan"), row.title, reverse("plans:document", args=[row.pk]), row.number)


@provider("targets")
def find_targets(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Targets by indicator (in either language, pinyin initials too), code or words of the plan."""
    for row in queries.targets(person):
        if matches(text, subject(row), row.indicator_text, row.indicator, row.quote):
            place = str(row.region or row.region_text)
            yield Hit(_("Target"), f"{place} {subject(row)}", reverse("plans:target", args=[row.pk]), promise(row))


@provider("tasks")
def find_tasks(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Tasks by title or lead unit."""
    for row in queries.tasks(person):
        if matches(text, row.title, *row.lead_units):
            yield Hit(_("Task"), row.title, reverse("plans:task", args=[row.pk]), row.document.title)
