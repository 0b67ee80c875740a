"""How the answer moved: a target assessed as it was known on each day on which a figure came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook.evidence import Beside
from commercebrain.engine.outlook.targets import DEFAULT, assess
from commercebrain.engine.outlook.terms import Assessment, Settings, TargetTerms
from commercebrain.engine.periods import Period

#: The figures of the target's indicator as known on a day, and what helps the landing beside them.
Known = Callable[[date], tuple[Sequence[Figure], Beside | None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The assessment of a target as it was known on ``day``; ``through`` is the latest period then known."""

    day: date
    through: Period | None
    assessment: Assessment


def answers_over_time(
    terms: TargetTerms, figures_as_of: Known, days: Iterable[date], *, settings: Settings = DEFAULT
) -> list[Answer]:
    """The answer on each of ``days``, from nothing but what was known then."""
    found = []
    for day in sorted(set(days)):
        series, helped_by = figures_as_of(day)
        known = [one.period for one in series if one.value is not None and one.period.end <= day]
        through = max(known, key=lambda period: period.last, default=None)
        found.append(Answer(day, through, assess(terms, series, on=day, settings=settings, helped_by=helped_by)))
    return found


def by_month(answers: Iterable[Answer]) -> list[Answer]:
    """The last answer for each month up to which figures were known."""
    found = {one.through.last: one for one in answers if one.through is not None}
    return [found[month] for month in sorted(found)]


def release_days(series: Sequence[Figure], helped_by: Beside | None, first: date, last: date) -> list[date]:
    """The days from ``first`` to ``last`` on which a figure of the indicator or of a part of it came out."""
    parts = helped_by.parts if helped_by is not None and helped_by.parts is not None else ()
    days = {
        max(row.published, row.taken_in)
        for one in (series, *parts)
        for figure in one
        if figure.value is not None
        for row in figure.sources
    }
    return sorted(day for day in days if first <= day <= last)
