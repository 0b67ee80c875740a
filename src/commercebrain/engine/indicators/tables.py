"""The one way to a table of figures: ``table(sources, catalogue, request, reach=…)``.

Pages, the API, rules, bulletins and the command line all ask here, so all show the same digits of the same vintage. An
indicator of records is answered by the smallest roll-up that can, where the vintages asked for are those that the
roll-ups hold; else by the lines themselves, on the engine that is set. The digits are the same either way.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
import numpy as np

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.catalogue.codes import CodeLists
from commercebrain.engine.clock import business_date
from commercebrain.engine.disclosure.apply import guard
from commercebrain.engine.indicators.cells import (
    REGION,
    Cells,
    Question,
    from_lines,
    needed,
    places,
    question,
    runs_of,
)
from commercebrain.engine.indicators.counting import Counted, counted
from commercebrain.engine.indicators.covered import check_place, only_where_there_are_lines
from commercebrain.engine.indicators.engines import DuckEngine, Engine, engine_of
from commercebrain.engine.indicators.engines.base import Columns
from commercebrain.engine.indicators.engines.duck import Statements, no_memory
from commercebrain.engine.indicators.logical import dimensions
from commercebrain.engine.indicators.partial import mark_incomplete
from commercebrain.engine.indicators.planner import Route, from_rollup, route
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import MAX_ROWS, Request
from commercebrain.engine.indicators.size import check_size, of_codes, of_lines
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Snapshot
from commercebrain.engine.indicators.table import NUMBERS, Array, FigureTable, Vintage
from commercebrain.engine.indicators.transforms import TRANSFORMS, answer, compile
from commercebrain.engine.indicators.transforms.compile import Shape
from commercebrain.engine.indicators.transforms.observed import observed_table
from commercebrain.engine.indicators.transforms.outside import outside
from commercebrain.engine.indicators.transforms.plan import Plan, plan
from commercebrain.engine.indicators.values import check_calibre, check_values
from commercebrain.engine.indicators.vintages import in_force, months_waiting, state
from commercebrain.engine.lake.records.table import MonthVersion
from commercebrain.engine.rollups.reader import RollupReader
from commercebrain.engine.working.store import Working

Key = TypeVar("Key")
Value = TypeVar("Value")


def table(
    sources: Sources,
    catalogue: Catalogue,
    request: Request,
    *,
    reach: Reach,
    engine: Engine | None = None,
    rollups: bool = True,
    most: int = MAX_ROWS,
) -> FigureTable:
    """The figures that ``request`` asks for, as far as ``reach`` goes.

    ``engine`` computes from lines (default: that of ``CBRAIN_ENGINE``); ``rollups`` False leaves stored roll-ups aside;
    ``most`` is how many rows the answer may have at most.
    Rows outside ``reach`` carry the reason ``out_of_reach`` and no number. Who has no clearance for firms in the region
    gets declared tables only, with what would tell about a firm withheld.

    Raises :class:`UserError` for what cannot be asked: an unknown indicator, transform or dimension, a table that is not
    declared, an answer beyond the limit.
    """
    indicator = catalogue.indicator(request.code)
    what = counted(catalogue, indicator)
    if what is None:
        check_calibre(request, sources.observations, as_of(sources, request))
        return observed_table(sources.observations, catalogue, request, reach)
    request.check((*dimensions(what.dataset), REGION), TRANSFORMS)
    check_place(request, what.dataset)
    check_values(request, what.dataset, catalogue)
    day = as_of(sources, request)
    beside = outside(sources.observations, catalogue, request, reach, day)
    prepared = _prepare(_Identity(catalogue), request, day, _frozen(beside))
    guarded = guard(prepared.plan, prepared.question, reach, request)
    limit = _Limit(most, catalogue.codes)
    answered = _answer(sources, prepared, day, engine, rollups, limit)
    found = _finish(prepared, answered, request, indicator, day)
    found = only_where_there_are_lines(found, sources.lake_root, what.dataset, day)
    found = mark_incomplete(found, prepared.plan, months_waiting(sources.lake_root, what.dataset, day))
    found = _within_reach(found, request, indicator, reach, what)
    return found if guarded is None else guarded.mask(found, sources.lake_root)


def as_of(sources: Sources, request: Request) -> date:
    """The day whose knowledge counts: the one asked for, else the store's own, else today."""
    if request.as_of is not None:
        return request.as_of
    return sources.observations.as_of if isinstance(sources.observations, Snapshot) else business_date()


def asked(catalogue: Catalogue, request: Request, day: date | None) -> Question:
    """The question to the cells that a request comes down to."""
    return _prepare(_Identity(catalogue), request, day or business_date(), ()).question


def rolled(root: Path, code: str) -> bool:
    """Whether anything of the dataset has been rolled up."""
    return reader_of(root, code) is not None


# -- from the request to the query


class _Identity:
    """A value as a key of a cache by its own identity; the value is held, so no other can take its place."""

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.it is self.it


@dataclass(frozen=True)
class Prepared:
    """A request with all that does not depend on the data: the plan of its transform and the question to the cells."""

    asked: Request
    what: Counted
    plan: Plan
    question: Question

    def shape(self, cells: Cells) -> Shape:
        """What these cells look like to the transform."""
        own = [slot.stretches[0] for slot in self.plan.slots]
        plain = self.plan.stretches == 1 and not self.what.member and self.plan.transform.code != "convert"
        return replace(self.what.shape, single=plain and cells.single(own))


@lru_cache(maxsize=1024)
def _prepare(held: _Identity, request: Request, day: date, beside: _Beside) -> Prepared:
    catalogue: Catalogue = held.it
    indicator = catalogue.indicator(request.code)
    what = counted(catalogue, indicator)
    if what is None:
        raise ValueError(f"{request.code} is not counted from records")
    asked = _with_columns(request, what)
    time = what.time or ("sum" if what.member else None)
    prices_and_rates = {name: dict(values) for name, values in beside}
    planned = plan(asked, indicator, today=day, time=time, additive=what.additive, **prices_and_rates)
    if what.formula is not None:
        planned = replace(planned, ratio=True)  # its values are doubles, and may have none
    if what.scale:
        planned = replace(planned, small_base=planned.small_base * 10**what.scale)
    ends = request.last.end
    stretches = [stretch for slot in planned.slots for stretch in slot.stretches]
    asked_of = question(
        what.terms(catalogue, ends),
        request.region,
        planned.first,
        planned.last,
        planned.cell_dims,
        planned.cell_where,
        runs=runs_of(stretches),
    )
    return Prepared(asked, what, planned, asked_of)


#: Prices or rates of months, as a key.
_Beside = tuple[tuple[str, tuple[tuple[int, float], ...]], ...]


def _frozen(beside: dict[str, dict[int, float]]) -> _Beside:
    return tuple((name, tuple(sorted(values.items()))) for name, values in sorted(beside.items()))


def _with_columns(request: Request, what: Counted) -> Request:
    """The request with ``region`` told as the column that holds the places below the region asked for."""
    if REGION not in request.by and REGION not in request.where and REGION not in request.option("of").split("+"):
        return request

    def said(name: str) -> str:
        return places((name,), request.region, what.dataset)[0]

    options = {**request.options}
    if request.option("of"):
        options["of"] = "+".join(map(said, request.option("of").split("+")))
    return request.with_(
        by=tuple(map(said, request.by)), where={said(k): v for k, v in request.where.items()}, options=options
    )


# -- from the query to the answer


@dataclass(frozen=True)
class Answer:
    """What an engine answered: the columns, and where they come from."""

    columns: Columns
    cells: Cells
    route: Route | None
    sql: str
    engine: str
    synthetic: bool


@dataclass(frozen=True)
class _Limit:
    """How many rows an answer may have, and the code lists that tell how many values a column can have."""

    most: int
    codes: CodeLists


def _answer(
    sources: Sources, prepared: Prepared, day: date, engine: Engine | None, rollups: bool, limit: _Limit
) -> Answer:
    chosen = engine or engine_of()
    if rollups and isinstance(chosen, DuckEngine):
        found = _from_rollup(sources.lake_root, prepared, day, limit)
        if found is not None:
            return found
    return _from_lines(sources.lake_root, prepared, day, chosen, limit)


def _from_lines(root: Path, prepared: Prepared, day: date, engine: Engine, limit: _Limit) -> Answer:
    versions = in_force(root, prepared.question.dataset, day)
    cells, sql, whole = _over_lines(_Identity(prepared), _Identity(versions), _Identity(engine))
    planned = prepared.plan
    bound = of_lines(prepared.question.dataset, limit.codes, cells, planned.dims)
    check_size(planned, cells, limit.most, bound, engine.run)
    columns = engine.statements().fetch(sql) if isinstance(engine, DuckEngine) else engine.run(whole)
    synthetic = any(one.synthetic for one in cells.versions)
    return Answer(columns, cells, None, sql, f"{engine.name} {engine.version}", synthetic)


@lru_cache(maxsize=256)
def _over_lines(held: _Identity, versions: _Identity, on: _Identity) -> tuple[Cells, str, Any]:
    """The cells, the query as text, and the query itself (None for DuckDB, which reads the text as it stands)."""
    prepared: Prepared = held.it
    engine: Engine = on.it
    cells = from_lines(prepared.question, versions.it, engine)
    if isinstance(engine, DuckEngine):
        text = compile.text(prepared.plan, engine.sql(cells.query), cells.months, prepared.shape(cells))
        # Counted by itself, the scan is not bent to what joins it afterwards.
        return cells, text.replace("WITH cells AS (", "WITH cells AS MATERIALIZED (", 1), None
    whole = compile.query(prepared.plan, cells.query, cells.months, prepared.shape(cells))
    return cells, engine.sql(whole), whole


def _from_rollup(root: Path, prepared: Prepared, day: date, limit: _Limit) -> Answer | None:
    """The answer from a roll-up; None where none can tell, or where other vintages are asked for than it holds."""
    rolled = _rolled_of(root, prepared.question.dataset.code)
    if rolled is None:
        return None
    warm = rolled.warm(prepared, day)
    if warm is None:
        return None
    statements = rolled.statements(warm.table)
    bound = of_codes(warm.cells, prepared.plan.dims, rolled.reader.tables[warm.table].rows)
    check_size(prepared.plan, warm.cells, limit.most, bound, statements.run)
    columns = statements.fetch(warm.sql)
    columns = _in_order(columns, prepared.plan, {dim: rolled.texts(dim) for dim in prepared.plan.dims})
    return Answer(columns, warm.cells, warm.route, warm.sql, "duckdb", warm.synthetic)


@dataclass(frozen=True)
class _Warm:
    """A compiled question to one manifest's roll-ups."""

    table: str
    sql: str
    cells: Cells
    route: Route
    synthetic: bool


class _Recent(Generic[Key, Value]):
    """What was last made, by its key; for many threads, of which two may make the same."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made


class _Rolled:
    """A reader of roll-ups with all that is kept for it: compiled questions, texts, each thread's prepared statements.
    Nothing else holds them, so they and their tables leave the memory with the last question to an earlier manifest."""

    def __init__(self, root: Path, reader: RollupReader) -> None:
        self.root, self.reader = root, reader
        self._known: _Recent[tuple[tuple[int, ...], date], _Known | None] = _Recent(64)
        self._warm: _Recent[tuple[_Identity, _Identity], _Warm | None] = _Recent(1024)
        self._texts: _Recent[str, tuple[Array, Array]] = _Recent(64)
        self._own = threading.local()

    def warm(self, prepared: Prepared, day: date) -> _Warm | None:
        """The compiled question; None where no roll-up can answer it, or not as known on ``day``."""
        key = (state(self.root, self.reader.manifest.dataset), day)
        known = self._known.get(key, lambda: _usable(self.reader, self.root, day))
        if known is None:
            return None
        asked = (_Identity(known), _Identity(prepared))
        return self._warm.get(asked, lambda: _compiled(self.reader, known, prepared))

    def texts(self, column: str) -> tuple[Array, Array]:
        """The column's dictionary as an array of texts, and the place of each in their order."""
        return self._texts.get(column, lambda: _ranked(self.reader.dictionary(column)))

    def statements(self, table: str) -> Statements:
        """This thread's prepared questions."""
        try:
            cursor = self.reader.connection(table)
        except duckdb.OutOfMemoryException:
            raise no_memory() from None
        found: Statements | None = getattr(self._own, "statements", None)
        if found is None:
            found = self._own.statements = Statements(cursor)
        return found


_Known = tuple[tuple[int, MonthVersion], ...]


def _usable(rolled: RollupReader, root: Path, day: date) -> _Known | None:
    """The months that may be read from the roll-ups on ``day``: all that were known then, each in the vintage that was in
    force; None where one of them lies in the roll-ups in another vintage, or not at all."""
    found: dict[int, list[MonthVersion]] = {}
    from commercebrain.engine.lake.records.schema import record_dataset

    for version in in_force(root, record_dataset(rolled.manifest.dataset), day):
        found.setdefault(version.month, []).append(version)
    for month, versions in found.items():
        held = rolled.versions.get(month)
        if held is None or set(held.batches) != {one.batch for one in versions}:
            return None
    return tuple((month, one) for month, versions in sorted(found.items()) for one in versions)


def _compiled(rolled: RollupReader, versions: _Known, prepared: Prepared) -> _Warm | None:
    asked = prepared.question
    chosen = route(asked, rolled, years=whole_years(asked, rolled, dict(versions)))
    if chosen is None:
        return None
    cells = from_rollup(asked, chosen, rolled, dict(versions))
    within = tuple(one for month, one in versions if needed(asked, month))
    cells = replace(cells, versions=within)
    text = compile.text(
        prepared.plan,
        cells.query.sql(dialect="duckdb"),
        cells.months,
        prepared.shape(cells),
    )
    return _Warm(chosen.table, text, cells, chosen, any(one.synthetic for one in within))


def whole_years(asked: Question, reader: RollupReader, known: Collection[int]) -> bool:
    """Whether sums by year may answer: every month that they hold of these years counts on the day of the question."""
    first, last = asked.first // 100, asked.last // 100
    return asked.years and all(month in known for month in reader.months if first <= month // 100 <= last)


_readers: dict[tuple[str, str], tuple[tuple[int, int], _Rolled | None]] = {}
_reading = threading.Lock()


def reader_of(root: Path, code: str) -> RollupReader | None:
    """The reader of the roll-ups as the manifest of this moment names them; one a process and manifest."""
    found = _rolled_of(root, code)
    return None if found is None else found.reader


def _rolled_of(root: Path, code: str) -> _Rolled | None:
    with _reading:
        try:
            found = (root / "working" / code / "manifest.json").stat()
        except FileNotFoundError:
            _readers.pop((str(root), code), None)
            return None
        stamp, key = (found.st_mtime_ns, found.st_ino), (str(root), code)
        held = _readers.get(key)
        if held is None or held[0] != stamp:
            reader = Working(root).reader(code)
            held = _readers[key] = (stamp, None if reader is None else _Rolled(root, reader))
            while len(_readers) > 8:
                del _readers[next(iter(_readers))]
        return held[1]


def _in_order(columns: Columns, planned: Plan, decode: Mapping[str, tuple[Array, Array]]) -> Columns:
    """Codes read as texts, rows in the order of period and texts."""
    keys: list[Any] = []
    out = dict(columns)
    for dim in planned.dims:
        texts, rank = decode[dim]
        codes = np.asarray(columns[dim])
        keys.append(rank[codes])
        out[dim] = texts[codes]
    if not keys:
        return out
    order = np.lexsort([*reversed(keys), np.asarray(columns["period"])])
    if (order[1:] > order[:-1]).all():
        return out
    return {name: column[order] for name, column in out.items()}


def _ranked(values: Sequence[str]) -> tuple[Array, Array]:
    texts = np.array(values, dtype=str)
    rank = np.empty(len(texts), np.int64)
    rank[np.argsort(texts, kind="stable")] = np.arange(len(texts))
    return texts, rank


# -- from the answer to the table


def _finish(prepared: Prepared, answered: Answer, request: Request, indicator: Indicator, day: date) -> FigureTable:
    planned = prepared.plan
    columns = answer.columns(planned, answered.columns, scale=prepared.what.scale)
    named = dict(zip(planned.dims, request.by, strict=True))
    columns = {named.get(name, name): column for name, column in columns.items()}
    return FigureTable(
        request=request,
        indicator=indicator,
        unit=planned.unit,
        columns=columns,
        level_unit=planned.level_unit,
        decimals=planned.decimals,
        vintage=Vintage(day, answered.cells.versions),
        source=answered.cells.source,
        engine=answered.engine,
        sql=answered.sql,
        synthetic=answered.synthetic,
    )


def _within_reach(
    found: FigureTable, request: Request, indicator: Indicator, reach: Reach, what: Counted
) -> FigureTable:
    """The table with what lies outside ``reach`` blanked: rows of places that may not be seen, or all of it."""
    if reach.sees(request.region, indicator.classification):
        return found
    place = next((name for name in (REGION, what.dataset.place) if name in request.by), None)
    hidden = np.ones(len(found), bool)
    if place is not None:
        seen = {code: reach.sees(code, indicator.classification) for code in set(found.columns[place].tolist())}
        hidden = np.array([not seen[code] for code in found.columns[place].tolist()], bool)
        uses_whole = found.request.transform in ("share", "contribution", "pull", "rank")
        if hidden.any() and uses_whole:
            hidden[:] = True
    columns = dict(found.columns)
    for name in NUMBERS:
        column = np.ma.MaskedArray(np.ma.getdata(columns[name]).copy(), mask=np.ma.getmaskarray(columns[name]) | hidden)
        column.data[hidden] = 0
        columns[name] = column
    columns["reason"] = np.where(hidden, "out_of_reach", columns["reason"])
    columns["flag"] = np.where(hidden, "confidential", columns["flag"])
    return found.but(columns=columns)
