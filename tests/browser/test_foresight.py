"""What is expected, what broke and how good forecasts were, read as a clerk reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready

Visit = Callable[..., Page]


def test_from_a_line_of_the_explorer_to_its_outlook_and_back_to_an_earlier_day(visit: Visit) -> None:
    page = visit("shili")
    page.goto("/explore/?code=customs_export_value&region=990100&period=2025-01:2025-06&by=county")
    ready(page)
    page.locator("tbody a[href^='/outlook/']").first.click()
    ready(page)
    expect(page).to_have_url(re.compile(r"/outlook/customs_export_value/990100/\?where\.county=990101"))
    expect(page.locator("#answer")).to_contain_text("2025年6月为")
    expect(page.locator("#outlook-fan svg path").first).to_be_attached()
    expect(page.locator("#outlook-parts svg path").first).to_be_attached()
    page.fill("#as-of", "2025-03-31")
    page.select_option("#horizon", "12")
    page.click(".as-of-form button")
    ready(page)
    expect(page.locator("#answer")).to_contain_text("未来12个月合计")
    expect(page.locator("#answer")).to_contain_text("截至2025-03-31所知")
    assert "where.county=990101" in page.url


@pytest.mark.slow
def test_the_quarter_in_progress_comes_by_itself(visit: Visit) -> None:
    page = visit("shili")
    page.goto("/outlook/customs_export_value/990100/")
    ready(page)
    expect(page.locator("#nowcast")).to_contain_text("2025年三季度预计", timeout=60_000)


@pytest.mark.slow
def test_from_the_list_of_what_is_unusual_to_who_made_it(visit: Visit) -> None:
    page = visit("shili")
    page.goto("/anomalies/")
    ready(page)
    page.select_option("select[name=by]", "hs2")
    page.get_by_role("button", name="应用").click()
    link = page.locator("tbody a[href*='by=hs2']").first
    expect(link).to_be_visible()
    link.click()
    ready(page)
    expect(page.locator("#answer")).to_contain_text(re.compile("属明显偏[高低]，较预期(下降|增长)"))
    expect(page.locator("#evidence svg path").first).to_be_attached()
    expect(page.locator("main")).to_contain_text("缺口由谁造成")
    page.locator(".crumbs a").click()
    ready(page)
    assert "by=hs2" in page.url


@pytest.mark.slow
def test_the_first_page_tells_what_is_unusual(visit: Visit) -> None:
    page = visit("shili")
    page.goto("/")
    ready(page)
    expect(page.get_by_role("heading", name="本月异常")).to_be_visible(timeout=60_000)


@pytest.mark.slow
def test_how_good_forecasts_were_stands_beside_last_years_month(visit: Visit) -> None:
    page = visit("shili")
    page.goto("/foresight/quality/")
    ready(page)
    expect(page.locator("#answer")).to_contain_text("优于上年同月法")
    expect(page.locator("tbody tr").first).to_be_visible()
