"""The whole loop in the invented city, as its people walk it: a firm reports on its phone, the county passes it, a pasted
list shows whom it hits, a signal opens, its case is handled, three months pass, and the firm's own figures and the ranking
of counties say what came of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SIZE, ready
from tests.browser.site import Site, running
from tests.operations.installations import cbrain

pytestmark = pytest.mark.slow  # three months pass in it
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LIST = files("commercebrain.catalogue") / "samples" / "invented" / "lists" / "演示清单第2版.csv"
As = Callable[..., Page]


@pytest.fixture
def own(demo_home: Path, tmp_path: Path) -> Iterator[Site]:
    """The demonstration on a copy of its own: its date moves."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    with running(home) as found:
        yield found


@pytest.fixture
def as_(browser: Browser, own: Site) -> Iterator[As]:
    """Opens a page for an account."""
    contexts: list[BrowserContext] = []

    def opened(username: str, **options: object) -> Page:
        context = browser.new_context(**{"viewport": SIZE, "base_url": own.address, "locale": "zh-CN", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        own.sign_in(page, username)
        return page

    yield opened
    for context in contexts:
        context.close()


def send(page: Page, place: str) -> None:
    """Presses the button of the form that leads to ``place`` (the end of its address), and waits for the page."""
    page.locator(f"main form[action$='{place}'] button[type=submit]").first.click()
    ready(page)


def step(page: Page, transition: str, **values: str) -> None:
    """Takes a case through a transition that asks for values."""
    page.locator(f"main a[href*='/move/{transition}/']").first.click()
    ready(page)
    for name, value in values.items():
        field = page.locator(f"main form [name={name}]").first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value, force=True)
        else:
            field.fill(value)
    page.locator("main form[method=post] button[type=submit]").first.click()
    ready(page)


def reported(as_: As) -> None:
    """The firm reports half of last week's orders on its phone; township and county pass it."""
    firm = as_("qiye", **PHONE)
    firm.goto("/filing/")
    ready(firm)
    firm.get_by_role("link", name="填报", exact=True).first.click()
    ready(firm)
    number = re.search(r"/filing/(\d+)/", firm.url)
    assert number is not None
    orders = firm.locator("#id-q-orders_in_hand")
    orders.fill(f"{float(orders.input_value()) * 0.9:.2f}")
    firm.locator("label.filing-choice", has_text=re.compile(r"^\s*减\s*$")).click()
    line = firm.locator("[data-line]").first.locator("[name$='-orders']")
    line.fill(f"{float(line.input_value()) * 0.5:.2f}")
    firm.locator("button[value=send]").click()
    firm.wait_for_url(re.compile(r"/sent/"))
    for account in ("dongmen", "jiaqu"):
        office = as_(account)
        office.goto(f"/forms/reports/{number[1]}/")
        ready(office)
        office.locator("[data-review-pass]").click()
        ready(office)
    office.goto(f"/forms/reports/{number[1]}/")
    expect(office.locator("main")).to_contain_text("通过")


def test_from_a_report_on_a_phone_to_the_result_of_the_help_and_the_ranking(as_: As, own: Site) -> None:
    reported(as_)

    section = as_("shili")
    section.goto("/exposure/")
    ready(section)
    section.fill("#x-text", "\n".join(row.split(",")[0] for row in LIST.read_text(encoding="utf-8-sig").splitlines()))
    section.select_option("#x-partner", "USA")
    section.locator("form[action='/exposure/'] button[type=submit]").click()
    ready(section)
    expect(section.locator("#answer")).to_contain_text(re.compile(r"涉及\d个县（市、区）[\d,]+家企业：[\d.,]+亿元"))

    county = as_("jiaqu")
    county.goto("/warnings/?state=waiting&rule=R201")
    ready(county)
    county.locator("table.list-table tbody tr td a").first.click()
    ready(county)
    signal = county.url
    send(county, "/case/")
    case = county.url
    assert "/cases/" in case
    send(county, "/move/acknowledge/")
    step(county, "contact", contacted_on="2025-07-21", contact_way="call", finding="orders_lost")
    step(county, "decide_measure", measure_kind="credit_insurance", measure_due="2025-07-31")
    step(county, "take_effect", measure_done="2025-07-21")
    expect(county.locator("main")).to_contain_text("跟踪回访")
    county.goto(signal)
    ready(county)
    expect(county.locator("main")).to_contain_text("已立项办理")

    cbrain(own.home, "tick", "--to", "2025-10-20", patience=1200)

    county.goto(case)
    ready(county)
    results = county.locator("main")
    expect(results).to_contain_text("措施后1个月")
    expect(results).to_contain_text("措施后3个月")
    expect(results).to_contain_text(re.compile("已恢复|未恢复|尚难判断"))

    section.goto("/ranking/")
    ready(section)
    make_ranking(section)
    ranking = section.url
    expect(section.locator("main")).to_contain_text("甲区")
    expect(section.locator("main")).to_contain_text("预警响应率")

    county.goto(ranking)
    ready(county)
    expect(county.locator("main")).to_contain_text("甲区")
    expect(county.locator("main")).not_to_contain_text("乙区")
    leader = as_("shiju")
    leader.goto(ranking)
    ready(leader)
    send(leader, "/sign/")
    county.goto(ranking)
    ready(county)
    expect(county.locator("main")).to_contain_text("乙区")


def make_ranking(page: Page) -> None:
    """Has the ranking of the last month computed, and opens it."""
    page.get_by_role("link", name="计算评分").or_(page.get_by_role("button", name="计算评分")).first.click()
    ready(page)
    if page.url.endswith("/new/"):
        page.locator("main form[method=post] button[type=submit]").first.click()
        ready(page)
