"""The firm's own course beside the median of firms like it. Of fewer than the declared number of peers nothing is told."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.forms.models import Report
from commercebrain.engine.forms.kinds import FormKind


def trends(report: Report, kind: FormKind, language: str) -> list[dict[str, Any]]:
    """Each question of the declaration's ``trend``, as the page draws it."""
    return []
