"""Every page, in both themes and on small screens: nothing refused by the browser, readable, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import resolve
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
    "release calendar": ("shili", "/releases/"),
    "bulletins": ("shili", "/bulletins/"),
    "bulletin": ("shili", "/bulletins/ tbody a[href^='/bulletins/']"),
    "a new bulletin": ("shiju", "/bulletins/new/"),
    "two circulations": ("shili", "/circulation/"),
    "explorer": ("shili", "/explore/"),
    "explorer, a tree-map": (
        "shili",
        "/explore/?code=customs_export_value&region=990100&period=2025-06&by=county,country",
    ),
    "explorer, tiles": (
        "shili",
        "/explore/?code=customs_export_value&region=990100&period=2025-06&by=county&transform=yoy",
    ),
    "explorer, a map": ("tongji", "/explore/?code=trade_value&region=330000&period=2024&by=region"),
    "explorer, explained": ("shiju", "/explore/?code=customs_export_value&region=990100&period=2025-06&part=explained"),
    "indicators": ("tongji", "/indicators/"),
    "indicator": ("shili", "/indicators/customs_export_value/"),
    "series of records": ("shili", "/figures/customs_export_value/990100/"),
    "outlook": ("shili", "/outlook/customs_export_value/990100/?horizon=12"),
    "outlook of published figures": ("tongji", "/outlook/trade_value/330200/"),
    "anomalies": ("shili", "/anomalies/?by=hs2"),
    "anomaly": ("shili", "/anomalies/?by=hs2 tbody a[href^='/anomalies/customs']"),
    "forecast quality": ("shili", "/foresight/quality/"),
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
    "region": ("juzhang", "/regions/330114/"),
    "countries": ("juzhang", "/codes/countries/"),
    "industries": ("juzhang", "/codes/industries/"),
    "trade modes": ("juzhang", "/codes/trade-modes/"),
    "townships": ("juzhang", "/townships/"),
    "first passwords": ("admin", "/persons/first-passwords/"),
    "home of a firm": ("qiye", "/"),
    "home of a township office": ("dongmen", "/"),
    "work of a county bureau": ("jiaqu", "/work/"),
}
# Addresses that are no page of their own: what a page fetches or downloads, and what only a letter or a provider opens.
NO_PAGE = {
    "core:export_file", "core:document", "core:import_template", "core:import_status", "core:import_refused",
    "core:healthz", "people:sign_in", "access:second_step", "access:oidc_start", "access:oidc_callback",
    "access:second_factor", "registry:evidence", "plans:reading_status", "plans:finding", "plans:finding_edit",
    "audits:report", "audits:card", "responsibility:work_count", "responsibility:approval_document", "notices:open",
    "notices:confirm", "notices:add_place", "set_language", "bulletins:sample", "bulletins:docx", "web:briefing_docx",
    "foresight:nowcast", "foresight:panel", "foresight:keep", "filing:template", "warnings:panel", "warnings:count",
    "cases:paper",
}  # fmt: skip


def go(page: Page, address: str) -> Page:
    """Opens a page of the table above."""
    address, _, link = address.partition(" ")
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, f"{address}: {answer and answer.status}"
    if link:
        answer = page.goto(page.locator(link).first.get_attribute("href") or "")
        assert answer is not None and answer.status == 200, f"{page.url}: {answer and answer.status}"
    return ready(page)


def test_every_address_that_answers_a_look_is_among_the_pages_that_are_opened(site: Site) -> None:
    opened = [view_of(address) for _who, address in [*site.addresses.values(), *PAGES.values()]]
    behind = {
        "bulletins:bulletin",
        "plans:document",
        "plans:target",
        "plans:task",
        "web:batch",
        "people:person",
        "audits:finding",
        "foresight:anomaly",
    }
    rows = yaml.safe_load((Path(__file__).parents[1] / "web" / "permissions.yaml").read_text(encoding="utf-8"))
    looked_at = {name for name in rows if ":" in name and " " not in name and not name.startswith("api:")}
    missing = sorted(looked_at - {*opened, *behind, *NO_PAGE})
    assert missing == []


def view_of(address: str) -> str:
    """The name of the view behind an address."""
    return str(resolve(urlsplit(address.partition(" ")[0]).path).view_name)


WIDTHS = ((1366, 768), (390, 844))


#: The pages are looked at in so many parts: each keeps to its time, and tells its own faults.
PARTS = 4


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_prepared_page_fits_both_screens_and_has_no_fault_for_those_who_use_it_otherwise(
    browser: Browser, site: Site, signed_in: Callable[[str], Any], part: int
) -> None:
    """Each page once in Chinese, in one of the themes by turns; its colours in the other one as well."""
    _look(browser, site, signed_in, part, "zh-hans")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_prepared_page_in_english(
    browser: Browser, site: Site, signed_in: Callable[[str], Any], part: int
) -> None:
    _look(browser, site, signed_in, part, "en")


def _look(browser: Browser, site: Site, signed_in: Callable[[str], Any], part: int, language: str) -> None:
    """Opens every page of a part."""
    contexts: dict[tuple[str, str], Any] = {}
    faults: list[str] = []
    prepared = {name.partition(" ")[0] for name in site.addresses}
    others = {name: told for name, told in PAGES.items() if " " in told[1] or view_of(told[1]) not in prepared}
    addresses = {**site.addresses, **others}
    for number, (name, (username, address)) in enumerate(addresses.items()):
        if number * PARTS // len(addresses) != part:
            continue
        theme = ("light", "dark")[number % 2]
        key = (username, theme)
        if key not in contexts:
            contexts[key] = browser.new_context(
                viewport=SIZE, base_url=site.address, color_scheme=theme, bypass_csp=True, reduced_motion="reduce",
                storage_state=signed_in(username) if username else None,
            )  # fmt: skip
            contexts[key].add_cookies([{"name": "language", "value": language, "url": site.address}])
        page = contexts[key].new_page()
        said: list[str] = []
        page.on("console", lambda told, said=said: said.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda fault, said=said: said.append(str(fault)))
        where = f"{name} ({language}, {theme})"
        try:
            go(page, address)
            found = axe_faults(page)
            for width, height in WIDTHS:
                page.set_viewport_size({"width": width, "height": height})
                beyond = page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth")
                if beyond > 0:
                    found.append(f"{beyond} px too wide at {width}")
            if language == "zh-hans":
                page.set_viewport_size(SIZE)
                page.evaluate(OTHER_THEME)
                found += [f"in the other theme: {fault}" for fault in axe_faults(page, ["color-contrast"])]
            faults += [f"{where}: {words}" for words in [*said, *found]]
        except AssertionError as fault:
            faults.append(f"{where}: {fault}")
        finally:
            page.close()
    for context in contexts.values():
        context.close()
    assert faults == [], "\n".join(faults)


#: What the switch of the page does, but for keeping the choice.
OTHER_THEME = """() => {
  const root = document.documentElement, next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", next);
  document.dispatchEvent(new CustomEvent("desk:theme", { detail: next }));
}"""


def axe_faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong, of any gravity, by all of its rules or by some. Only that is fetched: all that it looked at are
    megabytes a page."""
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:140]} | {node['failureSummary'][:160]}"
        for fault in found for node in fault["nodes"][:2]
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_can_be_used_by_everybody(browser: Browser, site: Site, theme: str) -> None:
    context = browser.new_context(viewport=SIZE, base_url=site.address, color_scheme=theme, bypass_csp=True)
    try:
        page = context.new_page()
        page.goto("/accounts/sign-in/")
        found = axe_faults(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    finally:
        context.close()
    assert found == []


@pytest.mark.slow
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


@pytest.mark.slow
def test_every_entry_of_the_navigation_opens_and_fits_the_screen(visit: Visit) -> None:
    page = visit("guihua")
    go(page, "/")
    entries = [link.get_attribute("href") or "" for link in page.locator("#side-menu a.nav-link").all()]
    assert len(entries) > 8
    for entry in entries:
        go(page, entry)
        assert page.locator("h1").inner_text().strip() and page.locator("#answer").inner_text().strip(), entry
        assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0, entry
