"""How a case is named in events, notices and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from commercebrain.desk.cases.models import Case
from commercebrain.engine.clock import BEIJING


def told(case: Case) -> dict[str, Any]:
    """A case as sentences of events need it: number and title; where the firm may see it, the firm's number, by which its
    users are told."""
    found: dict[str, Any] = {"number": case.number, "title": case.title_zh, "title_en": case.title_en}
    if case.firm_sees and case.enterprise_id:
        found["firm"] = case.enterprise_id
    return found


def moment_told(moment: datetime) -> str:
    """A moment as an event keeps it: Beijing time, to the minute."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
