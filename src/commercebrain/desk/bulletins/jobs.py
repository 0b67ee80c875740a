"""The long work about bulletins: a sheet becomes an issue."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.bulletins import actions
from commercebrain.desk.core.jobs import JobContext, job


@job("bulletins.issue", zh="生成月度快报", en="Make the monthly bulletin", idempotent=True, retries=1)
def issue(context: JobContext, unit: int, indicator: str, month: str, path: str = "") -> dict[str, Any]:
    """Takes in the sheet kept at ``path`` (none: what is known already) and issues the bulletin of ``month``."""
    return actions.issue(context, unit, indicator, month, path)
