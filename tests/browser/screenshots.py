"""Takes the pictures of the documents: ``python -m tests.browser.screenshots [NAME…]`` writes ``docs/images/*.png``.

From a demonstration of the whole city prepared for it, or from the one in the folder that ``CBRAIN_PICTURES_HOME`` names, in
both languages; look at them before they are kept.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.site import Site, chromium, running
from tests.operations.installations import cbrain

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LISTS = files("commercebrain.catalogue") / "samples" / "invented" / "lists"
LARGEST = 300_000  # bytes
SIZE = {"width": 1366, "height": 820}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
FOLLOWED = ", ".join(f"main tbody tr:has-text('{stage}') a[href^='/cases/']" for stage in ("跟踪回访", "Followed up"))
# Name → (account, address, link to follow from there, what to click when it is open).
PICTURES: dict[str, tuple[str, str, str, str]] = {
    "cockpit": ("juzhang", "/", "", ""),
    "review": ("guihua", "/plans/?q=宁波", "main tbody a[href^='/plans/']", "#plan-text .mk-target.mk-n >> nth=3"),
    "target": ("juzhang", "/", ".gap-card a", ""),
    "systems": ("pinggu", "/systems/", "", ""),
    "outlook": ("shili", "/outlook/customs_export_value/990100/?horizon=12", "", ""),
    "anomaly": ("shili", "/anomalies/?by=hs2", "main tbody a[href^='/anomalies/']", ""),
    "forecast-quality": ("shili", "/foresight/quality/", "", ""),
    "filing": ("qiye", "/filing/", ".filing-due a[href^='/filing/']", ""),
    "reporting": ("shili", "/reporting/", "", ""),
    "exposure": ("shili", "/exposure/", "", ""),
    "newly-hit": ("shili", "/exposure/", "", ""),
    "warnings": ("shili", "/warnings/", "", ""),
    "rule": ("shili", "/rules/?group=customs&state=on", "main tbody a[href^='/rules/R201']", ""),
    "case": ("shili", "/cases/?template=warning_response", FOLLOWED, ""),
    "remedy-case": ("shili", "/cases/?template=remedy_case", "main tbody a[href^='/cases/']", ""),
    "firm": ("shiju", "/warnings/?rule=R302", "main tbody a[href^='/warnings/']", ""),
    "ranking": ("shili", "/ranking/new/", "", ""),
}
DARK = ("cockpit",)
PATIENCE = 3600  # seconds in which the whole city is prepared


def _asked(page: Page) -> None:
    """Asks whom the next version of the list in force hits."""
    page.set_input_files("#x-file", str(LISTS / "演示清单第2版.csv"))
    kept = page.locator("#x-compare option[value]:not([value=''])", has_text=re.compile("演示清单|Demonstration list"))
    page.select_option("#x-compare", kept.first.get_attribute("value"))
    page.locator("form[action='/exposure/'] button[type=submit]").click()
    page.wait_for_selector(".exposure-answer")
    page.wait_for_selector("body[data-ready]")


def _newly(page: Page) -> None:
    _asked(page)
    page.locator("main a[href^='/exposure/newly/']").first.click()
    page.wait_for_selector("body[data-ready]")


def _firm(page: Page) -> None:
    """From a signal to its firm as a whole."""
    firm = page.locator(".warnings-facts a[href^='/enterprises/']").first.get_attribute("href")
    page.goto(f"{firm}?tab=whole")
    page.wait_for_selector("body[data-ready]")


def _ranked(page: Page) -> None:
    """Has the ranking of the last quarter computed."""
    page.locator("main form[method=post] button[type=submit]").first.click()
    page.wait_for_selector("body[data-ready]")


# What is done on a page before its picture is taken.
DONE: dict[str, Callable[[Page], None]] = {
    "exposure": _asked, "newly-hit": _newly, "firm": _firm, "ranking": _ranked,
}  # fmt: skip


def opened(browser: Browser, site: Site, name: str, language: str, theme: str) -> Page:
    """The page of a picture, ready to be taken."""
    username, address, link, click = PICTURES[name]
    context = browser.new_context(
        viewport=SIZE, base_url=site.address, color_scheme=theme, reduced_motion="reduce",
        locale="zh-CN" if language == "zh" else "en-GB",
    )  # fmt: skip
    page = context.new_page()
    site.sign_in(page, username)
    context.add_cookies([{"name": "language", "value": LANGUAGES[language], "url": site.address}])
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    if link:
        page.goto(page.locator(link).first.get_attribute("href") or "")
        page.wait_for_selector("body[data-ready]")
    if click:
        page.locator(click).first.click()
    if name in DONE:
        DONE[name](page)
    page.wait_for_timeout(800)  # fonts and the last frame of the charts
    return page


def take(page: Page, path: Path) -> None:
    """Writes one picture; one that is too large says so and is not kept."""
    content = page.screenshot()
    if len(content) > LARGEST:
        raise SystemExit(f"{path.name} would have {len(content):,} bytes, more than {LARGEST:,}")
    path.write_bytes(content)
    print(f"{path.name}: {len(content):,} B")


def main(names: Sequence[str]) -> None:
    """Takes all pictures, or those named."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cbrain-pictures-") as folder:
        home = Path(os.environ.get("CBRAIN_PICTURES_HOME") or Path(folder) / "home")
        if not (home / "demo_accounts.json").exists():
            cbrain(home, "demo", "--prepare-only", patience=PATIENCE, CBRAIN_DEMO_SMALL="")
        with running(home) as site, chromium() as browser:
            for name in names or PICTURES:
                shots = [(language, "light") for language in LANGUAGES] + [("zh", "dark")] * (name in DARK)
                for language, theme in shots:
                    page = opened(browser, site, name, language, theme)
                    take(page, IMAGES / f"{name}-{language}{'-dark' if theme == 'dark' else ''}.png")
                    page.context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
