"""The queries give what a second, plain implementation gives: whole numbers equal, ratios within 1e-12."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.indicators.transforms import twin

from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.transforms.answer import columns
from commercebrain.engine.indicators.transforms.compile import query, text
from commercebrain.engine.indicators.transforms.plan import Plan, plan

Cells = Mapping[tuple[int, tuple[str, ...]], int]
DIMS = ("county", "country", "uscc")
TODAY = date(2025, 7, 25)  # with 20 days' lag June 2025 is due, July is not
CONNECTION = duckdb.connect()
CONNECTION.execute("SET threads = 1")


def indicator(**more: Any) -> Indicator:
    base: dict[str, Any] = {
        "code": "line_export",
        "name": {"zh": "出口额（明细）", "en": "Exports, from records"},
        "definition": {"zh": "出口", "en": "exports"},
        "dataset": "declaration_lines",
        "measure": "sum(value_cny)",
        "unit": "元",
        "kind": "annual_flow",
        "adds": {"time": "sum", "place": "sum"},
        "better": "higher",
        "classification": "internal",
        "area": "trade",
        "source": [{"doc": "plan.txt", "clause": "一"}],
        "lag_days": 20,
    }
    return Indicator.model_validate(base | more)


EXPORT = indicator()


def request(transform: str, first: str, last: str, by: tuple[str, ...] = (), **options: str) -> Request:
    return Request("line_export", "990100", first, last, by=by, transform=transform, options=options)


def cells_sql(cells: Cells, dims: tuple[str, ...]) -> str:
    """Cells of the dims that the plan needs, summed as the layer below would."""
    rows = (
        ", ".join(
            f"({month}, {', '.join(repr(part) for part in key)}, {value})" for (month, key), value in cells.items()
        )
        or "(0, '', '', '', 0)"
    )
    keep = "".join(f", {dim}" for dim in dims)
    return (
        f"SELECT period{keep}, CAST(SUM(value) AS BIGINT) AS value FROM (VALUES {rows}) AS t(period, county, country, uscc, value)"
        f" WHERE period > 0 GROUP BY period{keep}"
    )


def months_sql(known: list[int]) -> str:
    return f"SELECT period FROM (VALUES {', '.join(f'({m})' for m in known)}) AS t(period)"


def answer(made: Plan, cells: Cells, known: list[int]) -> dict[str, Any]:
    done = text(made, cells_sql(cells, made.cell_dims), months_sql(known))
    return columns(made, CONNECTION.execute(done).fetchnumpy())


def table(made: Plan, cells: Cells, known: list[int]) -> dict[tuple[int, tuple[str, ...]], Any]:
    found = answer(made, cells, known)
    lists = {name: column.tolist() for name, column in found.items()}
    keys = list(zip(*(lists[dim] for dim in made.dims), strict=True)) or [()] * len(lists["period"])
    shown = zip(lists["value"], lists["reason"], lists["flag"], lists["level"], lists["base"], strict=True)
    return {(p, key): row for p, key, row in zip(lists["period"], keys, shown, strict=True)}


@st.composite
def data(draw: st.DrawFn) -> tuple[dict[tuple[int, tuple[str, ...]], int], list[int]]:
    """Cells in known months over two and a half years: new and vanished members, zeros, corrections below zero."""
    every = twin.months(202212, 202507)
    missing = draw(st.sets(st.sampled_from(every), max_size=4))
    known = [month for month in every if month not in missing and month != 202507]
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from("AB"), st.sampled_from(["USA", "JPN", "DEU"]), st.sampled_from("xyz")),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    amount = st.one_of(
        st.integers(0, 3), st.integers(-2, 10), st.integers(1, 10**12), st.sampled_from([0, 999_999, 1_000_000])
    )
    cells = {}
    for key in keys:
        begin, end = sorted(draw(st.tuples(st.sampled_from(every), st.sampled_from(every))))
        steady = draw(st.none() | amount)
        for month in known:
            if begin <= month <= end and draw(st.integers(0, 9)) > 0:
                cells[month, key] = draw(amount) if steady is None else steady
    return cells, known


WAYS = [
    # transform, by, fold, within, options
    ("level", (), (), (), {}),
    ("level", ("county", "country"), (), (), {}),
    ("yoy", ("county",), (), (), {}),
    ("yoy", ("county", "country"), (), (), {"single_months": "1"}),
    ("mom", ("country",), (), (), {}),
    ("mom", (), (), (), {"single_months": "1"}),
    ("ytd", ("county",), (), (), {}),
    ("ytd_yoy", ("county", "country"), (), (), {}),
    ("comparable", ("county",), ("uscc",), (), {}),
    ("two_year_avg", ("country",), (), (), {}),
    ("share", ("county", "country"), (), (), {}),
    ("share", ("county", "country"), (), ("county",), {"of": "country"}),
    ("contribution", ("county", "country"), (), ("county",), {"of": "country"}),
    ("contribution", ("country",), (), (), {}),
    ("pull", ("county",), (), (), {}),
    ("hhi", ("county",), ("uscc",), (), {}),
    ("hhi", (), ("country",), (), {"of": "country"}),
    ("crn", ("county",), ("country",), (), {"of": "country", "n": "2"}),
    ("diffusion", ("county",), ("uscc",), (), {}),
    ("rank", ("county", "country"), (), ("county",), {"of": "country"}),
    ("moving_avg", ("county",), (), (), {"window": "3"}),
]


@pytest.mark.parametrize(("code", "by", "fold", "within", "options"), WAYS, ids=lambda way: str(way))
@given(given_=data(), ends=st.tuples(st.integers(0, 18), st.integers(0, 18)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_query_gives_what_the_plain_twin_gives(
    code: str,
    by: tuple[str, ...],
    fold: tuple[str, ...],
    within: tuple[str, ...],
    options: dict[str, str],
    given_: tuple[dict[tuple[int, tuple[str, ...]], int], list[int]],
    ends: tuple[int, int],
) -> None:
    cells, known = given_
    span = twin.months(202401, 202507)
    first, last = (span[n] for n in sorted(ends))
    asked = request(code, f"{first // 100}-{first % 100:02d}", f"{last // 100}-{last % 100:02d}", by, **options)
    made = plan(asked, EXPORT, today=TODAY)
    found = table(made, cells, known)
    at = {dim: n for n, dim in enumerate(DIMS)}
    told = twin.Twin(cells, known, first, last, due=202506, small=1_000_000).table(
        code,
        tuple(at[d] for d in by),
        tuple(at[d] for d in fold),
        tuple(at[d] for d in within),
        single="single_months" in options,
    )
    assert list(found) == sorted(told), "the rows, in order"
    for key, row in told.items():
        value, reason, flag, level, base = found[key]
        assert (reason, flag) == (row.reason, row.flag), key
        assert twin.close(value, row.value), (key, value, row.value)
        if code not in ("hhi", "crn", "diffusion"):
            assert (level, base) == (row.level, row.base), key


@given(given_=data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_pulls_add_up_to_the_growth_of_the_whole_exactly(
    given_: tuple[dict[tuple[int, tuple[str, ...]], int], list[int]],
) -> None:
    cells, known = given_
    ends = ("2024-01", "2025-06")
    parts = answer(plan(request("pull", *ends, ("county", "country")), EXPORT, today=TODAY), cells, known)
    whole = answer(plan(request("yoy", *ends), EXPORT, today=TODAY), cells, known)
    for i, period in enumerate(whole["period"]):
        if whole["reason"][i]:
            continue
        mine = parts["period"] == period
        assert parts["change"][mine].sum() == whole["change"][i]
        assert set(parts["whole"][mine].tolist()) == ({whole["base"][i]} if mine.any() else set())


@given(given_=data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_shares_of_an_exhaustive_partition_add_up_to_a_hundred(
    given_: tuple[dict[tuple[int, tuple[str, ...]], int], list[int]],
) -> None:
    cells, known = given_
    cells = {key: abs(value) for key, value in cells.items()}
    found = answer(
        plan(request("share", "2024-01", "2025-06", ("county", "country")), EXPORT, today=TODAY), cells, known
    )
    for period in set(found["period"].tolist()):
        mine = found["period"] == period
        if not any(found["reason"][mine]):
            assert found["value"][mine].sum() == pytest.approx(100, abs=1e-9)


FORMS = [*WAYS, ("index", ("county",), (), (), {"base": "2024"}), ("seasonal", ("county",), (), (), {})]


@pytest.mark.parametrize(("code", "by", "fold", "within", "options"), FORMS, ids=lambda way: str(way))
@pytest.mark.parametrize("dialect", ["spark", "clickhouse"])
def test_every_query_is_written_for_every_engine_and_reads_back(
    code: str,
    by: tuple[str, ...],
    fold: tuple[str, ...],
    within: tuple[str, ...],
    options: dict[str, str],
    dialect: str,
) -> None:
    made = plan(request(code, "2024-01", "2025-06", by, **options), EXPORT, today=TODAY)
    cells = sqlglot.parse_one(cells_sql({(202401, ("A", "USA", "x")): 1}, made.cell_dims), read="duckdb")
    whole = query(made, cells, sqlglot.parse_one(months_sql([202401]), read="duckdb"))  # type: ignore[arg-type]
    told = whole.sql(dialect=dialect)
    assert sqlglot.parse_one(told, read=dialect).sql(dialect=dialect)
    assert "//" not in told


def test_the_expression_and_the_text_are_the_same_question() -> None:
    cells = {(202401, ("A", "USA", "x")): 5, (202301, ("A", "USA", "x")): 4, (202302, ("B", "JPN", "y")): 7}
    known = twin.months(202301, 202403)
    made = plan(request("yoy", "2024-01", "2024-03", ("county",)), EXPORT, today=TODAY)
    one = text(made, cells_sql(cells, made.cell_dims), months_sql(known))
    other = query(
        made,
        sqlglot.parse_one(cells_sql(cells, made.cell_dims), read="duckdb"),  # type: ignore[arg-type]
        sqlglot.parse_one(months_sql(known), read="duckdb"),  # type: ignore[arg-type]
    ).sql(dialect="duckdb")
    assert CONNECTION.execute(one).fetchall() == CONNECTION.execute(other).fetchall()
