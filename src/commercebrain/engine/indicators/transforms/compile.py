"""From a plan to one query: cells in, rows with value, reason and flag out.

The query is a chain of common tables built only of what every engine has: joins on equality, GROUP BY, CASE, a few row
windows. ``grid`` holds the rows asked for with their stretches as literal months; ``span_map`` says which known month
counts for which row and as what; ``sums`` reads the cells once and sums the period itself and its bases side by side,
so growth needs no self-join; ``spine`` gives every member every row (a member that does not occur in a known month is a
true zero); the last SELECT applies the rule and says why there is no number. Text is the generic dialect that DuckDB
reads as it stands; other engines get it through sqlglot. Names of dimensions are checked words of the dataset before
they come here, and texts are quoted by :func:`_literal`.
"""

# ruff: noqa: S608 (the query is what this module makes)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlglot
from sqlglot import exp

from commercebrain.engine.indicators.request import MAX_ROWS
from commercebrain.engine.indicators.spine import Slot
from commercebrain.engine.indicators.transforms.plan import Plan

#: Column → SQL of what stands for it, for one stretch.
Columns = Mapping[str, str]


@dataclass(frozen=True)
class Shape:
    """What the cells look like: the columns to be summed (``values``), or the column of which different values are
    counted (``member``); ``combine`` makes the indicator of the sums where it is a ratio (SQL over the given names,
    a DOUBLE, NULL where it has no value). Of the values named in ``distinct`` not the sum counts, but how many different
    members have one above zero. ``single`` says that no two cells of one member lie in one row of the answer, so that
    there is nothing to be summed."""

    values: tuple[str, ...] = ("value",)
    member: str = ""
    combine: Callable[[Columns], str] | None = None
    distinct: tuple[str, ...] = ()
    single: bool = False


#: More rows than this of which month counts for which row are worked out by the engine, not written into the query.
MAX_LITERAL_ROWS = 4000
#: The months known, as a query of one column ``period``, or outright: then what is known of each row is worked out here
#: and not by the engine.
Months = Sequence[int]


def query(plan: Plan, cells: exp.Query, months: exp.Query | Months, shape: Shape | None = None) -> exp.Select:
    """The whole question as one expression: ``cells(period, <plan.cell_dims>, value)`` and ``months(period)`` in front,
    the chain behind."""
    given: list[tuple[str, exp.Query]] = [("cells", cells)]
    known: Months | None = None
    if isinstance(months, exp.Query):
        given.insert(0, ("months", months))
    else:
        known = months
    *stated, (_, last) = stages(plan, shape, known)
    chain = ", ".join(f"{name} AS ({body})" for name, body in stated)
    tail = cast("exp.Select", sqlglot.parse_one(f"WITH {chain} {last}", read="duckdb"))
    tables = tail.args.get("with_") or tail.args["with"]
    for name, body in given:
        alias = exp.TableAlias(this=exp.to_identifier(name))
        tables.expressions.insert(0, exp.CTE(this=body.copy(), alias=alias))
    tables.set("expressions", tables.expressions)
    return tail


def text(plan: Plan, cells: str, months: str | Months, shape: Shape | None = None) -> str:
    """The same as text for DuckDB, without a parse: for warm paths."""
    *chain, (_, last) = stages(plan, shape, None if isinstance(months, str) else months)
    told = [("cells", cells), *([("months", months)] if isinstance(months, str) else []), *chain]
    return "WITH " + ",\n".join(f"{name} AS ({body})" for name, body in told) + f"\n{last}"


def stages(plan: Plan, shape: Shape | None = None, months: Months | None = None) -> list[tuple[str, str]]:
    """The common tables by name, and the last SELECT (named ``""``)."""
    form = shape or Shape()
    found: list[tuple[str, str]] = []
    if months is not None and _map_size(plan, months) > MAX_LITERAL_ROWS:
        found = [("months", _values([(month,) for month in sorted(set(months))], ("period",)))]
        months = None
    if months is not None:
        found = [("span_map", _literal_map(plan, months)), ("known", _literal_known(plan, months))]
    else:
        found.append(("grid", _grid(plan)))
        if plan.transform.code == "convert":
            found.append(("rates", _values(sorted(plan.rates.items()) or [(0, 0.0)], ("month", "rate"))))
        found += [("span_map", _map(plan)), ("known", _known(plan))]
    found.append(("sums", _sums(plan, form)))
    rows = "sums"
    if plan.fold:
        if plan.rule.numbered:
            found.append(("numbered", _numbered(plan)))
            rows = "numbered"
        found.append(("folded", _folded(plan, rows)))
        rows = "folded"
    if plan.dims and len(plan.slots) > 1:
        found.append(("members", f"SELECT DISTINCT {_pick('s', plan.dims)} FROM {rows} AS s"))
    found.append(("spine", _spine(plan, rows, form)))
    if plan.rule.wholes or plan.rule.ranked:
        found.append(("whole", _wholes(plan)))
    return [*found, ("", _result(plan, "whole" if plan.rule.wholes or plan.rule.ranked else "spine"))]


# -- the stages


def _grid(plan: Plan) -> str:
    rows = []
    for slot in plan.slots:
        row = _row(plan, slot)
        for (first, last), length in zip(slot.stretches, slot.lengths, strict=True):
            row += [first, last, length]
        rows.append(tuple(row))
    names = ["period", "span", "due", "fixed", "price"]
    for i in range(plan.stretches):
        names += [f"a{i}", f"z{i}", f"n{i}"]
    return _values(rows, tuple(names))


def _row(plan: Plan, slot: Slot) -> list[int | float | str]:
    price = float(plan.prices.get(slot.period, 0.0))
    return [slot.period, slot.span, int(slot.due), slot.reason, price]


def _literal_map(plan: Plan, months: Months) -> str:
    """What ``span_map`` would hold, row by row; a row that meets no cell where no month is known."""
    converted = plan.transform.code == "convert"
    rows: list[tuple[int | float | str, ...]] = []
    for slot in plan.slots:
        for month in sorted(set(months)):
            inside = [int(first <= month <= last) for first, last in slot.stretches]
            if any(inside):
                rate = [float(plan.rates.get(month, 0.0))] if converted else []
                rows.append((slot.period, month, *inside, *rate))
    names = ("slot", "month", *(f"in{i}" for i in range(plan.stretches)), *(("rate",) if converted else ()))
    return _values(rows or [(0,) * len(names)], names)


def _literal_known(plan: Plan, months: Months) -> str:
    """What ``known`` would hold."""
    there = set(months)
    converted = plan.transform.code == "convert"
    rows: list[tuple[int | float | str, ...]] = []
    for slot in plan.slots:
        counts = [sum(first <= month <= last for month in there) for first, last in slot.stretches]
        first, last = slot.stretches[0]
        rated = [sum(first <= month <= last and plan.rates.get(month, 0.0) > 0 for month in there)] if converted else []
        rows.append((*_row(plan, slot), *slot.lengths, *counts, *rated))
    letters = [f"{letter}{i}" for letter in ("n", "k") for i in range(plan.stretches)]
    names = ("period", "span", "due", "fixed", "price", *letters, *(("rated",) if converted else ()))
    return _values(rows, names)


def _map_size(plan: Plan, months: Months) -> int:
    widest = max(length for slot in plan.slots for length in slot.lengths)
    return len(plan.slots) * plan.stretches * min(widest, len(months))


def _values(rows: Sequence[Sequence[int | float | str]], names: tuple[str, ...]) -> str:
    told = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
    columns = ", ".join(f"t.{name}" for name in names)
    return f"SELECT {columns} FROM (VALUES {told}) AS t({', '.join(names)})"


def _literal(value: float | str) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"CAST({value!r} AS DOUBLE)" if isinstance(value, float) else str(value)


def _map(plan: Plan) -> str:
    inside = [f"m.period BETWEEN g.a{i} AND g.z{i}" for i in range(plan.stretches)]
    flags = ", ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END AS in{i}" for i, test in enumerate(inside))
    rate, join = "", ""
    if plan.transform.code == "convert":
        rate = ", COALESCE(x.rate, CAST(0 AS DOUBLE)) AS rate"
        join = " LEFT JOIN rates AS x ON x.month = m.period"
    tests = " OR ".join(inside)
    return (
        f"SELECT g.period AS slot, m.period AS month, {flags}{rate} FROM grid AS g CROSS JOIN months AS m{join} "
        f"WHERE {tests}"
    )


def _known(plan: Plan) -> str:
    counts = ", ".join(f"COALESCE(SUM(p.in{i}), 0) AS k{i}" for i in range(plan.stretches))
    names = ("period", "span", "due", "fixed", "price", *(f"n{i}" for i in range(plan.stretches)))
    if plan.transform.code == "convert":
        counts += ", COALESCE(SUM(CASE WHEN p.in0 = 1 AND p.rate > 0 THEN 1 ELSE 0 END), 0) AS rated"
    return (
        f"SELECT {_pick('g', names)}, {counts} FROM grid AS g LEFT JOIN span_map AS p ON p.slot = g.period "
        f"GROUP BY {_list('g', names)}"
    )


def _sums(plan: Plan, form: Shape) -> str:
    found = []
    if form.single:
        picked = _pick("c", plan.cell_dims, lead=True)
        values = ", ".join(f"c.{name} AS {_column(form, name, 0)}" for name in form.values)
        return f"SELECT p.slot AS slot{picked}, {values} FROM cells AS c JOIN span_map AS p ON p.month = c.period"
    for i in range(plan.stretches):
        if form.member and form.combine is None:
            found.append(f"COUNT(DISTINCT CASE WHEN p.in{i} = 1 THEN c.{form.member} END) AS v{i}")
        elif plan.transform.code == "convert":
            found.append(f"SUM(CASE WHEN p.in{i} = 1 THEN CAST(c.value AS DOUBLE) / NULLIF(p.rate, 0) END) AS v{i}")
        else:
            for name in form.values:
                total = f"SUM(CASE WHEN p.in{i} = 1 THEN c.{name} ELSE 0 END)"
                if name in form.distinct:
                    total = f"COUNT(DISTINCT CASE WHEN p.in{i} = 1 AND c.{name} > 0 THEN c.{form.member} END)"
                found.append(f"CAST({total} AS BIGINT) AS {_column(form, name, i)}")
    dims, picked = _list("c", plan.cell_dims, lead=True), _pick("c", plan.cell_dims, lead=True)
    sums = ", ".join(found)
    return f"SELECT p.slot AS slot{picked}, {sums} FROM cells AS c JOIN span_map AS p ON p.month = c.period GROUP BY p.slot{dims}"


def _column(form: Shape, name: str, i: int) -> str:
    return f"{name}_{i}" if form.combine is not None else f"v{i}"


def _numbered(plan: Plan) -> str:
    keys, picked = _list("s", ("slot", *plan.dims)), _pick("s", ("slot", *plan.dims))
    order = ", ".join(["s.v0 DESC", *(f"s.{dim}" for dim in plan.fold)])
    return (
        f"SELECT {picked}, s.v0 AS v0, ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY {order}) AS place FROM sums AS s"
    )


def _folded(plan: Plan, rows: str) -> str:
    keys, picked = _list("i", ("slot", *plan.dims)), _pick("i", ("slot", *plan.dims))
    n = plan.request.number("n", 5, most=1000)
    told = []
    for name, computed in plan.rule.folded:
        kind = "DOUBLE" if "DOUBLE" in computed else "BIGINT"
        told.append(f"CAST({computed.replace('{n}', str(n))} AS {kind}) AS {name}")
    return f"SELECT {picked}, {', '.join(told)} FROM {rows} AS i GROUP BY {keys}"


def _spine(plan: Plan, rows: str, form: Shape) -> str:
    """Every member in every row, with what is known of the row's months."""
    names = ["period", "span", "due", "fixed", "price"]
    names += [f"{letter}{i}" for i in range(plan.stretches) for letter in ("n", "k")]
    names += ["rated"] if plan.transform.code == "convert" else []
    known = _pick("k", tuple(names))
    told = []
    for i in range(plan.stretches):
        if form.combine is not None:
            terms = {name: f"COALESCE(s.{name}_{i}, 0)" for name in form.values}
            told.append(f"{form.combine(terms)} AS v{i}")
        elif not plan.fold or any(name == f"v{i}" for name, _ in plan.rule.folded):
            told.append(f"COALESCE(s.v{i}, 0) AS v{i}")
    told += [f"COALESCE(s.{name}, 0) AS {name}" for name, _ in plan.rule.folded if name in ("f", "m")]
    if plan.dims and len(plan.slots) == 1:  # whoever occurs at all occurs in the only row
        dims = _pick("s", plan.dims, lead=True)
        return f"SELECT {known}{dims}, {', '.join(told)} FROM {rows} AS s JOIN known AS k ON k.period = s.slot"
    dims = _pick("d", plan.dims, lead=True)
    members = " CROSS JOIN members AS d" if plan.dims else ""
    same = "".join(f" AND s.{dim} = d.{dim}" for dim in plan.dims)
    return (
        f"SELECT {known}{dims}, {', '.join(told)} FROM known AS k{members} "
        f"LEFT JOIN {rows} AS s ON s.slot = k.period{same}"
    )


def _wholes(plan: Plan) -> str:
    over = _list("r", ("period", *plan.within))
    told = []
    if plan.rule.wholes:
        told += [f"CAST(SUM(r.v{i}) OVER (PARTITION BY {over}) AS BIGINT) AS w{i}" for i in range(plan.stretches)]
    if plan.rule.ranked:
        way = "DESC" if plan.descending else "ASC"
        nulls = "CASE WHEN r.v0 IS NULL THEN 1 ELSE 0 END"
        told += [
            f"CAST(RANK() OVER (PARTITION BY {over} ORDER BY {nulls}, r.v0 {way}) AS BIGINT) AS ranked",
            f"CAST(COUNT(r.v0) OVER (PARTITION BY {over}) AS BIGINT) AS m",
        ]
    return f"SELECT r.*, {', '.join(told)} FROM spine AS r"


def _result(plan: Plan, rows: str) -> str:
    rule = plan.rule
    reason = _reason(plan)
    based = plan.stretches > 1 and (not plan.fold or any(name == "v1" for name, _ in rule.folded))
    whole_based = rule.whole == "r.w1"
    kind = "BIGINT" if rule.whole_number and not plan.ratio else "DOUBLE"
    none = "CAST(NULL AS BIGINT)"
    level = "CASE WHEN r.k0 > 0 THEN r.v0 END"
    base = "CASE WHEN r.k1 = r.n1 THEN r.v1 END" if based else none
    change = "CASE WHEN r.k1 = r.n1 AND r.k0 = r.n0 THEN r.v0 - r.v1 END" if based else none
    known = "r.k1 = r.n1" if whole_based else "r.k0 > 0"
    whole = f"CASE WHEN {known} THEN {rule.whole} END" if rule.whole else none
    dims = _list("q", plan.dims, lead=True)
    value = f"CASE WHEN q.reason = '' THEN CAST(q.given AS {kind}) END"
    inner = (
        f"SELECT r.period, r.span{_list('r', plan.dims, lead=True)}, {rule.value} AS given, {level} AS level, "
        f"{base} AS base, {whole} AS whole, {change} AS change, {reason} AS reason, {_flag(plan)} AS flag FROM {rows} AS r"
    )
    return (
        f"SELECT q.period, q.span{dims}, {value} AS value, q.level, q.base, q.whole, q.change, q.reason, q.flag "
        f"FROM ({inner}) AS q ORDER BY q.period{dims} LIMIT {MAX_ROWS + 1}"
    )


def _reason(plan: Plan) -> str:
    """Why there is no number: first what is missing of the period, then of its base, then what the rule says."""
    unknown = "r.k0 < r.n0" if plan.rule.strict else "r.k0 = 0"
    tests = [
        ("r.fixed <> ''", "r.fixed"),
        (f"{unknown} AND r.due = 0", "'not_yet_due'"),
        (unknown, "'month_missing'"),
    ]
    tests += [(f"r.k{i} < r.n{i}", "'base_missing'") for i in range(1, plan.stretches)]
    tests += [(test, f"'{code}'") for test, code in plan.rule.reasons]
    if plan.ratio:
        tests.append(("r.v0 IS NULL", "'whole_zero'"))
        tests += [(f"r.v{i} IS NULL", "'base_missing'") for i in range(1, plan.stretches)]
    return "CASE " + " ".join(f"WHEN {test} THEN {then}" for test, then in tests) + " ELSE '' END"


def _flag(plan: Plan) -> str:
    tests = [
        ("r.k0 = 0 AND r.due = 0", "not_yet_due"),
        ("r.k0 = 0", "missing"),
        ("r.k0 < r.n0", "incomplete"),
    ]
    if plan.rule.against and plan.small_base and not plan.ratio:
        tests.append((f"r.k1 = r.n1 AND ABS({plan.rule.against}) < {plan.small_base}", "small_base"))
    if plan.transform.code == "mom" and not plan.adjust:
        tests.append(("r.fixed = ''", "raw"))
    return "CASE " + " ".join(f"WHEN {test} THEN '{flag}'" for test, flag in tests) + " ELSE 'normal' END"


def _pick(table: str, names: tuple[str, ...], *, lead: bool = False) -> str:
    """Columns to be selected, each under its own name: ClickHouse would call one "d.county" after a join."""
    told = ", ".join(f"{table}.{name} AS {name}" for name in names)
    return f", {told}" if lead and told else told


def _list(table: str, names: tuple[str, ...], *, lead: bool = False) -> str:
    told = ", ".join(f"{table}.{name}" for name in names)
    return f", {told}" if lead and told else told
