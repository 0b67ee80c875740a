"""What the plans ask for by name, done with the shipped rules: orders and lists, industrial safety, firms abroad."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.desk.cases.conftest import CONTACT, MEASURE, city  # noqa: F401 - fixture
from tests.desk.cases.test_following import lake, ship  # noqa: F401 - fixture
from tests.desk.warnings.conftest import MONDAY
from tests.house import House

from commercebrain.desk.cases import actions, following
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.people import actions as people_actions
from commercebrain.desk.warnings import kinds, queries
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.rules import About, ArrayFrame

pytestmark = pytest.mark.django_db
TILES = Words(zh="甲区陶瓷制品", en="District A, ceramics")
COVERS = (*["3–6"] * 4, *["1–3"] * 4, "≤1", "≤1")  # months of work in hand as ten reports told them, the oldest first


def frame(subject: str, facts: Mapping[str, Any], about: About, **more: Any) -> ArrayFrame:
    """A frame of one subject."""
    columns = {name: [value] for name, value in facts.items()}
    return ArrayFrame(subject, [about.uscc or subject], columns, "2025-06", MONDAY, True, [about], **more)


def test_s021_a_rule_over_orders_and_lists_tells_a_case_answers_and_the_firms_own_figures_say_whether_it_helped(
    city: SimpleNamespace, lake: Path
) -> None:
    section = people_actions.create_person("s-desk", None, "示例外贸科", "Desk", home=city.top)
    people_actions.grant(section, city.top, city.house.roles["trade_section"])
    rule = kinds.rules()["R101"]
    proposed = uses.propose(rule, city.top, {}, {"precision": 0.4}, section, "回测表现稳定")
    uses.approve(proposed, city.people.chief)

    who = About(name=Words(zh=city.own.name_zh, en="Firm 1"), uscc=city.own.uscc, county="990101", country="USA")
    size = {"exports_last_12m": 12_000_000, "exposure('tariff_list')": 0.6}
    earlier = [frame("firm", {"cover": one, **size}, who) for one in reversed(COVERS[:-1])]
    facts = {"cover": COVERS[-1], **size}
    evaluate(city.top, MONDAY, frames={"firm": frame("firm", facts, who, earlier={"report": earlier})})
    signal = Signal.objects.get()
    assert (signal.rule, signal.level, signal.unit) == ("R101", "close_watch", city.jia)
    assert queries.signals(city.people.jia).get() == signal and not queries.signals(city.people.yi).exists()

    case = signal.case
    assert case is not None and case.unit == city.jia and case.clocks.get().code == "acknowledge"
    for step, values in (
        ("acknowledge", {}), ("contact", CONTACT), ("decide_measure", MEASURE), ("take_effect", {"measure_done": "2025-07-21"}),
    ):  # fmt: skip
        case = actions.move(case, city.people.jia, step, values=values)
    assert following.check_due(MONDAY) == 0, "nothing after the measure is known yet"
    ship(lake, 202507, 202510, 1_000_000, date(2025, 11, 20))
    assert following.check_due(date(2025, 11, 21)) == 2
    assert set(case.follow_ups.values_list("result", flat=True)) == {"recovered"}
    case.refresh_from_db()
    actions.move(case, city.people.jia, "close_result", sentence="三个月出口达到预期")

    signal.refresh_from_db()
    told = queries.record_of_rule("R101", city.top)
    assert signal.end == Signal.End.HANDLED and (told.handled, told.recovered) == (1, 1)
    line = [one.row for one in Outgoing.objects.order_by("pk") if one.row.get("case") == case.number][-1]
    assert [line[name] for name in ("responded", "acted", "closed", "followed", "recovered")] == [1] * 5


@pytest.mark.parametrize(
    ("indicator", "name"), [("trade_value", "宁波市外贸进出口总额"), ("fdi_actual", "宁波市实际使用外资")]
)
def test_s022_an_unusual_month_of_trade_or_investment_is_told_and_answered(
    house: House, in_use: Any, run: Any, indicator: str, name: str
) -> None:
    in_use(kinds.rules()["R704"])
    about = About(name=Words(zh=name, en=indicator), region="330200", county="330200")
    run(frame("indicator", {"surprise": -4, "gap": -0.2, "growth": -0.15, "value": 1e9, "has_target": False}, about))
    signal = Signal.objects.get()
    assert (signal.rule, signal.unit) == ("R704", house.units.ningbo) and name in signal.sentence_zh
    acts.acknowledge(signal, house.people.trader, "已与海关、外汇部门核对，下旬前分析原因")
    signal.refresh_from_db()
    assert signal.acknowledged_by == house.people.trader


def test_s026_a_cluster_that_loses_orders_and_people_while_it_builds_abroad_is_warned_of(
    house: House, in_use: Any, run: Any
) -> None:
    for rule in kinds.rules().values():
        if rule.group == "safety":
            in_use(rule)
    about = About(
        name=TILES, county="330203", region="330203", county_name=Words(zh="海曙区", en="Haishu"), chapter="69"
    )
    here = {"orders_growth": -0.25, "employees_change": -0.08, "firms": 24, "firms_gone": 1, "exports_growth_3m": -0.05}
    abroad = {"outbound_projects": 2, "outbound_before": 0, "outbound_invested": 3_000_000}
    stays = {**here, "employees_change": 0.01}
    run(frame("cluster", {**stays, **abroad}, about))
    assert not Signal.objects.exists(), "who builds abroad and keeps the people here is not moving away"
    run(frame("cluster", {**here, **abroad}, about))
    signal = Signal.objects.get()
    assert (signal.rule, signal.level) == ("R601", "watch") and "集群式转移苗头" in signal.sentence_zh
    assert signal.case is not None and signal.case.unit == house.units.haishu, "its county is asked at once"


def test_s081_a_project_abroad_without_progress_is_warned_of_and_its_firms_bureau_opens_a_case(
    house: House, in_use: Any, run: Any, firms: Any
) -> None:
    in_use(kinds.rules()["R604"])
    about = About(
        name=Words(zh="示例越南工厂项目", en="Plant in Viet Nam"), uscc=firms[0].uscc, county="330203", country="VNM", project="1"
    )  # fmt: skip
    told = {"country": "VNM", "months_without_progress": 26, "filed": 12_000_000, "invested": 3_000_000}
    run(frame("project", told, about))
    signal = Signal.objects.get()
    assert (signal.level, signal.unit) == ("watch", house.units.haishu) and "越南" in signal.sentence_zh
    case = acts.open_case(signal, house.people.county)
    assert case.template == "warning_response" and case.unit == house.units.haishu


def test_s137_trade_investment_and_clusters_are_judged_by_one_evaluation_and_answered_by_one_kind_of_case(
    house: House, in_use: Any, run: Any, firms: Any
) -> None:
    for code in ("R601", "R604", "R204"):
        in_use(kinds.rules()[code])
    firm = About(name=Words(zh=firms[0].name_zh, en="Firm"), uscc=firms[0].uscc, county="330203")
    cluster = About(name=TILES, county="330203", region="330203", chapter="69")
    project = About(name=TILES, uscc=firms[0].uscc, county="330203", country="VNM", project="1")
    stopped = {
        "zero_months": 3, "exports_3m_before": 5_000_000, "exports_3m_growth": -1, "highest36": 4_000_000, "exports_last_12m": 9_000_000,
    }  # fmt: skip
    moving = {
        "orders_growth": -0.25,
        "employees_change": -0.08,
        "outbound_projects": 2,
        "outbound_before": 0,
        "firms": 24,
    }
    stuck = {"country": "VNM", "months_without_progress": 26, "filed": 12_000_000, "invested": 3_000_000}
    done = run(frame("firm", stopped, firm), frame("cluster", moving, cluster), frame("project", stuck, project))
    assert (done.state, done.hits) == ("done", 3)
    for signal in Signal.objects.all():
        case = signal.case or acts.open_case(signal, house.people.county)
        assert case.template == "warning_response"
    assert {one.subject_kind for one in Signal.objects.all()} == {"firm", "cluster", "project"}
