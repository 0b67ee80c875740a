"""Facts are as they were known on a day: later months, later reports and later vintages change nothing told earlier."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commercebrain.engine.expressions import parse
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.rules import Rule
from commercebrain.engine.rules.backtest import History, backtest, places_of
from commercebrain.engine.rules.facts import CityFacts, IndicatorFacts, ListFacts, OrderPanel
from commercebrain.engine.rules.facts.simulated import SimulatedSource
from commercebrain.engine.rules.facts.source import Cells, Token, TradeSource
from commercebrain.engine.rules.truth import answer_key
from commercebrain.engine.rules.vocabulary import vocabulary
from commercebrain.engine.simulate.order_history import order_history
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number

FIRMS = 600
WORDS = {"zh": "规则", "en": "Rule"}


@pytest.fixture(scope="module")
def trade() -> Trade:
    return Trade(1, FIRMS, month_number(202506))


@pytest.fixture(scope="module")
def city(trade: Trade) -> CityFacts:
    orders = OrderPanel.from_history(order_history(trade, date(2025, 7, 18)))
    return CityFacts(None, date(2025, 7, 20), orders=orders, source=SimulatedSource(trade, 202001))


def column(facts: CityFacts, subject: str, text: str) -> Any:
    (term,) = parse(text).terms
    return facts.frame(subject).column(term)


def same(one: Any, other: Any) -> bool:
    if one.known.tolist() != other.known.tolist():
        return False
    return one.values[one.known].tolist() == other.values[other.known].tolist()


def rule(when: str, **more: Any) -> Rule:
    declared: dict[str, Any] = {
        "code": "R900", "name": WORDS, "group": "customs", "subject": "firm", "practice": WORDS, "when": when,
        "levels": [{"level": "watch"}], "say": WORDS, "examples": [{"given": {}, "fires": False}],
        "backtest": {"truth": "exports_fall"},
    }  # fmt: skip
    return Rule.model_validate(declared | more)


def test_every_name_of_every_subject_has_a_column_as_long_as_its_frame(city: CityFacts) -> None:
    for subject in ("firm", "goods", "county", "market", "cluster", "indicator", "project"):
        frame = city.frame(subject)
        for name in vocabulary(subject).names:
            found = column(city, subject, name)
            assert len(found.values) == len(found.known) == len(frame.keys), (subject, name)


@pytest.mark.parametrize(
    "text",
    ["exports_3m_growth", "surprise", "exports_ahead_growth", "lasting_gap", "cover", "orders_growth_4", "top_market"],
)
def test_what_was_told_in_a_month_does_not_change_when_later_months_come(
    trade: Trade, city: CityFacts, text: str
) -> None:
    then = SimulatedSource(trade, 202001, 202412)  # nothing later was ever simulated
    orders = OrderPanel.from_history(order_history(trade, date(2025, 1, 17)))
    earlier = CityFacts(None, date(2025, 1, 18), orders=orders, source=then)
    assert same(column(city.at(202412), "firm", text), column(earlier, "firm", text))


def test_a_frame_looks_back_by_months_and_by_reports(city: CityFacts) -> None:
    frame = city.frame("firm")
    assert same(column(city, "firm", "lag(exports, 2)"), frame.back(2, "month").column(parse("exports").terms[0]))
    assert same(column(city, "firm", "lag(cover, 4)"), frame.back(4, "report").column(parse("cover").terms[0]))
    beyond = column(city, "firm", "lag(exports, 200)")
    assert not beyond.known.any()


class Restated(TradeSource):
    """One firm, whose newest month is published twice; the second time it is higher."""

    firms, products, countries, counties = ["F"], ["0101011000"], ["USA"], ["990101"]

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.values = {"low": low, "high": high}

    def known(self, on: date, *, as_published: bool = False) -> dict[int, Token]:
        found = {202300 + month: ("plain",) for month in range(1, 13)} | {
            202400 + month: ("plain",) for month in range(1, 6)
        }
        if on >= date(2024, 7, 18):
            found[202406] = ("high",) if on >= date(2024, 8, 20) else ("low",)
        return found

    def released(self, month: int) -> date | None:
        return date(2024, 7, 18) if month == 202406 else date(2024, 6, 18)

    def read(self, month: int, token: Token) -> Cells:
        nought, value = np.zeros(1, np.int64), np.array([self.values.get(token[0], 100)])
        return Cells(nought, nought, nought, nought, nought, value, value.astype(float))


@given(low=st.integers(1, 10**9), high=st.integers(1, 10**9))
@settings(max_examples=25, deadline=None)
def test_a_month_that_was_restated_later_is_told_as_it_was_first_published(low: int, high: int) -> None:
    newest = CityFacts(None, date(2024, 9, 1), source=Restated(low, high))
    assert column(newest, "firm", "exports").values.tolist() == [high]
    assert column(newest.at(202406), "firm", "exports").values.tolist() == [low]


def test_a_report_made_late_is_not_known_before_it_was_made(city: CityFacts) -> None:
    panel = city.orders
    week = len(panel.weeks) - 6
    closed = panel.weeks[week] + timedelta(days=7)
    told = panel.told[:, week].copy()
    try:
        panel.told[:, week] = (closed + timedelta(days=3)).toordinal()
        assert not (panel.codes("cover", week, closed) >= 0).any()
        assert (panel.codes("cover", week, closed + timedelta(days=3)) >= 0).any()
    finally:
        panel.told[:, week] = told


def test_a_firm_without_lines_has_nothing_of_an_amount_and_no_growth(trade: Trade, city: CityFacts) -> None:
    from commercebrain.engine.rules.facts import Register

    facts = CityFacts(None, city.on, source=city.source, orders=city.orders, register=Register(["NOBODY"]))
    assert column(facts, "firm", "exports_last_12m").values.tolist() == [0.0]
    assert column(facts, "firm", "exports_last_12m").known.tolist() == [True]
    assert column(facts, "firm", "exports_3m_growth").known.tolist() == [False]
    assert column(facts, "firm", "cover").known.tolist() == [False]


def test_firms_of_a_region_are_those_of_its_counties(city: CityFacts) -> None:
    facts = CityFacts(None, city.on, source=city.source, orders=city.orders, regions=("990102",))
    assert set(facts.firm_counties.options) == {"990102"}
    assert 0 < len(facts.firms) < len(city.firms)
    assert list(facts.frame("county").keys) == ["990102"]


def test_exposure_is_the_share_of_twelve_months_and_a_firm_is_newly_hit_once(city: CityFacts) -> None:
    first = city.frame("firm").column(parse("top_market").terms[0])
    market = str(first.values[first.known][0])
    old = [ProductRow("8", "HS", "2022", market, rate=10.0)]
    new = [*old, *(ProductRow(str(n), "HS", "2022", market, rate=20.0) for n in (3, 4, 6, 7, 9))]
    lists = ListFacts(products={"tariff_list": new}, before={"tariff_list": old})
    facts = CityFacts(None, city.on, source=city.source, orders=city.orders, lists=lists)
    share = column(facts, "firm", "exposure('tariff_list')")
    sold = column(facts, "firm", f"exports_to('{market}')")
    total = column(facts, "firm", "exports_last_12m")
    assert ((share.values * total.values) <= sold.values + 1).all()
    newly = column(facts, "firm", "newly_hit('tariff_list')")
    only = ListFacts(products={"tariff_list": old})
    before = CityFacts(None, city.on, source=city.source, orders=city.orders, lists=only)
    was_hit = column(before, "firm", "exposure('tariff_list')").values > 0
    assert newly.values.any()
    assert not (newly.values & was_hit).any()
    assert not column(before, "firm", "newly_hit('tariff_list')").known.any()  # there is no version before
    assert not column(facts, "firm", "exposure('unheard_of')").known.any()


def test_indicators_are_what_the_caller_tells_and_only_from_their_day_on() -> None:
    rows = [
        IndicatorFacts("EXPORTS", "990100", Rule.model_validate(rule("exports > 1")).name, value=3.0, binding=True),
        IndicatorFacts("LATER", "990100", rule("exports > 1").name, value=4.0, known_on=date(2025, 8, 1)),
    ]
    facts = CityFacts(None, date(2025, 7, 20), orders=OrderPanel.empty(), targets=rows)
    assert list(facts.frame("indicator").keys) == ["EXPORTS|990100"]
    assert column(facts, "indicator", "value").values.tolist() == [3.0]
    assert column(facts, "indicator", "binding").values.tolist() == [True]
    assert not column(facts, "indicator", "chance").known.any()


def test_a_back_test_counts_what_followed_and_its_curve_finds_no_less_when_it_is_loosened(city: CityFacts) -> None:
    declared = rule(
        "exports_growth <= -fall",
        parameters={"fall": {"value": 30, "unit": "%", "name": WORDS, "from": 10, "to": 90, "step": 20}},
    )
    told = backtest(declared, History(city, 202406, 202506), first=202406, last=202506, among="exports_last_12m > 0")
    assert told.counted == len(told.months) - 3  # of the last three it is not known yet what followed
    assert told.signals == told.right + told.false + told.repeats > 0
    assert [one.value for one in told.curve] == list(places_of(declared, told.parameters))
    found = [one.hits for one in told.curve]
    assert found == sorted(found, reverse=True)  # a smaller fall asks less
    assert sum(one.signals for one in told.by_county.values()) == told.signals
    assert told.synthetic
    assert told.hit_examples
    assert all(case.month < case.shown <= 202506 for case in told.hit_examples)


def test_a_back_test_of_too_little_says_so(city: CityFacts) -> None:
    declared = rule("exports_growth <= -0.99 and exports_last_12m > 1000000000000")
    told = backtest(declared, History(city, 202505, 202506), first=202505, last=202506)
    assert told.signals == 0
    assert len(told.too_short) == 2


def test_the_answer_key_is_what_was_done_to_a_firm(trade: Trade, city: CityFacts) -> None:
    declared = rule("surprise <= -3 and exports_gap <= -0.4")
    told = backtest(declared, History(city, 202401, 202505), "answer_key", first=202401, last=202505, among=None)
    assert told.truth == "answer_key"
    assert told.episodes > 0


def test_the_answer_key_knows_the_shocks_of_months_that_come_later(trade: Trade, city: CityFacts) -> None:
    made = {code[:6] for code in trade.city.hs10}
    hit = sorted(made & {"640212", "870880", "392630", "730722"})  # the second round, from August 2025
    keys = [f"{code}|USA" for code in hit]
    told = answer_key(trade, city, "goods", keys, [202508])
    traded = np.array([_usual(trade, code, month_number(202508)) > 0 for code in hit])
    assert traded.any() and told.happens[traded, 0].all() and (told.begins[traded, 0] == 202508).all()


def _usual(trade: Trade, code: str, month: int) -> float:
    of = np.array([one[:6] == code for one in trade.city.hs10])[trade.city.product]
    mine = of & (trade.city.flow == 0) & (trade.city.country == list(trade.city.countries).index("USA"))
    return float(trade.usual(month)[mine].sum())


def test_a_firm_belongs_to_its_first_goods_so_that_a_fall_of_goods_speaks_for_it(city: CityFacts) -> None:
    frame, goods = city.frame("firm"), city.frame("goods")
    known = {(goods.about(row).hs6, goods.about(row).country) for row in range(len(goods.keys))}
    told = [frame.about(row) for row in range(len(frame.keys))]
    assert all(len(one.hs6) == 6 and one.hs6[:2] == one.chapter for one in told if one.chapter)
    assert any((one.hs6, one.country) in known for one in told if one.hs6)
