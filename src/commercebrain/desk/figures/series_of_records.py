"""The series of an indicator that is counted from records: its months, and what each was known to be on earlier days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.core.clock import today
from commercebrain.desk.figures.explorer.answers import Cell, cell
from commercebrain.desk.figures.explorer.questions import MONTHS, dataset_of, held
from commercebrain.desk.figures.explorer.views import figures_for
from commercebrain.desk.people.models import Person
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.periods import Period

#: How many states of knowledge a page compares.
DAYS = 6
TRANSFORMS = ("level", "yoy", "ytd", "ytd_yoy")


@dataclass(frozen=True)
class Known:
    """One month: its figure on each of the days compared, and whether it was revised between them."""

    period: Period
    cells: tuple[Cell, ...]
    revised: bool


@dataclass(frozen=True)
class SeriesOfRecords:
    """The newest state of a series and the states before it."""

    found: FigureTable
    days: tuple[date, ...]
    months: tuple[Known, ...]
    latest: tuple[Period, Cell] | None


def known_days(indicator: Indicator, until: date) -> list[date]:
    """The days up to ``until`` on which what is known of the indicator's records changed, the oldest first."""
    dataset = dataset_of(indicator)
    if dataset is None:
        return []
    table = RecordTable(Path(settings.LAKE_ROOT), dataset)
    if not table.exists():
        return []
    days = {max(one.published, one.taken_in) for one in table.vintages()}
    return sorted(day for day in days if day <= until)


def series_of_records(
    person: Person, indicator: Indicator, region: str, as_of: date | None, transform: str = "level"
) -> SeriesOfRecords | None:
    """The last months as known on ``as_of`` and on the days before on which something changed; None where nothing was.

    Raises :class:`UserError` for what the person may not ask.
    """
    dataset = dataset_of(indicator)
    day = as_of or today()
    if dataset is None:
        return None
    months = held(dataset, day)
    if not months:
        return None
    ends = [f"{month // 100}-{month % 100:02d}" for month in (months[-MONTHS:][0], months[-1])]
    options = {"single_months": "1"} if transform == "yoy" else {}
    asked = Request(indicator.code, region, ends[0], ends[1], transform=transform, options=options)
    days = [*[one for one in known_days(indicator, day) if one < day][-(DAYS - 1) :], day]
    tables = [figures_for(person, asked.with_(as_of=one)) for one in days]
    found = tables[-1]
    states: list[dict[Period, dict[str, Any]]] = [{row["period"]: row for row in one.rows()} for one in tables]
    rows = []
    for period in sorted(states[-1], key=lambda period: period.order, reverse=True):
        cells = tuple(cell(state[period], found.decimals) for state in states)
        values = {state[period]["value"] for state in states} - {None}
        rows.append(Known(period, cells, len(values) > 1))
    latest = next(((row.period, row.cells[-1]) for row in rows if states[-1][row.period]["value"] is not None), None)
    return SeriesOfRecords(found, tuple(days), tuple(rows), latest)
