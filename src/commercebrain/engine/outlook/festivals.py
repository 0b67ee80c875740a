"""What Spring Festival did to a series, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from commercebrain.engine.foresight.calendar import festival_days

#: The months that the festival reaches.
REACHED: Final = (1, 2, 3)
#: An effect below this fraction is none.
LEAST: Final = 0.0005


@dataclass(frozen=True, slots=True)
class FestivalYear:
    """One year: the festival's day, by what fraction the calendar moved each month of :data:`REACHED` (None: not known),
    and whether the year is still ``ahead`` of what is known."""

    year: int
    day: date | None
    effects: tuple[float | None, ...]
    ahead: bool

    @property
    def moved(self) -> tuple[tuple[int, float], ...]:
        """The months (1–3) that were moved, with the fraction."""
        return tuple(
            (month, by) for month, by in zip(REACHED, self.effects, strict=True) if by is not None and abs(by) >= LEAST
        )


def festival_years(factors: Mapping[int, float | None], last: int) -> tuple[FestivalYear, ...]:
    """The newest first. ``factors`` are what the calendar multiplied months (yyyymm) by, known and to come; ``last`` is the
    last month known."""
    days = festival_days()
    years = sorted({month // 100 for month in factors if month % 100 in REACHED}, reverse=True)
    return tuple(
        FestivalYear(year, days.get(year), tuple(_less_one(factors.get(year * 100 + month)) for month in REACHED),
                     year * 100 + 1 > last)
        for year in years
    )  # fmt: skip


def last_moved(years: Sequence[FestivalYear]) -> FestivalYear | None:
    """The newest year that is over, has a known day and was moved; None where no effect can be told."""
    return next((one for one in years if not one.ahead and one.day is not None and one.moved), None)


def _less_one(factor: float | None) -> float | None:
    return None if factor is None else factor - 1
