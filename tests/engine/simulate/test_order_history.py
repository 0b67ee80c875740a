"""Orders lead exports: what a firm reports in a week is what it ships in the months after, and no week is told twice."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from commercebrain.engine.simulate.order_history import OrderBook, OrderHistory, order_history
from commercebrain.engine.simulate.reports import weeks_between
from commercebrain.engine.simulate.responses import Help
from commercebrain.engine.simulate.trade import Trade, trade_of
from commercebrain.engine.simulate.world import month_number

MONDAY = date(2025, 7, 21)


@pytest.fixture(scope="module")
def trade() -> Trade:
    return trade_of(0, 2_000, month_number("2025-06"))


@pytest.fixture(scope="module")
def told(trade: Trade) -> OrderHistory:
    return order_history(trade, MONDAY)


def falls(trade: Trade, told: OrderHistory, ahead: int) -> np.ndarray:
    """Growth of each firm's exports of the three months from ``ahead`` on against a year before, by week."""
    book = OrderBook(trade)
    found = []
    for monday in told.weeks:
        month = monday.year * 12 + monday.month - 1 + ahead
        now, before = (sum(book.sold(m + step, MONDAY) for step in range(3)) for m in (month, month - 12))
        found.append(np.log(np.maximum(now, 1) / np.maximum(before, 1)))
    return np.stack(found)


def test_orders_fall_before_exports_do_and_the_placebo_knows_nothing(trade: Trade, told: OrderHistory) -> None:
    coming, past = falls(trade, told, 1), falls(trade, told, -3)
    placebo = order_history(trade, MONDAY, leads=False)

    def follows(history: OrderHistory, growth: np.ndarray) -> float:
        """Correlation of the growth of orders over a year with that of exports."""
        both = (history.orders[52:] > 0) & (history.orders[:-52] > 0)
        change = np.log(np.maximum(history.orders[52:], 1) / np.maximum(history.orders[:-52], 1))
        return float(np.corrcoef(change[both], np.clip(growth[52:], -3, 3)[both])[0, 1])

    seen = follows(told, coming), follows(told, past), follows(placebo, coming)
    assert seen[0] > 0.5 and seen[0] > seen[1] + 0.1 and seen[0] > seen[2] + 0.1, seen


def test_a_longer_history_and_a_later_beginning_change_no_week(trade: Trade, told: OrderHistory) -> None:
    longer = order_history(trade, MONDAY + timedelta(weeks=13))
    some = order_history(trade, MONDAY, date(2025, 1, 6))
    for name in ("orders", "cover", "trend", "filed", "on_time", "unchanged", "returned", "difficulties", "months"):
        whole = getattr(told, name)
        assert np.array_equal(getattr(longer, name)[: len(whole)], whole), name
        assert np.array_equal(getattr(some, name), whole[-len(some.weeks) :]), name
    assert some.weeks[0] == date(2025, 1, 6) and told.weeks[0] == date(2023, 1, 2)


def test_nothing_is_known_of_a_firm_that_did_not_file(told: OrderHistory) -> None:
    silent = ~told.filed
    assert silent.any() and not (told.filed & ~told.asked).any()
    for name in ("orders", "cover", "trend"):
        assert (getattr(told, name)[silent] == -1).all()
    assert np.isnan(told.new[silent]).all() and not told.difficulties[silent].any()
    assert (told.orders[told.filed] >= 0).all() and np.isnat(told.sent[silent]).all()


def test_help_eases_what_comes_after_it_and_no_earlier_week_or_other_firm(trade: Trade) -> None:
    firms = OrderBook(trade).who.asked
    day = date(2025, 7, 23)
    helped = trade.helped([Help(trade.city.firms.uscc[one], day) for one in firms.tolist()])
    later = MONDAY + timedelta(weeks=12)
    plain, eased = order_history(trade, later), order_history(helped, later)
    until = plain.weeks.index(MONDAY) + 1
    assert np.array_equal(plain.months[:until], eased.months[:until])
    assert (eased.orders[until:].sum(axis=0) > plain.orders[until:].sum(axis=0)).sum() > 5
    for month in range(month_number("2025-05"), month_number("2025-11")):
        values, more = trade.values(month), helped.values(month)
        assert (more >= values).all()
        if month <= month_number("2025-07"):
            assert np.array_equal(values, more)
        mine = np.isin(trade.city.firm, firms) & (trade.city.flow == 0)
        assert np.array_equal(values[~mine], more[~mine])
    assert more.sum() > values.sum()


def test_a_week_said_again_later_has_the_same_reports_and_those_that_came_since(trade: Trade) -> None:
    book = OrderBook(trade)
    early = {week.monday: week for week in weeks_between(book, date(2025, 7, 7), MONDAY)}
    late = {week.monday: week for week in weeks_between(book, date(2025, 7, 7), MONDAY + timedelta(days=9))}
    assert set(early) < set(late)
    for monday, week in early.items():
        for before, after in zip(week.reports, late[monday].reports, strict=True):
            assert before.uscc == after.uscc
            assert before.sent is None or before == after
    running = sum(one.sent is not None for one in early[MONDAY].reports)
    assert 0 < running < len(early[MONDAY].reports) / 5
    assert sum(one.sent is not None for one in late[MONDAY].reports) > running * 5
