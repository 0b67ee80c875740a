"""Where the page of an event's subject is."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from commercebrain.desk.core.models import Event

# Subjects whose detail page does not follow from the model's own name.
PAGES = {
    "people.person": "people:person",
    "people.unit": "people:unit",
    "core.job": "core:job",
    "plans.document": "plans:document",
    "plans.target": "plans:target",
    "plans.task": "plans:task",
    "registry.enterprise": "registry:enterprise",
}


def link_of(event: Event) -> str | None:
    """The address of the page about the event's subject; none where there is no such page.

    Whether the reader may open it is that page's own decision.
    """
    app, _dot, model = event.subject_type.partition(".")
    view = PAGES.get(event.subject_type, f"{app}:{model}")
    for key in (event.subject_id, int(event.subject_id) if event.subject_id.isdigit() else None):
        if key is None:
            continue
        try:
            return reverse(view, args=[key])
        except NoReverseMatch:
            continue
    return None
