"""What the frame around every page needs to know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.people.models import Membership
from commercebrain.web.navigation import navigation


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The business date, whether it is pinned, the reader's own unit, and the navigation by steps of the loop."""
    day = today()

    def first_membership() -> Membership | None:
        if not request.user.is_authenticated:
            return None
        rows = Membership.objects.in_force(day).filter(person=request.user)
        return rows.select_related("unit__region", "role").order_by("unit__path").first()

    return {
        "today": day,
        "today_is_pinned": pinned(),
        "own_membership": SimpleLazyObject(first_membership),
        "search_url": reverse("core:search"),
        "navigation": navigation(request) if request.user.is_authenticated else [],
    }
