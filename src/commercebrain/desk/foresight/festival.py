"""What Spring Festival did to a series, as the pages tell it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.foresight.queries import SeriesOutlook
from commercebrain.desk.foresight.words import changed, listed
from commercebrain.engine.outlook import festivals
from commercebrain.engine.outlook.festivals import FestivalYear


def festival_years(found: SeriesOutlook) -> tuple[FestivalYear, ...]:
    """The newest first; the years ahead that the forecast reaches are among them."""
    factors = {one.month: one.calendar for one in (*found.months, *found.ahead)}
    return festivals.festival_years(factors, found.months[-1].month if found.months else 0)


def festival_line(years: Sequence[FestivalYear]) -> str:
    """One sentence about the newest year that is over and had an effect; that none could be told where there is none."""
    one = festivals.last_moved(years)
    if one is None:
        return _("No effect of Spring Festival can be told in this series.")
    names = {1: _("January"), 2: _("February"), 3: _("March")}
    told = [f"{names[month]}{'' if reader.chinese() else ' '}{changed(by)}" for month, by in one.moved]
    return _("Spring Festival of %(year)s (%(day)s) moved: %(told)s, against a festival at its usual place.") % {
        "year": one.year, "day": f"{one.day:%m-%d}", "told": listed(told),
    }  # fmt: skip
