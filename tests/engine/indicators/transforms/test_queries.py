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
from tests.depth import examples
from tests.engine.indicators.transforms import twin

from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.transforms.answer import columns
from commercebrain.engine.indicators.transforms.compile import Shape, query, text
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
    """The answer, asked in both ways: with the months as a query, and told outright."""
    lines = cells_sql(cells, made.cell_dims)
    rows = CONNECTION.execute(text(made, lines, months_sql(known))).fetchall()
    told = CONNECTION.execute(text(made, lines, known))
    found = told.fetchnumpy()
    assert CONNECTION.execute(text(made, lines, known)).fetchall() == rows
    return columns(made, found)


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
@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
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
@settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
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
@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
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


def test_a_filter_on_a_part_chooses_rows_and_leaves_the_whole_whole() -> None:
    cells = {(202401, ("A", "USA", "x")): 30, (202401, ("A", "JPN", "x")): 70, (202401, ("B", "USA", "x")): 900}
    asked = request("share", "2024-01", "2024-01", ("county", "country"), of="country")
    made = plan(asked.with_(where={"country": ["USA"], "county": ["A"]}), EXPORT, today=TODAY)
    assert dict(made.cell_where) == {"county": ("A",)}
    found = answer(made, {key: value for key, value in cells.items() if key[1][0] == "A"}, [202401])
    assert found["country"].tolist() == ["USA"]
    assert found["value"].tolist() == [30.0]


def test_the_share_of_a_part_below_zero_is_no_share() -> None:
    cells = {(202401, ("A", "USA", "x")): 30, (202401, ("A", "JPN", "x")): -10}
    found = table(plan(request("share", "2024-01", "2024-01", ("country",)), EXPORT, today=TODAY), cells, [202401])
    assert {reason for _, reason, *_ in found.values()} == {"not_inside"}


def test_a_gap_in_the_months_shifts_no_window() -> None:
    months = [m for m in twin.months(202301, 202406) if m != 202309]
    cells = {(month, ("A", "USA", "x")): month for month in months}
    made = plan(request("moving_avg", "2023-08", "2024-06", ("county",), window="3"), EXPORT, today=TODAY)
    found = table(made, cells, months)
    assert found[202308, ("A",)][0] == (202306 + 202307 + 202308) / 3
    assert [found[m, ("A",)][1] for m in (202309, 202310, 202311)] == ["month_missing"] * 3
    assert found[202312, ("A",)][0] == (202310 + 202311 + 202312) / 3


def test_a_restated_january_changes_every_later_running_total_and_nothing_else() -> None:
    known = twin.months(202301, 202406)
    cells = {(month, ("A", "USA", "x")): 10 for month in known}
    made = plan(request("ytd", "2023-12", "2024-06", ("county",)), EXPORT, today=TODAY)
    before = table(made, cells, known)
    after = table(made, cells | {(202401, ("A", "USA", "x")): 15}, known)
    assert [after[key][0] - before[key][0] for key in before] == [0, 5, 5, 5, 5, 5, 5]


def test_a_year_of_which_months_are_missing_is_the_sum_of_the_known_ones_and_says_so() -> None:
    cells = {(202401, ("A", "USA", "x")): 10, (202403, ("A", "USA", "x")): 5}
    found = table(plan(request("level", "2024", "2024"), EXPORT, today=TODAY), cells, [202401, 202402, 202403])
    assert found[202412, ()][:3] == (15, "", "incomplete")
    grown = table(plan(request("yoy", "2024", "2024"), EXPORT, today=TODAY), cells, [202401, 202402, 202403])
    assert grown[202412, ()][:2] == (None, "month_missing")


def test_quarters_and_running_totals_of_several_years_are_rows_too() -> None:
    known = twin.months(202201, 202506)
    cells = {(month, ("A", "USA", "x")): month % 100 for month in known}
    quarters = table(plan(request("yoy", "2024-Q4", "2025-Q2"), EXPORT, today=TODAY), cells, known)
    assert {key[0]: row[3] for key, row in quarters.items()} == {202412: 33, 202503: 6, 202506: 15}
    halves = answer(plan(request("level", "2023-01..06", "2025-01..06"), EXPORT, today=TODAY), cells, known)
    assert halves["period"].tolist() == [202306, 202406, 202506]
    assert halves["span"].tolist() == [6, 6, 6]
    assert halves["value"].tolist() == [21, 21, 21]


def test_an_index_compares_with_the_monthly_average_of_its_base_year() -> None:
    known = twin.months(202301, 202406)
    cells = {(month, ("A", "USA", "x")): 100 + month % 100 for month in known}
    found = table(plan(request("index", "2024-06", "2024-06", base="2023"), EXPORT, today=TODAY), cells, known)
    assert found[202406, ()][0] == pytest.approx(106 / 106.5 * 100, rel=1e-12)


def test_real_growth_takes_the_price_change_out_and_says_when_it_is_not_known() -> None:
    cells = {(202404, ("A", "USA", "x")): 110_000_000, (202304, ("A", "USA", "x")): 100_000_000}
    cells |= {(202405, key): value for (_, key), value in list(cells.items())[:1]}
    asked = request("real", "2024-04", "2024-05", prices="producer_prices")
    made = plan(asked, EXPORT, today=TODAY, prices={202404: 1.1})
    found = table(made, cells, twin.months(202304, 202405))
    assert found[202404, ()][0] == pytest.approx(0, abs=1e-10)
    assert found[202405, ()][:2] == (None, "base_zero")
    unknown = table(plan(asked, EXPORT, today=TODAY), cells, twin.months(202304, 202405))
    assert unknown[202404, ()][:2] == (None, "price_missing")


def test_amounts_are_converted_month_by_month_at_each_months_rate() -> None:
    cells = {(202404, ("A", "USA", "x")): 70, (202405, ("A", "USA", "x")): 72, (202406, ("A", "USA", "x")): 1}
    asked = request("convert", "2024-Q2", "2024-Q2", currency="USD", rates="usd_rate")
    rates = {202404: 7.0, 202405: 7.2, 202406: 7.1}
    found = table(plan(asked, EXPORT, today=TODAY, rates=rates), cells, twin.months(202404, 202406))
    assert found[202406, ()][0] == pytest.approx(70 / 7.0 + 72 / 7.2 + 1 / 7.1, rel=1e-12)
    del rates[202405]
    found = table(plan(asked, EXPORT, today=TODAY, rates=rates), cells, twin.months(202404, 202406))
    assert found[202406, ()][:2] == (None, "rate_missing")


def test_firms_are_counted_once_however_many_months_they_appear_in() -> None:
    rows = "(202401, 'A', 'x'), (202402, 'A', 'x'), (202402, 'A', 'y'), (202302, 'A', 'z')"
    cells = f"SELECT period, county, uscc FROM (VALUES {rows}) AS t(period, county, uscc)"
    firms = indicator(measure="count_distinct(uscc)", unit="家", adds={"time": "none", "place": "sum"})
    made = plan(request("yoy", "2024-02", "2024-02", ("county",)), firms, today=TODAY, time="sum", additive=False)
    done = text(made, cells, months_sql(twin.months(202301, 202402)), Shape(member="uscc"))
    found = columns(made, CONNECTION.execute(done).fetchnumpy())
    assert (found["level"].tolist(), found["base"].tolist(), found["value"].tolist()) == ([2], [1], [100.0])
    assert found["span"].tolist() == [2]
    total = plan(request("ytd", "2024-02", "2024-02"), firms, today=TODAY, time="sum", additive=False)
    whole = "SELECT period, uscc FROM (" + cells + ")"
    told = columns(total, CONNECTION.execute(text(total, whole, [202401, 202402], Shape(member="uscc"))).fetchnumpy())
    assert told["value"].tolist() == [2], "x in both months, y in one"


def test_a_ratio_is_computed_of_sums_and_its_change_is_in_percentage_points() -> None:
    rows = "(202404, 'A', 30, 100), (202404, 'B', 10, 0), (202304, 'A', 20, 100), (202304, 'B', 5, 10)"
    cells = f"SELECT period, county, part, whole FROM (VALUES {rows}) AS t(period, county, part, whole)"
    ratio = indicator(unit="%", kind="ratio", adds={"time": "none", "place": "none"})
    shape = Shape(
        ("part", "whole"),
        combine=lambda c: f"100.0 * CAST({c['part']} AS DOUBLE) / NULLIF(CAST({c['whole']} AS DOUBLE), 0)",
    )
    made = plan(request("yoy", "2024-04", "2024-04", ("county",)), ratio, today=TODAY, time="sum", additive=False)
    assert made.unit == "百分点"
    done = text(made, cells, months_sql([202304, 202404]), shape)
    found = columns(made, CONNECTION.execute(done).fetchnumpy())
    assert found["value"].tolist() == [10.0, None]
    assert found["reason"].tolist() == ["", "whole_zero"]
    level = plan(request("level", "2024-04", "2024-04"), ratio, today=TODAY, time="sum", additive=False)
    whole = "SELECT period, CAST(SUM(part) AS BIGINT) AS part, CAST(SUM(whole) AS BIGINT) AS whole FROM ({}) GROUP BY period"
    found = columns(
        level, CONNECTION.execute(text(level, whole.format(cells), months_sql([202404]), shape)).fetchnumpy()
    )
    assert found["value"].tolist() == [40.0], "40 of 100, never the mean of the counties' ratios"


@pytest.mark.parametrize(
    ("transform", "by", "options", "code"),
    [
        ("share", (), {}, "transform.needs_dimension"),
        ("share", ("county",), {"of": "country"}, "transform.part_dimension"),
        ("hhi", ("county",), {"of": "county"}, "transform.folded_dimension"),
        ("index", (), {}, "transform.needs_option"),
        ("yoyo", (), {}, "request.unknown_transform"),
        ("crn", (), {"n": "no"}, "request.option_number"),
        ("moving_avg", (), {"window": "1"}, "request.option_number"),
    ],
)
def test_what_cannot_be_computed_is_told_before_it_is_tried(
    transform: str, by: tuple[str, ...], options: dict[str, str], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        text(plan(request(transform, "2024-01", "2024-06", by, **options), EXPORT, today=TODAY), "", "")
    assert caught.value.code == code


def test_a_stock_is_its_last_month_and_an_average_over_months_is_refused() -> None:
    known = twin.months(202301, 202406)
    cells = {(month, ("A", "USA", "x")): month % 100 for month in known}
    stock = indicator(kind="stock", adds={"time": "last", "place": "sum"})
    found = table(plan(request("level", "2024-Q1", "2024-Q2"), stock, today=TODAY), cells, known)
    assert {key[0]: row[0] for key, row in found.items()} == {202403: 3, 202406: 6}
    mean = indicator(kind="ratio", adds={"time": "mean", "place": "none"})
    with pytest.raises(UserError, match="add up over months"):
        plan(request("level", "2024-Q1", "2024-Q2"), mean, today=TODAY)


def test_seasonally_adjusted_figures_come_through_the_same_query() -> None:
    known = twin.months(201901, 202406)
    season = [0, -9, 3, 1, 0, 2, 0, 0, 3, -1, 0, 1]
    cells = {(m, ("A", "USA", "x")): (100 + season[m % 100 - 1]) * 10**6 for m in known}
    cells |= {(m, ("B", "JPN", "y")): 5 * 10**6 for m in known if m >= 202301}
    made = plan(request("seasonal", "2024-01", "2024-06", ("county",)), EXPORT, today=TODAY)
    found = answer(made, cells, known)
    assert found["period"].tolist() == [m for m in twin.months(202401, 202406) for _ in "AB"]
    assert found["value"][0::2].tolist() == pytest.approx([100e6] * 6, rel=0.02)
    changed = answer(plan(request("mom", "2024-01", "2024-06", adjusted="1"), EXPORT, today=TODAY), cells, known)
    assert abs(changed["value"]).max() < 2.5
    assert set(changed["flag"].tolist()) == {"normal"}
    short = answer(made, {k: v for k, v in cells.items() if k[0] >= 202301}, twin.months(202301, 202406))
    assert set(short["reason"].tolist()) == {"too_short"}


def test_a_long_question_of_wide_windows_is_not_written_out_month_by_month() -> None:
    known = twin.months(200001, 202412)
    cells = {(month, ("A", "USA", "x")): month % 100 for month in known}
    made = plan(request("moving_avg", "2010-01", "2024-12", ("county",), window="60"), EXPORT, today=TODAY)
    assert len(text(made, "", known)) < 60_000
    found = answer(made, cells, known)
    assert set(found["value"].tolist()) == {6.5}
