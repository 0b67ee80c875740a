"""What the frame around every page needs to know."""

from __future__ import annotations

import os
from typing import Any

from django.http import HttpRequest

from commercebrain.desk.core.clock import today


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The business date, whether it is pinned, and the navigation by the steps of the loop."""
    return {"today": today(), "today_is_pinned": bool(os.environ.get("CBRAIN_TODAY"))}
