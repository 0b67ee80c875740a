"""The one way from figures to foresight: a request becomes an array of monthly series.

Every number is read through :func:`commercebrain.engine.indicators.tables.table`, as single months, so reach,
suppression, vintages and revisions are those of every other reader: a month that was sent twice counts once, in the
vintage in force on the day of the question. What comes out is series × consecutive months, NaN where nothing is known:

* records – a month that was taken in and holds no line of a series is a zero, from the first month in which the series
  had any on; before that, and in months not taken in, NaN;
* published figures – the month as published, else the difference of two running totals; January and February published
  only together are never split: both are NaN and their sum stands in ``joined``;
* withheld numbers are NaN. How many there are, and what else was derived, provisional or incomplete, is in ``notes``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.months import months_apart, months_from, shift
from commercebrain.engine.foresight.result import Floats
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.figures import NATION, Reader
from commercebrain.engine.indicators.places import children
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import MAX_ROWS, Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Snapshot, Store
from commercebrain.engine.indicators.table import FLAGS, REASONS, FigureTable, Vintage
from commercebrain.engine.indicators.tables import as_of as day_of
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.periods import Period

#: Months of history that foresight is given where nobody says otherwise.
MONTHS = 84
#: Rows asked for at one time: what bounds the memory of a large set.
AT_ONCE = 400_000
#: More remarks than this on single months are counted, not listed.
_MOST_NOTES = 6
#: Flags that are told in the notes.
_TOLD_FLAGS = ("derived", "provisional", "flash", "estimated", "incomplete")
#: Reasons that are told in the notes; the others are what NaN says anyway.
_TOLD_REASONS = ("suppressed", "out_of_reach", "no_lines", "not_published_separately", "whole_zero")


@dataclass(frozen=True)
class SeriesSet:
    """``S`` monthly series of one indicator.

    ``keys`` holds for each series its values of the break-down ``by`` (one empty tuple without one). ``first`` is the
    first month (yyyymm) of the ``months`` columns of ``values`` (S × months, in ``unit``, NaN where unknown).
    ``joined`` is S × months, NaN but in a February whose January was published only with it: there the sum of both.
    ``incomplete`` are months of which lines still wait for correction. ``day`` is the day whose knowledge it is.
    """

    indicator: str
    region: str
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    keys: list[tuple[str, ...]]
    first: int
    months: int
    values: Floats
    joined: Floats
    unit: str
    day: date
    synthetic: bool
    vintage: Vintage
    calibre: str = ""
    incomplete: tuple[int, ...] = ()
    notes: tuple[Words, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def last(self) -> int:
        """The last month, yyyymm."""
        return shift(self.first, self.months - 1)

    def part(self, rows: Iterable[int]) -> SeriesSet:
        """The same with some of its series."""
        chosen = list(rows)
        keys = [self.keys[row] for row in chosen]
        return replace(self, keys=keys, values=self.values[chosen], joined=self.joined[chosen])

    def labels(self) -> list[int]:
        """Every month, yyyymm."""
        return months_from(self.first, self.months)


def series_set(
    sources: Sources,
    catalogue: Catalogue,
    code: str,
    region: str,
    *,
    by: Iterable[str] = (),
    where: Mapping[str, Iterable[str]] | None = None,
    last: int | None = None,
    months: int = MONTHS,
    as_of: date | None = None,
    calibre: str = "",
    reach: Reach,
) -> SeriesSet:
    """The monthly series of indicator ``code`` in ``region``, as far as ``reach`` goes and as known on ``as_of``.

    ``last`` is the last month (yyyymm; None: the newest month of which anything is known), ``months`` how many end
    there. Raises :class:`UserError` as :func:`~commercebrain.engine.indicators.tables.table` does, and
    (``series.months``, ``series.month``) for a length or a month that cannot be.
    """
    if not 1 <= months <= 600:
        raise UserError(
            "series.months",
            f"月数{months}不行，须是1到600之间的整数。",
            f"{months} months are not possible; ask for 1 to 600.",
        )
    if last is not None and not (1900_00 < last < 2200_00 and 1 <= last % 100 <= 12):
        raise UserError(
            "series.month",
            f"“{last}”不是月份，请写成 202506 这样的形式。",
            f"“{last}” is no month; write it like 202506.",
        )
    asked = _request(code, region, 200001, 200001, by, where, calibre, as_of)
    day = day_of(sources, asked)
    of_records = counted(catalogue, catalogue.indicator(code)) is not None
    if not of_records:
        sources = Sources(_snapshot(sources.observations, catalogue, asked, day), sources.lake_root)
    end = last if last is not None else _newest(sources, catalogue, asked, reach, day)
    first = shift(end, 1 - months)
    reading = _Reading(first, months)
    for found in _tables(sources, catalogue, asked.with_(as_of=day), first, end, reach):
        reading.add(found)
    values = reading.matrix(of_records)
    joined = np.full_like(values, np.nan)
    if of_records:
        values = _from_first_active(values)
    elif catalogue.indicator(code).adds.time == "sum":
        joined = _joined(sources, catalogue, asked.with_(as_of=day), reach, reading, values)
    return SeriesSet(
        indicator=code,
        region=region,
        by=asked.by,
        where=asked.where,
        keys=list(reading.keys),
        first=first,
        months=months,
        values=values,
        joined=joined,
        unit=reading.unit,
        day=day,
        synthetic=reading.synthetic,
        vintage=Vintage(day, tuple(reading.versions)),
        calibre=calibre,
        incomplete=tuple(sorted(reading.incomplete)),
        notes=reading.notes(int(np.isfinite(joined).sum())),
    )


def _request(
    code: str, region: str, first: int, last: int, by: Iterable[str],
    where: Mapping[str, Iterable[str]] | None, calibre: str, as_of: date | None,
) -> Request:  # fmt: skip
    ends = [Period.of_month(*divmod(month, 100)) for month in (first, last)]
    options = {"frequency": "month", "single_months": "1"}
    return Request(code, region, ends[0], ends[1], by, "level", where, calibre, as_of, options)


def _snapshot(store: Store, catalogue: Catalogue, asked: Request, day: date) -> Snapshot:
    """What the question can need, read once for all of its tables."""
    if isinstance(store, Snapshot):
        return store
    codes = None if catalogue.indicator(asked.code).formula is not None else (asked.code,)
    places = {asked.region, *children(asked.region, day), asked.region[:2] + "0000", NATION}
    return Snapshot(store, day, indicators=codes, regions=places)


def _newest(sources: Sources, catalogue: Catalogue, asked: Request, reach: Reach, day: date) -> int:
    """The newest month of which anything is known on ``day``; the month before it where nothing is."""
    before = shift(day.year * 100 + day.month, -1)
    indicator = catalogue.indicator(asked.code)
    what = counted(catalogue, indicator)
    if what is not None:
        known = [one.month for one in in_force(sources.lake_root, what.dataset, day)]
        return max(known, default=before)
    reader = Reader(sources.observations, catalogue, reach, asked.calibre, day)
    periods = reader.periods(indicator, asked.region)
    ends = [one.last[0] * 100 + one.last[1] for one in periods if one.kind in ("month", "ytd", "point")]
    return max(ends, default=before)


def _tables(
    sources: Sources, catalogue: Catalogue, asked: Request, first: int, last: int, reach: Reach
) -> Iterator[FigureTable]:
    """The table of these months, in halves where the whole would be too much at once."""
    ends = [Period.of_month(*divmod(month, 100)) for month in (first, last)]
    request = asked.with_(first=ends[0], last=ends[1])
    several = first != last and bool(asked.by)
    try:
        found = table(sources, catalogue, request, reach=reach, most=AT_ONCE if several else MAX_ROWS)
    except UserError as fault:
        if fault.code != "request.too_many_rows" or not several:
            raise
        half = shift(first, months_apart(first, last) // 2)
        yield from _tables(sources, catalogue, asked, first, half, reach)
        yield from _tables(sources, catalogue, asked, shift(half, 1), last, reach)
        return
    yield found.shown()


class _Reading:
    """Tables gathered into one array; each table holds every member in every one of its months, in the same order."""

    def __init__(self, first: int, months: int) -> None:
        self.first, self.months = first, months
        self.keys: dict[tuple[str, ...], int] = {}
        self.pieces: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.unit, self.synthetic = "", False
        self.versions: dict[object, None] = {}
        self.incomplete: set[int] = set()
        self.flags: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.said: dict[Words, None] = {}

    def add(self, found: FigureTable) -> None:
        """Take a table in."""
        self.unit = found.unit
        self.synthetic |= found.synthetic
        self.versions.update(dict.fromkeys(found.vintage.versions))
        self.said.update(dict.fromkeys(found.notes))
        periods = found.columns["period"]
        if not len(periods):
            return
        begin = int(periods[0])
        wide = months_apart(begin, int(periods[-1])) + 1
        members = len(periods) // wide
        dims = [found.columns[dim][:members].tolist() for dim in found.dims]
        keys = list(zip(*dims, strict=True)) if dims else [()]
        rows = np.array([self.keys.setdefault(key, len(self.keys)) for key in keys], dtype=np.int64)
        column = found.columns["value"]
        reason, flag = found.columns["reason"], found.columns["flag"]
        numbers = np.ma.filled(column.astype(np.float64), np.nan)
        numbers = np.where(reason == "", numbers, np.nan)
        self.pieces.append((months_apart(self.first, begin), rows, numbers.reshape(wide, members).T.copy()))
        for name in _TOLD_REASONS:
            self.reasons[name] += int((reason == name).sum())
        for name in _TOLD_FLAGS:
            here = flag == name
            self.flags[name] += int(here.sum())
            if name == "incomplete" and here.any():
                self.incomplete |= {int(month) for month in np.unique(periods[here])}

    def matrix(self, of_records: bool) -> Floats:
        """Series × months. A member that a table of other months did not name had no line there: of records a zero, where
        anything of the month is known (to be cut to NaN before its first line); a figure not published is not known."""
        found = np.full((len(self.keys), self.months), np.nan)
        for at, rows, numbers in self.pieces:
            known = np.isfinite(numbers).any(axis=0) & of_records
            absent = np.ones(len(self.keys), bool)
            absent[rows] = False
            block = found[:, at : at + numbers.shape[1]]
            block[rows] = numbers
            block[np.ix_(absent, known)] = 0.0
        return found

    def notes(self, joined: int) -> tuple[Words, ...]:
        """What was not as plain as the array looks."""
        told = list(self.said)
        if len(told) > _MOST_NOTES:
            many = len(told)
            told = [
                Words(zh=f"各月数据附有{many}条说明，见数据页", en=f"{many} remarks on single months: see the figures")
            ]
        for counts, words in ((self.reasons, REASONS), (self.flags, FLAGS)):
            for name, many in counts.items():
                if many:
                    one = words[name]
                    told.append(Words(zh=f"{one.zh}：{many:,}个月值", en=f"{one.en}: {many:,} monthly values"))
        if joined:
            zh = f"{joined}个年份的1月、2月只公布合计，未拆分，按缺失处理"
            en = f"January and February were published only together {joined} times; they are not split but left out"
            told.append(Words(zh=zh, en=en))
        return tuple(told)


def _from_first_active(values: Floats) -> Floats:
    """The zeros before a series' first line are no zeros: it was not there yet. A series of nothing but zeros stays."""
    active = np.nan_to_num(values) != 0
    begins = np.where(active.any(axis=1), active.argmax(axis=1), 0)
    before = np.arange(values.shape[1])[None, :] < begins[:, None]
    found: Floats = np.where(before, np.nan, values)
    return found


def _joined(
    sources: Sources, catalogue: Catalogue, asked: Request, reach: Reach, reading: _Reading, values: Floats
) -> Floats:
    """January and February together, in the years in which neither is known by itself."""
    found = np.full_like(values, np.nan)
    unknown = np.isnan(values)
    at = [n for n, month in enumerate(months_from(reading.first, reading.months)) if month % 100 == 2 and n]
    at = [n for n in at if unknown[:, n - 1 : n + 1].all(axis=1).any()]
    if not at:
        return found
    ends = [Period.of_ytd(shift(reading.first, n) // 100, 2) for n in (at[0], at[-1])]
    told = table(
        sources, catalogue, asked.with_(first=ends[0], last=ends[1], options={"frequency": "span"}), reach=reach
    ).shown()
    dims = [told.columns[dim].tolist() for dim in told.dims]
    keys = list(zip(*dims, strict=True)) if dims else [()] * len(told)
    numbers = np.ma.filled(told.columns["value"].astype(np.float64), np.nan)
    for key, period, number in zip(keys, told.columns["period"].tolist(), numbers.tolist(), strict=True):
        row, n = reading.keys.get(key), months_apart(reading.first, period)
        if row is not None and unknown[row, n - 1 : n + 1].all():
            found[row, n] = number
    return found
