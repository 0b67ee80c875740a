"""How rounds and reports are named in events, notices and pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.catalogue.own import with_own


def named(round_: Round) -> dict[str, str]:
    """The form by the name that it had when the round opened, and the period: as sentences of events need them."""
    name = round_.declaration.get("name") or {}
    return {"form": name.get("zh", round_.form), "form_en": name.get("en", round_.form), "period": round_.period}


def firm(enterprise: Enterprise) -> dict[str, Any]:
    """The firm: its names, and its number, by which its users are told."""
    return {"name": enterprise.name_zh, "name_en": enterprise.name_en or enterprise.name_zh, "firm": enterprise.pk}


def told(report: Report) -> dict[str, Any]:
    """A report: its form, period and firm."""
    return {**named(report.round), **firm(report.enterprise)}


def clock(moment: datetime) -> str:
    """A moment as an event keeps it: local, to the minute."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def declared_forms() -> dict[str, Any]:
    """The forms by code: the product's, and in their place those that the bureau declared under ``CBRAIN_HOME``."""
    return dict(with_own(Path(settings.HOME) / "catalogue", "forms")[0])
