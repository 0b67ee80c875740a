"""The pages of warnings: the first line, groups, the card with its acts, rules, back-tests, evaluations, quiet periods."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from tests.desk.warnings.conftest import declared, of_firms
from tests.house import House

from commercebrain.desk.core.search import search
from commercebrain.desk.core.work import work_of
from commercebrain.desk.people import actions
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import conditions, kinds, testing, words
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import Alarm, BackTest, Evaluation, Quiet, RuleUse, Signal
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.rules import Rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_lake")]
TESTED = {
    "signals": 20, "precision": 0.6, "recall": 0.4, "lead": 2.0, "false_a_month": 0.5, "signals_a_month": 2.0,
    "slider": "fall", "reasons": [], "counties": {"330203": {"signals": 12, "signals_a_month": 1.2, "false_a_month": 0.3, "precision": 0.7},
                                                  "330212": {"signals": 8, "signals_a_month": 0.8, "false_a_month": 0.2, "precision": 0.5}},
    "curve": [
        {"value": "0.2", "signals": 40, "precision": 0.4, "recall": 0.6, "lead": 2.0, "false_a_month": 2.0, "signals_a_month": 4.0},
        {"value": "0.3", "signals": 20, "precision": 0.6, "recall": 0.4, "lead": 2.0, "false_a_month": 0.5, "signals_a_month": 2.0},
        {"value": "0.5", "signals": 5, "precision": 0.9, "recall": 0.1, "lead": 1.0, "false_a_month": 0.1, "signals_a_month": 0.5},
    ],
}  # fmt: skip


@pytest.fixture
def browse(client: Client) -> Callable[[Any], Client]:
    """A browser of a person, in English."""

    def begin(person: Any) -> Client:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["language"] = "en"
        return client

    return begin


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> Rule:
    """A rule that opens cases, can be held against what followed, and is the only one declared."""
    made = declared(
        "R900", case="warning_response", opens="by_person", backtest={"truth": "exports_fall", "slider": "fall"},
        cause={"by": "market"},
    )  # fmt: skip
    for where in ("commercebrain.desk.warnings.kinds.rules", "commercebrain.desk.warnings.actions.use.rules"):
        monkeypatch.setattr(where, lambda: {made.code: made})
    return made


@pytest.fixture
def raised(house: House, firms: list[Enterprise], in_use: Callable[..., RuleUse], rule: Rule) -> list[Signal]:
    """Two signals in 海曙, one of them close watch, and one in 鄞州."""
    in_use(rule)
    evaluate(house.units.ningbo, date(2025, 7, 21), frames={"firm": of_firms(firms, [-0.8, -0.4, -0.5])})
    return list(Signal.objects.order_by("subject"))


def text_of(page: Any) -> str:
    return str(page.content.decode())


def test_the_first_line_counts_and_signals_of_one_cause_stand_together(browse, house, raised):
    page = browse(house.people.trader).get("/warnings/")
    assert page.context["answer"] == "3 new since 2025-07-21, 0 past their clock; 3 open."
    client = browse(house.people.trader)
    client.cookies["language"] = "zh-hans"
    told = client.get("/warnings/").context["answer"]
    assert told == "2025-07-21起新增3条，0条超时限；共3条未关闭。"
    Evaluation.objects.all().delete()
    told = client.get("/warnings/").context["answer"]
    assert told == "0条超时限；共3条未关闭。", "nothing is new where no day is known"
    (group,) = page.context["groups"].shown
    assert (group.total, group.of.level) == (3, "close_watch") and group.url in text_of(page)
    assert [line["row"].level for line in page.context["lines"]] == ["close_watch", "watch", "watch"]


def test_a_county_sees_its_own_signals_alone_and_a_firm_s_user_none(browse, house, raised):
    page = browse(house.people.county).get("/warnings/")
    assert {line["row"].unit_id for line in page.context["lines"]} == {house.units.haishu.pk}
    other = next(one for one in raised if one.unit_id == house.units.yinzhou.pk)
    assert browse(house.people.county).get(f"/warnings/{other.pk}/").status_code == 404
    assert browse(house.people.firm).get("/warnings/").status_code == 403
    assert browse(house.people.firm).get(f"/warnings/{raised[0].pk}/").status_code == 404


def test_filters_narrow_by_level_state_region_and_firm(browse, house, raised):
    client = browse(house.people.trader)
    for query, many in (
        ("level=close_watch", 1), ("level=close_watch&level=watch", 3), ("state=closed", 0), ("county=330212", 1),
        (f"firm={raised[0].subject}", 1), ("inhibited=yes", 0), ("rule=R900", 3), (f"cause={raised[0].cause}", 3), ("state=all", 3),
    ):  # fmt: skip
        assert len(client.get(f"/warnings/?{query}").context["lines"]) == many, query


def test_the_card_tells_the_facts_and_leads_one_step_nearer_to_the_cause(browse, house, raised):
    page = browse(house.people.planner).get(f"/warnings/{raised[0].pk}/")
    (fact,) = page.context["terms"]
    assert "80%" in fact.value and fact.url.startswith("/outlook/customs_export_value/")
    page = browse(house.people.county).get(f"/warnings/{raised[0].pk}/")
    assert page.context["may"] and page.context["waiting"] == 2
    assert "2 that wait" in text_of(page)


def test_an_acknowledgement_leads_to_the_next_signal_that_waits(browse, house, raised):
    client = browse(house.people.county)
    first, second = raised[:2]
    done = client.post(
        f"/warnings/{first.pk}/acknowledge/", {"sentence": "本周走访", "until": "2025-07-25", "version": first.version}
    )
    assert done.url == f"/warnings/{second.pk}/"
    first.refresh_from_db()
    assert first.acknowledged_until == date(2025, 7, 25)
    page = client.get("/warnings/?state=acknowledged")
    assert "acknowledged until 2025-07-25" in text_of(page)


def test_a_refused_act_shows_why_and_keeps_what_was_typed(browse, house, raised):
    client = browse(house.people.county)
    row = raised[0]
    page = client.post(f"/warnings/{row.pk}/acknowledge/", {"sentence": "打算走访", "until": "2025-13-99"})
    assert page.status_code == 422 and "打算走访" in text_of(page) and "2025-13-99” is no day" in text_of(page)
    page = client.post(f"/warnings/{row.pk}/false-alarm/", {"sentence": "检修", "version": row.version + 5})
    assert page.status_code == 409 and "检修" in text_of(page)
    row.refresh_from_db()
    assert row.closed_at is None and row.acknowledged_at is None


def test_a_false_alarm_a_note_and_the_case_are_done_in_place(browse, house, raised):
    client = browse(house.people.county)
    first, second = raised[:2]
    client.post(f"/warnings/{first.pk}/note/", {"sentence": "已电话联系"})
    assert "已电话联系" in text_of(client.get(f"/warnings/{first.pk}/"))
    client.post(f"/warnings/{first.pk}/false-alarm/", {"sentence": "集中检修"})
    first.refresh_from_db()
    assert first.end == Signal.End.FALSE_ALARM
    second.refresh_from_db()
    done = client.post(f"/warnings/{second.pk}/case/", {"version": second.version})
    second.refresh_from_db()
    assert second.case is not None and done.url == reverse("cases:case", args=[second.case_id])


def test_many_are_acknowledged_with_one_sentence_and_only_those_of_the_own_reach(browse, house, raised):
    client = browse(house.people.planner)
    told = {"bulk": "acknowledge", "all": "1", "confirmed": "1", "sentence": "统一走访", "until": "2025-07-25"}
    assert client.post("/warnings/", told).status_code == 302
    assert Signal.objects.filter(acknowledged_at__isnull=False).count() == 3
    Signal.objects.update(acknowledged_at=None, acknowledged_by=None, acknowledged_until=None)
    browse(house.people.trader).post("/warnings/", told)
    assert not Signal.objects.filter(acknowledged_at__isnull=False).exists()  # sees below, enters in the own unit


def test_the_rules_tell_their_state_and_what_came_of_them(browse, house, raised):
    page = browse(house.people.trader).get("/rules/")
    (line,) = page.context["lines"]
    assert (line["row"].opened, line["row"].raised) == (3, 3) and line["row"].tested["precision"] == 0.6
    page = browse(house.people.trader).get("/rules/R900/")
    assert page.context["conditions"] == ["growth of the month's exports on a year before is at most −30%"]
    with override("zh-hans"):  # a fall is said as a fall
        assert conditions.parts(kinds.rules()["R900"]) == ["当月出口同比下降30%以上"]
    assert page.context["record"].raised == 3
    assert browse(house.people.county).get("/rules/R900/").context["record"] is None
    assert browse(house.people.trader).get("/rules/R999/").status_code == 404


def test_a_rule_says_of_what_it_speaks_and_who_deals_with_its_signals(browse, house):
    for code, told in (
        ("R101", "dealt with by the unit in charge of the firm"),
        ("R604", "filed outbound projects only; dealt with by the unit in charge of the investing firm"),
    ):
        assert told in text_of(browse(house.people.trader).get(f"/rules/{code}/")), code


def back_test(house: House, **more: Any) -> BackTest:
    """A back-test of the rule at Ningbo."""
    told = {
        "first": "2024-01",
        "last": "2025-02",
        "truth": "exports_fall",
        "result": TESTED,
        "made_on": date(2025, 7, 21),
    }
    return BackTest.objects.create(
        rule="R900", unit=house.units.ningbo, made_by=house.people.trader, **{**told, **more}
    )


def test_a_rule_that_finds_few_of_all_falls_is_not_told_as_one_that_finds_none(browse, house, rule):
    back_test(house, result={**TESTED, "curve": [{**point, "recall": 0.004} for point in TESTED["curve"]]})
    page = browse(house.people.trader).get("/rules/R900/")
    assert page.context["test"].point.told["recall"] == "0.4%" and "it found 0.4%" in page.context["answer"]


def test_the_slider_only_picks_and_every_point_stands_in_a_table(browse, house, rule):
    back_test(house)
    page = browse(house.people.trader).get("/rules/R900/")
    test = page.context["test"]
    assert [one.said for one in test.points] == ["20%", "30%", "50%"] and test.place == 1
    assert test.point.told["precision"] == "60%" and "60% came true" in page.context["answer"]
    shown = text_of(page)
    points = json.loads(shown.split('id="curve" type="application/json">')[1].split("</script>")[0])
    assert points[2]["told"]["signals"] == "5" and shown.count("data-curve-row") == 3
    assert [one.name for one in test.counties] == ["Haishu District", "Yinzhou District"]


def test_a_county_reads_its_own_line_of_the_workload(browse, house, rule):
    RuleUse.objects.create(
        rule="R900", unit=house.units.ningbo, declaration=kinds.declaration_of(rule), proposed_at=datetime(2025, 7, 1, tzinfo=BEIJING)
    )  # fmt: skip
    back_test(house)
    page = browse(house.people.county).get("/rules/R900/")
    assert [one.name for one in page.context["test"].counties] == ["Haishu District"]
    assert not page.context["may_propose"] and not page.context["may_approve"]


def test_the_picked_threshold_is_proposed_by_one_and_approved_by_another(browse, house, rule):
    test = back_test(house)
    at = reverse("warnings:rule_propose", args=["R900", house.units.ningbo.pk])
    browse(house.people.trader).post(at, {"test": test.pk, "value": "0.5", "reason": "误报少"})
    use = RuleUse.objects.get()
    assert use.parameters == {"fall": "0.5"} and use.tested["precision"] == 0.9 and use.tested["back_test"] == test.pk
    approve = reverse("warnings:rule_approve", args=[use.pk])
    browse(house.people.trader).post(approve, {"version": use.version})
    use.refresh_from_db()
    assert use.state == "proposed"
    assert work_of(house.people.planner).waiting[0].title.startswith("R900")
    browse(house.people.planner).post(approve, {"version": use.version})
    use.refresh_from_db()
    assert use.state == "on" and use.decided_by == house.people.planner
    browse(house.people.planner).post(reverse("warnings:rule_off", args=[use.pk]), {"reason": "误报太多"})
    use.refresh_from_db()
    assert use.state == "off"


@pytest.mark.parametrize("posted", [{"value": "0.5"}, {"test": "999999", "value": "0.5"}, {"value": "0.35", "test": "own"}, {"value": "x", "test": "own"}])  # fmt: skip
def test_what_no_back_test_computed_is_not_proposed(browse, house, rule, posted):
    test = back_test(house)
    told = {**posted, "reason": "试用"}
    if told.get("test") == "own":
        told["test"] = str(test.pk)
    browse(house.people.trader).post(reverse("warnings:rule_propose", args=["R900", house.units.ningbo.pk]), told)
    assert not RuleUse.objects.exists()


@pytest.mark.parametrize(("first", "last"), [("2024-1", "2024-12"), ("2024-12", "2024-01"), ("2010-01", "2024-12"), ("2024-01", "二〇二四")])  # fmt: skip
def test_months_that_are_none_are_refused_with_a_sentence(house, rule, first, last):
    with pytest.raises(UserError):
        testing.begin(house.people.trader, rule, house.units.ningbo, first, last)


def test_evaluations_show_the_alarm_to_who_runs_the_system_too(browse, house, raised):
    Alarm.objects.create(
        unit=house.units.ningbo, since=date(2025, 7, 18), why_zh="没有运行", why_en="nothing ran", raised_at=datetime(2025, 7, 21, 8, tzinfo=BEIJING)
    )  # fmt: skip
    for person in (house.people.trader, house.people.admin):
        page = browse(person).get("/warnings/evaluations/")
        assert "nothing ran" in text_of(page) and "1 bureau was not evaluated" in page.context["answer"], person
    assert browse(house.people.firm).get("/warnings/evaluations/").status_code == 403
    assert "nothing ran" not in text_of(browse(house.people.sister).get("/warnings/evaluations/"))


def test_a_quiet_period_is_declared_and_ended(browse, house):
    client = browse(house.people.trader)
    told = {
        "unit": house.units.ningbo.pk,
        "rule": "",
        "starts": "2025-07-21",
        "ends": "2025-07-25",
        "reason": "海关系统检修",
    }
    assert client.post("/warnings/quiet/new/", told).status_code == 302
    row = Quiet.objects.get()
    page = client.get("/warnings/quiet/")
    assert page.context["answer"].startswith("1 quiet period is in force") and "海关系统检修" in text_of(page)
    assert client.post("/warnings/quiet/new/", {**told, "ends": "2025-07-01"}).status_code == 422
    client.post(f"/warnings/quiet/{row.pk}/end/")
    row.refresh_from_db()
    assert row.ended_on == date(2025, 7, 21)


@pytest.mark.parametrize("address", ["/warnings/quiet/new/", "/rules/R900/test/"])
def test_the_own_unit_is_chosen_where_a_person_enters_for_several(browse, house, rule, address):
    """A planner enters for the own unit and those below it; who has an office in two units, for the higher one first."""
    people, units = house.people, house.units
    actions.grant(people.trader, units.haishu, house.roles["trade_section"])
    for who, own in ((people.planner, units.ningbo), (people.province, units.zhejiang), (people.trader, units.ningbo)):
        page = browse(who).get(address)
        assert page.context["form"].initial["unit"] == own, who
        assert re.search(rf'value="{own.pk}"[^>]* selected', text_of(page)), who


def test_what_waits_stands_in_my_work_in_the_search_and_on_the_firm(browse, house, raised):
    work = work_of(house.people.county)
    assert [item.url for item in (*work.overdue, *work.today, *work.week, *work.waiting) if item.url.startswith("/warnings/")] == [
        f"/warnings/{raised[0].pk}/", f"/warnings/{raised[1].pk}/"
    ]  # fmt: skip
    assert any(hit.url == f"/warnings/{raised[0].pk}/" for hit in search(house.people.county, raised[0].subject_zh))
    assert not any("/warnings/" in hit.url for hit in search(house.people.firm, raised[0].subject_zh))
    page = browse(house.people.county).get(f"/enterprises/{raised[0].enterprise_id}/?tab=warnings")
    assert "close watch" in text_of(page).lower()
    assert "2" in text_of(browse(house.people.county).get("/warnings/count/"))
    assert raised[0].sentence_en in text_of(browse(house.people.planner).get("/warnings/panel/"))


# --- through the API ---------------------------------------------------------------------------------------------------
def test_the_api_narrows_as_the_page_does_and_refuses_what_it_does_not_know(browse, house, raised):
    client = browse(house.people.trader)
    assert client.get("/api/signals").json()["count"] == 3
    assert client.get("/api/signals?level=close_watch&state=late").json()["count"] == 0
    assert client.get("/api/signals?colour=red").status_code == 400
    assert client.get("/api/feed/signals").json()["items"][0]["rule"] == "R900"
    assert browse(house.people.firm).get("/api/feed/signals").json()["items"] == []
    told = browse(house.people.county).get(f"/api/signals/{raised[0].pk}").json()
    assert told["evidence"]["terms"][0]["term"] == "exports_growth" and told["state"] == "waiting"


def test_an_acknowledgement_through_the_api_happens_once_and_knows_the_version(browse, house, raised):
    client = browse(house.people.county)
    row = raised[0]
    at, told = f"/api/signals/{row.pk}/acknowledge", {"sentence": "本周走访", "version": row.version}
    head = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first = client.post(at, json.dumps(told), content_type="application/json", **head)
    again = client.post(at, json.dumps(told), content_type="application/json", **head)
    assert first.status_code == again.status_code == 200 and again.headers["Idempotency-Replayed"] == "true"
    assert row.steps.filter(what="acknowledged").count() == 1
    late = client.post(at, json.dumps(told), content_type="application/json")
    assert late.status_code == 409 and late.json()["code"] == "warnings.overtaken"


def test_the_api_tells_rules_and_back_tests_without_names_of_firms(browse, house, rule):
    back_test(
        house,
        result={**TESTED, "found": [{"key": "91330200000000000E", "name": {"zh": "甲", "en": "A"}, "month": 202401}]},
    )
    client = browse(house.people.trader)
    (one,) = client.get("/api/rules").json()["items"]
    assert one["code"] == "R900" and one["parameters"] == {"fall": 0.3} and one["state"] == "unused"
    (test,) = client.get("/api/rules/R900/back-tests").json()["items"]
    assert len(test["curve"]) == 3 and "91330200000000000E" not in json.dumps(test)


def test_a_worker_that_stands_still_shows_on_the_banner_without_the_watcher(browse, house, in_use):
    in_use(declared("R900"))
    RuleUse.objects.update(since=date(2025, 7, 1))  # in use for weeks, never evaluated, and no watcher ran
    assert not Alarm.objects.exists()
    for address in ("/warnings/", "/warnings/evaluations/", "/warnings/panel/"):
        assert "none had been made on" in text_of(browse(house.people.trader).get(address)), address
    assert "none had been made on" not in text_of(browse(house.people.sister).get("/warnings/"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/signals?state=nowhere", "/api/signals?state=%14"])
def test_a_state_that_there_is_none_of_is_refused_in_words(
    house: House, browse: Callable[[Any], Client], address: str
) -> None:
    assert browse(house.people.planner).get(address).status_code in (400, 422)


def test_every_step_of_a_signal_has_words_and_an_outcome_is_told_by_its_name() -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in Path(words.__file__).parent.rglob("*.py"))
    steps = set(re.findall(r'(?:note_steps|step_of)\([^"]*?"(\w+)"', written))
    assert "calm" in steps and len(steps) > 5
    assert steps <= set(words.STEPS)
    with override("en"):
        assert words.step_sentence("handled", "not_recovered") == "not recovered"
