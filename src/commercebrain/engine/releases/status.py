"""Whether a release came, when, and how late: from the vintages that the lake holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commercebrain.engine.observations import Observation
from commercebrain.engine.periods import Period
from commercebrain.engine.releases.due import Slot
from commercebrain.engine.workdays import workdays_between


class State(StrEnum):
    """How a release stands on a day."""

    NOT_YET_DUE = "not_yet_due"
    DUE_TODAY = "due_today"
    OUT = "out"  # came by its day
    OUT_LATE = "out_late"
    PARTLY = "partly"  # some of what it should bring is there, and the day is over
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Status:
    """One release of one region: ``actual`` is the day on which all of it was known, ``missing`` what is not.

    ``taken_in`` is when the bureau had it. ``late`` counts working days after the due day: of the actual day, or of the
    day asked where it is still missing; 0 where it is not late.
    """

    slot: Slot
    region: str
    state: State
    actual: date | None
    taken_in: date | None
    missing: tuple[str, ...]
    late: int


#: What holds rows of one (indicator, region), whatever their vintage.
ByIndicator = Mapping[tuple[str, str], Iterable[Observation]]


def reports(period: Period) -> frozenset[str]:
    """The texts under which the figure of ``period`` may be filed: a month also as the running total that ends with it."""
    year, month = period.last
    found = {period.text}
    if period.kind in ("month", "quarter", "half"):
        found.add(Period.of_ytd(year, month).text)
    if period == Period.of_ytd(year, 2):  # where the two months were printed singly, the second completes them
        found.add(Period.of_month(year, 2).text)
    if period.kind == "year":
        found.add(Period.of_point(year).text)
    else:
        found.add(Period.of_point(year, month).text)
    return frozenset(found)


def status(
    slot: Slot, region: str, rows: ByIndicator, on: date, records: Mapping[int, tuple[date, date]] | None = None
) -> Status:
    """How ``slot`` stands in ``region`` on the day ``on``.

    ``rows`` are the observations known by then, by indicator and region; ``records`` are (published, taken in) of the
    first version of each month (yyyymm) of the release's dataset. Grade C rows wait for a second source and do not
    count. A row that says "missing" is no release.
    """
    wanted = reports(slot.period)
    published: list[date] = []
    taken: list[date] = []
    missing: list[str] = []
    for code in slot.release.indicators:
        found = [
            row
            for row in rows.get((code, region), ())
            if row.period in wanted and row.live and (row.value is not None or row.growth is not None)
            and row.published <= on and row.taken_in <= on and not row.breakdown
        ]  # fmt: skip
        if found:
            published.append(min(row.published for row in found))
            taken.append(min(row.taken_in for row in found))
        else:
            missing.append(code)
    if slot.release.dataset is not None:
        year, month = slot.period.last
        version = (records or {}).get(year * 100 + month)
        if version is not None and version[1] <= on:
            published.append(version[0])
            taken.append(version[1])
        else:
            missing.append(slot.release.dataset)
    if not missing:
        actual = max(published)
        late = max(0, workdays_between(slot.due, actual)) if actual > slot.due else 0
        state = State.OUT if actual <= slot.due else State.OUT_LATE
        return Status(slot, region, state, actual, max(taken), (), late)
    if on < slot.due:
        state, late = State.NOT_YET_DUE, 0
    elif on == slot.due:
        state, late = State.DUE_TODAY, 0
    else:
        state, late = (State.PARTLY if published else State.LATE), workdays_between(slot.due, on)
    return Status(slot, region, state, None, None, tuple(missing), late)
