"""The demo's story, 09:20, in the invented city: whom the second version of the list hits that the first did not.

Firms are hit by the lines in the lake; who has reported, and for how long orders last, is what they were simulated to
report in the last closed week. The seed fixes every count; those of the whole city are looked at where it is made
(tests/test_scenario_warnings.py).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import commercebrain
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.difference import newly_hit
from commercebrain.engine.exposure.lines import customs_base
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.lists.tables import read_table
from commercebrain.engine.simulate.reports import Reported, weeks
from commercebrain.engine.simulate.trade import trade_of
from commercebrain.engine.simulate.world import month_number

MONDAY = date(2025, 7, 21)
TABLES = Path(commercebrain.__file__).parent / "catalogue" / "samples" / "invented" / "lists"


def rows_of(number: int) -> list[ProductRow]:
    """A version of the demonstration list, read as anybody's table of codes."""
    with (TABLES / f"演示清单第{number}版.csv").open(encoding="utf-8-sig", newline="") as file:
        rows, faults = read_table(list(csv.reader(file))).product_rows("HS", "2022")
    assert not faults
    return rows


@dataclass(frozen=True)
class Told:
    """The story's numbers: newly hit, of them with a month of orders or less, not reported, not asked at all."""

    newly: int
    short: int
    silent: int
    not_asked: int


def told(lake: Path, firms: int) -> Told:
    """The numbers of a city whose lines are in ``lake``."""
    base = customs_base(lake, reach=Reach(ALL, "confidential"), as_of=MONDAY)
    least = load_catalogue().lists["tariff_list"].newly_hit
    first, second = (exposure(rows_of(number), base) for number in (1, 2))
    hit = newly_hit(first, second, least_value=int(least.value), least_share=float(least.share))
    assert not hit.gone
    week = weeks(trade_of(0, firms, month_number("2025-06")), MONDAY)[1][-2]
    said: dict[str, Reported] = {one.uscc: one for one in week.reports}
    new = [one.uscc for one in hit.new]
    asked = [said[uscc] for uscc in new if uscc in said]
    return Told(
        len(new),
        sum(one.sent is not None and one.cover == "under_1" for one in asked),
        sum(one.sent is None for one in asked),
        len(new) - len(asked),
    )


def test_the_second_version_has_the_first_s_codes_and_23_more() -> None:
    first, second = ({row.digits for row in rows_of(number)} for number in (1, 2))
    assert first < second and len(second) - len(first) == 23
    assert all(len(code) == 6 for code in second) and len(second) == len(rows_of(2)) == 69
    assert {(row.partner, row.rate) for row in rows_of(2)} == {("USA", 25.0), ("USA", 10.0)}


def test_one_county_has_92_per_cent_of_its_firms_reported_in_the_last_closed_week() -> None:
    trade = trade_of(0, 20_000, month_number("2025-06"))
    week = weeks(trade, MONDAY)[1][-2]
    place = dict(zip(trade.city.firms.uscc, trade.city.firms.county.tolist(), strict=True))
    rates = {}
    for number, county in enumerate(trade.city.counties):
        mine = [one for one in week.reports if place[one.uscc] == number]
        rates[county] = sum(one.sent is not None for one in mine) / len(mine)
    assert rates.pop("990104") == 0.92
    assert min(rates.values()) > 0.96 and len(week.reports) == 480
