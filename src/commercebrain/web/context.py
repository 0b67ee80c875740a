"""What the frame around every page needs to know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from commercebrain.desk.core.clock import pinned, today
from commercebrain.desk.people.models import Membership
from commercebrain.desk.people.scopes import memberships_held
from commercebrain.web.navigation import navigation


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The business date, whether it is pinned, the reader's own unit, and the navigation by steps of the loop."""
    day = today()

    def first_membership() -> Membership | None:
        if not request.user.is_authenticated:
            return None
        return next(iter(memberships_held(request.user.pk, day)), None)

    return {
        "today": day,
        "today_is_pinned": pinned(),
        "own_membership": SimpleLazyObject(first_membership),
        "search_url": reverse("core:search"),
        "navigation": navigation(request) if request.user.is_authenticated else [],
    }
