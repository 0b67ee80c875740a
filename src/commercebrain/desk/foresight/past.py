"""Earlier forecasts of a series beside what came, as they were kept before anyone knew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, sources
from commercebrain.desk.core.formatting import DASH, percent
from commercebrain.desk.foresight import words
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.queries import KEPT, SeriesOutlook, State, lake_state, number
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Reach
from commercebrain.engine.outlook import kept

#: The picture shows the forecasts made so many months before.
DOTS = 3
#: Months that the table shows.
SHOWN = 24


@dataclass(frozen=True)
class Told:
    """A forecast kept: of which month, how many months before, what it said, what came (None: not known yet), and whether
    that lies outside the 80 % interval."""

    target: int
    horizon: int
    point: float
    low80: float | None
    high80: float | None
    actual: float | None
    made_from: int
    outside: bool


@dataclass(frozen=True)
class Cell:
    """One forecast in the table."""

    text: str
    title: str = ""
    outside: bool = False


@dataclass(frozen=True)
class Row:
    """One month of the table."""

    month: str
    actual: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Past:
    """What the page shows; ``dots`` are (month, point) for the picture."""

    rows: tuple[Row, ...]
    horizons: tuple[int, ...]
    dots: tuple[tuple[int, float], ...]
    answer: str


def forecasts_state() -> int:
    """What changes when forecasts are kept."""
    log = Path(settings.LAKE_ROOT) / "foresight" / "forecasts" / "_delta_log"
    try:
        return log.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@lru_cache(maxsize=KEPT)
def _told(_state: State, _kept: int, reach: Reach, asked: Asked) -> tuple[tuple[Told, ...], kept.Hits | None]:
    """Kept under the members of a break-down: the values that the question is narrowed to name the series."""
    if any(len(values) > 1 for values in asked.where.values()):
        return (), None
    held = kept.kept_forecasts(
        sources(asked.as_of), catalogue(), asked.code, asked.region, by=tuple(asked.where),
        key=tuple(values[0] for values in asked.where.values()), as_of=asked.as_of, reach=reach,
    )  # fmt: skip
    of, missed = held.rows.columns, kept.outside80(held)
    told = tuple(
        Told(int(of["target"][n]), int(of["horizon"][n]), float(of["point"][n]), number(of["low80"][n]),
             number(of["high80"][n]), number(held.latest[n]), int(of["origin"][n]), bool(missed[n]))
        for n in range(len(held.rows))
        if np.isfinite(of["point"][n])
    )  # fmt: skip
    return told, kept.hits(held)


def past_of(person: Person, found: SeriesOutlook) -> Past:
    """The kept forecasts of a series, the newest month first; nothing of a series of which something is withheld."""
    asked = Asked(found.asked.code, found.asked.region, (), found.asked.where, found.asked.as_of or today())
    try:
        told, hits = _told(lake_state(found.indicator), forecasts_state(), reach_for(person), asked)
    except UserError:
        told, hits = (), None
    places = found.indicator.decimals
    horizons = tuple(sorted({one.horizon for one in told}))
    by_month: dict[int, dict[int, Told]] = {}
    for one in told:
        by_month.setdefault(one.target, {})[one.horizon] = one
    months = [
        month for month in sorted(by_month, reverse=True) if any(o.actual is not None for o in by_month[month].values())
    ]
    rows = tuple(
        Row(
            words.month_said(month),
            words.amount(next(o.actual for o in by_month[month].values() if o.actual is not None), places),
            tuple(_cell(by_month[month].get(horizon), places) for horizon in horizons),
        )
        for month in months[:SHOWN]
    )
    dots = tuple((one.target, one.point) for one in told if one.horizon == DOTS)
    return Past(rows, horizons, dots, _answer(hits))


def _cell(one: Told | None, places: int) -> Cell:
    if one is None:
        return Cell(DASH)
    title = _("80%% interval %(span)s, made with figures until %(month)s") % {
        "span": words.span(one.low80, one.high80, places), "month": words.month_said(one.made_from),
    }  # fmt: skip
    return Cell(words.amount(one.point, places), title, one.outside)


def _answer(hits: kept.Hits | None) -> str:
    if hits is None or not hits.n:
        return ""
    return _("%(inside)s of %(n)s forecasts (%(share)s) held within their 80%% interval.") % {
        "inside": hits.inside, "n": hits.n, "share": percent(hits.share, 0),
    }  # fmt: skip
