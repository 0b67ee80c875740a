"""What firms of the invented city report: from their own trade, the same for a seed, with the gaps that are declared."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.simulate import basics
from commercebrain.engine.simulate.reporters import Reporters, employees, recipe, reporters, sizes
from commercebrain.engine.simulate.reports import Reported, Week, weeks
from commercebrain.engine.simulate.trade import Trade, trade_of
from commercebrain.engine.simulate.world import month_number

MONDAY = date(2025, 7, 21)
LAST = month_number("2025-06")


@pytest.fixture(scope="module")
def trade() -> Trade:
    return trade_of(0, 2_000, LAST)


@pytest.fixture(scope="module")
def made(trade: Trade) -> tuple[Reporters, list[Week]]:
    return weeks(trade, MONDAY)


def county_of(trade: Trade, uscc: str) -> str:
    return trade.city.counties[int(trade.city.firms.county[trade.city.firms.uscc.index(uscc)])]


def test_each_county_has_a_third_of_its_declared_number_report_in_a_small_city(
    trade: Trade, made: tuple[Reporters, list[Week]]
) -> None:
    asked = Counter(county_of(trade, one.uscc) for one in made[1][0].reports)
    assert asked == {county: many // 3 for county, many in recipe()["asked"].items()}


def test_every_list_holds_firms_that_report_and_the_key_list_the_greatest_exporters(
    trade: Trade, made: tuple[Reporters, list[Week]]
) -> None:
    who = made[0]
    assert set(who.lists) == {"key_exporters", "us_exporters", "canton_fair", "subsidy_receivers"}
    for firms in who.lists.values():
        assert len(firms) and set(firms.tolist()) <= set(who.asked.tolist())
    others = np.setdiff1d(who.asked, who.lists["key_exporters"])
    assert np.median(who.exports.total[who.lists["key_exporters"]]) > np.median(who.exports.total[others])
    assert set(others.tolist()) <= set(who.lists["us_exporters"].tolist())


def test_the_last_closed_week_has_the_declared_part_of_each_county(
    trade: Trade, made: tuple[Reporters, list[Week]]
) -> None:
    closed = made[1][-2]
    assert closed.period == "2025-W29" and not closed.open
    filed, asked = Counter[str](), Counter[str]()
    for one in closed.reports:
        asked[county_of(trade, one.uscc)] += 1
        filed[county_of(trade, one.uscc)] += one.sent is not None
    assert {county: filed[county] for county in asked} == {
        county: round(many * recipe()["filed"][county]) for county, many in asked.items()
    }
    assert filed["990104"] / asked["990104"] == 0.92


def test_nothing_is_sent_before_its_week_or_after_the_day_and_lateness_follows_from_the_moment(
    made: tuple[Reporters, list[Week]],
) -> None:
    assert [week.period for week in made[1]] == [f"2025-W{number}" for number in range(22, 31)]
    for week in made[1]:
        due = datetime.combine(week.monday + timedelta(days=4), time(17))
        for one in week.reports:
            if one.sent is not None:
                assert week.monday <= one.sent.date() and one.sent < datetime.combine(MONDAY, time(8, 31))
                assert one.on_time == (one.sent <= due)
    assert any(not one.on_time for one in made[1][-2].reports if one.sent)


def test_no_change_repeats_the_week_before_at_most_three_times(made: tuple[Reporters, list[Week]]) -> None:
    said = 0
    for before, week in zip(made[1], made[1][1:], strict=False):
        for past, one in zip(before.reports, week.reports, strict=True):
            if one.unchanged:
                said += 1
                assert answers(one) == answers(past) and 1 <= one.unchanged <= 3 and one.trend == "same"
    assert said > 30


def answers(one: Reported) -> tuple[object, ...]:
    return (one.orders_in_hand, one.cover, one.first_market, one.difficulties, one.lines)


def test_lines_are_those_of_key_exporters_each_goods_and_market_once(
    trade: Trade, made: tuple[Reporters, list[Week]]
) -> None:
    key = {trade.city.firms.uscc[one] for one in made[0].lists["key_exporters"].tolist()}
    for one in made[1][3].reports:
        goods = [(line.hs10, line.country) for line in one.lines]
        assert len(set(goods)) == len(goods) <= recipe()["lines"]["most"]
        assert not goods or one.uscc in key
        assert sum(line.orders_in_hand for line in one.lines) <= one.orders_in_hand * 1.01 + 1000


def test_the_same_seed_reports_the_same_and_another_does_not(made: tuple[Reporters, list[Week]]) -> None:
    assert weeks(trade_of(0, 2_000, LAST), MONDAY)[1] == made[1]
    assert weeks(trade_of(1, 2_000, LAST), MONDAY)[1][0] != made[1][0]


def test_the_trend_says_how_orders_went_since_the_week_before(made: tuple[Reporters, list[Week]]) -> None:
    for before, week in zip(made[1], made[1][1:], strict=False):
        for past, one in zip(before.reports, week.reports, strict=True):
            if one.sent and past.sent and not one.unchanged:
                ratio = one.orders_in_hand / max(1, past.orders_in_hand) - 1
                assert one.trend == ("more" if ratio > 0.05 else "less" if ratio < -0.05 else "same")


def test_each_size_class_employs_as_many_as_its_definition_allows(trade: Trade) -> None:
    many, classes = employees(trade.city), sizes(trade.city)
    for name, (_, _, least, most) in recipe()["employees"].items():
        mine = many[classes == name]
        assert len(mine) and mine.min() >= least and mine.max() <= most


def test_a_larger_city_has_all_its_declared_reporters() -> None:
    who = reporters(trade_of(0, 10_000, LAST), LAST)
    assert len(who.asked) == sum(recipe()["asked"].values())


def test_yearly_facts_fill_the_lake_once_marked_synthetic_and_agree_with_trade(trade: Trade, tmp_path: Path) -> None:
    rows = basics.fill(tmp_path, trade, 2024)
    table = RecordTable(tmp_path, record_dataset("firm_basics"))
    versions = table.months()
    assert rows > 1_500 and [(one.month, one.rows, one.synthetic) for one in versions] == [(202412, rows, True)]
    assert basics.fill(tmp_path, trade, 2024) == 0
    facts = basics.year_of(trade, 2024)
    assert (facts.employees > 0).all() and (facts.turnover_cny >= facts.exports_usd * 7).all()
    assert facts.exports_usd.sum() > 0
