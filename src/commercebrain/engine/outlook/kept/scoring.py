"""How good kept forecasts were: held against the figures known on a later day.

Measures as in the M4 competition: sMAPE (in per cent) and MASE (scaled by the mean absolute difference to the year
before within the history, as known when the forecast was made); besides them the bias (mean of forecast less truth as a
fraction of the mean truth) and how often the truth lay inside the 80 % and 95 % intervals. The seasonal naive forecast
(the same month a year before, as known then) is scored on the same months.

Two truths: the figure *first* published for a month, and the *latest* one in force on the day of the question. Of
several forecasts of one month from one origin the earliest counts; where the history behind it has since been revised
the score says how often that was so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.clock import business_date
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import months_apart
from commercebrain.engine.foresight.result import Bits, Floats
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.figures import NATION
from commercebrain.engine.indicators.places import children
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows, Snapshot
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.outlook.kept.declared import codes_behind
from commercebrain.engine.outlook.kept.keeping import fingerprint
from commercebrain.engine.outlook.kept.store import ForecastTable, KeptRows
from commercebrain.engine.outlook.series import SeriesSet, series_set

Truth = Literal["first", "latest"]
TRUTHS: Final[tuple[Truth, ...]] = get_args(Truth)
#: The question of a kept set → the whole of its series.
Known = MutableMapping[tuple[Any, ...], SeriesSet]
_EVERYTHING: Final = Reach(ALL, "confidential")
_NO_MONTHS: Final = np.zeros(1, bool)


@dataclass(frozen=True, slots=True)
class Score:
    """The forecasts of one set at one horizon (0: all horizons together) against one kind of truth.

    ``n`` forecasts of ``series`` series whose truth is known. ``smape`` and ``naive_smape`` are per cent; ``mase``,
    ``naive_mase`` as the M4 competition; ``bias``, ``coverage80``, ``coverage95`` fractions; NaN where nothing can be
    told. ``later`` of the ``n`` were made from old data at a later day, of ``revised`` the history has changed since.
    """

    indicator: str
    region: str
    by: tuple[str, ...]
    horizon: int
    truth: Truth
    series: int
    n: int
    smape: float
    mase: float
    bias: float
    coverage80: float
    coverage95: float
    naive_smape: float
    naive_mase: float
    later: int
    revised: int


@dataclass(frozen=True)
class Held:
    """Kept forecasts beside their truth: ``rows`` of the table, ``first`` and ``latest`` (NaN: not known) for each of
    them, and whether the history behind it was ``revised``."""

    rows: KeptRows
    first: Floats
    latest: Floats
    revised: Bits


def scores(
    sources: Sources,
    catalogue: Catalogue,
    *,
    as_of: date | None = None,
    indicator: str | None = None,
    region: str | None = None,
    by: Sequence[str] | None = None,
    truth: Truth = "latest",
    known: Known | None = None,
    reach: Reach,
) -> list[Score]:
    """Each kept set's scores by horizon, then over all horizons (``horizon`` 0), as far as ``reach`` goes.

    ``as_of`` is the day whose knowledge is the truth (none: today's). Sets without any truth yet are left out. ``known``
    takes up the truths that were read, whatever the reach, so that who asks next of the same state of the lake need not
    read them again; it is no answer by itself.
    """
    found: list[Score] = []
    as_of = _day(sources, as_of)
    kept = ForecastTable(sources.lake_root).rows(
        indicator=indicator, region=region, by=by, as_of=as_of, earliest=True
    )  # fmt: skip
    sets = [(told, some) for told, some in _by_set(kept) if told[0] in catalogue.indicators]
    sources = _in_memory(sources, catalogue, {code for (code, _, _), _ in sets}, as_of)
    for (code, place, dims), some in sets:
        held = _held(sources, catalogue, code, place, dims, some, as_of, truth == "first", known, reach)
        found += _scored(held, code, place, dims, truth)
    return found


def kept_forecasts(
    sources: Sources,
    catalogue: Catalogue,
    indicator: str,
    region: str,
    *,
    by: Sequence[str] = (),
    key: Sequence[str] | None = None,
    as_of: date | None = None,
    with_first: bool = True,
    reach: Reach,
) -> Held:
    """The kept forecasts of a set (of one series: ``key``) with the truth known on ``as_of``, the earliest forecast of
    each series, origin and target; nothing where ``reach`` does not go, or of a series of which something is withheld.
    ``with_first`` False leaves the figures first published aside (``Held.first`` is then the latest).
    """
    as_of = _day(sources, as_of)
    rows = ForecastTable(sources.lake_root).rows(
        indicator=indicator, region=region, by=by, key=key, as_of=as_of, earliest=True
    )
    if not len(rows):
        return _nothing(rows)
    sources = _in_memory(sources, catalogue, {indicator}, as_of)
    return _held(sources, catalogue, indicator, region, tuple(by), rows, as_of, with_first, None, reach)


def _held(
    sources: Sources, catalogue: Catalogue, indicator: str, region: str, by: tuple[str, ...], rows: KeptRows,
    as_of: date, with_first: bool, known: Known | None, reach: Reach,
) -> Held:  # fmt: skip
    truths = {} if known is None else known
    pieces = []
    for where, calibre, some in _by_question(rows):
        question = _Question(sources, catalogue, indicator, region, by, where, calibre)
        ends = (int(some.columns["first"].min()), int(some.columns["target"].max()))
        whole = (indicator, region, by, json.dumps(where), calibre, *ends, as_of)
        if whole not in truths:
            truths[whole] = question.ask(*ends, as_of, _EVERYTHING)
        readable = _readable(question, some, truths[whole], as_of, reach)
        some = some.where(np.isin(some.columns["key"].astype(str), sorted(readable)))
        if len(some):
            pieces.append(_against(question, some, truths[whole], as_of, with_first))
    if not pieces:
        return _nothing(rows)
    columns = {name: np.concatenate([one.rows.columns[name] for one in pieces]) for name in rows.columns}
    first, latest = (np.concatenate([getattr(one, name) for one in pieces]) for name in ("first", "latest"))
    return Held(KeptRows(columns), first, latest, np.concatenate([one.revised for one in pieces]))


# -- what may be read, and the truth


def _nothing(rows: KeptRows) -> Held:
    none = np.zeros(0)
    return Held(rows.where(np.zeros(len(rows), bool)), none, none, np.zeros(0, bool))


def _by_set(rows: KeptRows) -> Iterator[tuple[tuple[str, str, tuple[str, ...]], KeptRows]]:
    """(indicator, region, by) with its rows; ``rows`` are in this order, as the table gives them."""
    columns = [rows.columns[name].astype(str) for name in ("indicator", "region", "by")]
    fresh = np.ones(len(rows), bool)
    fresh[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    begins = np.flatnonzero(fresh).tolist()
    for begin, end in pairwise([*begins, len(rows)]):
        code, region, by = (str(column[begin]) for column in columns)
        chosen = np.zeros(len(rows), bool)
        chosen[begin:end] = True
        yield (code, region, tuple(json.loads(by))), rows.where(chosen)


def _by_question(rows: KeptRows) -> Iterator[tuple[dict[str, list[str]], str, KeptRows]]:
    """The filter and the calibre that rows are of, with those rows."""
    filters, calibres = (rows.columns[name].astype(str) for name in ("filter", "calibre"))
    for text, calibre in sorted(set(zip(filters.tolist(), calibres.tolist(), strict=True))):
        yield json.loads(text), calibre, rows.where((filters == text) & (calibres == calibre))


@dataclass(frozen=True)
class _Question:
    """What a set of forecasts is of, to be asked for on several days."""

    sources: Sources
    catalogue: Catalogue
    indicator: str
    region: str
    by: tuple[str, ...]
    where: Mapping[str, Sequence[str]]
    calibre: str

    def ask(self, first: int, last: int, as_of: date, reach: Reach) -> SeriesSet:
        """The series from month ``first`` to ``last`` as known on ``as_of``, as far as ``reach`` goes."""
        return series_set(
            self.sources, self.catalogue, self.indicator, self.region, by=self.by, where=self.where, last=last,
            months=months_apart(first, last) + 1, as_of=as_of, calibre=self.calibre, reach=reach,
        )  # fmt: skip


def _readable(question: _Question, rows: KeptRows, whole: SeriesSet, as_of: date, reach: Reach) -> set[str]:
    """The series (as kept keys) of which nothing is withheld from the reader: a forecast tells of all its history."""
    keys = set(rows.columns["key"].astype(str).tolist())
    if reach.regions is ALL and reach.classification == "confidential":
        return keys
    try:
        mine = question.ask(whole.first, whole.last, as_of, reach)
    except UserError:  # a question that this reader may not ask at all
        return set()
    shown = {_key(key): np.isfinite(values) for key, values in zip(mine.keys, mine.values, strict=True)}
    return {
        name
        for key, values in zip(whole.keys, whole.values, strict=True)
        if (name := _key(key)) in keys and shown.get(name, _NO_MONTHS).any()
        and not (np.isfinite(values) & ~shown[name]).any()
    }  # fmt: skip


def _key(key: Sequence[str]) -> str:
    return json.dumps(list(key), ensure_ascii=False)


def _against(question: _Question, rows: KeptRows, known: SeriesSet, as_of: date, with_first: bool) -> Held:
    columns = rows.columns
    latest = _truth(known, columns)
    published = np.full(len(rows), np.nan) if with_first else latest
    for day, months in _days_of(question, as_of, columns["target"]).items() if with_first else ():
        wanted = np.isnan(published) & np.isin(columns["target"], list(months))
        if wanted.any():
            then = question.ask(min(months), max(months), day, _EVERYTHING)
            published = np.where(wanted, _truth(then, columns), published)
    published = np.where(np.isnan(published), latest, published)
    return Held(rows, published, latest, _revised(known, columns))


def _truth(known: SeriesSet, columns: Mapping[str, NDArray[Any]]) -> Floats:
    place = {_key(key): row for row, key in enumerate(known.keys)}
    row = np.array([place.get(key, -1) for key in columns["key"].tolist()], np.int64)
    at = np.array([months_apart(known.first, month) for month in columns["target"].tolist()], np.int64)
    there = (row >= 0) & (at >= 0) & (at < known.months)
    found = np.full(len(row), np.nan)
    found[there] = known.values[row[there], at[there]]
    return found


def _revised(known: SeriesSet, columns: Mapping[str, NDArray[Any]]) -> Bits:
    """Whether the history of each forecast is another one today than the one it was made from."""
    place = {_key(key): row for row, key in enumerate(known.keys)}
    told: dict[tuple[str, int, int], str] = {}
    found = np.zeros(len(columns["run"]), bool)
    lists = [columns[name].tolist() for name in ("key", "first", "origin", "basis")]
    for number, (key, first, origin, basis) in enumerate(zip(*lists, strict=True)):
        if key not in place:
            continue
        asked = (key, first, origin)
        if asked not in told:
            begin, end = months_apart(known.first, first), months_apart(known.first, origin) + 1
            told[asked] = fingerprint(known.values[place[key], begin:end])
        found[number] = told[asked] != basis
    return found


def _day(sources: Sources, as_of: date | None) -> date:
    if as_of is not None:
        return as_of
    return sources.observations.as_of if isinstance(sources.observations, Snapshot) else business_date()


def _in_memory(sources: Sources, catalogue: Catalogue, codes: Collection[str], as_of: date) -> Sources:
    """The same sources with the published rows that these indicators need read once, so that many days can be asked."""
    if isinstance(sources.observations, Rows | Snapshot):
        return sources
    needed = {
        name
        for code in codes
        if counted(catalogue, catalogue.indicator(code)) is None
        for name in codes_behind(catalogue, code)
    }
    rows = sources.observations.observations(as_of, indicators=needed) if needed else []
    return Sources(Rows(rows), sources.lake_root)


def _days_of(question: _Question, as_of: date, targets: NDArray[Any]) -> dict[date, set[int]]:
    """Day → months of ``targets`` of which something came to be known on it, the earliest day first; of records only
    months that came more than once. A quotient is not known before its last part, so there may be several days."""
    catalogue, region = question.catalogue, question.region
    what = counted(catalogue, catalogue.indicator(question.indicator))
    sent: dict[int, set[date]] = {int(month): set() for month in np.unique(targets)}
    if what is not None:
        for one in RecordTable(question.sources.lake_root, what.dataset).vintages():
            if one.month in sent:
                sent[one.month].add(max(one.published, one.taken_in))
        sent = {month: days for month, days in sent.items() if len(days) > 1}
    else:
        codes = codes_behind(catalogue, question.indicator)
        places = {region, *children(region, as_of), region[:2] + "0000", NATION}
        for row in question.sources.observations.observations(as_of, indicators=codes, regions=places):
            month = row.when.last[0] * 100 + row.when.last[1]
            if month in sent and row.when.kind in ("month", "ytd", "point"):
                sent[month].add(max(row.published, row.taken_in))
    found: dict[date, set[int]] = {}
    for month, days in sent.items():
        for day in days:
            if day <= as_of:
                found.setdefault(day, set()).add(month)
    return dict(sorted(found.items()))


# -- the measures


def _scored(held: Held, code: str, region: str, by: tuple[str, ...], truth: Truth) -> list[Score]:
    columns = held.rows.columns
    actual = held.first if truth == "first" else held.latest
    known = np.isfinite(actual)
    found = []
    for horizon in (*sorted(set(columns["horizon"][known].tolist())), 0):
        chosen = known & ((columns["horizon"] == horizon) | (horizon == 0))
        if chosen.any():
            numbers = measures({name: column[chosen] for name, column in columns.items()}, actual[chosen])
            later = int((columns["made_on"][chosen] > columns["as_of"][chosen]).sum())
            series = len(set(columns["key"][chosen].tolist()))
            revised = int(held.revised[chosen].sum())
            found.append(
                Score(code, region, by, int(horizon), truth, series, int(chosen.sum()), **numbers, later=later,
                      revised=revised)
            )  # fmt: skip
    return found


def measures(columns: Mapping[str, NDArray[Any]], actual: Floats) -> dict[str, float]:
    """The measures of the rows in ``columns`` against their truth ``actual`` (all known)."""
    point = columns["point"].astype(np.float64)
    naive, scale = columns["naive"].astype(np.float64), columns["scale"].astype(np.float64)

    def share(low: str, high: str) -> float:
        inside = (columns[low] <= actual) & (actual <= columns[high])
        return float(inside[np.isfinite(columns[low].astype(np.float64))].mean()) if len(inside) else np.nan

    both = np.isfinite(naive)
    return {
        "smape": _smape(point, actual),
        "mase": _mean(np.abs(point - actual) / scale),
        "bias": float((point - actual).mean() / np.abs(actual).mean()) if np.abs(actual).mean() > 0 else np.nan,
        "coverage80": share("low80", "high80"),
        "coverage95": share("low95", "high95"),
        "naive_smape": _smape(naive[both], actual[both]),
        "naive_mase": _mean((np.abs(naive - actual) / scale)[both]),
    }


def _smape(told: Floats, actual: Floats) -> float:
    size = np.abs(told) + np.abs(actual)
    return _mean(np.where(size > 0, 200 * np.abs(told - actual) / np.where(size > 0, size, 1.0), 0.0))


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
