"""The cells of a question: one whole number for each month and combination of break-downs, before any transform.

``cells(period, …, value)`` has a row where at least one line lies; ``months(period)`` the months that were taken in. What
stands in a month that was taken in and has no cell is a true 0; a month that was not taken in is missing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from sqlglot import exp

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.conditions import AllOf, Among, AnyOf, Condition, Not
from commercebrain.engine.indicators.definitions import Definition
from commercebrain.engine.indicators.engines.base import Engine, LineFiles
from commercebrain.engine.indicators.logical import MONTH, Logical, columns, dimensions
from commercebrain.engine.indicators.predicates import logical, over_text, whole
from commercebrain.engine.indicators.spine import Stretch, shift
from commercebrain.engine.lake.records.layout import CONSTANT, data_columns, sql_type
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.records.table import MonthVersion

NATION = "100000"
#: The invented regions, which never count for a real one.
INVENTED = "99"
REGION = "region"
#: With more runs of months than this, telling a line's run costs more than it saves.
FEW_RUNS = 8


@dataclass(frozen=True)
class Term:
    """One number of each cell, under ``name``: a definition, and its condition with the groups resolved."""

    name: str
    definition: Definition
    taken: Condition


@dataclass(frozen=True)
class Question:
    """What is asked of the lines of ``dataset``: which ``terms`` of those that satisfy ``common``, over which months
    (yyyymm, both ends included), by which logical columns.

    ``runs`` are the stretches of months that the question needs, each of months that need not be told apart (a year, a
    year to date): cells are summed over them. ``member`` is set where different values of a column are counted: there is a cell for each value, and a term that
    counts them tells how many lines it takes.
    """

    dataset: RecordDataset
    terms: tuple[Term, ...]
    common: Condition
    first: int
    last: int
    by: tuple[str, ...]
    member: str = ""
    runs: tuple[Stretch, ...] = ()

    @property
    def years(self) -> bool:
        """Whether whole years are asked for."""
        return bool(self.runs) and all(first % 100 == 1 and last % 100 == 12 for first, last in self.runs)

    @property
    def columns(self) -> Mapping[str, Logical]:
        """The logical columns of the dataset."""
        return columns(self.dataset)

    @property
    def taken(self) -> Condition:
        """The lines that any of the terms needs."""
        if len(self.terms) == 1:
            return _all((self.common, self.terms[0].taken))
        return _all((self.common, AnyOf(tuple(one.taken for one in self.terms))))

    @property
    def numbers(self) -> bool:
        """Whether cells hold numbers beside their keys: where members alone are counted, they do not."""
        return not self.member or len(self.terms) > 1

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of a cell beside its month and its numbers."""
        return tuple(dict.fromkeys((*self.by, *filter(None, (self.member,)))))


def _all(of: tuple[Condition, ...]) -> Condition:
    kept = tuple(one for one in of if one != AllOf(()))
    return kept[0] if len(kept) == 1 else AllOf(kept)


@dataclass(frozen=True)
class Cells:
    """The cells of a question as a query, and how to read its columns.

    ``decode`` gives the texts of each break-down's codes, where the query works on codes. ``versions`` are the months'
    vintages behind it, ``source`` is ``lines`` or ``rollup:<table>``.
    """

    query: exp.Select
    months: tuple[int, ...]
    source: str
    versions: tuple[MonthVersion, ...] = ()
    decode: Mapping[str, Sequence[str]] = field(default_factory=dict)
    periods: tuple[int, ...] = ()

    def single(self, stretches: Sequence[Stretch]) -> bool:
        """Whether no two cells of one member lie in one of ``stretches``."""
        held = sorted(self.periods)
        return all(bisect_right(held, last) - bisect_left(held, first) <= 1 for first, last in stretches)


def inside(region: str, dataset: RecordDataset) -> Condition:
    """The lines of ``region``: of a county its own, of a city its counties', of a province its cities'."""
    if dataset.place is None:
        return AllOf(())
    if region == NATION:
        return Not(Among(dataset.place, prefixes=(INVENTED,)))
    return Among(dataset.place, prefixes=(stem(region),))


def stem(region: str) -> str:
    """The digits that the codes of all places in ``region`` begin with."""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region


def place_column(region: str, dataset: RecordDataset) -> str:
    """The column that breaks ``region`` down by the places directly below it (a county: itself)."""
    if dataset.place is None:
        raise UserError(
            "table.no_place",
            f"数据集“{dataset.record.zh}”没有地区列，不能按地区细分。",
            f"The dataset “{dataset.record.en}” has no region column, so it cannot be broken down by region.",
        )
    return "province" if region == NATION else "city" if region.endswith("0000") else dataset.place


def places(names: Iterable[str], region: str, dataset: RecordDataset) -> tuple[str, ...]:
    """The columns of a break-down, ``region`` being the places directly below the region asked for."""
    return tuple(place_column(region, dataset) if name == REGION else name for name in names)


def question(
    terms: tuple[Term, ...],
    region: str,
    first: int,
    last: int,
    by: Iterable[str] = (),
    where: Mapping[str, Iterable[str]] | None = None,
    *,
    runs: tuple[Stretch, ...] = (),
) -> Question:
    """The question of some terms in a region; ``where`` keeps the lines with these values of each column.

    Raises :class:`UserError` (``table.dimension``) for a column by which the dataset cannot be broken down.
    """
    dataset = terms[0].definition.dataset
    dims = tuple(dict.fromkeys(by))
    able = dimensions(dataset)
    for name in (*dims, *(where or {})):
        if name not in able:
            raise UserError(
                "table.dimension",
                f"“{dataset.record.zh}”不能按“{name}”细分，可用：{'、'.join(able)}。",
                f"“{dataset.record.en}” cannot be broken down by “{name}”; there are: {', '.join(able)}.",
            )
    filters = (Among(name, frozenset(values)) for name, values in sorted((where or {}).items()))
    member = next((one.definition.measure.column for one in terms if not one.definition.measure.additive), "")
    return Question(dataset, terms, _all((inside(region, dataset), *filters)), first, last, dims, member, runs)


def from_lines(asked: Question, versions: Sequence[MonthVersion], engine: Engine) -> Cells:
    """The cells counted from the lines of ``versions`` (those in force on the day of the question)."""
    dataset, there = asked.dataset, asked.columns
    within = [one for one in versions if needed(asked, one.month)]
    read = within if dataset.arrives == "month" else list(versions)
    table = engine.lines(line_files(dataset, read))
    source: exp.Expr = table if dataset.arrives == "month" else _latest(table, dataset, read)
    told = {name: _told(asked, name) for name in asked.keys}
    months = tuple(sorted({one.month for one in within}))
    period = stands_in(asked, months)
    keys = [exp.alias_(period, "period"), *(exp.alias_(one, name) for name, one in told.items())]
    values = [exp.alias_(_measured(asked, one), one.name) for one in asked.terms if asked.numbers]
    # A file holds one month, so nothing but the months needed is read; rows that add up may move from month to month.
    within_months = [] if dataset.arrives == "month" else [months_within(asked)]
    query = (
        exp.select(*keys, *values)
        .from_(source)
        .where(*within_months, over_text(asked.taken, there))
        .group_by(period.copy(), *(one.copy() for one in told.values()))
    )
    return Cells(query, months, "lines", tuple(within), periods=stand_ins(asked, months))


def _told(asked: Question, name: str) -> exp.Expr:
    """The column of a break-down; "" where a line has no value, so that it is a part like any other."""
    column = asked.columns[name]
    if asked.dataset.columns[column.base].required:
        return logical(column)
    return exp.Coalesce(this=logical(column), expressions=[exp.Literal.string("")])


def needed(asked: Question, month: int) -> bool:
    """Whether the question needs the month."""
    if not asked.runs:
        return asked.first <= month <= asked.last
    return any(first <= month <= last for first, last in asked.runs)


def months_within(asked: Question, known: Iterable[int] | None = None) -> exp.Expr:
    """The months of the question, or those ``known`` of them, as a condition."""
    pieces = asked.runs or ((asked.first, asked.last),)
    if known is not None:
        pieces = tuple((month, month) for month in sorted(known) if needed(asked, month))
    joined: list[list[int]] = []
    for first, last in pieces:
        if joined and shift(joined[-1][1], 1) == first:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    column = exp.column(MONTH)
    each = [exp.Between(this=column.copy(), low=whole(first), high=whole(last)) for first, last in joined]
    return (each[0] if len(each) == 1 else exp.or_(*each)) if each else exp.false()


def runs_of(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The months of all stretches, cut wherever one of them begins or ends: inside a piece no month differs."""
    several = set(stretches)
    cuts = sorted({first for first, _ in several} | {shift(last, 1) for _, last in several})
    pieces = [(one, shift(other, -1)) for one, other in pairwise(cuts)]
    return tuple((a, b) for a, b in pieces if any(first <= a and b <= last for first, last in several))


def stands_in(asked: Question, months: Sequence[int]) -> exp.Expr:
    """The month in which a line counts: its own, or the first known month of its run where runs are few and long."""
    if not _merged(asked, months):
        return exp.column(MONTH)
    several = [(last, run[0]) for (_, last), run in zip(asked.runs, known_runs(asked, months), strict=True) if run]
    place = exp.Case(default=whole(several[-1][1]))
    for last, stand_in in several[:-1] or several:  # runs are in order, and no other month is read
        place = place.when(exp.LTE(this=exp.column(MONTH), expression=whole(last)), whole(stand_in))
    return place


def stand_ins(asked: Question, months: Sequence[int]) -> tuple[int, ...]:
    """The months that :func:`stands_in` gives."""
    if not _merged(asked, months):
        return tuple(months)
    return tuple(known[0] for known in known_runs(asked, months) if known)


def known_runs(asked: Question, months: Sequence[int]) -> list[list[int]]:
    """The known months of each run."""
    return [[month for month in months if first <= month <= last] for first, last in asked.runs]


def _merged(asked: Question, months: Sequence[int]) -> bool:
    return 0 < len(asked.runs) <= FEW_RUNS and any(len(known) > 1 for known in known_runs(asked, months))


def line_files(dataset: RecordDataset, versions: Iterable[MonthVersion]) -> LineFiles:
    """The files of some months' vintages."""
    types = {name: sql_type(column) for name, column in data_columns(dataset).items()}
    types |= {name: kind for name, (kind, _) in CONSTANT.items()}
    return LineFiles(tuple(Path(file) for one in versions for file in one.files), types)


def _measured(asked: Question, term: Term) -> exp.Expr:
    """A term's measure as a whole number; beside other terms only over the lines that it takes itself."""
    measure, scale = term.definition.measure, term.definition.scale
    given: exp.Expr = whole(1) if measure.kind != "sum" else exp.column(measure.column)
    if len(asked.terms) > 1:
        given = exp.Case(default=whole(0)).when(over_text(term.taken, asked.columns), given)
    total: exp.Expr = exp.Coalesce(this=exp.Sum(this=given), expressions=[whole(0)])
    if scale:
        total = exp.Mul(this=total, expression=whole(10**scale))
    return exp.cast(total, "bigint")


def _latest(table: exp.Expr, dataset: RecordDataset, versions: Sequence[MonthVersion]) -> exp.Expr:
    """Of rows with the same key the one of the latest publication: the lines of a dataset whose rows add up."""
    ranked = sorted(versions, key=lambda one: one.rank)
    place = exp.Case(default=whole(0))
    for number, batch in enumerate(dict.fromkeys(one.batch for one in ranked), start=1):
        place = place.when(exp.EQ(this=exp.column("batch"), expression=exp.Literal.string(batch)), whole(number))
    latest = place if versions else whole(0)  # a CASE without a branch is no query
    over = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(name) for name in dataset.key],
        order=exp.Order(
            expressions=[
                exp.Ordered(this=exp.column("published"), desc=True),
                exp.Ordered(this=exp.column("taken_in"), desc=True),
                exp.Ordered(this=latest, desc=True),
            ]
        ),
    )
    names = [*data_columns(dataset), MONTH]
    every = exp.select(*map(exp.column, names), exp.alias_(over, "latest")).from_(table)
    kept = exp.select(*map(exp.column, names)).from_(every.subquery("every_row")).where("latest = 1")
    return kept.subquery("lines")
