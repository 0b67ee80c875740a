"""Warnings and cases by keyboard alone: a signal becomes a case, a case is walked on its page and on the board; and a firm
asks on a phone-sized screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready
from tests.browser.keyboard import Hands

pytestmark = pytest.mark.slow  # three journeys of some seconds each
Visit = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def press(page: Page, key: str) -> None:
    """Presses a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)
    ready(page)


def test_a_signal_is_chosen_acknowledged_and_opened_as_a_case_that_is_walked_by_keys(visit: Visit) -> None:
    page = visit("shili")
    hands = Hands(page).open("/warnings/?state=waiting&rule=R201")
    page.keyboard.press("j")
    first = page.locator("#list tbody tr a[href^='/warnings/']").first
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(first).not_to_be_focused()
    page.keyboard.press("k")
    press(page, "Enter")
    signal = page.url
    page.keyboard.press("a")
    sentence = page.locator("#ack-sentence")
    expect(sentence).to_be_focused()
    page.keyboard.type("cjkf是字母，不是按键；本周内走访")  # while something is typed the keys are letters
    assert page.url == signal
    hands.follow(page.locator("main form[action$='/acknowledge/'] button[type=submit]"))
    page.goto(signal)
    expect(ready(page).locator("main")).to_contain_text("本周内走访")
    press(page, "c")
    assert "/cases/" in page.url
    case = page.url

    press(page, key_of(page, "/move/acknowledge/"))
    press(page, key_of(page, "/move/contact/"))
    hands = Hands(page).begin()
    hands.day("走访（联系）日期", "2025-07-21")
    hands.choose(page.locator("main select[name=contact_way]"), "电话")
    hands.choose(page.locator("main select[name=finding]"), "订单流失")
    hands.follow(page.locator("main .form-foot button[type=submit]"))
    page.goto(case)
    ready(page)
    expect(page.locator(".stage-line [aria-current=step]")).to_contain_text("已走访")
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("客户转单，下周回访")
    Hands(page).follow(page.locator("main form[action$='/notes/'] button[value=comment]"))
    expect(page.locator("#notes")).to_contain_text("客户转单，下周回访")


def key_of(page: Page, way: str) -> str:
    """The letter on the button of a way."""
    button = page.locator(f"main .ways form[action$='{way}'] [data-key], main .ways a[href*='{way}'][data-key]").first
    return str(button.get_attribute("data-key"))


def test_a_card_of_the_board_is_chosen_moved_and_opened_by_keys(visit: Visit) -> None:
    page = visit("jiaqu")
    page.goto("/cases/board/")
    ready(page)
    page.keyboard.press("j")
    chosen = page.locator(".kanban-card.chosen")
    expect(chosen).to_be_focused()
    start = chosen.get_attribute("data-card")
    page.keyboard.press("l")
    assert chosen.get_attribute("data-card") != start
    page.keyboard.press("h")
    waiting = page.locator(".kanban-column[data-stage=opened] .kanban-card")
    count = waiting.count()
    assert count, "a case waits to be acknowledged"
    expect(waiting.first).to_be_focused()
    number = waiting.first.get_attribute("data-card")
    press(page, str(waiting.first.locator("[data-to=acknowledged]").get_attribute("data-key")))
    assert "/cases/board/" in page.url
    expect(page.locator(f".kanban-column[data-stage=acknowledged] [data-card='{number}']")).to_have_count(1)
    page.keyboard.press("j")
    press(page, "Enter")
    assert re.search(r"/cases/\d+/$", page.url)


def test_a_firm_asks_on_its_phone_and_finds_what_it_asked(visit: Visit) -> None:
    page = visit("qiye", **PHONE)
    page.goto("/requests/")
    ready(page)
    page.locator("main a[href='/requests/new/']").first.tap()
    ready(page)
    page.locator("main [name=topic]").first.select_option("labour", force=True)
    page.locator("main [name=wish]").fill("旺季缺工80人，希望对接技工学校。")
    title = page.locator("main [name=title], main [name=title_zh]")
    if title.count():
        title.first.fill("旺季用工不足")
    page.locator("main .form-foot button[type=submit]").tap()
    ready(page)
    expect(page.locator("main")).to_contain_text("旺季缺工80人")
    assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    page.goto("/requests/")
    ready(page)
    expect(page.locator(".request-cards")).to_contain_text("已提交")
    assert page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth") <= 0
