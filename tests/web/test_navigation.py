"""Each kind of reader finds in the navigation what it has a use for, and on the first page what it comes for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.cases import actions as cases
from commercebrain.desk.cases.models import Case
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Role
from commercebrain.desk.registry.models import Enterprise
from commercebrain.web import home
from commercebrain.web.navigation import STEPS, audience

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_lake")]
Browse = Callable[..., Client]
PEOPLE = (
    "nobody", "director", "planner", "clerk", "trader", "evaluator", "it", "admin", "deputy", "county", "sister",
    "province", "root", "firm",
)  # fmt: skip

#: Asked in every run; the others in the long one.
SOON = {"nobody", "director", "county", "firm"}


def offered(client: Client) -> list[str]:
    """The addresses in the left-hand navigation of the first page."""
    page = client.get("/").content.decode()
    side = page.split('id="side-menu"')[1].split("</nav>")[0]
    return re.findall(r'class="nav-link" href="([^"]+)"', side)


@pytest.mark.parametrize("who", [who if who in SOON else pytest.param(who, marks=pytest.mark.slow) for who in PEOPLE])
def test_whatever_the_navigation_offers_opens(house: House, browse: Browse, who: str) -> None:
    client = browse(getattr(house.people, who))
    found = offered(client)
    assert "/" in found and reverse("responsibility:work") in found
    assert len(found) == len(set(found))
    for address in found:
        assert client.get(address).status_code == 200, f"{who}: {address}"


def test_a_firm_s_user_finds_the_own_firm_and_a_handful_of_pages(house: House, browse: Browse) -> None:
    firm = house.people.firm.memberships.get().firm
    found = offered(browse(house.people.firm))
    assert reverse("registry:enterprise", args=[firm.pk]) in found
    assert len(found) <= 8
    for view in ("plans:targets", "audits:findings", "people:persons", "core:events", "registry:enterprises"):
        assert reverse(view) not in found, view


def test_the_first_page_of_a_firm_s_user_is_about_that_firm_and_no_other(house: House, browse: Browse) -> None:
    person = house.people.firm
    firm = person.memberships.get().firm
    other = Enterprise.objects.create(
        uscc="91990101M00000999X", name_zh="示例另一家企业", region=firm.region, unit=firm.unit, synthetic=True
    )
    page = browse(person).get("/").content.decode()
    assert str(firm) in page and firm.uscc in page and "invented" in page
    assert reverse("registry:enterprise", args=[firm.pk]) in page
    assert str(other) not in page and other.uscc not in page
    assert "change requests wait for the bureau" in page


def test_the_first_page_of_a_firm_s_user_tells_its_open_requests_with_stage_and_due_day(
    house: House, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.people.firm
    firm = person.memberships.get().firm
    other = Enterprise.objects.create(
        uscc="91990101M00000999X", name_zh="另一家", region=firm.region, unit=firm.unit, synthetic=True
    )

    def ask(title: str, of: Enterprise = firm) -> Case:
        told = {"topic": "policy", "wish": "咨询"}
        return cases.start("firm_request", unit=of.unit, region=of.region, title=title, enterprise=of, values=told)

    def told() -> str:
        page = browse(person, "zh-hans").get("/").content.decode()
        return re.search(r'aria-labelledby="requests-title">(.*?)</section>', page, re.S)[1]

    nothing = told()
    assert "目前没有在办的诉求" in nothing and reverse("cases:request_new") in nothing
    waits, over, foreign = ask("缺集装箱"), ask("已撤回的"), ask("别家的", other)
    cases.withdraw(over, person, "重复")
    page = told()
    assert "目前没有" not in page and waits.number in page and reverse("cases:case", args=[waits.pk]) in page
    assert "已提交" in page and "受理 · 2025-07-22" in page and "剩1个工作日" in page, "stage, clock and day"
    assert over.number not in page and foreign.number not in page
    monkeypatch.setattr(home, "REQUESTS", 1)
    ask("再问一次")
    assert "另有1条" in told()
    assert '"count-number">2</span>在办诉求' in browse(person, "zh-hans").get("/").content.decode()


def test_the_first_page_of_an_administrator_says_what_there_is_to_look_after(house: House, browse: Browse) -> None:
    house.people.trader.is_active = False
    house.people.trader.save()
    page = browse(house.people.admin).get("/").content.decode()
    assert "1 of the accounts switched off" in page
    found = offered(browse(house.people.admin))
    assert reverse("people:persons") in found and reverse("core:events") in found
    assert reverse("plans:targets") not in found and reverse("registry:enterprises") not in found


def test_without_a_role_the_first_page_says_how_to_get_one(house: House, browse: Browse) -> None:
    page = browse(house.people.nobody).get("/").content.decode()
    assert "No role yet" in page and "Cockpit" not in page


def test_who_may_enter_nothing_is_not_offered_to_take_in_or_import(house: House, browse: Browse) -> None:
    for who in (house.people.evaluator, house.people.it):
        found = offered(browse(who))
        assert reverse("web:intake") not in found and reverse("core:imports") not in found
        assert reverse("plans:targets") in found


def test_who_acts_for_another_is_offered_what_that_one_reads(house: House) -> None:
    assert audience(house.people.deputy) >= {"reads", "enters"}


def test_a_firm_s_user_who_is_of_a_bureau_too_finds_both(house: House, browse: Browse) -> None:
    actions.grant(house.people.firm, house.units.sample, Role.objects.get(code="director"))
    found = offered(browse(house.people.firm))
    assert reverse("plans:targets") in found and found.count("/") == 1


def test_every_page_of_the_navigation_is_offered_to_somebody() -> None:
    assert all(item.offered for step in STEPS for item in step.items)
