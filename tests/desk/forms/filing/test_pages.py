"""The pages of a firm: what is asked, the questions filled in, faults in place, drafts kept, the receipt."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.desk.forms.filing.conftest import ANSWERS, MONDAY, TYPED, asked, opened

from commercebrain.desk.core.export import to_xlsx
from commercebrain.desk.core.models import Draft
from commercebrain.desk.forms.filing import actions, facts, queries
from commercebrain.desk.forms.models import LockException, Remark, Report, Round, StepTaken, Submission
from commercebrain.engine.forms.lines_file import read_lines

pytestmark = pytest.mark.django_db
CHANGED = {**TYPED, "q-orders_in_hand": "150", "q-trend": "more", "_do": "send"}


@pytest.fixture
def key_firm(monkeypatch: Any) -> None:
    """The firm stands on the key list, so that it is asked for lines."""
    monkeypatch.setattr(facts, "facts_of", lambda report, kind: {"list('key_exporters')": True})


def at(report: Report) -> str:
    return f"/filing/{report.pk}/"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_list_says_what_is_due_until_when_and_under_which_approval(report: Report, user: Any, browse: Any) -> None:
    page = text_of(browse(user, "zh-hans").get("/filing/"))
    assert "有1张报表待填" in page and "7月25日（周五）17:00截止" in page
    assert "约90秒" in page and "示例批准文号" in page and "2025年第30周" in page and "共要求您填报2次" in page


def test_the_list_of_somebody_without_a_firm_is_empty(report: Report, house: Any, browse: Any) -> None:
    assert "没有要求您填报的报表" in text_of(browse(house.people.planner, "zh-hans").get("/filing/"))


def test_the_form_opens_with_last_weeks_values_marked_as_such(report: Report, user: Any, browse: Any) -> None:
    page = browse(user, "zh-hans").get(at(report)).content.decode()
    assert 'name="q-orders_in_hand" value="120"' in page and 'inputmode="decimal"' in page
    assert re.search(r'name="q-cover" value="from_1_to_3" checked', page)
    assert re.search(r'value="USA" selected>美国', page)
    assert page.count(">上期<") == 4 and "与上期相同，直接发送" in page and "约90秒" in page
    assert not re.search(r'name="q-trend"[^>]*checked', page)


def test_an_english_reader_is_told_units_in_english_and_each_once(
    report: Report, user: Any, key_firm: None, browse: Any
) -> None:
    page = text_of(browse(user, "en").get(at(report)))
    assert "120 ten thousand US dollars" in page  # what was sent last, above the one button
    assert page.count("Orders in hand (USD 10,000)") == 1 and "(USD 10,000) ten thousand" not in page
    assert "万美元" not in page


def test_sending_leads_to_a_receipt_with_number_time_and_what_was_reused(
    report: Report, user: Any, browse: Any
) -> None:
    client = browse(user, "zh-hans")
    answer = client.post(at(report), CHANGED)
    assert answer.status_code == 302 and answer.url == f"/filing/{report.pk}/sent/"
    page = text_of(client.get(answer.url))
    assert f"2025-W30-{report.pk:06d}-1" in page and "5项回答中，3项沿用已有数据" in page and "150 万美元" in page
    assert client.post(at(report), CHANGED).url.endswith(
        "/sent/?again=1"
    )  # pressed twice, or sent anew after a lost answer
    assert "相同内容此前已经收到" in text_of(client.get(f"/filing/{report.pk}/sent/?again=1"))
    assert Submission.objects.filter(report=report).count() == 1


def test_a_page_with_scripts_is_led_to_the_receipt_by_a_header(report: Report, user: Any, browse: Any) -> None:
    answer = browse(user).post(at(report), CHANGED, headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"] == f"/filing/{report.pk}/sent/"


def test_the_one_button_sends_last_weeks_answers(report: Report, user: Any, browse: Any) -> None:
    assert browse(user).post(at(report), {"_do": "unchanged"}).status_code == 302
    assert Submission.objects.get(report=report).answers == ANSWERS


def test_after_three_unchanged_reports_the_question_stands_before_the_button(
    report: Report, user: Any, browse: Any
) -> None:
    Report.objects.filter(round__period="2025-W29").update(unchanged=3)
    client = browse(user, "zh-hans")
    assert "已连续3期未变" in text_of(client.get(at(report)))
    refused = client.post(at(report), {"_do": "unchanged"})
    assert refused.status_code == 422 and 'id="fault-q-unchanged_reason"' in refused.content.decode()
    typed = client.post(at(report), {**TYPED, "_do": "send"})  # the same by hand
    assert typed.status_code == 422 and 'name="q-unchanged_reason"' in typed.content.decode()
    assert client.post(at(report), {"_do": "unchanged", "q-unchanged_reason": "checked"}).status_code == 302


def test_what_is_wrong_stands_beside_its_question_and_what_was_typed_stays(
    report: Report, user: Any, browse: Any
) -> None:
    answer = browse(user, "zh-hans").post(at(report), {**CHANGED, "q-orders_in_hand": "很多", "q-note": "旺季"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="很多"' in page and "旺季" in page
    assert 'href="#at-q-orders_in_hand"' in page and 'id="fault-q-orders_in_hand"' in page
    assert not Submission.objects.filter(report=report).exists()


def test_an_explanation_is_asked_in_place_and_then_taken(report: Report, user: Any, browse: Any) -> None:
    client, typed = browse(user, "zh-hans"), {**CHANGED, "q-orders_in_hand": "90"}
    asked_ = client.post(at(report), typed)
    assert asked_.status_code == 422 and 'name="x-trend_up_but_less"' in asked_.content.decode()
    sent = client.post(at(report), {**typed, "x-trend_up_but_less": "已出运一批"})
    assert sent.status_code == 302 and Submission.objects.get(report=report).explanations


def test_what_is_typed_is_kept_as_a_draft_and_gone_after_sending(report: Report, user: Any, browse: Any) -> None:
    client = browse(user, "zh-hans")
    ticket = re.search(r'name="_ticket" value="([^"]+)"', client.get(at(report)).content.decode())[1]  # type: ignore[index]
    kept = client.post(at(report), {**CHANGED, "_draft": "keep", "_ticket": ticket})
    assert kept.status_code == 200 and Draft.objects.get().values["q-orders_in_hand"] == ["150"]
    page = client.get(f"{at(report)}?draft=take").content.decode()
    assert 'value="150"' in page
    client.post(at(report), {**CHANGED, "_ticket": ticket})
    assert not Draft.objects.exists() and Submission.objects.get(report=report).seconds is not None


def test_without_a_session_what_was_typed_is_kept_under_the_ticket(report: Report, user: Any, browse: Any) -> None:
    client = browse(user)
    ticket = re.search(r'name="_ticket" value="([^"]+)"', client.get(at(report)).content.decode())[1]  # type: ignore[index]
    client.logout()
    answer = client.post(at(report), {**CHANGED, "_ticket": ticket})
    assert answer.status_code == 302 and Draft.objects.get().values["q-orders_in_hand"] == ["150"]


def test_a_locked_round_says_so_keeps_what_was_typed_and_tells_how_to_ask_for_leave(
    report: Report, user: Any, officer: Any, browse: Any
) -> None:
    late, client = MONDAY - timedelta(days=3), browse(user, "zh-hans")
    Round.objects.filter(pk=report.round_id).update(opens_at=late - timedelta(days=9), due_at=late, locks_at=late)
    answer = client.post(at(report), CHANGED)
    page = answer.content.decode()
    assert answer.status_code == 409 and "锁定" in page and 'value="150"' in page and "申请补报" in page
    assert Draft.objects.get().values["q-orders_in_hand"] == ["150"]
    done = client.post(f"{at(report)}exception/", {"reason": "系统故障", "until": "2025-07-23"})
    assert done.status_code == 302 and LockException.objects.get().asked_by == user
    assert "等待批复" in text_of(client.get(at(report)))
    LockException.objects.update(granted=True, decided_by=officer)
    assert "已批准您" in text_of(client.get(at(report)))
    assert client.post(at(report), CHANGED).status_code == 302


def test_a_report_that_is_open_needs_no_leave(report: Report, user: Any, browse: Any) -> None:
    answer = browse(user, "zh-hans").post(f"{at(report)}exception/", {"reason": "系统故障", "until": "2025-07-23"})
    assert answer.status_code == 422 and not LockException.objects.exists()


def test_what_was_sent_back_shows_sentence_and_remarks_in_place(report: Report, user: Any, browse: Any) -> None:
    client = browse(user, "zh-hans")
    client.post(at(report), CHANGED)
    made = Submission.objects.get(report=report)
    StepTaken.objects.create(
        report=report,
        submission=made,
        step="county",
        unit=report.unit,
        verdict="returned",
        sentence="请核对单位",
        at=MONDAY,
    )
    Remark.objects.create(report=report, submission=made, field="orders_in_hand", text="是美元还是万美元？", at=MONDAY)
    Report.objects.filter(pk=report.pk).update(state="returned")
    page = text_of(client.get(at(report)))
    assert "退回了本期报表" in page and "请核对单位" in page and "是美元还是万美元？" in page
    assert client.post(at(report), CHANGED).status_code == 422
    assert client.post(at(report), {**CHANGED, "q-orders_in_hand": "155"}).status_code == 302


def test_a_firm_that_moved_is_told_where_it_counts(report: Report, user: Any, house: Any, browse: Any) -> None:
    district = type(report.county).objects.create(
        code="990102", name_zh="乙区", name_en="District B", level="county", parent=report.county, synthetic=True
    )
    type(report.enterprise).objects.filter(pk=report.enterprise_id).update(region=district)
    assert "仍计入原区县" in text_of(browse(user, "zh-hans").get(at(report)))


def test_a_form_without_approval_says_that_nobody_is_scored(report: Report, user: Any, browse: Any) -> None:
    Round.objects.update(approval="")
    client = browse(user, "zh-hans")
    assert "不催报、不计分" in text_of(client.get(at(report))) and "不催报、不计分" in text_of(client.get("/filing/"))


def test_an_office_fills_in_on_behalf_and_the_page_says_so(report: Report, officer: Any, browse: Any) -> None:
    client = browse(officer, "zh-hans")
    assert "您正代" in text_of(client.get(at(report)))
    client.post(at(report), CHANGED)
    assert Submission.objects.get(report=report).channel == "staff"


# --- lines ---------------------------------------------------------------------------------------------------------------
LINE = {"l1-product": "850110", "l1-market": "USA", "l1-orders": "20"}


def test_lines_are_added_and_removed_without_scripts(report: Report, user: Any, key_firm: None, browse: Any) -> None:
    client = browse(user)
    assert b"data-line=" not in client.get(at(report)).content.split(b"<template")[0]
    more = client.post(at(report), {**CHANGED, **LINE, "_do": "add_line"})
    assert more.status_code == 200 and b'name="l2-product"' in more.content and b'value="850110"' in more.content
    fewer = client.post(at(report), {**CHANGED, **LINE, "l2-product": "850211", "_do": "remove:1"}).content
    assert b'value="850211"' in fewer and b'value="850110"' not in fewer


def test_a_wrong_line_is_told_beside_its_field(report: Report, user: Any, key_firm: None, browse: Any) -> None:
    typed = {**CHANGED, **LINE, "l7-product": "770110", "l7-market": "DEU", "l7-orders": "x"}
    answer = browse(user).post(at(report), typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'href="#at-l7"' in page
    assert 'id="at-l7"' in page and 'value="770110"' in page
    assert browse(user).post(at(report), {**CHANGED, **LINE}).status_code == 302
    assert Submission.objects.get(report=report).lines == [{"product": "850110", "market": "USA", "orders": "20"}]


def book(rows: list[list[Any]]) -> SimpleUploadedFile:
    data = to_xlsx(["商品编码", "市场", "在手订单（万美元）"], rows, "明细")
    return SimpleUploadedFile("明细.xlsx", data)


def test_a_file_of_lines_is_read_and_what_is_wrong_is_told_row_by_row(
    report: Report, user: Any, key_firm: None, browse: Any
) -> None:
    client = browse(user, "zh-hans")
    bad = client.post(
        at(report), {**CHANGED, "_do": "send", "lines-file": book([["850110", "美国", 20], ["7701", "德国", 5]])}
    )
    page = bad.content.decode()
    assert bad.status_code == 200 and 'id="file-faults"' in page and "7701" in page and 'value="150"' in page
    good = client.post(at(report), {**CHANGED, "_do": "read_file", "lines-file": book([["850110", "美国", 20]])})
    assert "明细1行" in good.content.decode() and b'name="l1-product"' in good.content
    unreadable = SimpleUploadedFile("明细.xlsx", b"not a workbook")
    told = client.post(at(report), {**CHANGED, "_do": "read_file", "lines-file": unreadable})
    assert told.status_code == 200 and 'id="file-faults"' in told.content.decode()


def test_a_file_of_many_lines_goes_with_the_form_and_the_same_file_twice_is_one_submission(
    report: Report, user: Any, key_firm: None, browse: Any
) -> None:
    client = browse(user, "zh-hans")
    codes = [f"8501{n:02d}{m:02d}" for n in (10, 20, 31, 32, 33) for m in range(30)]
    rows = [[code, "美国", 0.5] for code in codes]
    read = client.post(at(report), {**CHANGED, "_do": "read_file", "lines-file": book(rows)})
    packed = read.context["sheet"].lines.packed
    assert "明细150行" in text_of(read) and packed
    assert client.post(at(report), {**CHANGED, "lines-packed": packed}).status_code == 302
    assert len(Submission.objects.get(report=report).lines) == 150
    twice = client.post(at(report), {**CHANGED, "lines-file": book(rows)})
    assert twice.url.endswith("?again=1") and Submission.objects.filter(report=report).count() == 1


def test_the_template_reads_back(report: Report, user: Any, key_firm: None, browse: Any) -> None:
    client = browse(user, "zh-hans")
    answer = client.get(f"{at(report)}template/")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    kind = queries.declared(report.round)
    assert read_lines(kind, "模板.xlsx", answer.content).faults == ()


def test_lines_that_cannot_be_read_are_told(report: Report, user: Any, key_firm: None, browse: Any) -> None:
    answer = browse(user, "zh-hans").post(at(report), {**CHANGED, "lines-packed": "{]"})
    assert answer.status_code == 422 and "重新选择文件" in text_of(answer)


def test_reports_of_other_firms_are_out_of_sight(report: Report, user: Any, house: Any, browse: Any) -> None:
    other = type(report.enterprise).objects.create(
        uscc="91990100MA0000001B", name_zh="示例二号公司", unit=house.units.sample, region=report.county, synthetic=True
    )
    theirs = asked(opened(house, "2025-W28", MONDAY - timedelta(days=14)), other)
    client = browse(user)
    for part in ("", "sent/", "trend/", "exception/", "template/"):
        assert client.get(f"{at(theirs)}{part}").status_code == 404
    assert client.post(at(theirs), CHANGED).status_code == 404
    assert "示例二号公司" not in client.get("/filing/").content.decode()


def test_a_report_costs_few_queries(report: Report, user: Any, browse: Any, django_assert_max_num_queries: Any) -> None:
    client = browse(user)
    client.get(at(report))
    with django_assert_max_num_queries(16):
        assert client.post(at(report), CHANGED).status_code == 302


def test_an_action_with_an_office_in_the_way_of_two_sendings_keeps_both(report: Report, user: Any) -> None:
    first = actions.send(report, user, {**ANSWERS, "trend": "less", "orders_in_hand": "100"})
    again = Report.objects.select_related("round__unit", "enterprise__unit", "unit").get(pk=report.pk)
    second = actions.send(again, user, {**ANSWERS, "trend": "less", "orders_in_hand": "99"})
    assert (first.number, second.number) == (1, 2)
