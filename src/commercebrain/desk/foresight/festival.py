"""What Spring Festival did to a series, year by year, as the pages tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from commercebrain.desk.foresight.queries import SeriesOutlook
from commercebrain.desk.foresight.words import LEAST_SHOWN, changed, chinese
from commercebrain.engine.foresight.calendar import festival_days

#: The months that the festival reaches.
REACHED = (1, 2, 3)


@dataclass(frozen=True)
class FestivalYear:
    """One year: the day, and what the calendar multiplied January, February and March by (None where not shown)."""

    year: int
    day: date | None
    factors: tuple[float | None, ...]
    ahead: bool


def festival_years(found: SeriesOutlook) -> tuple[FestivalYear, ...]:
    """The newest first; the years ahead that the forecast reaches are among them."""
    factors = {one.month: one.calendar for one in (*found.months, *found.ahead)}
    last = found.months[-1].month if found.months else 0
    years = sorted({month // 100 for month in factors if month % 100 in REACHED}, reverse=True)
    days = festival_days()
    return tuple(
        FestivalYear(
            year, days.get(year), tuple(factors.get(year * 100 + month) for month in REACHED), year * 100 + 1 > last
        )
        for year in years
    )


def festival_line(years: Sequence[FestivalYear]) -> str:
    """One sentence about the newest year that is over and had an effect; that none could be told where there is none."""
    names = (_("January"), _("February"), _("March"))
    for one in (year for year in years if not year.ahead):
        shown = [
            (name, factor - 1)
            for name, factor in zip(names, one.factors, strict=True)
            if factor is not None and abs(factor - 1) >= LEAST_SHOWN
        ]
        if shown and one.day is not None:
            told = [f"{name}{'' if chinese() else ' '}{changed(by)}" for name, by in shown]
            return _("Spring Festival of %(year)s (%(day)s) moved: %(told)s, against a festival at its usual place.") % {
                "year": one.year, "day": f"{one.day:%m-%d}", "told": _(", ").join(told),
            }  # fmt: skip
    return _("No effect of Spring Festival can be told in this series.")
