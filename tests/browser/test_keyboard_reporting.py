"""Reporting and lists by keyboard alone: a queue of reports reviewed by its keys, a list begun and approved, whom it hits."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready
from tests.browser.keyboard import Hands
from tests.browser.site import Site

pytestmark = pytest.mark.slow  # two long journeys
Visit = Callable[..., Page]


def test_a_queue_of_reports_is_reviewed_by_its_keys(visit: Visit, site: Site) -> None:
    page = visit("jiaqu")
    hands = Hands(page).open("/forms/reports/?mine=yes&sort=firm")
    hands.follow(page.locator("main tbody a[href^='/forms/reports/']"))
    first = page.url

    def press(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)
        ready(page)

    press("j")
    second = page.url
    assert second != first and re.search(r"/forms/reports/\d+/$", second)
    hands.begin()
    page.keyboard.press("r")
    sentence = page.locator("#review-sentence")
    expect(sentence).to_be_focused()
    page.keyboard.type("jkar是字母，不是按键；请核对在手订单")  # while something is typed the keys are letters
    assert page.url == second
    page.keyboard.press("Escape")
    expect(sentence).not_to_be_focused()
    hands.reach(page.locator("input[name=q_orders_in_hand]"))
    page.keyboard.type("请按万美元填写")
    hands.follow(page.locator("[data-review-return]"))
    expect(page.locator("main")).to_contain_text("已退回")
    page.goto(second)
    ready(page)
    expect(page.locator(".report-status")).to_contain_text("退回")
    expect(page.locator(".review-answers .review-remark")).to_contain_text("请按万美元填写")

    page.goto(first)
    ready(page)
    press("a")
    expect(page.locator("main")).to_contain_text("审核通过")
    page.goto(first)
    expect(page.locator(".report-status")).to_contain_text("通过")
    page.keyboard.press("a")  # what has passed is not passed again
    assert page.url == first


def test_a_list_is_begun_pasted_proposed_and_approved_and_asked_whom_it_hits(visit: Visit) -> None:
    page = visit("shili")
    hands = Hands(page).open("/lists/tariff_list/new/")
    hands.write("中文名称", "键盘清单")
    hands.choose(page.locator("main select[name=nomenclature]"), "HS")
    hands.reach(page.locator("main input[name=edition]"))
    page.keyboard.type("2022")
    hands.follow(page.locator("main .form-foot button[type=submit]"))
    hands.begin().follow(hands.button("起草新版本"))
    hands.begin().follow(hands.link("粘贴编码"))
    hands.begin().reach(page.locator("main textarea[name=text]"))
    page.keyboard.type("8413.70、8481.80、7799.99.10")
    hands.follow(hands.button("查找编码"))
    expect(page.locator("#answer")).to_contain_text("新增2个")
    expect(page.locator("#answer")).to_contain_text("未采用1个")
    hands.begin().follow(page.locator("main button[name=write]"))
    draft = page.url
    hands.begin().follow(hands.link("提请审批"))
    hands.begin().reach(page.locator("main input[name=document]"))
    page.keyboard.type("键盘文〔2025〕1号")
    for name, day in (("issued_on", "07012025"), ("effective_on", "07212025")):
        hands.reach(page.locator(f"main input[name={name}]"))
        page.keyboard.type(day)
    hands.reach(page.locator("main [name=reason]"))
    page.keyboard.type("键盘测试")
    hands.follow(page.locator("main .form-foot button[type=submit]"))
    expect(page.locator("main")).to_contain_text("由另一")

    other = visit("shiju")
    hands = Hands(other).open(draft)
    hands.follow(other.locator("main a[href$='/decide/']"))
    hands.begin().tick(other.locator("main input[name=answer][value=approve]"))
    hands.follow(other.locator("main .form-foot button[type=submit]"))
    expect(other.locator("main")).to_contain_text("键盘文〔2025〕1号")
    hands.begin().follow(other.locator("main a[href^='/exposure/?version=']"))
    expect(other.locator("#answer")).to_contain_text("家企业")
    hands.begin().reach(other.locator(".exposure-ask > summary"))
    other.keyboard.press("Enter")
    expect(other.locator("#x-text")).to_be_visible()
    hands.reach(other.locator("#x-text"))
    other.keyboard.type("8413.70")
    hands.choose(other.locator("#x-compare"), "演示清单")
    hands.follow(other.locator(".exposure-ask form button[type=submit]"))
    expect(other.locator("main")).to_contain_text("演示清单第")
    hands.begin().follow(other.locator("main a[href^='/exposure/firms/']"))
    expect(other.locator("main tbody a[href^='/enterprises/']").first).to_be_visible()
