"""What people come for, done in a browser as they do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready
from tests.browser.site import Site
from tests.real import PLANS, SHAOXING_TASKS

Visit = Callable[..., Page]


@pytest.mark.slow
def test_an_account_of_the_list_is_filled_in_by_a_click_and_signs_in(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/accounts/sign-in/\?next=/$"))
    page.click('[data-fill-username="juzhang"]')
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("驾驶舱")
    expect(page.locator("#answer")).to_contain_text(re.compile(r"\d+ ?项目标|\d+"))


def test_signing_in_and_moving_about_need_no_mouse(visit: Visit, site: Site) -> None:
    page = visit()
    page.goto("/accounts/sign-in/")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("pinggu")
    page.keyboard.press("Tab")
    page.keyboard.type(site.password)
    page.keyboard.press("Enter")
    ready(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")  # from the start of the content to its first link
    assert page.locator("main :focus").count() == 1
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    page.goto("/")
    target = page.locator('.nav-link[href="/targets/"]')
    for _ in range(12):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            break
    expect(target).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/targets/$"))
    expect(page.locator('#side-menu [aria-current="page"]')).to_have_attribute("href", "/targets/")


def test_the_director_comes_from_the_gap_to_the_source_in_three_clicks(visit: Visit) -> None:
    page = visit("juzhang")
    page.goto("/")
    ready(page)
    card = page.locator(".gap-card", has_text="宁波").filter(has_text="万亿元").first
    expect(card).to_contain_text("差距")
    card.locator("a").first.click()  # one: the target
    expect(page).to_have_url(re.compile(r"/targets/\d+/$"))
    expect(page.locator("#answer")).to_contain_text("万亿元")
    expect(page.locator("main")).to_contain_text("2万亿元")
    page.locator('main a[href*="/figures/trade_value/330200/"]').first.click()  # two: its figures
    expect(page.locator("h1")).to_contain_text("进出口")
    source = page.locator('main a[href^="http"]').first
    expect(source).to_have_attribute("rel", "noreferrer")  # three: the page that printed the figure
    assert source.get_attribute("href").startswith("http")


def test_a_reviewer_takes_a_plan_in_and_decides_with_the_keyboard(visit: Visit, tmp_path: Path) -> None:
    plan = tmp_path / "国际化招商引资实施意见.txt"
    plan.write_text((PLANS / SHAOXING_TASKS).read_text(encoding="utf-8") + "\n（征求意见稿）\n", encoding="utf-8")
    page = visit("guihua")
    page.goto("/plans/")
    page.locator('main a[href*="upload"]').first.click()
    page.set_input_files("input[type=file]", plan)
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector("#findings .finding", timeout=60_000)  # read by the worker, shown without a reload
    rows = page.locator("#findings .finding")
    assert rows.count() > 10
    assert page.locator('.finding[data-state="waiting"]').count() == rows.count()
    page.wait_for_load_state()

    first = page.locator(".finding.current")
    accepted = first.get_attribute("data-id")
    page.keyboard.press("a")
    expect(page.locator(f"#f{accepted}")).to_have_attribute("data-state", "accepted")

    page.keyboard.press("j")
    rejected = page.locator(".finding.current").get_attribute("data-id")
    assert rejected != accepted
    page.keyboard.press("r")
    page.keyboard.type("重复")
    page.keyboard.press("Enter")
    expect(page.locator(f"#f{rejected}")).to_have_attribute("data-state", "rejected")

    page.keyboard.press("u")
    expect(page.locator(f"#f{rejected}")).to_have_attribute("data-state", "waiting")

    page.select_option("#review-filters [name=kind]", "target")
    page.locator('.finding[data-kind="target"][data-state="waiting"]').first.click()
    corrected = page.locator(".finding.current").get_attribute("data-id")
    page.keyboard.press("e")
    form = page.locator(f"#f{corrected} form")
    expect(form).to_be_visible()
    form.locator("button[type=submit]").first.click()
    expect(page.locator(f"#f{corrected}")).to_have_attribute("data-state", re.compile("corrected|accepted"))

    page.locator('.heading-actions a[href*="/targets/?document="]').click()
    expect(page.locator(".list-table tbody tr")).not_to_have_count(0)


def test_the_marks_in_the_text_lead_to_their_rows(visit: Visit) -> None:
    page = visit("guihua")
    page.goto("/plans/")
    page.locator('main tbody a[href^="/plans/"]').first.click()
    page.wait_for_load_state()
    mark = page.locator("#plan-text .mk-target.mk-n").first
    wanted = mark.get_attribute("data-f").split()[0]
    mark.click()
    expect(page.locator(f"#f{wanted}")).to_have_class(re.compile("current"))


@pytest.mark.slow
def test_the_language_switches_on_the_same_page_and_back(visit: Visit) -> None:
    page = visit("juzhang")
    page.goto("/targets/?state=off_path")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.click(".language-switch button")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/targets/\?state=off_path$"))
    expect(page.locator("h1")).to_have_text("Targets")
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Cockpit")
    page.click(".language-switch button")
    expect(page.locator("h1")).to_have_text("驾驶舱")


@pytest.mark.slow
def test_the_dark_theme_stays_after_a_reload_and_charts_follow(visit: Visit) -> None:
    page = visit("juzhang", color_scheme="light")
    page.goto("/")
    ready(page)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.click("[data-theme-switch]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    ready(page)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.click("[data-theme-switch]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


@pytest.mark.slow
def test_five_wrong_passwords_lock_the_account_and_say_for_how_long(visit: Visit) -> None:
    page = visit()
    for attempt in range(1, 6):
        page.goto("/accounts/sign-in/")
        page.fill("#id_username", "someone.else")
        page.fill("#id_password", f"wrong-{attempt}")
        page.click("#sign-in-button")
        page.wait_for_load_state()
        if attempt == 1:
            expect(page.locator("[role=alert]")).to_contain_text("15")
    expect(page.locator("body")).to_contain_text("锁定")
    expect(page.locator("body")).to_contain_text("15")


def test_the_search_box_finds_by_pinyin_initials_without_a_reload(visit: Visit) -> None:
    page = visit("juzhang")
    page.goto("/")
    page.fill("#search-box", "jck")
    hits = page.locator("#search-hits a")
    expect(hits.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(hits.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search-box")).to_be_focused()


def test_the_map_leads_to_a_region_and_its_table_says_the_same(visit: Visit) -> None:
    page = visit("juzhang")
    page.goto("/")
    ready(page)
    assert page.locator(".map svg").count() == 1
    page.locator('.map-card table a[href*="region=330200"]').click()
    expect(page.locator("h1")).to_contain_text("宁波")
