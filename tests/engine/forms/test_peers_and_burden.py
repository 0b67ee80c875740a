"""What a firm sees of its peers, and what it was asked."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.burden import AskedReport, burden
from commercebrain.engine.forms.peers import middle, trend

FORMS = load_catalogue().forms
ORDERS, BASICS = FORMS["order_report"], FORMS["firm_basics"]
PERIODS = ["2025-W28", "2025-W29", "2025-W30"]


def firm(*values: Any, field: str = "orders_in_hand") -> dict[str, dict[str, Any]]:
    return {period: {field: v} for period, v in zip(PERIODS, values, strict=True) if v is not None}


def test_the_own_course_stands_beside_the_middle_of_five_peers() -> None:
    peers = [firm("10", "10", str(10 + n)) for n in (1, 2, 3, 4, 5)]
    told = trend(ORDERS, "orders_in_hand", firm("100", "100", "130"), peers, PERIODS)
    assert told.enough
    last = told.points[-1]
    assert last.own == "130"
    assert round(last.own_index or 0) == 118
    assert (last.peers, last.count) == (118, 5)
    assert told.said.zh == "在手订单：本期比自己3期的平均高18%，同行（5家）居中的高18%。"


def test_periods_in_which_the_firm_did_not_report_are_not_said_to_be_in_its_mean() -> None:
    peers = [firm("10", "10", "20")] * 5
    told = trend(ORDERS, "orders_in_hand", firm(None, "100", "130"), peers, PERIODS)
    assert "比自己2期的平均高13%" in told.said.zh and "mean of 2 periods" in told.said.en


def test_of_four_peers_nothing_is_told() -> None:
    peers = [firm("10", "10", "20")] * 4
    told = trend(ORDERS, "orders_in_hand", firm("1", "2", "3"), peers, PERIODS)
    assert not told.enough
    assert [point.peers for point in told.points] == [None, None, None]
    assert "不足5家" in told.said.zh
    assert trend(ORDERS, "orders_in_hand", {}, peers, PERIODS).said.zh == "在手订单还没有走势。"


def test_in_a_period_in_which_too_few_reported_nothing_is_told() -> None:
    peers = [firm("10", "10", "20")] * 4 + [firm("10", None, "20")]
    told = trend(ORDERS, "orders_in_hand", firm("1", "2", "3"), peers, PERIODS)
    assert [point.peers is not None for point in told.points] == [True, False, True]


def test_an_ordered_choice_has_a_course_too() -> None:
    peers = [firm("under_1", "under_1", word, field="cover") for word in ("under_1", "from_1_to_3") * 3]
    told = trend(ORDERS, "cover", firm("over_6", "over_6", "from_3_to_6", field="cover"), peers, PERIODS)
    assert told.points[0].peers == 0
    assert told.said.zh.startswith("可维持月数：本企业3–6，同行（6家）居中的是")
    with pytest.raises(UserError, match="没有走势"):
        trend(ORDERS, "first_market", {}, [], PERIODS)


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=30), st.data())
def test_the_middle_is_no_firms_own_and_no_single_firm_can_move_it_far(
    values: list[float], data: st.DataObject
) -> None:
    told = middle(values)
    assert told is not None
    ordered = sorted(values)
    assert ordered[1] <= told + 1e-9 * abs(told)
    assert told <= ordered[-2] + 1e-9 * abs(told)
    place = data.draw(st.integers(0, len(values) - 1))
    moved = middle([*values[:place], *values[place + 1 :], 1e12])
    assert moved is not None
    assert moved <= ordered[-1] + 1e-9 * ordered[-1]  # however large one firm becomes


def test_the_middle_is_near_the_median_and_of_fewer_than_five_there_is_none() -> None:
    assert middle([1, 2, 3, 4, 100]) == 3 == median([1, 2, 3, 4, 100])
    assert middle([1, 2, 3, 4], least=2) is None
    assert middle([1] * 7, least=8) is None


def asked(form: Any, day: date, answers: dict[str, Any] | None, **more: Any) -> AskedReport:
    return AskedReport(form, f"{day:%G-W%V}", more.pop("by", "甲区商务局"), day, answers, **more)


def test_the_meter_counts_what_was_asked_by_whom_and_what_could_have_been_re_used() -> None:
    same = {"orders_in_hand": "35", "trend": "same", "cover": "under_1", "first_market": "USA"}
    found = burden(
        [
            asked(ORDERS, date(2025, 7, 7), same, reused=0, seconds=80),
            asked(ORDERS, date(2025, 7, 14), {**same, "orders_in_hand": "36"}, reused=3, seconds=40),
            asked(ORDERS, date(2025, 7, 21), None),
            asked(
                BASICS, date(2025, 1, 2), {"employees": 10, "exports_usd": "1", "turnover_cny": "2"}, by="示例市商务局"
            ),
        ],
        known=["employees"],
    )
    assert (found.reports, found.questions, found.reused, found.seconds) == (4, 23, 3, 120)
    assert [(one.form, one.by, one.times, one.answered) for one in found.forms] == [
        ("order_report", "甲区商务局", 3, 2),
        ("firm_basics", "示例市商务局", 1, 1),
    ]
    by = {one.datum: one for one in found.data}
    assert (by["orders_in_hand"].times, by["orders_in_hand"].unchanged) == (3, 0)
    assert (by["first_market"].unchanged, by["first_market"].spared) == (1, 1)
    assert (by["employees"].known, by["employees"].spared) == (1, 1)
    assert by["order_report.note"].times == 3
    assert found.could_be_reused == 4  # trend, cover and market unchanged once, employees known
    assert found.share == pytest.approx(4 / 23)


def test_a_datum_that_another_form_asked_within_a_month_could_have_been_re_used() -> None:
    other = BASICS.model_copy(update={"code": "jobs_check", "name": BASICS.name})
    answers = {"employees": 10}
    near = burden([asked(BASICS, date(2025, 1, 2), answers), asked(other, date(2025, 1, 20), {"employees": 11})])
    far = burden([asked(BASICS, date(2025, 1, 2), answers), asked(other, date(2025, 5, 20), {"employees": 11})])
    of = {one.datum: one for one in near.data}["employees"]
    assert (of.elsewhere, of.forms) == (1, {"firm_basics", "jobs_check"})
    assert {one.datum: one for one in far.data}["employees"].elsewhere == 0


def test_a_firm_that_was_asked_nothing_has_no_share() -> None:
    assert burden([]).share is None
    assert burden([]).reports == 0
