"""How many rows an answer would have, told before it is computed: an answer beyond the limit is refused at once instead of
filling the memory first."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from sqlglot import exp

from commercebrain.engine.catalogue.codes import CodeLists
from commercebrain.engine.indicators.cells import Cells
from commercebrain.engine.indicators.engines.base import Columns
from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.indicators.request import too_many_rows
from commercebrain.engine.indicators.transforms.plan import Plan
from commercebrain.engine.lake.records.schema import RecordDataset

#: More places than there are in all the country, counties and what is above them.
PLACES = 4000


def check_size(plan: Plan, cells: Cells, most: int, bound: int, run: Callable[[exp.Select], Columns]) -> None:
    """Raise :class:`UserError` (``request.too_many_rows``) where the answer would have more than ``most`` rows.

    Every combination that occurs at all has a row in every period. There are at most ``bound`` of them; only where so
    many would be too many are they counted, and no further than the limit.
    """
    if not plan.dims or bound * len(plan.slots) <= most:
        return
    members = most // len(plan.slots)
    if int(run(count(cells, plan.dims, members + 1))["n"][0]) > members:
        raise too_many_rows(most=most)


def count(cells: Cells, dims: tuple[str, ...], until: int) -> exp.Select:
    """The query for the number of combinations in ``cells``, which stops at ``until``."""
    several = exp.select(*map(exp.column, dims)).distinct().from_(cells.query.subquery("c")).limit(until)
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(several.subquery("m"))


def of_codes(cells: Cells, dims: tuple[str, ...], rows: int) -> int:
    """How many combinations a stored table of so many rows can have at most."""
    return min(rows, prod(len(cells.decode[dim]) for dim in dims))


def of_lines(dataset: RecordDataset, codes: CodeLists, cells: Cells, dims: tuple[str, ...]) -> int:
    """How many combinations the lines behind ``cells`` can have at most, as far as it is known without reading them."""
    rows = sum(one.rows for one in cells.versions)
    there = columns(dataset)
    return min(rows, prod(_values(dataset, codes, there[dim].base, there[dim].digits, rows) for dim in dims))


def _values(dataset: RecordDataset, codes: CodeLists, base: str, digits: int, rows: int) -> int:
    column = dataset.columns[base]
    if column.type == "region":
        return PLACES
    if column.type == "choice":
        return len(column.of) + 1
    if column.type == "code" and digits:
        return int(10**digits) + 1
    known = len(codes(column.list)) if column.type == "code" and column.list else 0
    return known + 1 if known else rows
