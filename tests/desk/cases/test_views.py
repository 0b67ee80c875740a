"""Lists, board, calendar and tiles: their order, what they say of the next thing due, and what many cases cost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from tests.desk.cases.conftest import CONTACT, MEASURE, warning
from tests.queries import queries_of

from commercebrain.desk.cases import actions, calendar, declared, pages, queries, ways
from commercebrain.desk.cases.models import Case, Clock, FollowUp
from commercebrain.desk.cases.standing import standing, standings
from commercebrain.desk.cases.start_views import Requests

pytestmark = pytest.mark.django_db


def page(client, person, view, **asked):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(f"cases:{view}"), asked, HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()


def followed(city, firm=None):
    """A case whose measure is in place: nothing is due but the follow-ups."""
    case = warning(city, firm)
    who = city.people.jia if firm is None else city.people.yi
    for step, values in (
        ("acknowledge", {}), ("contact", CONTACT), ("decide_measure", MEASURE), ("take_effect", {"measure_done": "2025-07-21"}),
    ):  # fmt: skip
        case = actions.move(case, who, step, values=values)
    return case


def test_open_cases_come_first_by_what_is_due_next_and_ended_ones_last(client, city):
    ended = actions.withdraw(warning(city), city.people.jia, "重复")
    waits = followed(city, city.other)
    due = warning(city, city.firm(11, city.jia))
    listed = list(queries.in_order(queries.cases(city.people.chief)))
    assert [one.pk for one in listed] == [due.pk, waits.pk, ended.pk]
    html = page(client, city.people.chief, "cases")
    assert html.index(due.number) < html.index(waits.number) < html.index(ended.number), "the page keeps the order"


def test_a_graver_case_is_on_top_of_its_column_and_of_a_list_by_level_whenever_it_is_due(client, city):
    first, graver, note = (
        warning(city, city.firm(n, city.jia), level=level) for n, level in ((11, "watch"), (12, "watch"), (13, "note"))
    )
    Clock.objects.filter(case=graver).update(due_at=datetime(2025, 8, 1, tzinfo=UTC))
    chief = city.people.chief

    def listed(view, **asked):
        html = page(client, chief, view, **asked)
        return sorted((first, graver, note), key=lambda one: html.index(one.number))

    assert listed("board") == [first, graver, note] and listed("cases") == [note, first, graver], "by what is due"
    assert actions.rise(graver.pk, "close_watch")
    assert listed("board") == [graver, first, note] == listed("cases", sort="level")
    assert listed("cases", sort="-level") == [note, first, graver] == listed("cases")


def test_a_case_that_waits_for_figures_shows_the_day_of_its_next_follow_up(client, city):
    case = followed(city)
    first = FollowUp.objects.filter(case=case).order_by("due_on").first()
    row = queries.in_order(queries.cases(city.people.jia)).get(pk=case.pk)
    assert row.due is None and pages.due_of(row) == first.due_on
    for view in ("cases", "board"):
        assert first.due_on.isoformat() in page(client, city.people.jia, view), view


def test_cases_whose_template_is_gone_stand_on_the_board_as_they_were_begun(client, city, monkeypatch):
    case, other = warning(city), actions.start(
        "firm_request", unit=city.jia, region=city.own.region, title="缺柜", person=city.people.firm, enterprise=city.own,
        values={"topic": "logistics", "wish": "缺集装箱"},
    )  # fmt: skip
    warning(city, city.firm(11, city.jia))
    left = {code: one for code, one in declared.templates().items() if code != "warning_response"}
    for where in ("declared.templates", "board.templates", "pages.templates"):
        monkeypatch.setattr(f"commercebrain.desk.cases.{where}", lambda: left)
    whole = page(client, city.people.jia, "board")
    assert case.number in whole and other.number not in whole, "the kind with most open cases"
    assert "已不在目录中" in whole and f"{reverse('cases:cases')}?template=warning_response" in whole
    assert re.search(r'data-stage="opened"[^>]*>\s*<h2[^>]*>待认领 <span class="kanban-count">2<', whole), "named"
    assert re.search(r'data-to="acknowledged"', whole), "and moved"
    assert ">预警响应 · 2</a>" in whole and 'value="warning_response">预警响应<' in whole
    asked = page(client, city.people.jia, "board", template="firm_request")
    assert other.number in asked and case.number not in asked and "已不在目录中" not in asked
    assert case.number in page(client, city.people.jia, "cases", template="warning_response")
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200


def test_a_case_without_a_level_has_the_dash_of_every_empty_cell(client, city):
    case = warning(city, level="")
    html = page(client, city.people.jia, "cases", columns=["number", "level"])
    assert re.search(rf"{case.number}</span></a></td>\s*<td>—</td>", html)


def test_a_closed_case_is_closed_and_no_abolished_unit(client, city):
    case = followed(city)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=case.opened_at, closed_on=case.opened_on)
    html = page(client, city.people.jia, "cases")
    assert "已办结" in html and "已撤销" not in html


def test_the_button_to_press_leads_on_and_not_back(city):
    case = followed(city)
    case.values = {**case.values, "outcome": "not_recovered"}
    case.save()
    FollowUp.objects.filter(case=case).update(result="not_recovered", checked_at=case.opened_at)
    stands = standing(case)
    buttons = ways.ways(stands, stands.moves(city.people.jia))
    assert {one.code for one in buttons} >= {"another_measure", "close_result"}
    assert [one.code for one in buttons if one.primary] == ["close_result"]


def test_many_cases_stand_as_each_one_does(city):
    held = [followed(city), warning(city, city.other), warning(city, city.firm(12, city.yi))]
    assert standings(held) == {case.pk: standing(case) for case in held}


@pytest.mark.parametrize("view", ["cases", "board", "calendar", "map", "requests"])
def test_a_view_costs_as_many_queries_for_thirty_cases_as_for_three(client, city, view):
    client.force_login(city.people.chief, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(f"cases:{view}")

    def more(first, last):
        for number in range(first, last):
            case = warning(city, city.firm(100 + number, city.jia if number % 2 else city.yi))
            if number % 3 == 0:
                actions.move(case, city.people.jia if number % 2 else city.people.yi, "acknowledge")
            if view == "requests":
                Case.objects.filter(pk=case.pk).update(template="firm_request", stage="submitted")

    more(0, 4)
    client.get(address)
    few = queries_of(client, address)
    more(4, 31)
    many = queries_of(client, address)
    assert len(many) <= len(few), "\n".join(many)


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2025-13", "x", "1066-10"])
def test_a_month_that_no_calendar_draws_leads_to_this_month(client, city, month):
    assert "2025-07-21" in page(client, city.people.jia, "calendar", month=month)


def test_what_ran_out_in_earlier_months_and_is_still_open_stands_above_the_month(client, city, monkeypatch):
    cases = [warning(city, city.firm(n, city.jia)) for n in range(11, 17)]
    for number, case in enumerate(cases, 11):
        Case.objects.filter(pk=case.pk).update(title_zh=f"某事{number}")
    long, ago, still, ended, met, _in_time = cases
    for case, month in ((long, 3), (ago, 5), (still, 5), (ended, 5), (met, 5)):
        Clock.objects.filter(case=case).update(due_at=datetime(2025, month, 20, 9, tzinfo=UTC))
    Clock.objects.filter(case=met).update(met_at=datetime(2025, 5, 22, 9, tzinfo=UTC))
    actions.pause(still.clocks.get(), city.people.jia, "等材料")
    actions.withdraw(ended, city.people.jia, "重复")

    def told(**asked):
        html = page(client, city.people.jia, "calendar", **asked)
        found = re.search(r'<details class="month-earlier">(.*?)</details>', html, re.S)
        return found[1] if found else ""

    now = told(state="open")
    assert "2025-06-30之前到期、仍未办结的时限2个" in now
    assert re.findall(r"某事\d+", now) == ["某事11", "某事12"] and "2025-05-20" in now and "个工作日" in now
    assert pages.address(ago) in now and f"{reverse('cases:cases')}?state=open&amp;late=yes" in now
    assert re.findall(r"某事\d+", told(month="2025-05")) == ["某事11"], "what is drawn in the month is not told twice"
    assert told(month="2025-03") == "" and re.findall(r"某事\d+", told(month="2025-09")) == ["某事11", "某事12"]
    monkeypatch.setattr(calendar, "EARLIER", 1)
    assert "时限2个" in told() and re.findall(r"某事\d+", told()) == ["某事11"] and "另有1条" in told()


def test_a_day_in_a_year_without_a_notice_is_told_by_its_weekends_and_as_preliminary(client, city):
    case = warning(city)
    far = datetime(2031, 3, 3, 9, tzinfo=UTC)
    Clock.objects.filter(case=case).update(due_at=far)
    html = page(client, city.people.jia, "cases")
    assert "2031-03-03" in html and "个工作日（暂定）" in html
    assert page(client, city.people.jia, "calendar", month="2031-03").count(case.title_zh) == 1
    Case.objects.filter(pk=case.pk).update(stage_since=far)
    case.refresh_from_db()
    assert ways.days_here(case, date(2031, 3, 5)) == 2


def test_a_deadline_abroad_is_counted_in_the_days_of_its_authority(city):
    case = warning(city)
    clock = case.clocks.get()
    Clock.objects.filter(pk=clock.pk).update(
        calendar="USA", zone="America/New_York", due_at=clock.due_at + timedelta(30)
    )
    row = queries.in_order(queries.cases(city.people.jia)).get(pk=case.pk)
    clock.refresh_from_db()
    assert row.due_calendar == "USA"
    assert pages.due_words(row)[0] == pages.left_words(clock.due_at, "USA")


def test_a_firm_with_more_requests_than_a_page_holds_turns_the_page(client, city, monkeypatch):
    monkeypatch.setattr(Requests, "page_size", 3)
    client.force_login(city.people.firm, backend="django.contrib.auth.backends.ModelBackend")
    for number in range(Requests.page_size + 2):
        actions.start(
            "firm_request", unit=city.jia, region=city.own.region, title=f"诉求{number}", person=city.people.firm,
            enterprise=city.own, values={"topic": "policy", "wish": "咨询"},
        )  # fmt: skip

    def pages_of(address):
        first = client.get(address, HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
        onward = re.search(r'href="(\?[^"]*after=[^"]*)"[^>]*aria-label="下一页"', first)
        assert onward is not None, "the next page is offered"
        second = client.get(address + onward[1].replace("&amp;", "&"), HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
        return [sorted(set(re.findall(r"诉求\d", text))) for text in (first, second)]

    both = [["诉求2", "诉求3", "诉求4"], ["诉求0", "诉求1"]]
    assert pages_of("/requests/") == both
    client.force_login(city.people.jia, backend="django.contrib.auth.backends.ModelBackend")
    assert pages_of("/requests/") == both, "and so it does in the window that takes them in"


@pytest.mark.parametrize("view", ["cases", "board", "map"])
def test_filters_that_leave_nothing_are_not_told_as_no_case_at_all(client, city, view):
    warning(city)
    html = page(client, city.people.jia, view, firm="没有这家企业")
    assert "没有符合条件的内容" in html and "还没有事项" not in html
