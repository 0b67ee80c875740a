"""Matching a list with the codes of trade: by prefix within a nomenclature, at six digits across, and said which."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.lists.test_product_codes import codes

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists import Concordance, Matcher, ProductRow

DATA = Path(__file__).parents[4] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which is not here")
TRADE = ["8501101000", "8501109000", "8501200000", "8471300000", "0101210010", "8708299000"]


def pairs(matcher: Matcher) -> set[tuple[str, str, bool]]:
    found = matcher.upper
    return {
        (matcher.rows[r].digits, str(matcher.codes[c]), bool(e))
        for r, c, e in zip(found.row, found.code, found.exact, strict=True)
    }


def test_within_a_nomenclature_a_row_covers_by_prefix_at_any_depth() -> None:
    rows = [ProductRow(one, "CN", "2023") for one in ("85", "850110", "85011010", "8501101000", "0101")]
    assert pairs(Matcher(rows, ("CN", "2022"), TRADE)) == {
        ("85", "8501101000", True), ("85", "8501109000", True), ("85", "8501200000", True),
        ("850110", "8501101000", True), ("850110", "8501109000", True),
        ("85011010", "8501101000", True), ("8501101000", "8501101000", True),
        ("0101", "0101210010", True),
    }  # fmt: skip


def test_across_nomenclatures_a_deep_row_takes_the_whole_of_its_six_digits_and_says_so() -> None:
    matcher = Matcher(
        [ProductRow("85011020", "USHTS", "2022"), ProductRow("8708", "USHTS", "2022")], ("CN", "2022"), TRADE
    )
    assert pairs(matcher) == {
        ("85011020", "8501101000", False), ("85011020", "8501109000", False), ("8708", "8708299000", True),
    }  # fmt: skip
    assert len(matcher.within) == 1
    assert any("上限口径" in note.zh for note in matcher.notes)


def test_a_row_that_does_not_say_its_nomenclature_is_of_the_trades() -> None:
    assert pairs(Matcher([ProductRow("85011010")], ("CN", "2022"), TRADE)) == {("85011010", "8501101000", True)}


def test_trade_known_at_six_digits_is_met_by_a_deeper_row_as_an_upper_bound() -> None:
    matcher = Matcher(
        [ProductRow("85011010", "CN", "2022"), ProductRow("850110", "CN", "2022")], ("CN", "2022"), ["850110", "8501"]
    )
    assert pairs(matcher) == {
        ("85011010", "850110", False), ("85011010", "8501", False), ("850110", "850110", True), ("850110", "8501", False),
    }  # fmt: skip


def test_another_hs_edition_matches_at_six_digits_and_says_that_no_concordance_is_loaded() -> None:
    rows = [ProductRow("85414020", "CN", "2021"), ProductRow("850110", "CN", "2021")]
    matcher = Matcher(rows, ("CN", "2022"), ["8541402000", "8541430000", "8501101000"])
    assert pairs(matcher) == {("85414020", "8541402000", False), ("850110", "8501101000", True)}
    assert any("对照表" in note.zh and "2017" in note.zh and "2022" in note.zh for note in matcher.notes)


def test_a_concordance_leads_a_code_to_what_it_became() -> None:
    table = Concordance.of([
        ("2017", "2022", "854140", "854141"), ("2017", "2022", "854140", "854142"), ("2017", "2022", "854140", "854143"),
        ("2017", "2022", "854190", "854190"), ("2017", "2022", "851770", "851771"),
    ])  # fmt: skip
    trade = ["8541410000", "8541430000", "8541900000", "8517710000", "8517790000"]
    rows = [ProductRow(one, "CN", "2021") for one in ("85414020", "854190", "851770", "8541")]
    matcher = Matcher(rows, ("CN", "2022"), trade, table)
    assert pairs(matcher) >= {
        ("85414020", "8541410000", False), ("85414020", "8541430000", False),
        ("854190", "8541900000", True), ("851770", "8517710000", True), ("8541", "8541410000", True),
    }  # fmt: skip
    assert ("851770", "8517790000", True) not in pairs(matcher)
    assert not any("对照表" in note.zh for note in matcher.notes)


def test_concordances_are_gone_through_one_after_the_other_and_back() -> None:
    table = Concordance.of([("2012", "2017", "030211", "030212"), ("2017", "2022", "030212", "030213")])
    assert table.to("030211", "2012", "2022") == ("030213",)
    assert table.to("030213", "2022", "2012") == ("030211",)
    assert table.to("010121", "2012", "2022") == ("010121",)
    assert table.to("0302", "2012", "2022") == ("0302",)
    assert table.to("030211", "2007", "2022") is None


def test_what_a_row_excepts_is_not_covered_and_what_it_excepts_in_part_is_no_longer_certain() -> None:
    row = ProductRow("8501", "CN", "2022", excludes=("85011010", "85012000001"))
    assert pairs(Matcher([row], ("CN", "2022"), TRADE)) == {("8501", "8501109000", True), ("8501", "8501200000", False)}
    foreign = ProductRow("8501", "USHTS", "2022", excludes=("85011040", "850120"))
    assert pairs(Matcher([foreign], ("CN", "2022"), TRADE)) == {
        ("8501", "8501101000", False), ("8501", "8501109000", False),
    }  # fmt: skip


def test_partners_are_countries_groups_of_the_day_or_everybody() -> None:
    groups = load_catalogue().groups
    rows = [
        ProductRow("850110", "CN", "2022", "USA", 25),
        ProductRow("8501", "CN", "2022", "eu27", 10),
        ProductRow("0101", "CN", "2022", "", 5),
    ]
    countries = ["USA", "DEU", "GBR", "VNM"]
    cover = Matcher(rows, ("CN", "2022"), TRADE).cover(countries, date(2024, 1, 1), groups)
    code, country, rate, row = cover.entries()
    told = {(TRADE[c], countries[k], r, n) for c, k, r, n in zip(code, country, rate, row, strict=True)}
    assert told == {
        ("8501101000", "USA", 25.0, 0), ("8501109000", "USA", 25.0, 0),
        ("8501101000", "DEU", 10.0, 1), ("8501109000", "DEU", 10.0, 1), ("8501200000", "DEU", 10.0, 1),
        *(("0101210010", one, 5.0, 2) for one in countries),
    }  # fmt: skip
    with pytest.raises(UserError, match="eu27"):
        Matcher([ProductRow("8501", "CN", "2022", "eu28")], ("CN", "2022"), TRADE).cover(countries, None, groups)


def test_where_several_rates_cover_a_code_the_highest_counts_and_it_is_said() -> None:
    rows = [
        ProductRow("8501", "CN", "2022", "USA", 10, number=1),
        ProductRow("850110", "CN", "2022", "", 25, number=2),
        ProductRow("85011010", "CN", "2022", "USA", None, number=3),
    ]
    cover = Matcher(rows, ("CN", "2022"), TRADE).cover(["USA", "DEU"])
    usa, other = cover.country_class
    assert cover.row[usa].tolist() == [1, 1, 0, -1, -1, -1]
    assert cover.rate[usa].tolist() == [25, 25, 10, 0, 0, 0]
    assert cover.row[other].tolist() == [1, 1, -1, -1, -1, -1]
    assert cover.several == 2
    assert any("最高" in note.zh for note in cover.notes)


def test_rows_count_from_their_first_day_through_their_last() -> None:
    """List 3: 10 per cent from 2018-09-24 to 2019-05-09, 25 per cent from the day after."""
    rows = [
        ProductRow("8501", "CN", "2022", "USA", 10, date(2018, 9, 24), date(2019, 5, 9)),
        ProductRow("8501", "CN", "2022", "USA", 25, date(2019, 5, 10)),
    ]
    matcher = Matcher(rows, ("CN", "2022"), TRADE)
    rates = {
        day: matcher.cover(["USA"], day).rate[0, 0]
        for day in (date(2018, 9, 23), date(2018, 9, 24), date(2019, 5, 9), date(2019, 5, 10), date(2025, 1, 1))
    }
    assert list(rates.values()) == [0, 10, 10, 25, 25]
    assert matcher.cover(["USA"], date(2018, 9, 23)).row[0, 0] == -1


@pytest.mark.parametrize("rows", [[], [ProductRow("8501", "CN", "2022")]])
@pytest.mark.parametrize("trade", [[], ["8501101000"], ["", "n/a", "8501101000"]])
@pytest.mark.parametrize("countries", [[], ["USA"]])
def test_nothing_to_match_is_no_fault(rows: list[ProductRow], trade: list[str], countries: list[str]) -> None:
    matcher = Matcher(rows, ("CN", "2022"), trade)
    cover = matcher.cover(countries)
    assert len(matcher.upper) == (1 if rows and trade else 0)
    assert len(cover.entries()[0]) == len(matcher.upper) * len(countries)


KINDS = st.sampled_from([("CN", "2022"), ("CN", "2023"), ("CN", "2018"), ("USHTS", "2022"), ("HS", "2022")])
ROWS = st.builds(
    lambda digits, kind, partner, rate, out, start: ProductRow(
        digits, *kind, partner, rate, date(2020, 1, 1) + timedelta(start), None, tuple(out)
    ),
    codes(), KINDS, st.sampled_from(["", "USA", "DEU"]), st.sampled_from([None, 5.0, 25.0]),
    st.lists(codes(lengths=(6, 8)), max_size=2), st.integers(0, 3),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(ROWS, max_size=8), st.lists(codes(lengths=(4, 6, 8, 10)), max_size=12), st.integers(-1, 3), st.data())
def test_arrays_say_what_one_row_and_one_code_at_a_time_say(
    rows: list[ProductRow], trade: list[str], day: int, data: st.DataObject
) -> None:
    # Codes near the rows: what hypothesis draws by itself seldom meets.
    trade = [*trade, *(one.digits + "00" * data.draw(st.integers(0, 2)) for one in rows if len(one.digits) >= 4)]
    matcher = Matcher(rows, ("CN", "2022"), trade)

    def meets(digits: str, kind: tuple[str, str], code: str) -> tuple[bool, bool]:
        alike = kind[0] == "CN" and kind[1] != "2018"
        short = digits if alike else digits[:6]
        inside = code.startswith(short)
        return inside or short.startswith(code), inside and (alike or len(digits) <= 6)

    expected = set()
    for r, row in enumerate(rows):
        for c, code in enumerate(trade):
            kind = (row.nomenclature, row.edition)
            may, sure = meets(row.digits, kind, code)
            out = [meets(one, kind, code) for one in row.excludes]
            if may and not any(surely for _, surely in out):
                expected.add((r, c, sure and not any(maybe for maybe, _ in out)))
    found = matcher.upper
    assert set(zip(found.row.tolist(), found.code.tolist(), found.exact.tolist(), strict=True)) == expected
    on, countries = date(2020, 1, 1) + timedelta(day), ["DEU", "USA"]
    cover = matcher.cover(countries, on)
    for k, country in enumerate(countries):
        for c in range(len(trade)):
            held = [rows[r] for r, c2, _ in expected if c2 == c and rows[r].on(on) and rows[r].partner in ("", country)]
            row = cover.row[cover.country_class[k], c]
            assert (row >= 0) == bool(held)
            if held:
                assert (rows[row].rate or 0) == max(one.rate or 0 for one in held)


@real
def test_six_digits_overstate_the_section_301_lists_by_what_the_real_trade_of_2024_says() -> None:
    """1.77 times list 1, 1.19 times list 3, 1.50 times list 4A: why the upper bound is named as one."""
    with (DATA / "trade_series" / "us_imports_from_china_hts10_2024.csv").open(encoding="utf-8") as file:
        trade = {row["hts10"]: float(row["value_usd"]) for row in csv.DictReader(file)}
    value = np.array(list(trade.values()))
    with (DATA / "trade_measures" / "us_section301_products_hts8.csv").open(encoding="utf-8") as file:
        listed = [(row["list"], row["hts8"]) for row in csv.DictReader(file)]

    def overstated(name: str) -> float:
        rows = [ProductRow(digits, "USHTS", "2024") for one, digits in listed if one == name]
        own = Matcher(rows, ("USHTS", "2024"), list(trade)).within
        upper = Matcher(rows, ("HS", "2024"), list(trade)).upper
        return float(value[np.unique(upper.code)].sum() / value[np.unique(own.code)].sum())

    assert {name: round(overstated(name), 2) for name in ("1", "3", "4A")} == {"1": 1.77, "3": 1.19, "4A": 1.5}


def test_a_part_of_a_codes_goods_is_an_upper_bound_even_in_the_trades_own_nomenclature() -> None:
    told = Matcher(
        [ProductRow("8708", "CN", "2022", part=True), ProductRow("8501", "CN", "2022")], codes=["85011010", "87089910"]
    )
    assert len(told.upper) == 2
    assert told.within.row.tolist() == [1]
    assert any("上限" in note.zh for note in told.notes)
