"""The invented city's trade: declared totals, the shape of real trade, shocks that can be seen."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.enterprises.uscc import is_synthetic, is_valid
from commercebrain.engine.errors import UserError
from commercebrain.engine.simulate.city import city
from commercebrain.engine.simulate.trade import Trade, apportion, spread
from commercebrain.engine.simulate.world import FLOWS, month_number, world

NEWEST = month_number("2025-06")


@pytest.fixture(scope="module")
def trade() -> Trade:
    return Trade(0, 20_000, NEWEST)


def year_of(trade: Trade, year: int) -> list[np.ndarray]:
    return [trade.values(year * 12 + month) for month in range(12)]


def test_the_year_2020_is_shaoxings_to_the_yuan(trade: Trade) -> None:
    values = sum(year_of(trade, 2020))
    assert values[trade.city.flow == 0].sum() == 238_636_000_000
    assert values[trade.city.flow == 1].sum() == 19_192_000_000


def test_other_years_follow_by_declared_growth(trade: Trade) -> None:
    assert world().yearly_total("export", 2021) == round(238_636_000_000 * 1.184)
    for flow, name in enumerate(FLOWS):
        values = sum(year_of(trade, 2023))
        assert values[trade.city.flow == flow].sum() == world().yearly_total(name, 2023)


def test_more_than_ten_thousand_firms_export_in_a_year(trade: Trade) -> None:
    values = sum(year_of(trade, 2024))
    exporting = np.unique(trade.city.firm[(values > 0) & (trade.city.flow == 0)])
    assert len(exporting) > 10_000


def test_sizes_of_exporters_follow_zipfs_law(trade: Trade) -> None:
    c = trade.city
    values = sum(year_of(trade, 2024))
    of_firm = np.bincount(c.firm[c.flow == 0], values[c.flow == 0])
    largest = np.sort(of_firm)[::-1][:2_000]
    slope = np.polyfit(np.log(np.arange(1, 2_001)), np.log(largest), 1)[0]
    assert -1.2 < slope < -0.9
    first = int(c.firms.rank[int(of_firm.argmax())])
    assert first == 1


def test_no_firm_trades_before_it_is_founded_or_after_it_has_left(trade: Trade) -> None:
    c = trade.city
    month = month_number("2024-05")
    active = c.firm[trade.values(month) > 0]
    assert (c.firms.opens[active] <= month).all()
    assert (c.firms.closes[active] > month).all()
    assert (c.firms.closes <= month).any()
    assert (c.firms.opens > month_number("2020-01")).any()


def test_firms_are_the_registrys_and_nobody_elses() -> None:
    firms = city(3, 300).firms
    assert firms.uscc == sorted(firms.uscc)
    assert all(is_synthetic(code) and is_valid(code) for code in firms.uscc)
    assert all(county.startswith("9901") for county in city(3, 300).counties)


def test_seeds_beyond_nine_use_the_registrys_firms_of_their_last_digit_and_trade_of_their_own() -> None:
    assert city(13, 300).firms.uscc == city(3, 300).firms.uscc
    assert not np.array_equal(city(13, 300).base[:50], city(3, 300).base[:50])


def test_goods_and_partners_are_declared_codes() -> None:
    c = city(0, 300)
    headings = {f"{h}{t}" for h, tails in world().products["subheadings"].items() for t in tails.split()}
    assert {code[:6] for code in c.hs10} <= headings
    assert all(len(code) == 10 for code in c.hs10)
    assert len(c.hs10) <= 5_000
    assert set(c.countries) <= set(world().countries)
    assert "CHN" not in c.countries
    assert {"0110", "1039", "9610", "9710", "9810", "1210"} <= set(c.modes)


@pytest.mark.parametrize("year", range(2018, 2027))
def test_the_spring_festival_dips_where_it_lies(year: int) -> None:
    day = next(day for day in world().city["new_year"] if day.year == year)
    factors = [world().festival(year, month) for month in range(1, 13)]
    assert min(factors) == factors[day.month - 1] or min(factors) == factors[1]
    assert factors[4:11] == [1.0] * 7
    assert all(0.4 < factor < 1.3 for factor in factors)


def test_the_dip_moves_with_the_festival() -> None:
    assert world().festival(2023, 1) < world().festival(2024, 1)  # 22 January and 10 February
    assert world().festival(2024, 2) < world().festival(2023, 2)


def test_new_years_days_are_those_of_the_calendar() -> None:
    """Days around the declared dates are the State Council's Spring Festival holidays."""
    import chinese_calendar

    for day in world().city["new_year"]:
        if day.year > 2026:
            continue
        assert chinese_calendar.get_holiday_detail(day) == (True, "Spring Festival"), day


def firm_shocks(trade: Trade) -> list[object]:
    return [shock for shock in trade.shocks if shock.kind in ("drop", "surge", "stop")]


def test_every_shock_is_seen_against_what_would_have_been(trade: Trade) -> None:
    """In each shock's first month its own streams are the declared factor of what they were, other shocks aside."""
    seen = 0
    by_month: dict[int, list[object]] = {}
    for shock in trade.shocks:
        by_month.setdefault(shock.first, []).append(shock)
    for month, shocks in sorted(by_month.items()):
        real, plain = trade.values(month), trade.values(month, shocks=False)
        for shock in shocks:
            mine = np.zeros(len(real), dtype=bool)
            mine[trade.hit(shock)] = True
            factor = shock.factor(month)
            others = np.ones(len(mine))
            for other in trade.shocks:
                if other is not shock and other.factor(month) != 1:
                    others[trade.hit(other)] = 0
            alone = mine & (others == 1) & (plain > 0)
            if plain[alone].sum() < 100_000:
                continue
            assert real[alone].sum() == pytest.approx(factor * plain[alone].sum(), rel=1e-3, abs=int(alone.sum())), (
                shock
            )
            seen += 1
    assert seen > 0.7 * len(trade.shocks)


def test_what_no_shock_touches_is_as_it_would_have_been(trade: Trade) -> None:
    month = month_number("2025-05")
    touched = trade.shaken(month) != 1
    real, plain = trade.values(month), trade.values(month, shocks=False)
    assert touched.any()
    assert np.abs(real - plain)[~touched].max() <= 1  # rounding to yuan
    assert np.abs(real - plain)[touched].max() > 1_000_000


def test_the_last_month_has_shocks_of_its_own(trade: Trade) -> None:
    fresh = [shock for shock in firm_shocks(trade) if shock.first == NEWEST]
    assert len(fresh) >= 25
    other = Trade(0, 20_000, month_number("2024-12"))
    assert [shock for shock in firm_shocks(other) if shock.first == month_number("2024-12")]


def test_a_firm_has_one_shock_of_its_own_at_most(trade: Trade) -> None:
    firms = [shock.subject["uscc"] for shock in firm_shocks(trade)]
    assert len(firms) == len(set(firms))


def test_a_month_does_not_depend_on_what_was_asked_before() -> None:
    one, other = Trade(5, 500, NEWEST), Trade(5, 500, NEWEST)
    month = month_number("2023-03")
    other.values(month_number("2021-07"))
    assert np.array_equal(one.values(month), other.values(month))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**12), st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_parts_add_up_to_the_whole(total: int, weights: list[float]) -> None:
    array = np.array(weights)
    if array.sum() <= 1e-3:
        return
    for parts in (apportion(total, array), spread(total, array)):
        assert parts.sum() == total
        assert (parts >= 0).all()
        assert np.abs(parts - total * array / array.sum()).max() <= 2 + total * 1e-12


@pytest.mark.parametrize("text", ["2020-13", "now", "20201", "2020-1-1"])
def test_what_is_not_a_month_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match="2025-06") as fault:
        month_number(text)
    assert fault.value.code == "simulate.month"


@pytest.mark.parametrize(("first", "last"), [("2017-01", "2020-01"), ("2025-06", "2025-01"), ("2020-01", "2031-01")])
def test_a_span_without_declared_totals_is_refused(first: str, last: str) -> None:
    with pytest.raises(UserError) as fault:
        world().span(first, last)
    assert fault.value.code == "simulate.span"


def test_rates_are_near_the_years_means() -> None:
    for year in (2020, 2022, 2024):
        mean = np.mean([world().usd_rate(year * 12 + month) for month in range(12)])
        assert mean == pytest.approx(world().city["usd"][year], rel=0.02)


def test_firms_are_drawn_as_of_the_declared_day() -> None:
    assert world().city["day"] == date(2025, 7, 21)
