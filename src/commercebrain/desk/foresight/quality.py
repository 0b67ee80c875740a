"""How good the kept forecasts were: the engine's scores within a reader's reach, once per state of lake and forecasts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import Version, lake_version, reach_for, sources
from commercebrain.desk.figures.explorer.labels import dimension
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.foresight.past import forecasts_state
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.cells import INVENTED
from commercebrain.engine.outlook import kept
from commercebrain.engine.outlook.kept import Score
from commercebrain.engine.outlook.kept.scoring import Known


@dataclass(frozen=True)
class Row:
    """One line: an indicator of a region by a break-down at one horizon (0: all together)."""

    indicator: Indicator
    region: str
    place: str
    by: tuple[str, ...]
    members: str
    horizon: int
    score: Score

    @property
    def synthetic(self) -> bool:
        """Whether the figures are invented."""
        return self.region.startswith(INVENTED)

    @property
    def better(self) -> bool:
        """Whether it was better than last year's month."""
        return kept.beats_naive(self.score)


@lru_cache(maxsize=2)
def _truths(_state: tuple[Any, ...], _day: date) -> Known:
    """What came, whoever asks: filled by the first who does. The engine compares it with each reader's own reach."""
    return {}


@lru_cache(maxsize=16)
def _scores(state: tuple[Any, ...], reach: Reach, day: date) -> tuple[Score, ...]:
    return tuple(kept.scores(sources(), catalogue(), as_of=day, known=_truths(state, day), reach=reach))


def warm() -> None:
    """Reads what came of all that was forecast; each reader's page then asks only what he may see of it."""
    _scores(_state(), Reach(ALL, "confidential"), today())


def _state() -> tuple[Version, int, int]:
    records = Path(settings.LAKE_ROOT) / "batches" / "_delta_log"
    batches = records.stat().st_mtime_ns if records.exists() else 0
    return lake_version(), batches, forecasts_state()


def rows(person: Person) -> list[Row]:
    """Every score that the person may see; nothing while no forecast was kept or no lake is there."""
    try:
        found = _scores(_state(), reach_for(person), today())
    except UserError:
        return []
    places = {one.code: str(one) for one in Region.objects.valid_on(today()).filter(code__in={s.region for s in found})}
    told = []
    for one in found:
        indicator = catalogue().indicators.get(one.indicator)
        if indicator is None:
            continue
        dataset = dataset_of(indicator)
        code = dataset.code if dataset else None
        members = " × ".join(dimension(name, code) for name in one.by)
        told.append(Row(indicator, one.region, places.get(one.region, one.region), one.by, members, one.horizon, one))
    return told


def finite(value: float) -> float | None:
    """The number, or none."""
    return None if math.isnan(value) or math.isinf(value) else value


def out(row: Row) -> dict[str, Any]:
    """A line as the API tells it."""
    score = row.score
    return {
        "indicator": row.indicator.code, "region": row.region, "by": list(row.by), "horizon": row.horizon or None,
        "n": score.n, "smape": finite(score.smape), "mase": finite(score.mase), "bias": finite(score.bias),
        "coverage80": finite(score.coverage80), "coverage95": finite(score.coverage95),
        "smape_naive": finite(score.naive_smape), "mase_naive": finite(score.naive_mase), "synthetic": row.synthetic,
    }  # fmt: skip
