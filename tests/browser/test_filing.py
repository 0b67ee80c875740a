"""A firm reports: on a phone in a few taps, without a network for a while, by keyboard alone, pressing twice."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ready
from tests.browser.keyboard import Hands
from tests.browser.site import Site
from tests.operations.installations import inside

Visit = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ASKED = """
from datetime import datetime, timedelta
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.people.models import Person
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms import declaration_of
firm = Person.objects.get(username="qiye").memberships.get().firm
form = load_catalogue().forms["order_report"]
def asked(period, opens):
    round_ = Round.objects.create(
        form="order_report", period=period, unit=firm.unit, declaration=declaration_of(form), approval="示例批准文号",
        opens_at=opens, due_at=opens + timedelta(days=4, hours=17), locks_at=opens + timedelta(days=11), synthetic=True,
    )
    return Report.objects.create(round=round_, enterprise=firm, unit=firm.unit, county=firm.region)
def report(period, number):
    opens = datetime(2025, 7, 21, tzinfo=BEIJING) + timedelta(minutes=number)
    before = asked(f"{period} before", opens - timedelta(seconds=30))
    Submission.objects.create(
        report=before, number=1, digest="x", sent_at=opens, sent_on="2025-07-18", asked=5,
        answers={
            "orders_in_hand": "120", "trend": "same", "cover": "from_1_to_3", "first_market": "USA", "difficulties": ["tariffs"],
        },
    )
    Report.objects.filter(pk=before.pk).update(state="passed", first_sent_at=opens)
    return asked(period, opens).pk
answer = {period: report(period, number) for number, period in enumerate(PERIODS)}
"""
REMOVE = """
from commercebrain.desk.forms.models import Round
answer = Round.objects.filter(form="order_report", period__in=PERIODS).delete()[0]
"""
#: A report of its own for every test.
PERIODS = ["phone", "same", "offline False", "offline True", "twice", "keyboard"]


@pytest.fixture(scope="module")
def reports(site: Site) -> Iterator[dict[str, int]]:
    """The reports by their periods, each with the values of last time; the site is left as it was found."""
    made: dict[str, int] = inside(site.home, ASKED.replace("PERIODS", repr(PERIODS)))
    yield made
    inside(site.home, REMOVE.replace("PERIODS", repr([*PERIODS, *(f"{period} before" for period in PERIODS)])))


def kept(site: Site, report: int) -> list[list[Any]]:
    """What the server has of it: number, orders, whether it said “no change”."""
    with closing(sqlite3.connect(site.home / "db.sqlite3")) as database:
        rows = database.execute("SELECT number, answers, unchanged FROM forms_submission WHERE report_id = ?", [report])
        return [[number, json.loads(answers)["orders_in_hand"], bool(unchanged)] for number, answers, unchanged in rows]


def test_a_firm_reports_on_a_phone_in_a_few_taps_with_last_weeks_values_filled_in(
    visit: Visit, site: Site, reports: dict[str, int]
) -> None:
    report = reports["phone"]
    page, taps = visit("qiye", **PHONE), 0

    def tap(what: Locator) -> None:
        nonlocal taps
        taps += 1
        what.tap()

    page.goto("/filing/")
    ready(page)
    tap(page.locator(f".filing-due a[href='/filing/{report}/']"))
    expect(page.locator("#id-q-orders_in_hand")).to_have_value("120")
    expect(page.locator("input[name=q-cover][value=from_1_to_3]")).to_be_checked()
    expect(page.locator("#id-q-first_market")).to_have_value("USA")
    expect(page.locator("#answer")).to_contain_text("约90秒")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390  # nothing to scroll sideways
    small = page.locator(".filing-choice, #filing-form .btn").evaluate_all(
        "nodes => nodes.filter(n => n.getClientRects().length && n.getBoundingClientRect().height < 44).length"
    )
    assert small == 0, "a thumb needs 44 points"
    tap(page.locator("label.filing-choice", has=page.locator("input[name=q-trend][value=more]")))
    page.fill("#id-q-orders_in_hand", "150")
    tap(page.locator("button[value=send]"))
    expect(page.locator(".filing-number")).to_have_text(re.compile(rf"-{report:06d}-1$"))
    expect(page.locator(".filing-trend")).to_contain_text("本企业")
    assert taps + 1 < 20
    assert kept(site, report) == [[1, "150", False]]


def test_no_change_is_one_tap(visit: Visit, site: Site, reports: dict[str, int]) -> None:
    report = reports["same"]
    page = visit("qiye", **PHONE)
    page.goto(f"/filing/{report}/")
    ready(page)
    page.locator("button[value=unchanged]").tap()
    expect(page.locator(".filing-number")).to_be_visible()
    assert kept(site, report) == [[1, "120", True]]


@pytest.mark.parametrize("own_device", [False, True])
def test_without_a_network_what_is_typed_is_kept_survives_a_reload_and_is_sent_later(
    visit: Visit, site: Site, reports: dict[str, int], own_device: bool
) -> None:
    report = reports[f"offline {own_device}"]
    page = visit("qiye", **PHONE)
    page.goto(f"/filing/{report}/")
    ready(page)
    if own_device:
        page.check("#own-device")
    page.context.set_offline(True)
    page.fill("#id-q-orders_in_hand", "155")
    page.locator("label.filing-choice", has=page.locator("input[name=q-trend][value=more]")).tap()
    page.wait_for_function(
        "key => (localStorage.getItem(key) || sessionStorage.getItem(key) || '').includes('155')",
        arg=page.locator("#filing-form").get_attribute("data-draft"),
    )
    page.locator("button[value=send]").tap()
    expect(page.locator("#filing-state")).to_contain_text("未发送")
    stored = page.evaluate("Object.keys(localStorage).some(key => /^filing:\\d/.test(key))")
    assert stored is own_device, "a shared computer keeps nothing after its window is closed"
    page.context.set_offline(False)
    page.reload()
    ready(page)
    expect(page.locator("#filing-restored")).to_be_visible()
    expect(page.locator("#id-q-orders_in_hand")).to_have_value("155")
    expect(page.locator("input[name=q-trend][value=more]")).to_be_checked()
    page.locator("button[value=send]").tap()
    expect(page.locator(".filing-number")).to_be_visible()
    assert kept(site, report) == [[1, "155", False]]
    left = "[localStorage, sessionStorage].some(place => Object.keys(place).some(key => /^filing:\\d/.test(key)))"
    assert not page.evaluate(left), "what was sent leaves the browser"


def test_what_is_wrong_stands_in_place_and_pressing_twice_is_one_submission(
    visit: Visit, site: Site, reports: dict[str, int]
) -> None:
    report = reports["twice"]
    page = visit("qiye", **PHONE)
    page.goto(f"/filing/{report}/")
    ready(page)
    page.fill("#id-q-orders_in_hand", "90")
    page.locator("label.filing-choice", has=page.locator("input[name=q-trend][value=more]")).tap()
    page.locator("button[value=send]").tap()
    expect(page.locator("#id-x-trend_up_but_less")).to_be_visible()
    expect(page.locator("#id-q-orders_in_hand")).to_have_value("90")
    page.fill("#id-x-trend_up_but_less", "已出运一批")
    page.locator("button[value=send]").dblclick()
    expect(page.locator(".filing-number")).to_be_visible()
    assert kept(site, report) == [[1, "90", False]]


@pytest.mark.slow
def test_a_report_by_keyboard_alone(visit: Visit, site: Site, reports: dict[str, int]) -> None:
    report = reports["keyboard"]
    page = visit("qiye")
    hands = Hands(page).open("/filing/")
    hands.follow(page.locator(f".filing-due a[href='/filing/{report}/']"))
    hands.begin()
    hands.reach(page.locator("#id-q-orders_in_hand"))
    page.keyboard.press("Control+a")
    page.keyboard.type("130")
    hands.reach(page.locator("input[name=q-trend]"))
    page.keyboard.press("Space")
    expect(page.locator("input[name=q-trend][value=more]")).to_be_checked()
    hands.reach(page.locator("button[value=send]"))
    page.keyboard.press("Enter")
    expect(page.locator(".filing-number")).to_be_visible()
    assert kept(site, report) == [[1, "130", False]]
