"""What the pages show of one series: its months against expectation, the months to come, its components. Asked of the
engine once per state of the lake, reach and question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.figures import Version, lake_version, reach_for, sources
from commercebrain.desk.core.memo import once
from commercebrain.desk.figures.explorer.labels import FIRM
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine import outlook
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.lasting import Lasting
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.foresight.result import REASONS, Components, Forecast, Verdicts
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.vintages import state
from commercebrain.engine.outlook.series import SeriesSet, series_set

#: Answers kept in one process; each is a few kilobytes.
KEPT = 512
#: What the state of the lake looks like to a cache: published figures, and the records of one dataset.
State = tuple[Version, tuple[int, ...]]


@dataclass(frozen=True)
class Month:
    """A month of the history: what it was, what it was expected to be one month before, what it is made of.

    Numbers are None where there are none. ``calendar`` is what the calendar multiplied the month by; the components are
    factors where the series is multiplicative (:attr:`SeriesOutlook.log`), else parts of the sum.
    """

    month: int
    value: float | None
    expected: float | None
    calendar: float | None = None
    adjusted: float | None = None
    trend: float | None = None
    season: float | None = None
    festival: float | None = None
    workdays: float | None = None
    rest: float | None = None
    shifted: bool = False
    outlier: bool = False


@dataclass(frozen=True)
class Ahead:
    """A month to come with its intervals; ``calendar`` is what the calendar multiplies it by."""

    month: int
    point: float
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None
    calendar: float | None = None


@dataclass(frozen=True)
class Latest:
    """The verdict on the last month: ``kind`` is "" (as expected), drop or rise; ``reason`` says why there is none."""

    month: int
    value: float | None
    expected: float | None
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None
    score: float | None
    year_on_year: float | None
    base_effect: float | None
    calendar: float | None
    kind: str
    reason: str


@dataclass(frozen=True)
class Lasts:
    """A drop or rise that lasts: against what was expected half a year before, since about a month."""

    kind: str
    since: int


@dataclass(frozen=True)
class SeriesOutlook:
    """Everything of one series. ``reason`` (code of ``REASONS``) says why nothing is forecast; ``total`` is the sum of
    the months ahead with its own intervals, for what adds up over time."""

    asked: Asked
    indicator: Indicator
    series: SeriesSet
    months: tuple[Month, ...]
    ahead: tuple[Ahead, ...]
    total: Ahead | None
    latest: Latest | None
    reason: str
    method: str
    log: bool
    lasts: Lasts | None = None

    @property
    def unit(self) -> str:
        """The unit of all values."""
        return self.series.unit

    @property
    def known(self) -> int:
        """How many months have a value."""
        return sum(one.value is not None for one in self.months)


def number(value: Any) -> float | None:
    """A finite number, else None."""
    found = float(value)
    return found if np.isfinite(found) else None


def indicator_of(code: str) -> Indicator | None:
    """The declared indicator, or none."""
    return catalogue().indicators.get(code)


def lake_state(indicator: Indicator) -> State:
    """What changes when anything is taken in that the indicator is made of."""
    dataset = dataset_of(indicator)
    records = () if dataset is None else state(Path(settings.LAKE_ROOT), dataset.code)
    return once("lake_version", lake_version), records


def note_read(person: Person, asked: Asked, count: int, *, exported: bool = False) -> None:
    """Whoever reads what single firms did leaves a trail."""
    if not asked.of_firms:
        return
    name = catalogue().indicator(asked.code).name
    words = (f"{name.zh} {asked.region}", f"{name.en} {asked.region}")
    record_read(("figures.table", f"{asked.code}/{asked.region}"), person, words, count, exported=exported)


def outlook_of(person: Person, asked: Asked, *, exported: bool = False) -> SeriesOutlook:
    """One series within the reader's reach. Raises :class:`UserError` for what cannot or may not be asked."""
    indicator = catalogue().indicator(asked.code)
    found = _outlook(lake_state(indicator), reach_for(person), today(), asked)
    note_read(person, asked, 1, exported=exported)
    return found


def outlook_of_own(person: Person, firm: Enterprise, asked: Asked) -> SeriesOutlook:
    """A series of one firm for its own user, whose own figures are nobody's secret from it.

    Raises :class:`UserError` (``foresight.not_own``) for anybody else, and for a question that is not of this firm alone.
    """
    extent = extent_of(person, Right.SEE, today())
    if firm.pk not in extent.firms or dict(asked.where).get(FIRM) != (firm.uscc,):
        raise UserError("foresight.not_own", "这不是您的企业。", "This is not your firm.")
    found = _outlook(lake_state(catalogue().indicator(asked.code)), Reach(ALL, "confidential"), today(), asked)
    note_read(person, asked, 1)
    return found


@lru_cache(maxsize=KEPT)
def _outlook(_state: State, reach: Reach, day: date, asked: Asked) -> SeriesOutlook:
    found = series_of(reach, asked)
    indicator = catalogue().indicator(asked.code)
    if found.values.size == 0:
        return SeriesOutlook(asked, indicator, found, (), (), None, None, "no_values", "", False)
    values = found.values[:1]
    expected = outlook.forecast(values, found.first, asked.horizon)
    adds = indicator.adds.time == "sum"
    summed = outlook.forecast(values, found.first, asked.horizon, cumulative=True) if adds else None
    parts = outlook.decompose(values, found.first)
    verdict = outlook.judge(values, found.first)
    return SeriesOutlook(
        asked, indicator, found, _months(found, expected, parts), _ahead(expected, values.shape[1]),
        _total(summed), _latest(verdict), REASONS[int(expected.reason[0])], expected.method, bool(expected.log[0]),
        _lasts(outlook.lasting(values, found.first), found.last),
    )  # fmt: skip


def series_of(reach: Reach, asked: Asked) -> SeriesSet:
    """The arrays behind a question, as known on its day."""
    return series_set(
        sources(asked.as_of), catalogue(), asked.code, asked.region, by=asked.by, where=dict(asked.where),
        as_of=asked.as_of or today(), reach=reach,
    )  # fmt: skip


def _months(found: SeriesSet, expected: Forecast, parts: Components) -> tuple[Month, ...]:
    """From the first month of which anything is known."""
    known = np.flatnonzero(np.isfinite(found.values[0]))
    begin = int(known[0]) if len(known) else found.months
    return tuple(
        Month(
            shift(found.first, n), number(found.values[0, n]), number(expected.fitted[0, n]),
            number(expected.festival[0, n]), number(parts.adjusted[0, n]), number(parts.trend[0, n]), number(parts.season[0, n]),
            number(parts.festival[0, n]), number(parts.workdays[0, n]), number(parts.rest[0, n]),
            bool(parts.shifts[0, n]), bool(parts.outliers[0, n]),
        )
        for n in range(begin, found.months)
    )  # fmt: skip


def _ahead(expected: Forecast, history: int, row: int = 0) -> tuple[Ahead, ...]:
    found: list[Ahead] = []
    for n, month in enumerate(expected.months):
        point = number(expected.point[row, n])
        if point is not None:
            found.append(Ahead(month, point, *_bounds(expected, n, row), number(expected.festival[row, history + n])))
    return tuple(found)


def _bounds(of: Forecast, n: int, row: int) -> Sequence[Any]:
    return [number(one[row, n]) for one in (of.low80, of.high80, of.low95, of.high95)]


def _total(summed: Forecast | None, row: int = 0) -> Ahead | None:
    if summed is None or not summed.months:
        return None
    point, last = number(summed.point[row, -1]), len(summed.months) - 1
    return None if point is None else Ahead(summed.months[last], point, *_bounds(summed, last, row))


def _latest(of: Verdicts, row: int = 0) -> Latest:
    names = ("value", "expected", "low80", "high80", "low95", "high95", "score", "base", "base_effect", "calendar")
    told = [number(getattr(of, name)[row]) for name in names]
    return Latest(of.month, *told, kind=str(of.kind[row]), reason=REASONS[int(of.reason[row])])


def _lasts(of: Lasting, last: int) -> Lasts | None:
    kind = str(of.kind[0])
    return Lasts(kind, shift(last, -int(of.since[0]))) if kind else None


@dataclass(frozen=True)
class Member:
    """One series of a set as programs are told it."""

    by: tuple[str, ...]
    key: tuple[str, ...]
    unit: str
    latest: Latest
    ahead: tuple[Ahead, ...]
    total: Ahead | None
    reason: str
    method: str
    as_of: date
    synthetic: bool


@dataclass(frozen=True)
class Members:
    """All series of a question; each becomes an object only when it is asked for."""

    series: SeriesSet
    expected: Forecast
    summed: Forecast | None
    verdicts: Verdicts

    def count(self) -> int:
        """How many series there are."""
        return len(self.series)

    def __getitem__(self, wanted: slice) -> list[Member]:
        return [self._member(row) for row in range(self.count())[wanted]]

    def _member(self, row: int) -> Member:
        of, found = self.series, self.expected
        return Member(
            of.by, of.keys[row], of.unit, _latest(self.verdicts, row), _ahead(found, of.months, row),
            _total(self.summed, row), REASONS[int(found.reason[row])], found.method, of.day, of.synthetic,
        )  # fmt: skip


def members_of(person: Person, asked: Asked) -> Members:
    """Every member of a break-down, or the one series without one, within the reader's reach.

    Raises :class:`UserError` for what cannot or may not be asked.
    """
    indicator = catalogue().indicator(asked.code)
    found = _members(lake_state(indicator), reach_for(person), today(), asked)
    note_read(person, asked, found.count())
    return found


@lru_cache(maxsize=16)
def _members(_state: State, reach: Reach, day: date, asked: Asked) -> Members:
    found = series_of(reach, asked)
    adds = catalogue().indicator(asked.code).adds.time == "sum" and not asked.by
    return Members(
        found,
        outlook.forecast(found.values, found.first, asked.horizon),
        outlook.forecast(found.values, found.first, asked.horizon, cumulative=True) if adds else None,
        outlook.judge(found.values, found.first),
    )
