"""Sending a report: once, by who may, with everything that is wrong told at once, and nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from tests.desk.forms.filing.conftest import ANSWERS, MONDAY, asked, opened, sent

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.filing import actions, facts
from commercebrain.desk.forms.filing.closed import Closed
from commercebrain.desk.forms.filing.reading import Refused
from commercebrain.desk.forms.models import LockException, Remark, Report, Round, StepTaken, Submission
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
CHANGED = {**ANSWERS, "orders_in_hand": "150", "trend": "more"}


def again(report: Report) -> Report:
    return Report.objects.select_related("round__unit", "enterprise__unit", "unit", "county").get(pk=report.pk)


@pytest.mark.database
def test_a_report_is_kept_with_what_was_reused_counted_and_told_as_an_event(report: Report, user: Any) -> None:
    made = actions.send(report, user, CHANGED, seconds=75)
    kept = again(report)
    assert (kept.state, kept.on_time, kept.unchanged, kept.version) == ("sent", True, 0, 2)
    assert made.answers["orders_in_hand"] == "150" and made.sent_on.isoformat() == "2025-07-21"
    assert (made.number, made.asked, made.reused, made.seconds, made.channel) == (1, 5, 3, 75, "page")
    event = Event.objects.get(subject_type="forms.report", subject_id=str(report.pk))
    assert event.verb == "report.sent" and event.unit == report.unit and event.data["number"] == 1


@pytest.mark.database
def test_the_same_content_sent_twice_is_one_submission_and_other_content_is_another(report: Report, user: Any) -> None:
    first = actions.send(report, user, CHANGED)
    second = actions.send(again(report), user, CHANGED)
    assert second.pk == first.pk and second.repeated
    third = actions.send(again(report), user, {**CHANGED, "orders_in_hand": "151"})
    assert third.number == 2 and Submission.objects.filter(report=report).count() == 2


def test_everything_that_is_wrong_is_told_at_once_with_its_place(report: Report, user: Any) -> None:
    with pytest.raises(Refused) as told:
        actions.send(report, user, {"orders_in_hand": "many", "trend": "sideways", "cover": ""})
    assert {one.where for one in told.value.faults} == {"orders_in_hand", "trend", "cover"}
    assert not Submission.objects.filter(report=report).exists() and again(report).state == "asked"


def test_what_must_be_explained_is_taken_with_a_sentence(report: Report, user: Any) -> None:
    less = {**ANSWERS, "orders_in_hand": "90", "trend": "more"}
    with pytest.raises(Refused) as told:
        actions.send(report, user, less)
    assert [(one.question, one.explain) for one in told.value.faults] == [("trend", "trend_up_but_less")]
    made = actions.send(report, user, less, explanations={"trend_up_but_less": "新签已超过出运"})
    assert made.explanations == {"trend_up_but_less": "新签已超过出运"}


@pytest.mark.database
def test_no_change_sends_last_weeks_answers_and_counts_the_unchanged_ones(report: Report, user: Any) -> None:
    made = actions.send(report, user, {}, unchanged=True)
    assert made.unchanged and made.answers == ANSWERS and again(report).unchanged == 1


def test_the_same_answers_typed_by_hand_are_unchanged_too(report: Report, user: Any) -> None:
    assert actions.send(report, user, ANSWERS).unchanged and again(report).unchanged == 1


def test_after_three_unchanged_reports_one_question_must_be_answered(report: Report, user: Any) -> None:
    Report.objects.filter(round__period="2025-W29").update(unchanged=3)
    with pytest.raises(Refused) as told:
        actions.send(report, user, {}, unchanged=True)
    assert [one.where for one in told.value.faults] == ["unchanged_reason"]
    with pytest.raises(Refused):  # typed by hand it is the same
        actions.send(report, user, ANSWERS)
    made = actions.send(report, user, {"unchanged_reason": "long_orders"}, unchanged=True)
    assert made.answers["unchanged_reason"] == "long_orders" and again(report).unchanged == 4


def test_there_is_no_no_change_without_an_earlier_report(report: Report, user: Any) -> None:
    Submission.objects.all().delete()
    with pytest.raises(UserError, match="还没有上一期"):
        actions.send(report, user, {}, unchanged=True)


def test_only_the_firm_and_the_office_that_handles_it_may_send_and_the_office_is_named(
    report: Report, house: Any, officer: Any
) -> None:
    for stranger in ("nobody", "director", "county", "sister", "root", "evaluator"):
        with pytest.raises(PermissionDenied):
            actions.send(report, getattr(house.people, stranger), CHANGED)
    assert actions.send(report, officer, CHANGED).channel == "staff"


def test_a_locked_round_takes_nothing_but_with_leave(report: Report, user: Any, officer: Any) -> None:
    late = MONDAY - timedelta(days=3)
    Round.objects.filter(pk=report.round_id).update(opens_at=late - timedelta(days=9), due_at=late, locks_at=late)
    with pytest.raises(Closed, match="锁定") as told:
        actions.send(again(report), user, CHANGED)
    assert told.value.locked
    leave = LockException.objects.create(
        round=report.round,
        unit=report.unit,
        enterprise=report.enterprise,
        until=MONDAY + timedelta(days=2),
        reason="系统故障",
    )
    with pytest.raises(Closed):  # asked for, not granted
        actions.send(again(report), user, CHANGED)
    LockException.objects.filter(pk=leave.pk).update(granted=True, decided_by=officer)
    assert actions.send(again(report), user, CHANGED).number == 1
    assert again(report).on_time is False


def test_what_an_office_has_passed_is_changed_only_after_it_was_sent_back(report: Report, user: Any) -> None:
    made = actions.send(report, user, CHANGED)
    StepTaken.objects.create(
        report=report, submission=made, step="township", unit=report.unit, verdict="passed", at=MONDAY
    )
    with pytest.raises(Closed, match="审核"):
        actions.send(again(report), user, {**CHANGED, "orders_in_hand": "1"})
    Report.objects.filter(pk=report.pk).update(state="passed")
    with pytest.raises(Closed, match="通过"):
        actions.send(again(report), user, {**CHANGED, "orders_in_hand": "1"})
    assert actions.send(again(report), user, CHANGED).repeated  # the same once more is the same still


def test_what_was_sent_back_is_corrected_and_its_remarks_are_settled(report: Report, user: Any) -> None:
    made = actions.send(report, user, CHANGED)
    Report.objects.filter(pk=report.pk).update(state="returned")
    Remark.objects.create(report=report, submission=made, field="orders_in_hand", text="请核对单位", at=MONDAY)
    with pytest.raises(UserError, match="完全相同"):
        actions.send(again(report), user, CHANGED)
    fixed = actions.send(again(report), user, {**CHANGED, "orders_in_hand": "155"})
    assert fixed.number == 2 and again(report).state == "sent" and Remark.objects.get().settled_in == fixed
    assert Event.objects.filter(verb="report.corrected").count() == 1


def test_who_insists_on_what_was_sent_back_says_why(report: Report, user: Any) -> None:
    actions.send(report, user, CHANGED)
    Report.objects.filter(pk=report.pk).update(state="returned")
    made = actions.send(again(report), user, CHANGED, explanations={"reply": "数字已与合同核对"})
    assert made.number == 2 and made.explanations == {"reply": "数字已与合同核对"}


def test_a_report_before_its_round_opens_and_one_that_is_excused_are_told(
    report: Report, user: Any, house: Any
) -> None:
    later = asked(opened(house, "2025-W31", MONDAY + timedelta(days=7)), report.enterprise)
    with pytest.raises(Closed, match="还不能发送"):
        actions.send(again(later), user, CHANGED)
    Report.objects.filter(pk=report.pk).update(state="excused", excuse="停产")
    with pytest.raises(Closed, match="停产"):
        actions.send(again(report), user, CHANGED)


def test_a_firm_that_moved_is_counted_where_it_was_asked_and_handled_where_it_is(
    report: Report, user: Any, house: Any
) -> None:
    county = type(report.county).objects.create(
        code="990102", name_zh="乙区", name_en="District B", level="county", parent=report.county, synthetic=True
    )
    from commercebrain.desk.people.actions import create_unit

    office = create_unit("乙区商务局", "District B Bureau", county, house.units.sample)
    type(report.enterprise).objects.filter(pk=report.enterprise_id).update(region=county, unit=office)
    actions.send(again(report), user, CHANGED)
    kept = again(report)
    assert kept.county == report.county and kept.unit == office


def test_lines_are_asked_of_the_key_list_alone(report: Report, user: Any, monkeypatch: Any) -> None:
    line = {"product": "8501.10", "market": "美国", "orders": "20"}
    with pytest.raises(Refused) as told:
        actions.send(report, user, CHANGED, [line])
    assert [one.where for one in told.value.faults] == ["lines"]
    monkeypatch.setattr(facts, "facts_of", lambda report, kind: {"list('key_exporters')": True})
    made = actions.send(report, user, CHANGED, [line])
    assert made.lines == [{"product": "850110", "market": "USA", "orders": "20"}]
    more = {**line, "new_orders": "30", "product": "8502.11"}
    with pytest.raises(Refused) as told:
        actions.send(again(report), user, CHANGED, [line, more])
    assert [(one.where, one.explain) for one in told.value.faults] == [
        ("lines.2.new_orders", "lines.new_within_orders")
    ]
    told_why = {"lines.new_within_orders": "当周已出运"}
    assert actions.send(again(report), user, CHANGED, [line, more], told_why).number == 2


def test_a_firms_earlier_report_counts_whatever_office_asked_then(report: Report, user: Any, house: Any) -> None:
    Submission.objects.all().delete()
    Round.objects.filter(period="2025-W29").update(unit=house.units.shaoxing)
    sent(Report.objects.get(round__period="2025-W29"), ANSWERS)
    assert actions.send(report, user, {}, unchanged=True).answers == ANSWERS


@pytest.mark.database
def test_choices_keep_their_order_in_the_database_as_ordered_ones_are_compared_by_it(report: Report) -> None:
    from commercebrain.desk.forms.filing.queries import declared

    kept = declared(again(report).round).by_code["cover"].choices
    assert list(kept) == ["under_1", "from_1_to_3", "from_3_to_6", "over_6"]
