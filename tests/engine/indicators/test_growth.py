"""Growth: a number, or the reason why there is none."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.indicators import NoValue
from commercebrain.engine.indicators import growth as g

D = Decimal
amounts = st.decimals(min_value="0.01", max_value="1000000", places=2)


def code(result: object) -> str:
    assert isinstance(result, NoValue)
    assert result.zh
    assert result.en
    return result.code


def test_there_is_no_growth_on_a_missing_zero_or_negative_base() -> None:
    assert code(g.yoy(D(5), None)) == "base_missing"
    assert code(g.yoy(D(5), D(0))) == "base_zero"
    assert code(g.yoy(D(5), D(-1))) == "base_negative"
    assert code(g.yoy(None, D(1))) == "value_missing"


def test_a_fall_to_zero_is_minus_a_hundred_per_cent() -> None:
    assert g.yoy(D(0), D(4)) == -1


def test_month_on_month_needs_seasonal_adjustment_or_an_explicit_wish() -> None:
    assert code(g.mom(D(2), D(1), adjusted=False)) == "not_adjusted"
    assert g.mom(D(2), D(1), adjusted=False, raw=True) == 1
    assert g.mom(D(3), D(2), adjusted=True) == D("0.5")


def test_a_running_total_names_its_missing_months() -> None:
    months = {1: D(1), 2: None, 3: D(3)}
    assert code(g.ytd(months, 3)) == "months_missing"
    assert g.ytd(months, 1) == 1


def test_the_comparable_base_is_used_where_it_is_published() -> None:
    assert g.ytd_yoy(D(110), D(105)) == D(110) / D(105) - 1
    assert g.ytd_yoy(D(110), D(105), comparable_base=D(100)) == D("0.1")


def test_the_two_year_average_of_a_fall_and_a_rebound() -> None:
    assert round(g.two_year_avg(D("0.21"), D("-0.1")), 4) == D("0.0436")


def test_the_average_of_the_thirteenth_plan_has_base_2015_and_five_years() -> None:
    assert round(g.cagr(D("161.051"), D(100), 5), 6) == D("0.100000")
    assert code(g.cagr(D(1), D(1), 0)) == "no_span"
    assert code(g.cagr(D(-1), D(1), 5)) == "not_positive"


def test_percentage_points_are_a_difference() -> None:
    assert g.pp(D("6.0"), D("4.5")) == D("1.5")


def test_doubling_and_growing_by_times() -> None:
    assert g.doublings(D(1)) == 2
    assert g.doublings(D(4)) == 16
    assert g.grown_by(D(1)) == 2
    assert g.grown_by(D("1.3")) == D("2.3")


def test_a_chain_of_growths_names_the_missing_year() -> None:
    rates = {2021: D("0.1"), 2022: None, 2023: D("0.1")}
    assert code(g.chain(D(100), rates, 2021, 2023)) == "growths_missing"
    assert g.chain(D(100), {2021: D("0.1"), 2022: D("0.5")}, 2021, 2022) == 165


@given(amounts, amounts)
def test_growth_carries_the_base_to_the_value(value: Decimal, base: Decimal) -> None:
    rate = g.yoy(value, base)
    assert isinstance(rate, Decimal)
    assert abs(base * (1 + rate) - value) < D("1e-12") * max(value, base)


@given(amounts, amounts, st.integers(1, 15))
def test_the_average_growth_compounds_to_the_value(value: Decimal, base: Decimal, years: int) -> None:
    rate = g.cagr(value, base, years)
    assert isinstance(rate, Decimal)
    assert abs(base * (1 + rate) ** years - value) < D("1e-9") * max(value, base)
