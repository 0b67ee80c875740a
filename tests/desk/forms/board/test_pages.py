"""The bureau's pages: the board, who has not reported, the review of a report."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import load_workbook

from commercebrain.desk.core.models import Job
from commercebrain.desk.core.work import work_of
from commercebrain.desk.forms import queries, reminders, steps
from commercebrain.desk.forms.models import LockException, Remark, Reminder, Report, Round, Submission
from commercebrain.desk.registry.models import Enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(past: Callable[..., Round], city: Any, sent: Callable[..., Any]) -> Round:
    """Last week's round: three of four have reported, one of them after it was due, one unchanged."""
    row = past(1)
    sent(row, city.firms.a)
    sent(row, city.firms.b, on_time=False)
    sent(row, city.firms.c, unchanged=2)
    return row


def test_the_first_line_tells_rate_missing_firms_and_counties(closed: Round, city: Any, browse: Any) -> None:
    page = browse(city.city, "zh-hans").get("/reporting/")
    text = page.content.decode()
    assert "填报率75.0%" in text and "1家企业未报" in text and "1个区县不足100%" in text
    assert page.context["timely"] == "50.0%" and page.context["same"] == "33.3%"
    lines = {line["row"].key: line["row"] for line in page.context["lines"]}
    assert {key: (line.at(closed.period).filed, line.at(closed.period).asked) for key, line in lines.items()} == {
        "990101": (1, 2), "990102": (2, 2),
    }  # fmt: skip


def test_every_cell_of_the_strip_holds_its_number(closed: Round, past: Any, city: Any, browse: Any) -> None:
    past(2)
    page = browse(city.city).get("/reporting/")
    assert [head["period"] for head in page.context["strip_heads"]] == ["2025-W28", "2025-W29"]
    cells = [cell["text"] for row in page.context["strip"] for cell in row["cells"]]
    assert cells == ["0.0", "50.0", "0.0", "100.0"]


def test_a_county_sees_its_own_row_and_its_place_alone(closed: Round, city: Any, browse: Any) -> None:
    page = browse(city.jia).get("/reporting/")
    rows = [line["row"] for line in page.context["lines"]]
    assert [(row.key, row.place, row.of) for row in rows] == [("990101", 2, 2)]
    assert "District B" not in page.content.decode()
    town = browse(city.gate).get("/reporting/", {"by": "township"})
    assert [line["row"].key for line in town.context["lines"]] == ["990101001"]
    assert [line["row"].at(closed.period).asked for line in town.context["lines"]] == [1]


def test_without_an_approval_nothing_is_scored(past: Callable[..., Round], city: Any, browse: Any) -> None:
    row = past(1, approval="")
    page = browse(city.city, "zh-hans").get("/reporting/")
    assert "无批准文号" in page.content.decode()
    assert [line["cells"][4]["value"] for line in page.context["lines"]] == [None, None]
    assert page.context["found"].scored == frozenset() and row.approval == ""


def test_the_board_opens_in_a_spreadsheet(closed: Round, city: Any, browse: Any) -> None:
    answer = browse(city.city).get("/reporting/", {"export": "xlsx"})
    told = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert told[0][:5] == ["place or list", "firms asked", "filed", "not filed", "reporting rate（%）"]
    assert told[1][:5] == ["District A", 2, 1, 1, 50]


def test_excused_firms_are_neither_asked_nor_missing(closed: Round, city: Any, browse: Any) -> None:
    Report.objects.filter(round=closed, enterprise=city.firms.own).update(state="excused")
    page = browse(city.city, "zh-hans").get("/reporting/")
    assert "填报率100.0%" in page.content.decode() and "各区县均为100%" in page.content.decode()


def test_a_firm_that_moved_is_counted_where_it_was_asked_and_the_board_says_so(
    closed: Round, city: Any, browse: Any
) -> None:
    Enterprise.objects.filter(pk=city.firms.a.pk).update(unit=city.second, region=city.regions["990102"])
    page = browse(city.city, "zh-hans").get("/reporting/")
    lines = {line["row"].key: line["row"].at(closed.period).asked for line in page.context["lines"]}
    assert lines == {"990101": 2, "990102": 2} and "1家企业已迁出" in page.content.decode()


def test_the_lists_show_everybody_their_own_firms_alone(opened: Round, city: Any, browse: Any) -> None:
    seen = {
        who: {line["row"].enterprise for line in browse(getattr(city, who)).get("/reporting/chase/").context["lines"]}
        for who in ("city", "jia", "yi", "gate")
    }
    firms = city.firms
    assert seen["city"] == {firms.own, firms.a, firms.b, firms.c}
    assert seen["jia"] == {firms.own, firms.a} and seen["yi"] == {firms.b, firms.c} and seen["gate"] == {firms.own}
    page = browse(city.user).get("/reporting/chase/")
    assert not page.context["lines"], "a firm finds its own on its own page"
    own = Report.objects.get(round=opened, enterprise=firms.own)
    for who, status in (("city", 200), ("jia", 200), ("gate", 200), ("yi", 404), ("user", 404)):
        answer = browse(getattr(city, who)).get(reverse("forms:report", args=[own.pk]))
        assert answer.status_code == status, who


def test_who_has_not_reported_is_found_by_status_and_place_and_reminded_in_one_action(
    opened: Round, city: Any, browse: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.b)
    client = browse(city.city)
    page = client.get("/reporting/chase/", {"county": "990102", "status": "due"})
    assert [line["row"].enterprise for line in page.context["lines"]] == [city.firms.c]
    form = client.post("/reporting/chase/", {"bulk": "remind", "all": "1"})
    assert b'name="ways"' in form.content
    answer = client.post("/reporting/chase/", {"bulk": "remind", "all": "1", "confirmed": "1", "ways": ["inbox"]})
    assert answer.status_code == 302
    held = Reminder.objects.order_by("report__enterprise__uscc").values_list("report__enterprise", "state")
    assert set(held) == {(city.firms.own.pk, "sent"), (city.firms.a.pk, "failed"), (city.firms.c.pk, "failed")}
    assert Job.objects.get(kind="forms.remind").state == "done"
    log = client.get("/reporting/reminders/")
    assert len(log.context["lines"]) == 3
    again = client.get("/reporting/chase/", {"reminded": "yes"})
    assert [line["row"].enterprise for line in again.context["lines"]] == [city.firms.own]


def test_the_review_page_shows_answers_beside_last_time_and_takes_a_decision(
    closed: Round, opened: Round, city: Any, browse: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.b, answers={"orders_in_hand": 41.5}, lines=[{"product": "850110"}, {"product": "850120"}])
    row = Report.objects.get(round=opened, enterprise=city.firms.b)
    client = browse(city.yi)
    page = client.get(reverse("forms:report", args=[row.pk]))
    shown = {one.field: one for one in page.context["rows"]}
    assert (shown["orders_in_hand"].before, shown["orders_in_hand"].delta) == ("35", "▲ +6.5")
    assert [line.mark for line in page.context["lines"]] == ["", "new"]
    refused = client.post(
        reverse("forms:return", args=[row.pk]), {"sentence": " ", "q_orders_in_hand": "单位?", "seen": 1}
    )
    assert refused.status_code == 422 and "单位?" in refused.content.decode(), "what was typed stays"
    posted = {"sentence": "请核对", "q_orders_in_hand": "单位?", "l_2": "编码?", "seen": "1"}
    assert client.post(reverse("forms:return", args=[row.pk]), posted).status_code == 302
    assert set(Remark.objects.values_list("field", "line")) == {("orders_in_hand", None), ("", 2)}
    sent(opened, city.firms.b, number=2)
    late = client.post(reverse("forms:pass", args=[row.pk]), {"seen": "1"})
    assert late.status_code == 409 and "sent it anew" in late.content.decode()
    assert client.post(reverse("forms:pass", args=[row.pk]), {"seen": "2"}).status_code == 302
    assert Report.objects.get(pk=row.pk).state == "passed"
    assert browse(city.city).post(reverse("forms:pass", args=[row.pk]), {"seen": "2"}).status_code == 403


def test_many_are_passed_on_at_once_and_each_refusal_has_its_reason(
    opened: Round, city: Any, browse: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.b)
    sent(opened, city.firms.c, by=city.yi)
    answer = browse(city.yi).post("/forms/reports/", {"bulk": "pass", "all": "1", "confirmed": "1"}, follow=True)
    assert Report.objects.filter(state="passed").count() == 1
    told = [str(message) for message in answer.context["messages"]]
    assert any("1 row done" in one for one in told) and any("somebody else has to pass it" in one for one in told)


def test_work_names_reports_that_wait_late_firms_and_requests(
    past: Callable[..., Round], city: Any, sent: Callable[..., Any]
) -> None:
    row = past(1)
    sent(row, city.firms.b)
    kinds = {str(item.kind): item for part in ("overdue", "today", "week", "waiting") for item in getattr(work_of(city.yi), part)}  # fmt: skip
    assert "1" in kinds["待审核报表"].title and "逾期" in kinds["逾期未报"].title
    assert not [item for item in work_of(city.jia).overdue if str(item.kind) == "待审核报表"]


def test_forms_and_rounds_say_what_is_asked_and_under_which_approval(opened: Round, city: Any, browse: Any) -> None:
    client = browse(city.city, "zh-hans")
    page = client.get("/forms/")
    assert "企业订单情况表" in page.content.decode()
    detail = client.get("/forms/order_report/")
    assert "示例批准文号" in detail.content.decode() and "目前在手订单" in detail.content.decode()
    assert client.get("/forms/order_report/?tab=rounds").status_code == 200
    page = client.get(reverse("forms:round", args=[opened.pk]))
    assert page.status_code == 200 and "填报率0.0%" in page.content.decode()
    assert client.get(reverse("forms:round", args=[opened.pk]) + "?tab=reports").status_code == 200
    assert client.get("/forms/nothing_of_it/").status_code == 404


def test_a_round_is_opened_from_its_page(city: Any, browse: Any) -> None:
    client = browse(city.city)
    page = client.get("/forms/order_report/open/")
    assert page.status_code == 200
    answer = client.post(
        "/forms/order_report/open/", {"unit": city.unit.pk, "approval": "示例批准文号", "reason": "试点"}
    )
    row = Round.objects.get(form="order_report")
    assert (
        answer.status_code == 302 and answer.url == reverse("forms:round", args=[row.pk]) and row.period == "2025-W30"
    )
    again = client.post("/forms/order_report/open/", {"unit": city.unit.pk, "reason": "试点"})
    assert again.status_code == 422
    end = client.post(reverse("forms:end", args=["order_report", city.unit.pk]), {"reason": "结束"})
    assert end.status_code == 302 and client.get("/forms/order_report/").context["ended"] == [city.unit]
    client.post(reverse("forms:close", args=[row.pk]), {"reason": "结束"})
    assert Round.objects.get().locks_at <= Round.objects.get().due_at


def test_an_exception_is_asked_and_granted_on_its_page(past: Callable[..., Round], city: Any, browse: Any) -> None:
    row = past(3)
    asked = browse(city.jia).post(
        reverse("forms:exception_ask", args=[row.pk]),
        {"unit": city.first.pk, "until": "2025-07-23T18:00", "reason": "系统故障"},
    )
    one = LockException.objects.get()
    assert asked.status_code == 302 and one.unit == city.first
    assert browse(city.jia).post(reverse("forms:exception_decide", args=[one.pk]), {"do": "grant"}).status_code == 403
    assert browse(city.yi).get(reverse("forms:exception", args=[one.pk])).status_code == 404
    browse(city.jia2).post(reverse("forms:exception_decide", args=[one.pk]), {"do": "grant"})
    assert LockException.objects.get().granted is True


def test_burden_is_counted_by_form_and_by_firm(closed: Round, opened: Round, city: Any, browse: Any) -> None:
    page = browse(city.city).get("/reporting/burden/")
    assert [one["asked"] for one in page.context["by_form"]] == [8]
    assert {line["row"].asked for line in page.context["lines"]} == {2}
    tab = browse(city.city).get(reverse("registry:enterprise", args=[city.firms.a.pk]) + "?tab=reporting")
    assert tab.status_code == 200 and "asked for 2 reports" in tab.content.decode()


def test_the_number_of_queries_of_the_chase_does_not_grow_with_its_rows(
    opened: Round, city: Any, browse: Any, django_assert_max_num_queries: Any
) -> None:
    client = browse(city.city)
    client.get("/reporting/chase/")
    with django_assert_max_num_queries(60):
        client.get("/reporting/chase/")
    assert queries.waiting(city.city).count() == 0 and steps.BACK and reminders.BUILT_IN
    assert Submission.objects.count() == 0


def test_an_address_with_everything_spelled_out_opens_the_same_board(
    closed: Round, past: Callable[..., Round], city: Any, browse: Any
) -> None:
    said = {"form": "order_report", "period": closed.period, "by": "county"}
    page = browse(city.city).get("/reporting/", said)
    assert page.status_code == 200 and page.context["found"].period == closed.period
    assert [line["row"].key for line in page.context["lines"]] == ["990101", "990102"]
    assert (
        browse(city.city).get("/reporting/", {**said, "form": "no_such_form"}).context["found"].form == "order_report"
    )
    for weeks in range(2, queries.STRIP + 3):
        past(weeks)
    old = browse(city.city).get("/reporting/", {"form": "order_report", "period": "2025-W18"})
    assert old.context["found"].period == old.context["strip_heads"][-1]["period"] == "2025-W18", (
        "a link keeps for good"
    )


def test_a_township_is_told_by_its_own_name_and_has_no_place_among_counties(
    closed: Round, city: Any, browse: Any
) -> None:
    for said in ({}, {"by": "county"}):
        page = browse(city.gate, "zh-hans").get("/reporting/", said)
        row = page.context["lines"][0]["row"]
        assert (row.key, row.place) == ("990101001", None) and row.name.endswith("东门街道")
        assert [tab["label"] for tab in page.context["tabs_by"]] == ["按乡镇", "按催报名单"]
        assert "个区县中列第" not in page.content.decode()


def test_a_firms_user_and_a_form_asked_every_day_cost_the_board_no_more(
    closed: Round, city: Any, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 4):
        Round.objects.create(
            form="daily", period=f"2025-07-1{day}", unit=city.unit, declaration=closed.declaration,
            opens_at=closed.opens_at, due_at=closed.due_at, locks_at=closed.locks_at,
        )  # fmt: skip
    with django_assert_max_num_queries(8):
        assert {form for form, _unit in queries.offered(city.city)} == {"order_report", "daily"}
    assert [form for form, _unit in queries.offered(city.user)] == ["order_report"]


def test_a_firms_page_tells_its_burden_to_those_whom_it_concerns_alone(
    closed: Round, city: Any, house: Any, browse: Any
) -> None:
    assert queries.follows(city.jia, city.firms.a) and queries.follows(city.city, city.firms.a)
    assert not queries.follows(city.yi, city.firms.a), "another county's"
    assert not queries.follows(house.people.planner, city.firms.a), "another city's"
