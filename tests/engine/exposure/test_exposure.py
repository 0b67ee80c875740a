"""What a list hits, against sums made by hand and against a plain loop over the lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples
from tests.engine.exposure.city import JOBS, LINES, PLACES, base_of, row, shuffled

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.result import DIMENSIONS, Exposure
from commercebrain.engine.lists.rows import ProductRow

GROUPS = load_catalogue().groups
MEMBERS = {"north_america": {"USA", "CAN"}, "eu27": {"DEU"}}


def by_firm(found: Exposure) -> dict[str, int]:
    return dict(zip(found.firms, found.upper.tolist(), strict=True))


def test_the_exposure_of_a_small_city_is_the_one_computed_by_hand() -> None:
    rows = [row("847130", rate=25.0), row("8501", rate=10.0)]
    found = exposure(rows, base_of(), places=PLACES, jobs=JOBS, groups=GROUPS)
    assert by_firm(found) == {"A": 1000, "B": 300, "C": 40, "E": 30}
    assert found.firms == ("A", "B", "C", "E")
    assert found.total.tolist() == [1700, 370, 940, 30]
    assert found.duty.tolist() == [250.0, 75.0, 4.0, 3.0]
    assert found.share.tolist() == pytest.approx([1000 / 1700, 300 / 370, 40 / 940, 1.0])
    totals = found.totals
    assert (totals.value, totals.confirmed, totals.sure, totals.duty) == (1370, 1370, 1370, 332.0)
    assert (totals.firms, totals.counties, totals.townships) == (4, 2, 3)
    assert (totals.jobs, totals.without_jobs, totals.without_place) == (175, 1, 0)
    assert totals.all_trade == 8040
    assert totals.share == pytest.approx(1370 / 8040)


def test_sums_by_county_goods_partner_and_row_are_those_computed_by_hand() -> None:
    rows = [row("847130", rate=25.0), row("8501", "north_america", rate=10.0)]
    found = exposure(rows, base_of(), places=PLACES, jobs=JOBS, groups=GROUPS)

    def told(name: str) -> list[tuple[str, int, int]]:
        held = found.by(name)  # type: ignore[arg-type]
        return list(zip(held.codes, held.value.tolist(), held.firms.tolist(), strict=True))

    assert told("county") == [("990101", 1370, 2), ("990102", 70, 2)]
    assert told("township") == [("东门街道", 1000, 1), ("西门街道", 370, 1), ("南塘镇", 40, 1), ("990102", 30, 1)]
    assert told("hs2") == [("84", 1300, 2), ("85", 140, 3)]
    assert told("hs6") == [("847130", 1300, 2), ("850110", 110, 2), ("850120", 30, 1)]
    assert told("partner") == [("USA", 1370, 4), ("CAN", 70, 1)]
    assert told("row") == [("0", 1300, 2), ("1", 140, 3)]
    county = found.by("county")
    assert county.all_trade is not None
    assert county.jobs is not None
    assert county.duty is not None
    assert county.all_trade.tolist() == [2070, 970]
    assert county.jobs.tolist() == [160, 15]
    assert county.duty.tolist() == [332.0, 7.0]


def test_a_code_that_stands_twice_counts_a_line_once_at_the_highest_rate() -> None:
    once = exposure([row("847130", rate=25.0)], base_of(), groups=GROUPS)
    twice = exposure(
        [row("847130", rate=25.0), row("847130", rate=7.5), row("84", rate=25.0)], base_of(), groups=GROUPS
    )
    assert once.totals.value == 1300
    assert twice.totals.value == 1500
    assert twice.duty.sum() == 1500 * 0.25
    assert any("最高的税率" in note.zh for note in twice.notes)
    assert any("只计一次" in note.zh for note in twice.notes)
    assert not any("最高的税率" in note.zh for note in once.notes)


def test_a_foreign_code_is_an_upper_bound_until_a_firm_confirms_it() -> None:
    rows = [row("84713001", rate=25.0, nomenclature="USHTS"), row("8501101000", rate=5.0, nomenclature="USHTS")]
    unasked = exposure(rows, base_of(), groups=GROUPS)
    assert by_firm(unasked) == {"A": 1000, "B": 300, "C": 40}
    assert unasked.confirmed is None
    assert unasked.totals.confirmed is None
    assert unasked.totals.sure == 0
    assert any("上限口径" in note.zh for note in unasked.notes)
    asked = exposure(
        rows, base_of(), groups=GROUPS, confirmed={("A", "8471300100"), ("B", "8471300200"), ("Z", "8501101000")}
    )
    assert asked.confirmed is not None
    assert dict(zip(asked.firms, asked.confirmed.tolist(), strict=True)) == {"A": 1000, "B": 0, "C": 0}
    assert asked.totals.confirmed == 1000
    partner = asked.by("partner")
    assert partner.confirmed is not None
    assert partner.confirmed.tolist() == [1000]


def test_what_is_confirmed_counts_for_the_partner_of_the_list_only() -> None:
    rows = [row("84713001", "DEU", nomenclature="USHTS"), row("84714101", "USA", nomenclature="USHTS")]
    found = exposure(rows, base_of(), groups=GROUPS, confirmed=[("A", "8471300100")])
    assert found.totals.value == 700
    assert found.totals.confirmed == 500


def test_an_exclusion_takes_goods_out_where_the_nomenclature_is_the_same() -> None:
    assert exposure([row("8501", excludes=("85011091",))], base_of(), groups=GROUPS).totals.value == 30
    foreign = row("8501", nomenclature="USHTS", excludes=("85011091",))
    assert exposure([foreign], base_of(), groups=GROUPS).totals.value == 70, "below six digits it cannot be seen"
    at_six = row("8501", nomenclature="USHTS", excludes=("850110",))
    assert exposure([at_six], base_of(), groups=GROUPS).totals.value == 30


def test_rows_count_only_while_they_are_in_effect() -> None:
    rows = [row("847130", valid_from=date(2025, 5, 1)), row("8501", valid_to=date(2025, 4, 30))]
    assert exposure(rows, base_of(), on=date(2025, 4, 30), groups=GROUPS).totals.value == 70
    found = exposure(rows, base_of(), on=date(2025, 5, 1), groups=GROUPS)
    assert found.totals.value == 1300
    assert any("不生效" in note.zh for note in found.notes)
    assert exposure(rows, base_of(), groups=GROUPS).totals.value == 1370


def test_a_partner_that_does_not_exist_is_told_with_its_row() -> None:
    with pytest.raises(UserError) as fault:
        exposure([row("8471", "ATLANTIS", number=7)], base_of(), groups=GROUPS)
    assert fault.value.code == "exposure.partner"
    assert "第7行" in fault.value.zh
    assert exposure([row("8471", "KEN")], base_of(), groups=GROUPS).totals.firms == 0
    assert exposure([row("8471", "")], base_of(), groups=GROUPS).totals.value == 2000


def test_the_catalogues_groups_have_the_members_of_the_day() -> None:
    lines = [("A", "8471300000", "TLS", 10), ("A", "8471300000", "VNM", 5)]
    rows = [row("8471", "asean")]
    assert exposure(rows, base_of(lines), on=date(2025, 1, 1)).totals.value == 5
    assert exposure(rows, base_of(lines), on=date(2026, 1, 1)).totals.value == 15


def test_an_empty_list_and_an_empty_base_are_answered_with_nothing() -> None:
    for found in (exposure([], base_of(), jobs={}), exposure([row("84")], base_of([]), jobs={})):
        assert found.totals.value == found.totals.firms == found.totals.jobs == 0
        assert all(len(found.by(name)) == 0 for name in DIMENSIONS)  # type: ignore[arg-type]
    assert exposure([row("84")], base_of([])).totals.share is None


def test_a_coarser_code_of_the_trade_may_be_of_the_list_and_is_an_upper_bound() -> None:
    found = exposure([row("84713000")], base_of([("A", "8471", "USA", 9), ("B", "84713000", "USA", 2)]), groups=GROUPS)
    assert (found.totals.value, found.totals.sure) == (11, 2)
    assert found.totals.confirmed is None


# -- by chance

_firms, _partners = [f"F{n}" for n in range(6)], ["USA", "CAN", "DEU", "JPN"]
_products = ["8471300000", "8471410000", "8471419000", "8501100000", "8501109101", "9503006000"]
_lines = st.lists(
    st.tuples(st.sampled_from(_firms), st.sampled_from(_products), st.sampled_from(_partners), st.integers(1, 10**12)),
    min_size=1,
    max_size=60,
)
_rows = st.lists(
    st.builds(
        ProductRow,
        digits=st.sampled_from(
            ["84", "8471", "847130", "84713000", "847141", "8501", "85011091", "950300", "9503006000"]
        ),
        nomenclature=st.sampled_from(["CN", "USHTS"]),
        edition=st.just("2022"),
        partner=st.sampled_from(["USA", "DEU", "north_america", "eu27", ""]),
        rate=st.sampled_from([None, 7.5, 10.0, 25.0, 0.125]),
    ),
    max_size=12,
)


def plainly(rows: list[ProductRow], lines: list[tuple[str, str, str, int]]) -> tuple[dict[str, int], dict[str, float]]:
    """The same by SQL: join, the highest rate of each line, sums by firm."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE lines (uscc VARCHAR, hs10 VARCHAR, country VARCHAR, value BIGINT)")
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", lines)
        connection.execute("CREATE TABLE listed (digits VARCHAR, country VARCHAR, rate DECIMAL(9,3))")
        for one in rows:
            digits = one.digits if one.nomenclature == "CN" else one.digits[:6]
            for country in MEMBERS.get(one.partner, {one.partner} if one.partner else set(_partners)):
                connection.execute("INSERT INTO listed VALUES (?, ?, ?)", [digits, country, one.rate])
        found = connection.execute(
            "SELECT uscc, sum(value)::BIGINT, sum(value * coalesce(rate, 0) / 100)::DOUBLE FROM (SELECT l.rowid, "
            "any_value(uscc) AS uscc, any_value(value) AS value, max(rate) AS rate FROM lines l JOIN listed t "
            "ON starts_with(l.hs10, t.digits) AND l.country = t.country GROUP BY l.rowid) GROUP BY uscc"
        ).fetchall()
    return {uscc: value for uscc, value, _ in found}, {uscc: duty for uscc, _, duty in found}


@settings(max_examples=examples(30), deadline=None)
@given(_lines, _rows)
def test_exposure_by_sql_over_the_lines_is_the_engines_to_the_digit(
    lines: list[tuple[str, str, str, int]], rows: list[ProductRow]
) -> None:
    found = exposure(rows, base_of(lines), groups=GROUPS)
    values, duties = plainly(rows, lines)
    assert by_firm(found) == values
    assert dict(zip(found.firms, found.duty.tolist(), strict=True)) == pytest.approx(duties, rel=1e-12)
    for name in ("county", "hs2", "hs4", "hs6", "product", "partner", "row"):
        assert found.by(name).value.sum() == sum(values.values())  # type: ignore[arg-type]


@settings(max_examples=examples(40), deadline=None)
@given(_lines, _rows, st.integers(0, 99), st.integers(1, 4))
def test_neither_the_order_nor_the_cutting_of_lines_nor_repeated_rows_change_the_answer(
    lines: list[tuple[str, str, str, int]], rows: list[ProductRow], seed: int, pieces: int
) -> None:
    once = exposure(rows, base_of(lines), groups=GROUPS)
    cut = [
        (uscc, hs10, country, part)
        for uscc, hs10, country, value in lines
        for part in [value // pieces] * (pieces - 1) + [value - value // pieces * (pieces - 1)]
    ]
    again = exposure(shuffled([*rows, *rows], seed), base_of(shuffled(cut, seed)), groups=GROUPS)
    assert again.firms == once.firms
    np.testing.assert_array_equal(again.upper, once.upper)
    np.testing.assert_array_equal(again.duty, once.duty)
    np.testing.assert_array_equal(again.sure, once.sure)
    for name in ("hs6", "partner"):
        a, b = once.by(name), again.by(name)  # type: ignore[arg-type]
        assert (a.codes, a.value.tolist(), a.firms.tolist()) == (b.codes, b.value.tolist(), b.firms.tolist())


def test_firms_at_each_dimension_count_once() -> None:
    found = exposure([row("84", ""), row("85", "")], base_of(), groups=GROUPS)
    firms: dict[str, set[str]] = defaultdict(set)
    for uscc, hs10, _, _ in LINES:
        if hs10[:2] in ("84", "85"):
            firms[hs10[:4]].add(uscc)
    held = found.by("hs4")
    assert dict(zip(held.codes, held.firms.tolist(), strict=True)) == {code: len(of) for code, of in firms.items()}
