"""The follow-up on a firm's own figures: which months are looked at, when they are published, what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from commercebrain.engine.cases.kinds import Bounds
from commercebrain.engine.cases.losing import Method, expectation, said
from commercebrain.engine.foresight.months import months_apart, months_from, shift
from commercebrain.engine.forms.moments import add_months
from commercebrain.engine.periods import Month, Period
from commercebrain.engine.releases.declared import releases
from commercebrain.engine.releases.due import slot

Result = Literal["recovered", "not_recovered", "too_early", "no_figures"]
DEFINITE = ("recovered", "not_recovered")


@dataclass(frozen=True, slots=True)
class Span:
    """The ``periods`` months that follow a measure, the same months of the year before, and the day on which the last of
    them is published."""

    periods: int
    months: tuple[Month, ...]
    before: tuple[Month, ...]
    due_on: date

    @property
    def first(self) -> str:
        """The first month (2025-08)."""
        return _text(self.months[0])

    @property
    def last(self) -> str:
        """The last month."""
        return _text(self.months[-1])


def _text(month: Month) -> str:
    return f"{month[0]}-{month[1]:02d}"


def spans(measure_day: date, periods: tuple[int, ...], dataset: str = "declaration_lines") -> list[Span]:
    """The spans after a measure that took effect on ``measure_day``: full months, from the one after it on.

    The same months of the year before stand beside them, so that the season falls out. ``dataset`` is where the figure
    comes from: its release says when a month is known; without one, the last day of the month after.
    """
    start = add_months(measure_day, 1)
    found = []
    for count in periods:
        days = [add_months(start, n) for n in range(count)]
        months = tuple((day.year, day.month) for day in days)
        found.append(Span(count, months, tuple((y - 1, m) for y, m in months), published_on(months[-1], dataset)))
    return found


def published_on(month: Month, dataset: str = "declaration_lines") -> date:
    """The day on which a month of a dataset is published, by its declared release."""
    release = next((one for one in releases().values() if one.dataset == dataset and one.period == "month"), None)
    if release is None:
        after = add_months(date(month[0], month[1], 1), 2)
        return date.fromordinal(after.toordinal() - 1)
    return slot(release, Period.of_month(*month)).due


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a span was to bring had nothing been done, how that was made, and from how many known months."""

    value: Decimal | None
    method: Method
    history: int


def foreseen(values: Mapping[int, Decimal | None], first: str, last: str) -> Foreseen:
    """What the months from ``first`` to ``last`` (2025-08) were to bring, by a firm's monthly ``values`` (yyyymm; None where a
    month is not known) as they were known when its case was opened: their forecast, summed; where too few months are known
    for one, the same months a year before. Months of the span itself and later ones are not looked at."""
    begin, end = (int(text[:4]) * 100 + int(text[5:7]) for text in (first, last))
    known = [month for month, value in values.items() if value is not None and month < begin]
    since = min(shift(max(known), 1), begin) if known else begin
    made = expectation(values, since, end)
    wanted = [said(month) for month in months_from(begin, months_apart(begin, end) + 1)]
    if made.method == "none" or any(month not in made.months for month in wanted):
        return Foreseen(None, "none", made.history)
    return Foreseen(sum((made.months[month].mid for month in wanted), Decimal(0)), made.method, made.history)


def judge(
    before: Decimal | None,
    after: Decimal | None,
    expected: Decimal | None,
    bounds: Bounds | None = None,
    *,
    last: bool = True,
) -> Result:
    """What a follow-up says, from the sums over equally long spans of one unit.

    The firm recovered where ``after`` reaches the declared share of ``expected``, of ``before`` where that is None.
    Where it does not, it is too early to tell until the ``last`` follow-up. Without a figure after, or anything to hold it
    against, there are no figures.
    """
    against = expected if expected is not None else before
    if after is None or against is None or against <= 0:
        return "no_figures"
    if after >= (bounds or Bounds()).recovered * against:
        return "recovered"
    return "not_recovered" if last else "too_early"


def overall(results: Mapping[int, str], planned: tuple[int, ...]) -> Result:
    """The result of a case from those of its follow-ups by their periods: the latest definite one; without one, too early
    while any is still to come or says so, else no figures."""
    for count in sorted(results, reverse=True):
        if results[count] == "recovered" or (results[count] == "not_recovered" and count == planned[-1]):
            return "recovered" if results[count] == "recovered" else "not_recovered"
    waiting = any(not results.get(count) or results[count] == "too_early" for count in planned)
    return "too_early" if waiting else "no_figures"
