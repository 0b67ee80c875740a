"""The tab of remarks on everything that can be annotated."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import tabs
from commercebrain.desk.people import queries
from commercebrain.desk.people.subjects import kind_of


def annotations_context(request: HttpRequest, kind: str, number: str) -> dict[str, Any]:
    """What the part ``people/annotations_part.html`` draws: the remarks, and whether the reader may add one."""
    return {
        "annotations": queries.annotations_on(request.user, kind, number),
        "subject_kind": kind,
        "subject_id": number,
        "may_annotate": queries.may_annotate(request.user),
    }


def _context(request: HttpRequest, thing: Any) -> dict[str, Any]:
    return annotations_context(request, str(kind_of(thing)), str(thing.pk))


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab:
    return tabs.Tab("annotations", _("Annotations"), "people/annotations_part.html", _context)


tabs.register(lambda thing: kind_of(thing) is not None, _tab)
