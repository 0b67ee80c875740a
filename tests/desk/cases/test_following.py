"""After a measure: follow-ups planned, looked at when their month is published, the outcome proposed; rates that count it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.desk.cases.conftest import CONTACT, MEASURE, warning
from tests.engine.indicators.city import block, months

from commercebrain.desk.cases import actions, by_itself, escalating, following, rates
from commercebrain.desk.cases.models import Case, Clock, Escalation, FollowUp, Pause
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.forms.moment import now
from commercebrain.desk.registry.actions import merge, undo_merge
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

pytestmark = pytest.mark.django_db
LINES = "declaration_lines"


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Path:
    """A lake with exports of 1,000,000 yuan a month by the firm until 2025-06."""
    settings.LAKE_ROOT, settings.MEDIA_ROOT = tmp_path / "lake", tmp_path / "uploads"
    Lake.create(settings.LAKE_ROOT)
    ship(settings.LAKE_ROOT, 202401, 202506, 1_000_000, date(2025, 7, 20))
    return settings.LAKE_ROOT


def ship(root: Path, first: int, last: int, value: int, day: date) -> None:
    """Lines of the firm (and of another one) in some months, known since a day."""
    dataset, blocks = record_dataset(LINES), []
    for month in months(first, last):
        rows = [
            {
                "month": month, "uscc": code, "hs10": "8471300000", "country": "USA", "mode": "0110", "flow": "export",
                "quantity": 1, "value_cny": amount, "value_usd": amount // 7, "county": county,
            }
            for code, amount, county in (("91990100MA0000000D", value, "990101"), (synthetic("990100", 7), 5, "990102"))
            if amount
        ]  # fmt: skip
        blocks.append(block(dataset, month, rows))
    RecordTable(root, dataset).append_months(blocks, published=day, taken_in=day, source="海关", synthetic=True)


def helped(city: SimpleNamespace, day: str = "2025-05-20") -> Case:
    """A case whose measure took effect on a day."""
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    actions.move(case, people.jia, "contact", values=CONTACT)
    actions.move(case, people.jia, "decide_measure", values=MEASURE)
    return actions.move(case, people.jia, "take_effect", values={"measure_done": day})


def test_follow_ups_are_planned_for_the_months_after_the_measure_and_the_days_of_their_release(
    city: SimpleNamespace, lake: Path
) -> None:
    case = helped(city, "2025-07-18")
    assert list(case.follow_ups.values_list("periods", "first", "last", "due_on", "figure")) == [
        (1, "2025-08", "2025-08", date(2025, 9, 22), "customs_export_value"),
        (3, "2025-08", "2025-10", date(2025, 11, 20), "customs_export_value"),
    ]
    assert following.check_due() == 0
    actions.fill(case, city.people.jia, {"measure_done": "2025-06-18"})
    assert case.follow_ups.get(periods=1).first == "2025-07", "the day moved, and so did what is looked at"


def test_a_firm_that_recovered_is_proposed_as_such_and_a_person_closes_the_case(
    city: SimpleNamespace, lake: Path
) -> None:
    case = helped(city)
    assert following.check_due() == 1, "June is published, July and August are not"
    row = case.follow_ups.get(periods=1)
    assert (row.before, row.after, row.result, row.as_of) == (1_000_000, 1_000_000, "recovered", date(2025, 7, 21))
    assert row.details["expected"]["history"] == 17, "June was known when the case was opened: it is what is looked at"
    assert following.check_due() == 0 and Event.objects.filter(verb="case.followed").count() == 1
    case.refresh_from_db()
    assert (case.state, case.values["outcome"]) == ("open", "recovered")
    closed = actions.move(case, city.people.jia, "close_result", sentence="出口已恢复")
    assert (closed.state, closed.outcome) == ("closed", "recovered")
    assert case.follow_ups.filter(checked_at=None).count() == 1, "the later one is still looked at"


def test_what_was_to_be_expected_is_forecast_from_what_was_known_when_the_case_was_opened(
    city: SimpleNamespace, lake: Path, client: Any
) -> None:
    case = helped(city, "2025-07-18")
    ship(lake, 202401, 202506, 400_000, date(2025, 8, 1))  # sent again after the case was opened
    ship(lake, 202507, 202510, 500_000, date(2025, 11, 20))
    assert following.check_due(date(2025, 11, 21)) == 2
    one, three = case.follow_ups.order_by("periods")
    assert one.details["expected"] == {"method": "forecast", "history": 18, "known_on": "2025-07-21"}
    assert one.expected == pytest.approx(Decimal(1_000_000), rel=Decimal("0.05"))
    assert three.expected == pytest.approx(Decimal(3_000_000), rel=Decimal("0.05"))
    assert (one.before, one.after, one.result) == (400_000, 500_000, "recovered"), (
        "the rule of the result is the template's"
    )
    client.force_login(city.people.chief, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/{case.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert page.count("按2025-07-21已知的18个月预测") == 2 and "2025-08–2025-10" in page
    told = client.get(f"/api/cases/{case.pk}").json()["follow_ups"][0]
    assert (told["expected"], told["expected_by"]) == (float(one.expected), "forecast")


def test_where_too_few_months_are_known_the_same_months_a_year_before_are_expected_and_the_page_says_so(
    city: SimpleNamespace, lake: Path, client: Any
) -> None:
    ship(lake, 202401, 202407, 0, date(2025, 7, 21))  # the firm begins in August 2024
    case = helped(city, "2025-07-18")
    ship(lake, 202507, 202508, 900_000, date(2025, 9, 20))
    assert following.check_due(date(2025, 9, 22)) == 1
    row = case.follow_ups.get(periods=1)
    assert (row.expected, row.details["expected"]["method"]) == (1_000_000, "year_before")
    client.force_login(city.people.chief, backend="django.contrib.auth.backends.ModelBackend")
    assert "不足以预测，取上年同月" in client.get(f"/cases/{case.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()


def test_a_template_may_hold_the_figures_against_what_was_expected(city: SimpleNamespace, lake: Path) -> None:
    case = helped(city, "2025-07-18")
    Case.objects.filter(pk=case.pk).update(
        declaration={**case.declaration, "follow_up": {**case.declaration["follow_up"], "against": "expected"}}
    )
    ship(lake, 202401, 202506, 400_000, date(2025, 8, 1))
    ship(lake, 202507, 202510, 500_000, date(2025, 11, 20))
    following.check_due(date(2025, 11, 21))
    assert list(case.follow_ups.order_by("periods").values_list("result", flat=True)) == ["too_early", "not_recovered"]


def test_a_firm_that_did_not_recover_is_told_so_only_at_the_last_look(city: SimpleNamespace, lake: Path) -> None:
    ship(lake, 202505, 202506, 0, date(2025, 7, 21))  # nothing shipped: known months, no lines of the firm
    case = helped(city, "2025-04-20")
    assert following.check_due() == 1
    row = case.follow_ups.get(periods=1)
    assert (row.after, row.result) == (Decimal(0), "too_early")
    case.refresh_from_db()
    assert case.values["outcome"] == "too_early"
    ship(lake, 202507, 202507, 100, date(2025, 8, 20))
    assert following.check_due(date(2025, 8, 21)) == 1
    case.refresh_from_db()
    assert (case.follow_ups.get(periods=3).result, case.values["outcome"]) == ("not_recovered", "not_recovered")


def test_what_a_person_chose_stays_and_a_missing_month_waits(city: SimpleNamespace, lake: Path) -> None:
    case = helped(city)
    actions.fill(case, city.people.jia, {"outcome": "no_measure"})
    following.check_due()
    case.refresh_from_db()
    assert case.values["outcome"] == "no_measure"
    assert following.check_due(date(2025, 12, 1)) == 0, "due by the calendar, but July was never taken in"
    assert FollowUp.objects.get(case=case, periods=3).checked_at is None


def test_after_another_measure_it_begins_anew_and_what_was_found_is_kept(city: SimpleNamespace, lake: Path) -> None:
    case = helped(city)
    following.check_due()
    case.refresh_from_db()
    people = city.people
    before = dict(case.values)
    with pytest.raises(UserError, match="措施"):
        actions.move(case, people.jia, "another_measure", sentence="改投保", values={"measure_due": "2025-08-08"})
    second = {"measure_kind": before["measure_kind"], "measure_due": "2025-08-08"}
    case = actions.move(case, people.jia, "another_measure", sentence="改投保", values=second)
    assert case.values["measure_due"] == "2025-08-08" and "measure_done" not in case.values
    with pytest.raises(UserError, match="措施落实日期"):
        actions.move(case, people.jia, "take_effect")
    case = actions.move(case, people.jia, "take_effect", values={"measure_done": "2025-07-28"})
    kept = case.changes.get(transition="another_measure").renewed
    assert kept == {code: before[code] for code in kept} and {"measure_kind", "measure_due", "measure_done"} <= set(
        kept
    )
    told = Outgoing.objects.filter(dataset=rates.DATASET).order_by("pk").values_list("row", flat=True)
    assert {row["act_days"] for row in told if row["acted"]} == {0}, "the first measure is when something was done"
    row = case.follow_ups.get(periods=1)
    assert (row.result, row.first) == ("", "2025-08") and row.details["earlier"][0]["result"] == "recovered"


def test_the_lines_of_the_rates_reach_the_lake_and_the_last_one_counts(city: SimpleNamespace, lake: Path) -> None:
    case = helped(city)
    following.check_due()
    case.refresh_from_db()
    actions.move(case, city.people.jia, "close_result", sentence="出口已恢复")
    lost = warning(city, city.other)
    Clock.objects.filter(case=lost).update(due_at=now() - timedelta(days=1))
    escalating.escalate()
    actions.withdraw(warning(city), city.people.jia, "重复")
    assert outbox.ship().quarantined == 0
    newest = {row.key: row.row for row in Outgoing.objects.filter(dataset=rates.DATASET).order_by("pk")}
    told = {row["case"]: row for row in newest.values()}
    one, two = told[case.number], told[lost.number]
    names = ("opened", "due", "responded", "on_time", "acknowledged", "acted", "closed", "followed", "recovered")
    assert [one[name] for name in names] == [1] * 9 and one["county"] == "990101"
    assert [two[name] for name in names] == [1, 1, 0, 0, 0, 0, 0, 0, 0] and two["county"] == "990102"
    assert sum(told[number][name] for number in told if number not in (case.number, lost.number) for name in names) == 0
    count = Outgoing.objects.count()
    escalating.escalate()
    assert Outgoing.objects.count() == count, "what was told is not told again"


def test_who_is_told_of_what_is_late(city: SimpleNamespace) -> None:
    case = warning(city)
    Clock.objects.filter(case=case).update(due_at=now() - timedelta(days=14))
    assert escalating.escalate() == 3
    told = {row.to: (row.unit, row.told) for row in Escalation.objects.filter(case=case)}
    assert told["county_bureau"] == (city.jia, 2) and told["director"] == (city.top, 1)
    assert told["trade_section"] == (city.jia, 0), "nobody above holds the role: kept, and nobody told"
    event = Event.objects.filter(verb="case.escalated", data__to="局领导").get()
    assert event.data["persons"] == [city.people.chief.pk] and event.unit == city.top


def test_a_clock_that_stands_still_is_not_late_and_goes_on_with_what_was_left(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    clock = case.clocks.get(code="contact")
    actions.pause(clock, people.jia, "企业负责人出国")
    Clock.objects.filter(pk=clock.pk).update(due_at=now() - timedelta(days=9))
    assert escalating.escalate() == 0
    again = actions.resume(clock, people.jia)
    assert again.due_at.date() >= now().date() and clock.pauses.get().until is not None
    for wrong in (lambda: actions.resume(clock, people.jia), lambda: actions.pause(clock, people.yi, "x")):
        with pytest.raises(UserError):
            wrong()


def test_a_request_that_the_firm_does_not_rate_is_closed_by_the_system_once_its_time_is_over(
    city: SimpleNamespace,
) -> None:
    people = city.people
    case = actions.start(
        "firm_request", unit=city.jia, region=city.own.region, title="参展", person=people.firm, enterprise=city.own,
        values={"topic": "policy", "wish": "咨询参展补贴"},
    )  # fmt: skip
    actions.move(case, people.jia, "accept")
    actions.move(case, people.jia, "assign", values={"handled_by": str(city.jia.pk)})
    actions.move(case, people.jia, "give_answer", values={"answer": "已电话说明", "solved": "explained"})
    assert by_itself.move_on() == 0
    Clock.objects.filter(case=case, code="confirm").update(due_at=now() - timedelta(hours=1))
    assert (by_itself.move_on(), by_itself.move_on()) == (1, 0)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "unconfirmed")


def test_amounts_of_customs_are_for_whoever_is_cleared_and_the_result_for_all_who_work_on_it(client, city):
    case = warning(city)
    FollowUp.objects.create(
        case=case, enterprise=city.own, periods=1, figure="customs_export_value", first="2025-07", last="2025-07",
        due_on="2025-08-20", before=Decimal(87654321), after=Decimal(76543219), result="not_recovered",
        expected=Decimal(81234567), checked_at=case.opened_at,
    )  # fmt: skip

    def told(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(f"/cases/{case.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
        answer = client.get(f"/api/cases/{case.pk}").json()["follow_ups"][0]
        return page, answer

    page, answer = told(city.people.jia)
    assert "未恢复" in page and answer["result"] == "not_recovered", "a county sees how it ended"
    assert "course-bar" not in page and "海关数据的查看权限" in page
    assert (answer["withheld"], answer["before"], answer["after"], answer["expected"]) == (True, None, None, None)
    page, answer = told(city.people.chief)
    assert "course-bar" in page
    assert (answer["withheld"], answer["before"], answer["after"]) == (False, 87654321, 76543219)
    assert answer["expected"] == 81234567 and "8,123.46" in page


def told_of(case: Case) -> dict[str, Any]:
    """The line of a case that the rates count, as it would be told now."""
    Outgoing.objects.filter(dataset=rates.DATASET).delete()
    rates.put(case)
    line: dict[str, Any] = Outgoing.objects.get(dataset=rates.DATASET).row
    return line


def test_a_clock_that_stands_still_or_was_dropped_in_time_makes_no_response_late(city: SimpleNamespace) -> None:
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    clock = case.clocks.get(code="contact")
    actions.pause(clock, people.jia, "企业负责人出国")
    moment = now()
    Pause.objects.update(since=moment - timedelta(days=9))
    Clock.objects.filter(pk=clock.pk).update(due_at=moment - timedelta(days=8))
    assert told_of(case)["due"] == 0, "nothing is due while it stands still"
    Pause.objects.update(since=moment - timedelta(days=7))
    assert told_of(case)["due"] == 1, "it was late before it stood still"
    Pause.objects.all().delete()
    actions.move(case, people.jia, "contact", values=CONTACT)
    again = Clock.objects.create(
        case=case, code="contact", started_at=moment - timedelta(days=9), due_at=moment - timedelta(days=1),
        dropped_at=moment - timedelta(days=2),
    )  # fmt: skip
    Clock.objects.filter(pk=clock.pk).update(due_at=moment + timedelta(days=1))
    assert (told_of(case)["responded"], told_of(case)["on_time"]) == (1, 1)
    Clock.objects.filter(pk=again.pk).update(dropped_at=moment)
    assert told_of(case)["on_time"] == 0


def test_a_follow_up_of_a_firm_whose_row_was_merged_reads_the_surviving_firms_figures(
    city: SimpleNamespace, lake: Path
) -> None:
    gone = city.firm(8, city.jia)
    case = warning(city, gone)
    row = FollowUp.objects.create(
        case=case, enterprise=gone, periods=1, figure="customs_export_value", first="2025-06", last="2025-06",
        due_on=date(2025, 7, 20),
    )  # fmt: skip
    both = warning(city)
    Case.objects.filter(pk=both.pk).update(enterprise=None)
    for firm in (city.own, gone):
        both.firms.create(enterprise=firm)
        both.follow_ups.create(
            enterprise=firm, periods=1, figure=row.figure, first=row.first, last=row.last, due_on=row.due_on
        )
    done = merge(None, city.own, gone, "同一家")
    assert following.check_due() == 2, "of a case that names both the surviving one's alone"
    row.refresh_from_db()
    assert (row.enterprise, row.before, row.after, row.result) == (city.own, 1_000_000, 1_000_000, "recovered")
    assert both.follow_ups.get(checked_at=None).enterprise == gone
    line = Outgoing.objects.filter(row__case=case.number).order_by("-pk")[0].row
    assert (line["subject"], line["uscc"]) == (gone.uscc, city.own.uscc), "a later line replaces the earlier one"
    undo_merge(None, done)
    row.refresh_from_db()
    assert row.enterprise == gone
