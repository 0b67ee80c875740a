"""Making forecasts and keeping them: of one set, of everything declared, of earlier months as they were known then."""

from __future__ import annotations

import calendar
import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.clock import known_by
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.foresight.result import Floats, Forecast
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Snapshot
from commercebrain.engine.outlook.kept.declared import (
    ForesightPlan,
    KeptSet,
    codes_behind,
    foresight_plan,
    regions_of,
)
from commercebrain.engine.outlook.kept.store import ForecastTable
from commercebrain.engine.outlook.series import SeriesSet, series_set

#: The house itself forecasts with all that it knows; who may read what was kept is asked when it is read.
_EVERYTHING = Reach(ALL, "confidential")
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class KeepReport:
    """What a run did: rows written, sets forecast, series with a forecast, and the sets that could not be asked for."""

    rows: int = 0
    sets: int = 0
    series: int = 0
    failed: tuple[tuple[str, str, UserError], ...] = field(default=())

    def __add__(self, other: KeepReport) -> KeepReport:
        return KeepReport(
            self.rows + other.rows,
            self.sets + other.sets,
            self.series + other.series,
            (*self.failed, *other.failed),
        )


def keep(root: Path, made: Sequence[tuple[SeriesSet, Forecast]], *, made_on: date) -> int:
    """Keep these forecasts in the lake at ``root``, in one commit; how many rows were new.

    ``made_on`` is the business date on which they were made, each set's ``day`` the day whose knowledge they are of.
    Series without a forecast are left out; the same forecast from the same data is kept once.
    """
    return ForecastTable(root).add([block for pair in made if (block := _block(*pair, made_on)) is not None])


def keep_all(
    sources: Sources,
    catalogue: Catalogue,
    plan: ForesightPlan | None = None,
    *,
    made_on: date,
    as_of: date | None = None,
    regions: Collection[str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> KeepReport:
    """Forecast every declared set as known on ``as_of`` (default: ``made_on``) and keep the forecasts in one commit.

    ``regions`` narrows to some regions. A set that cannot be asked for is told in the report and does not keep the
    others back. ``progress`` is told (done, all); where ``cancelled`` says so :class:`CancelledError` is raised and
    nothing of this run is kept. Raises :class:`UserError` (``as_of.future``) for an ``as_of`` after
    ``made_on``.
    """
    told = plan or foresight_plan()
    day = known_by(as_of, made_on)
    sources = _once(sources, catalogue, told, day)
    asked = _sets(sources, catalogue, told, day, regions)
    return _run(sources, catalogue, told, asked, day, made_on, progress, cancelled)


def backfill(
    sources: Sources,
    catalogue: Catalogue,
    plan: ForesightPlan | None = None,
    *,
    made_on: date,
    origins: int = 24,
    regions: Collection[str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> KeepReport:
    """The forecasts of the ``origins`` months up to the one before ``made_on``, each from the data as known then.

    They are what the method of today would have said: their ``made_on`` is later than their ``as_of``, so nobody takes
    them for what was said at the time.
    """
    told = plan or foresight_plan()
    days = [_months_before(made_on, number) for number in range(origins, 0, -1)]
    report = KeepReport()
    sources = _once(sources, catalogue, told, made_on)
    held: dict[str, tuple[str, ...]] = {}
    _sets(sources, catalogue, told, made_on, regions, held)  # the cities of today, whenever their first lines came
    asked = [(day, _sets(sources, catalogue, told, day, regions, held)) for day in days]
    every, begun = sum(len(sets) for _, sets in asked), 0
    for day, sets in asked:
        step = None if progress is None else lambda done, _all, begun=begun: progress(begun + done, every)
        report += _run(sources, catalogue, told, sets, day, made_on, step, cancelled)
        begun += len(sets)
    return report


def _once(sources: Sources, catalogue: Catalogue, plan: ForesightPlan, day: date) -> Sources:
    """The sources with the published figures that the plan needs read once."""
    codes = {code for one in plan.kept for code in codes_behind(catalogue, one.indicator)}
    return Sources(Snapshot(sources.observations, day, indicators=codes), sources.lake_root)


def _sets(
    sources: Sources, catalogue: Catalogue, plan: ForesightPlan, day: date, regions: Collection[str] | None,
    held: dict[str, tuple[str, ...]] | None = None,
) -> list[tuple[KeptSet, str]]:  # fmt: skip
    known = {} if held is None else held
    found = [(one, region) for one in plan.kept for region in regions_of(sources, catalogue, one, day, known)]
    return [(one, region) for one, region in found if regions is None or region in regions]


def _run(
    sources: Sources, catalogue: Catalogue, plan: ForesightPlan, asked: Sequence[tuple[KeptSet, str]], day: date,
    made_on: date, progress: Progress | None, cancelled: Cancelled | None,
) -> KeepReport:  # fmt: skip
    from commercebrain.engine.foresight.forecasting import forecast

    made: list[tuple[SeriesSet, Forecast]] = []
    failed: list[tuple[str, str, UserError]] = []
    for number, (one, region) in enumerate(asked, 1):
        if cancelled is not None and cancelled():
            raise CancelledError
        try:
            found = series_set(
                sources, catalogue, one.indicator, region, by=one.by, where=one.where, months=plan.months, as_of=day,
                reach=_EVERYTHING,
            )  # fmt: skip
        except UserError as fault:
            failed.append((one.indicator, region, fault))
        else:
            found = large_enough(found, one.least)
            if len(found) and np.isfinite(found.values).any():
                told = forecast(found.values, found.first, plan.horizon, best=one.best, cancelled=cancelled)
                made.append((found, told))
        if progress is not None:
            progress(number, len(asked))
    rows = keep(sources.lake_root, made, made_on=made_on)
    series = sum(int((told.reason == 0).sum()) for _, told in made)
    return KeepReport(rows, len(made), series, tuple(failed))


def large_enough(found: SeriesSet, least: float) -> SeriesSet:
    """The series whose :func:`~commercebrain.engine.foresight.hostile.usual_size` is ``least`` or more."""
    if not least:
        return found
    from commercebrain.engine.foresight.hostile import usual_size

    return found.part(np.flatnonzero(usual_size(found.values) >= least).tolist())


def naive_and_scale(values: Floats, horizon: int) -> tuple[Floats, Floats]:
    """The seasonal naive forecast (S × horizon: the value of the same month a year before) and the mean absolute
    difference of a month to the year before within the history (S); NaN where they cannot be told."""
    count, months = values.shape
    naive = np.full((count, horizon), np.nan)
    for ahead in range(horizon):
        at = months + ahead - 12 * (ahead // 12 + 1)
        if at >= 0:
            naive[:, ahead] = values[:, at]
    steps = np.abs(values[:, 12:] - values[:, :-12])
    known = np.isfinite(steps)
    scale = np.where(known, steps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return naive, np.where(known.any(axis=1) & (scale > 0), scale, np.nan)


def fingerprint(values: Floats) -> str:
    """A series' history as sixteen letters; months before its first figure do not count."""
    begun = np.flatnonzero(np.nan_to_num(values) != 0)
    told = np.asarray(values[begun[0] :] if len(begun) else values[:0], dtype=np.float64)
    return hashlib.sha256(np.where(np.isnan(told), np.nan, told).tobytes()).hexdigest()[:16]


def _block(found: SeriesSet, told: Forecast, made_on: date) -> dict[str, Any] | None:
    """The rows of one set as columns for the table: series by series, month by month."""
    rows = np.flatnonzero(told.reason == 0)
    if not len(rows):
        return None
    horizon = told.point.shape[1]
    naive, scale = naive_and_scale(found.values, horizon)

    def each_series(values: Sequence[Any]) -> list[Any]:
        return [values[row] for row in rows.tolist() for _ in range(horizon)]

    said = {
        "indicator": found.indicator,
        "region": found.region,
        "by": _text(found.by),
        "filter": _text({name: list(values) for name, values in found.where.items()}),
        "calibre": found.calibre,
        "origin": found.last,
        "method": told.method or "own",
    }
    digest = hashlib.sha256(_text([*said.values(), horizon, [list(found.keys[row]) for row in rows]]).encode())
    digest.update(np.nan_to_num(found.values[rows], nan=-1e300).tobytes())
    columns = {name: getattr(told, name)[rows].reshape(-1) for name in ("point", "low80", "high80", "low95", "high95")}
    return {
        **said,
        **columns,
        "run": digest.hexdigest()[:32],
        "as_of": found.day,
        "made_on": made_on,
        "first": found.first,
        "target": np.tile(np.array(told.months, np.int64), len(rows)),
        "horizon": np.tile(np.arange(1, horizon + 1), len(rows)),
        "key": each_series([_text(key) for key in found.keys]),
        "basis": each_series([fingerprint(one) for one in found.values]),
        "naive": naive[rows].reshape(-1),
        "scale": np.repeat(scale[rows], horizon),
        "reason": "",
        "unit": found.unit,
        "synthetic": int(found.synthetic),
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _months_before(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 - count
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
