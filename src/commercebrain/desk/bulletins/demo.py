"""The invented city's rhythm for the demonstration: the months before, and the bulletin of the month before last."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from django.conf import settings

from commercebrain.desk.bulletins import actions, queries, sample
from commercebrain.desk.bulletins.drivers import levels
from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.figures.queries import names
from commercebrain.desk.people.models import Person, Unit
from commercebrain.engine.lake import Lake
from commercebrain.engine.periods import Period

INDICATOR = "export_value"
FIRST_YEAR = 2023


def value_of(city: str) -> sample.Value:
    """What a county exported in a month: from the declaration lines where they are there, else invented."""
    return sample.declared(levels(city, Period.of_month(FIRST_YEAR, 1), Period.of_month(2030, 12)))


def play(unit: Unit, person: Person, today: date) -> str:
    """Takes in the counties' months up to the month before last and issues that month's bulletin; a second time nothing
    changes. The last month's sheet is left for whoever tries (:func:`~commercebrain.desk.bulletins.views.sample_sheet`).
    """
    counties = {code: name for code, name in queries.counties(unit.region).items() if code in sample.YEARLY}
    before = queries.months(today)[1]
    folder = Path(settings.MEDIA_ROOT) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"shili-exports-{before.text}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(sample.history(counties, FIRST_YEAR, before, value_of(unit.region.code)))
    report = Lake(settings.LAKE_ROOT).intake(path, taken_in=today, names=names(None))
    if not Bulletin.objects.filter(unit=unit).exists():
        actions.make(person, unit, INDICATOR, before)
    return f"{report.accepted} (+{0 if report.already else report.accepted})"
