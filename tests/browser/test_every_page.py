"""Every page, in both themes and on small screens: nothing refused by the browser, readable, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SIZE, ready
from tests.browser.site import Site

Visit = Callable[..., Page]
# Address → the account that looks; a dot leads to the first row of the list before it.
PAGES = {
    "cockpit": ("juzhang", "/"),
    "briefing": ("juzhang", "/briefing/"),
    "plans": ("guihua", "/plans/"),
    "review": ("guihua", "/plans/ tbody a[href^='/plans/']"),
    "targets": ("juzhang", "/targets/?state=off_path"),
    "target": ("juzhang", "/targets/?state=off_path tbody a[href^='/targets/']"),
    "target without figures": ("juzhang", "/targets/?state=not_measurable tbody a[href^='/targets/']"),
    "tasks": ("quxian", "/tasks/"),
    "task": ("quxian", "/tasks/ tbody a[href^='/tasks/']"),
    "facts": ("pinggu", "/facts/"),
    "enterprises": ("shili", "/enterprises/"),
    "enterprise": ("shili", "/enterprises/ tbody a[href^='/enterprises/']"),
    "zones": ("juzhang", "/zones/"),
    "products": ("juzhang", "/codes/products/"),
    "my work": ("shili", "/work/"),
    "monthly updates": ("shili", "/updates/"),
    "a task's work": ("shili", "/updates/ tbody a[href^='/tasks/']"),
    "parts": ("shili", "/parts/"),
    "break-down": ("shili", "/parts/ tbody a[href$='/breakdown/']"),
    "adjustments": ("shili", "/adjustments/"),
    "adjustment": ("shili", "/adjustments/ tbody a[href^='/adjustments/']"),
    "assignments": ("shili", "/assignments/"),
    "needs": ("shili", "/needs/"),
    "security": ("juzhang", "/accounts/security/"),
    "one-time codes": ("juzhang", "/accounts/one-time-codes/new/"),
    "new token": ("juzhang", "/accounts/tokens/new/"),
    "checks": ("guihua", "/audits/"),
    "check": ("guihua", "/audits/ tbody a[href^='/audits/findings/']"),
    "figures": ("tongji", "/figures/"),
    "series": ("tongji", "/figures/trade_value/330200/"),
    "intake": ("tongji", "/intake/"),
    "systems": ("pinggu", "/systems/"),
    "system": ("pinggu", "/systems/S001/"),
    "regions": ("juzhang", "/regions/"),
    "units": ("admin", "/units/"),
    "persons": ("admin", "/persons/"),
    "new person": ("admin", "/persons/new/"),
    "new unit": ("admin", "/units/new/"),
    "roles": ("juzhang", "/roles/"),
    "delegations": ("juzhang", "/delegations/"),
    "delegate": ("juzhang", "/delegations/new/"),
    "annotations": ("pinggu", "/annotations/"),
    "jobs": ("guihua", "/jobs/"),
    "imports": ("admin", "/imports/"),
    "import upload": ("admin", "/imports/new/people.units/"),
    "events": ("juzhang", "/events/"),
    "me": ("juzhang", "/accounts/me/"),
    "search": ("juzhang", "/search/?q=出口"),
    "api": ("xinxi", "/api/docs/"),
}
MAIN = ("cockpit", "review", "target", "targets", "series", "systems", "intake", "tasks", "checks", "check")


def go(page: Page, address: str) -> Page:
    """Opens a page of the table above."""
    address, _, link = address.partition(" ")
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, f"{address}: {answer and answer.status}"
    if link:
        answer = page.goto(page.locator(link).first.get_attribute("href") or "")
        assert answer is not None and answer.status == 200, f"{page.url}: {answer and answer.status}"
    return ready(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_complaint_and_does_not_scroll_sideways(visit: Visit, name: str) -> None:
    username, address = PAGES[name]
    page = go(visit(username), address)
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)  # charts and the navigation follow the new size
        beyond = page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth")
        assert beyond <= 0, f"{name} is {beyond} px too wide at {width}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", MAIN)
def test_a_main_page_has_no_serious_fault_for_those_who_use_it_otherwise(
    browser: Browser, site: Site, signed_in: Callable[[str], Any], name: str, theme: str
) -> None:
    username, address = PAGES[name]
    # axe is put into the page, which the page's own policy rightly refuses.
    context = browser.new_context(
        viewport=SIZE, base_url=site.address, color_scheme=theme, storage_state=signed_in(username), bypass_csp=True
    )
    try:
        page = go(context.new_page(), address)
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        told = Axe().run(page).response
    finally:
        context.close()
    faults = [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]} | {node['failureSummary'][:200]}"
        for fault in told["violations"] if fault["impact"] in ("serious", "critical") for node in fault["nodes"][:3]
    ]  # fmt: skip
    assert faults == []
    assert len(told["passes"]) > 15, "the page was looked at"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_can_be_used_by_everybody(browser: Browser, site: Site, theme: str) -> None:
    context = browser.new_context(viewport=SIZE, base_url=site.address, color_scheme=theme, bypass_csp=True)
    try:
        page = context.new_page()
        page.goto("/accounts/sign-in/")
        found = Axe().run(page).response["violations"]
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    finally:
        context.close()
    assert [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_every_page_carries_the_policy_that_the_browser_enforces(visit: Visit) -> None:
    page = visit("juzhang")
    answer = page.goto("/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert page.locator("[style], style, script:not([src]):not([type='application/json'])").count() == 0 or all(
        node.evaluate("node => node.closest('.chart, .map') !== null")
        for node in page.locator("[style], style, script:not([src]):not([type='application/json'])").all()
    )


def test_a_page_that_is_not_there_says_so_in_the_reader_s_language(visit: Visit) -> None:
    page = visit("juzhang")
    answer = page.goto("/nowhere/")
    assert answer.status == 404
    assert "没有" in page.locator("body").inner_text()


def test_every_entry_of_the_navigation_opens_and_fits_the_screen(visit: Visit) -> None:
    page = visit("guihua")
    go(page, "/")
    entries = [link.get_attribute("href") or "" for link in page.locator("#side-menu a.nav-link").all()]
    assert len(entries) > 8
    for entry in entries:
        go(page, entry)
        assert page.locator("h1").inner_text().strip() and page.locator("#answer").inner_text().strip(), entry
        assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0, entry
