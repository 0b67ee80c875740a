"""One running demonstration and one browser for all journeys; a page that complains fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.prepared import CODE
from tests.browser.site import Site, chromium, have_chromium, running
from tests.operations.installations import demo_home, inside  # noqa: F401 - a fixture

SIZE = {"width": 1366, "height": 768}
# What is expected is waited for as long as a slow machine takes that is busy with other tests as well.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test, and fails rather than hangs.

    A test has ten minutes of its own; preparing the demonstration, which the first one asks for, is not counted in them.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600, func_only=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without it the tests skip, except in continuous integration."""
    if not have_chromium():
        message = "Chromium is not installed; the browser tests need it: apt install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def site(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration with one of everything in it, served with its worker from a copy."""
    home = tmp_path_factory.mktemp("site") / "home"
    shutil.copytree(demo_home, home)
    made = inside(home, CODE, PYTHONPATH=str(Path(__file__).parents[2]))
    with running(home) as found:
        yield replace(found, addresses=made)


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> Callable[[str], Any]:
    """The cookies of an account, signed in through the form once."""
    kept: dict[str, Any] = {}

    def state(username: str) -> Any:
        if username not in kept:
            context = browser.new_context(viewport=SIZE)
            page = context.new_page()
            site.sign_in(page, username)
            kept[username] = context.storage_state()
            context.close()
        return kept[username]

    return state


@pytest.fixture
def visit(browser: Browser, site: Site, signed_in: Callable[[str], Any]) -> Iterator[Callable[..., Page]]:
    """Opens a page of its own for an account (none: not signed in); what it complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(username: str | None = None, **options: Any) -> Page:
        wanted = {"viewport": SIZE, "base_url": site.address, **options}
        if username:
            wanted["storage_state"] = signed_in(username)
        context = browser.new_context(**wanted)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)

        def heard(message: Any) -> None:
            # An answer that is refused on purpose is told as a "Failed to load resource"; the journeys look at it.
            if (
                message.type in ("error", "warning")
                and "GL Driver" not in message.text
                and "status of 4" not in message.text
            ):
                complaints.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda fault: complaints.append(f"{page.url}: {fault}"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == [], "the browser complained"


def ready(page: Page) -> Page:
    """The page once its charts are drawn."""
    page.wait_for_selector("body[data-ready]")
    return page
