"""What the header needs to know about notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from commercebrain.desk.notices.queries import unread


def bell(request: HttpRequest) -> dict[str, Any]:
    """How many notices are new; asked only where a page shows it."""
    return {"notices_unread": SimpleLazyObject(lambda: unread(request.user))}
