"""A rule that is approved anew while its signals are open: what they say from then on, and to whom."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms

from commercebrain.desk.warnings import clearance, pages, telling
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.kinds import rules
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.rules import ArrayFrame

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_lake")]
OPEN = {"zh": "{name}在手订单{orders_growth_4}", "en": "{name}: orders {orders_growth_4}"}
CUSTOMS = {"zh": "{name}出口{exports}", "en": "{name}: exports {exports}"}
WHEN = "orders_growth_4 <= -fall and exports >= 0"


def frame(firms: Any, period: str, on: date, orders: float = -0.5) -> ArrayFrame:
    made = of_firms(firms[:1], [None], exports=[Decimal(76_540_000)], orders_growth_4=[orders])
    made.period, made.on = period, on
    return made


def test_a_sentence_that_tells_customs_figures_since_its_rule_was_changed_is_kept_from_who_is_not_cleared(
    firms: Any, in_use: Any, run: Any
) -> None:
    in_use(declared("R900", when=WHEN, say=OPEN, levels=[{"level": "watch"}]))
    run(frame(firms, "2025-06", MONDAY))
    assert Signal.objects.get().sentence_zh == f"{firms[0].name_zh}在手订单下降50%"
    in_use(declared("R900", when=WHEN, say=CUSTOMS, levels=[{"level": "watch"}]))
    later = MONDAY + timedelta(days=31)
    run(frame(firms, "2025-07", later), on=later)
    row = Signal.objects.get()
    assert "7,654万" in row.sentence_zh and row.opened_on == MONDAY, "the same signal, in the new words"
    assert "7,654万" not in clearance.sentence(row)["zh"] and "7,654万" not in telling.told(row)["sentence"]
    assert row.declaration["when"] == WHEN and row.declaration["name"]["zh"] == "出口下降"


def test_a_sentence_that_grew_too_long_for_its_place_is_cut_and_stops_no_evaluation(
    firms: Any, in_use: Any, run: Any
) -> None:
    long = {
        "zh": "{name}在手订单{orders_growth_4}" + "，请尽快核实" * 100,
        "en": "{name}: orders {orders_growth_4}" + ", look" * 200,
    }
    levels = [{"level": "close_watch", "when": "orders_growth_4 <= -0.7"}, {"level": "watch"}]
    in_use(declared("R900", when=WHEN, say=long, levels=levels))
    run(frame(firms, "2025-06", MONDAY))
    later = MONDAY + timedelta(days=31)
    run(frame(firms, "2025-07", later, -0.8), on=later)
    row = Signal.objects.get()
    assert (row.level, len(row.sentence_zh), len(row.sentence_en)) == ("close_watch", 500, 500)


def test_a_proposal_that_was_declined_leaves_the_rule_in_use_as_it_is(house: Any, in_use: Any) -> None:
    code = next(iter(rules()))
    one = in_use(rules()[code])
    proposed = uses.propose(code, house.units.ningbo, {}, {"precision": 0.5}, house.people.trader, "再试")
    uses.decline(proposed, house.people.planner, "误报太多")
    line = next(row for row in pages.lines(house.people.planner, house.units.ningbo) if row.rule.code == code)
    assert line.use == one and line.use.state == "on" and line.proposed is None


def test_a_rule_in_use_whose_file_is_gone_is_still_shown_and_switched_off(
    client: Any, house: Any, firms: Any, in_use: Any, run: Any
) -> None:
    row = in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, 0]))
    assert row.rule not in rules()
    assert "R900" in {line.rule.code for line in pages.lines(house.people.planner, house.units.ningbo)}
    client.force_login(house.people.planner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/rules/R900/", {"unit": house.units.ningbo.pk}, headers={"accept-language": "zh-hans"})
    assert page.status_code == 200 and "按批准时的内容运行" in page.content.decode()
    off = f"/rules/uses/{row.pk}/off/"
    assert off in page.content.decode()
    assert client.get("/rules/R899/").status_code == 404
