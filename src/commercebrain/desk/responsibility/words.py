"""Lights, states and months as pages say them: a word and a shape, the colour only repeats it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.formatting import number, unit_words
from commercebrain.desk.plans.lines import amount

#: light → word, shape, class of the colour
LIGHTS: dict[str, tuple[Any, str, str]] = {
    "green": (_("green"), "●", "met"),
    "yellow": (_("yellow"), "▲", "at_risk"),
    "red": (_("red"), "■", "off_path"),
    "": (_("no update yet"), "○", "none"),
}


def adjusted(row: Any) -> list[tuple[Any, str, str]]:
    """What an adjustment changes: label, before, after."""
    told: list[tuple[Any, str, str]] = []
    unit = row.target.unit_text
    if row.new_value is not None:
        before = amount("", row.old.get("value"), row.old.get("value_high"), unit)
        told.append((_("value"), before, amount("", row.new_value, row.new_value_high, unit)))
    if row.new_year is not None:
        told.append((_("year"), str(row.old.get("target_year") or "—"), str(row.new_year)))
    if row.new_schedule is not None:
        told.append(
            (_("schedule"), schedule_words(row.old.get("schedule"), unit), schedule_words(row.new_schedule, unit))
        )
    return told


def schedule_words(schedule: dict[str, str] | None, unit: str) -> str:
    """A schedule in one line: 2024: 120, 2025: 130 亿元."""
    from decimal import Decimal

    if not schedule:
        return "—"
    return ", ".join(f"{year}: {number(Decimal(v))}" for year, v in sorted(schedule.items())) + f" {unit_words(unit)}"


def months_words(months: tuple[date, ...]) -> str:
    """Months in one line."""
    return ", ".join(f"{month:%Y-%m}" for month in months)
