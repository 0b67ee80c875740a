"""The days on which releases are due, by their rule, the announced days, and the working-day calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from commercebrain.engine.periods import Month, Period
from commercebrain.engine.releases.declared import Release, Rule
from commercebrain.engine.workdays import add_workdays, is_workday


@dataclass(frozen=True, slots=True)
class Slot:
    """One release that is expected: which, of what period, on what day, and whether the publisher announced the day."""

    release: Release
    period: Period
    due: date
    announced: bool = False


def due_on(rule: Rule, month: Month) -> date:
    """The day that ``rule`` gives for a period that ends in ``month``.

    Raises :class:`~commercebrain.engine.errors.UserError` where the holiday notice of that year is not known.
    """
    number = month[0] * 12 + month[1] - 1 + rule.months
    first = date(number // 12, number % 12 + 1, 1)
    if rule.workday is not None:
        return add_workdays(first - timedelta(days=1), rule.workday)
    day = first.replace(day=rule.day or 1)
    if rule.shift == "none" or is_workday(day):
        return day
    return add_workdays(day, 1 if rule.shift == "next" else -1)


def slot(release: Release, period: Period) -> Slot:
    """When the figure of ``period`` is due."""
    if (said := release.announced.get(period.text)) is not None:
        return Slot(release, period, said, announced=True)
    ends_quarter = period.last[1] % 3 == 0
    rule = release.quarter_ends if release.quarter_ends is not None and ends_quarter else release.due
    return Slot(release, period, due_on(rule, period.last))


def periods(release: Release, first: Month, last: Month) -> Iterator[Period]:
    """The periods of a release that end within these months, in order; January is left to January–February."""
    for number in range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1]):
        year, month = number // 12, number % 12 + 1
        if release.period == "year":
            if month == 12:
                yield Period.of_year(year)
        elif release.period == "quarter":
            if month % 3 == 0:
                yield Period.of_quarter(year, month // 3)
        elif release.single_january or month > 2:
            yield Period.of_month(year, month)
        elif month == 2:
            yield Period.of_ytd(year, 2)


def slots(release: Release, first: date, last: date) -> list[Slot]:
    """The releases that are due from ``first`` to ``last``, both included, in order of the day.

    A release that began later or has ended has no slot outside its own time.
    """
    begin, finish = first - timedelta(days=31 * 20), last
    found = [slot(release, p) for p in periods(release, (begin.year, begin.month), (finish.year, finish.month))]
    return sorted(
        (
            one
            for one in found
            if first <= one.due <= last
            and one.due >= release.starts
            and (release.ends is None or one.due <= release.ends)
        ),
        key=lambda one: (one.due, one.period.order),
    )
