"""What the plans ask for by name, done with the shipped template: trade friction answered from the respondent's side."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.desk.cases.test_scopes import pdf

from commercebrain.desk.cases import actions, queries
from commercebrain.desk.cases.models import Case, Clock
from commercebrain.desk.core.clock import today
from commercebrain.desk.people import actions as people_actions
from commercebrain.engine.cases import remedies
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def test_s024_a_trade_remedy_case_is_answered_from_the_notice_to_the_end_of_the_measure(
    city: SimpleNamespace, tmp_path: Path, settings: Any
) -> None:
    """Named firms, deadlines at home and abroad, papers approved before they leave, rates of each firm, reviews."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    people, day = city.people, today()
    trade = people_actions.create_person("s-desk", None, "示例外贸科", "Desk", home=city.top)
    people_actions.grant(trade, city.top, city.house.roles["trade_section"])
    title = ("欧盟对示例瓷砖反倾销调查（虚构）", "EU inquiry into sample tiles (invented)")
    case = actions.start("remedy_case", unit=city.top, region=city.top.region, title=title, person=trade)
    assert due(case) == {"tell_firms": day + timedelta(days=1), "report_basics": day + timedelta(days=3)}

    named = actions.name_firms(case, trade, [city.own, city.other])
    actions.tell_firms(case, trade, named)
    assert queries.cases(people.firm).get() == case, "a named firm finds the case"
    own, other = case.firms.get(enterprise=city.own), case.firms.get(enterprise=city.other)
    actions.fill_firm(own, people.firm, {"responds": "yes", "involved_value": "320", "response_cost": "45"})
    actions.fill_firm(other, trade, {"responds": "no", "involved_value": "80"})
    told = remedies.responding([row.values for row in case.firms.all()])
    assert (told.responding, told.named, told.rate) == (1, 2, 50)

    with pytest.raises(UserError) as refusal:
        actions.move(case, trade, "organise")
    assert {"authority", "told_firms_on", "basics_sent_on"} <= set(refusal.value.fields)
    case = actions.move(
        case, trade, "organise", values={
            "authority": "eu27", "remedy": "anti_dumping", "product": "示例瓷砖（虚构）", "products": "690721", "initiated_on": day.isoformat(),
            "told_firms_on": day.isoformat(), "basics_sent_on": day.isoformat(), "questionnaire_due": "2025-08-28",
        },
    )  # fmt: skip
    answers = case.clocks.get(code="answers")
    assert answers.due_at.isoformat() == "2025-08-28T21:59:59+00:00", "the day ends in Brussels, not in Beijing"

    paper = actions.add_paper(case, trade, pdf("评论意见.pdf"), "comment")
    paper = actions.ask_paper(paper, trade)
    with pytest.raises(UserError):
        actions.decide_paper(paper, trade, approve=True, sentence="同意")
    assert actions.decide_paper(paper, people.chief, approve=True, sentence="同意报送").approval == "approved"

    steps = (
        ("rule_preliminary", {"preliminary_on": "2025-07-21"}, {"rate_preliminary": "32.5"}),
        ("rule_final", {"final_on": "2025-07-21", "decision": "duty", "measure_from": "2025-07-21", "final_rate": "50"}, {"rate_final": "30.6"}),
    )  # fmt: skip
    for step, values, rates in steps:
        with pytest.raises(UserError, match="税率"):
            actions.move(case, trade, step, values=values)
        own.refresh_from_db()
        actions.fill_firm(own, trade, rates)
        case.refresh_from_db()
        case = actions.move(case, trade, step, values=values)
    expiry = case.clocks.get(code="expiry").due_at
    assert expiry.isoformat() == "2030-07-22T21:59:59+00:00", "five years end on a Sunday there: the Monday after"
    case = actions.move(case, trade, "open_sunset", values={"sunset_on": "2025-07-21"})
    case = actions.move(case, trade, "lapse", sentence="未申请延长，措施到期终止")
    assert (case.state, case.outcome) == ("closed", "ended") and not due(case)


def due(case: Case) -> dict[str, Any]:
    """The days on which the running clocks of a case end, by the calendar of Beijing."""
    rows = Clock.objects.filter(case=case, met_at=None, dropped_at=None)
    return {row.code: (row.due_at + timedelta(hours=8)).date() for row in rows}
