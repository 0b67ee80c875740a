"""A firm as a whole: its first line, its months and its parts, each in its reader's scope; a firm's user sees no warning."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.desk.cases.conftest import CONTACT, MEASURE, make_city, warning
from tests.house import House
from tests.queries import assert_queries

from commercebrain.desk.cases import actions
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.firm.months import course
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.disclosure.slices import refused

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def city(house: House) -> SimpleNamespace:
    return make_city(house)


def signal(city: SimpleNamespace, firm: Enterprise, **more: Any) -> Signal:
    moment = datetime(2025, 7, 21, 6, tzinfo=BEIJING)
    told: dict[str, Any] = {
        "rule": "R001", "bureau": city.top, "unit": firm.unit, "subject_kind": "firm", "subject": firm.uscc,
        "subject_zh": firm.name_zh, "enterprise": firm, "region": firm.region, "level": "close_watch", "period": "2025-06",
        "sentence_zh": "在手订单骤降", "sentence_en": "Orders fell sharply", "opened_on": date(2025, 7, 21),
        "declaration": {"say": {"zh": "在手订单骤降", "en": "Orders fell sharply"}}, "opened_at": moment, "last_held_on": date(2025, 7, 21), "synthetic": True,
    }  # fmt: skip
    return Signal.objects.create(**{**told, **more})


def look(client: Client, person: Any, firm: Enterprise, tab: str = "whole") -> Any:
    client.force_login(person, backend=BACKEND)
    return client.get(f"{reverse('registry:enterprise', args=[firm.pk])}?tab={tab}", headers={"accept-language": "zh"})


@pytest.fixture
def busy(city: SimpleNamespace) -> SimpleNamespace:
    """The firm with a signal, a warning case in which it was visited, and a request of its own."""
    signal(city, city.own)
    case = warning(city)
    for step, values in (("acknowledge", {}), ("contact", CONTACT), ("decide_measure", MEASURE)):
        case = actions.move(case, city.people.jia, step, values=values)
    actions.start(
        "firm_request", unit=city.jia, region=city.own.region, title=("希望扩大信保限额", "More cover, please"),
        person=city.people.firm, enterprise=city.own, values={"topic": "finance", "wish": "希望扩大信保限额"},
    )  # fmt: skip
    city.case = case
    return city


def test_the_bureau_sees_all_of_it_on_one_page(client: Client, busy: SimpleNamespace) -> None:
    page = look(client, busy.people.chief, busy.own).content.decode()
    for told in (
        "在手订单骤降",
        busy.case.number,
        "希望扩大信保限额",
        "上门走访",
        "订单流失",
        "2025-07-21",
        "政策工具箱尚未启用",
        "尚未接入信用记录",
    ):
        assert told in page, told
    assert "待办：1条预警、2件在办事项" in page


def test_the_first_line_of_the_firm_says_what_is_open_on_every_tab(client: Client, busy: SimpleNamespace) -> None:
    for tab in ("", "whole", "cases"):
        page = look(client, busy.people.jia, busy.own, tab).content.decode()
        assert "待办：" in page and "2件在办事项" in page
    calm = look(client, busy.people.yi, busy.other, "").content.decode()
    assert "没有待办事项" in calm


def test_it_is_the_first_tab_after_the_overview_and_there_is_one_page_of_a_firm(
    client: Client, busy: SimpleNamespace
) -> None:
    tabs = look(client, busy.people.chief, busy.own).context["tabs"]
    assert next(one.code for one in tabs) == "whole"
    assert len({one.code for one in tabs}) == len(tabs)


def test_the_firm_sees_its_own_request_and_never_a_signal_nor_a_warning_case(
    client: Client, busy: SimpleNamespace
) -> None:
    answer = look(client, busy.people.firm, busy.own)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "希望扩大信保限额" in page and "1件在办事项" in page
    for secret in ("在手订单骤降", busy.case.number, "订单流失", "上门走访", "预警响应", "走访记录", "重点关注"):
        assert secret not in page, secret


def test_a_county_does_not_open_a_firm_of_another_county(client: Client, busy: SimpleNamespace) -> None:
    assert look(client, busy.people.yi, busy.own).status_code == 404
    assert look(client, busy.people.jia, busy.other).status_code == 404
    assert look(client, busy.people.firm, busy.other).status_code == 404


def test_signals_and_visits_stand_at_their_months(busy: SimpleNamespace) -> None:
    rows = list(Signal.objects.all())
    found = course(busy.people.chief, busy.own, own=False, signals=rows, visits=[date(2025, 7, 21), date(2025, 6, 2)])
    by = {one.label: one for one in found.lines}
    assert by["2025-07"].signals and "在手订单骤降" in by["2025-07"].signals[0]
    assert (by["2025-07"].visits, by["2025-06"].visits, by["2025-05"].visits) == (1, 1, 0)
    assert [one.label for one in found.lines] == sorted(by)
    assert found.known and found.told[0]["label"] == "2025-07"


def test_a_firm_of_which_nothing_is_known_says_so(client: Client, city: SimpleNamespace) -> None:
    page = look(client, city.people.yi, city.other).content.decode()
    assert "还没有这家企业的月度情况" in page
    assert "没有未结的预警" in page


def test_many_signals_and_cases_cost_no_more_queries(client: Client, busy: SimpleNamespace) -> None:
    address = f"{reverse('registry:enterprise', args=[busy.own.pk])}?tab=whole"
    client.force_login(busy.people.chief, backend=BACKEND)
    client.get(address)
    for number in range(6):
        signal(busy, busy.own, rule=f"R1{number:02d}")
        warning(busy, origin=f"test:{number}")
    assert_queries(client, address, 39)


def test_who_is_not_cleared_for_customs_figures_of_firms_is_told_so(
    client: Client, busy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any) -> None:
        raise refused(None)

    monkeypatch.setattr("commercebrain.desk.foresight.queries.outlook_of", refuse)
    page = look(client, busy.people.jia, busy.own).content.decode()
    assert "企业海关数据只给有权查看该县（市、区）保密数据的人员和企业本身" in page
    assert "在手订单骤降" in page  # what the county's own work says is there all the same


def test_a_sentence_with_customs_figures_is_told_in_brief_to_who_is_not_cleared(
    client: Client, busy: SimpleNamespace
) -> None:
    signal(
        busy, busy.own, rule="R002", sentence_zh="当月出口567.5万元", sentence_en="Exports of 567.5",
        declaration={"say": {"zh": "当月出口{exports}", "en": "Exports of {exports}"}},
    )  # fmt: skip
    assert "567.5" in look(client, busy.people.chief, busy.own).content.decode()
    page = look(client, busy.people.jia, busy.own).content.decode()
    assert "567.5" not in page and "在手订单骤降" in page, "what firms report themselves stays"
