"""“订单+清单” as its people use it: a firm files on its phone, the township sends a line back, the firm corrects it, the
county approves, the board counts it; a pasted list shows whom it hits, its next version who is newly hit; files open."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import ready

Visit = Callable[..., Page]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LISTS = files("commercebrain.catalogue") / "samples" / "invented" / "lists"
#: The week that is open on the demonstration's day.
WEEK = "2025-W30"


class Hand:
    """What a person does to a page, counted: every tap, every field filled."""

    def __init__(self) -> None:
        self.count = 0

    def tap(self, place: Locator) -> None:
        self.count += 1
        place.click()

    def fill(self, place: Locator, text: str) -> None:
        self.count += 1
        place.fill(text)


def cells(page: Page, view: str, name: str) -> list[str]:
    """A row of the board for the open week, by the name in its first cell."""
    page.goto(f"/reporting/?form=order_report&period={WEEK}&by={view}")
    ready(page)
    row = page.locator("table.list-table tbody tr").filter(has_text=name).first
    expect(row.locator("td, th").nth(4)).to_be_visible()
    return row.locator("td, th").all_inner_texts()


def opened(page: Page, tmp_path: Path, link: Locator) -> list[list[Any]]:
    """The rows of the file behind a link, read as a spreadsheet reads it."""
    with page.expect_download(timeout=60_000) as coming:
        link.click()
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()


@pytest.mark.timeout(900, func_only=True)
def test_a_report_goes_from_the_phone_to_the_board_and_back_once_on_the_way(visit: Visit) -> None:
    board = visit("shili")
    before = {view: cells(board, view, name) for view, name in (("county", "甲区"), ("township", "东门街道"))}
    firm, hand = visit("qiye", **PHONE), Hand()
    firm.goto("/")
    hand.tap(firm.get_by_role("link", name="填报", exact=True).first)
    ready(firm)
    address = firm.url
    number = re.search(r"/filing/(\d+)/", address)
    assert number is not None
    orders = firm.locator("#id-q-orders_in_hand")
    last = float(orders.input_value())
    assert last > 0, "the last report's value is filled in"
    expect(firm.locator("main")).to_contain_text("示例批准文号")
    expect(firm.locator("main")).to_contain_text("约90秒")
    hand.fill(orders, f"{last * 0.9:.2f}")
    hand.tap(firm.locator("label.filing-choice", has_text=re.compile(r"^\s*减\s*$")))
    line = firm.locator("[data-line]").first.locator("[name$='-orders']")
    hand.fill(line, f"{float(line.input_value()) * 0.5:.2f}")
    hand.tap(firm.locator("button[value=send]"))
    firm.wait_for_url(re.compile(r"/sent/"))
    assert hand.count < 20
    expect(firm.locator(".filing-trend")).to_contain_text(re.compile("同行|企业"), timeout=60_000)

    township = visit("dongmen")
    report = f"/forms/reports/{number[1]}/"
    township.goto("/work/")
    ready(township)
    township.goto(report)
    ready(township)
    township.fill("[name=l_1]", "这一行与上期相差一半，请核对")
    township.fill("#review-sentence", "第1行在手订单请核对后重报")
    township.locator("[data-review-return]").click()
    ready(township)

    firm.goto(address)
    ready(firm)
    expect(firm.locator("#filing-returned")).to_contain_text("第1行在手订单请核对后重报")
    expect(firm.locator("[data-line] .filing-remark").first).to_contain_text("这一行与上期相差一半")
    firm.locator("[data-line]").first.locator("[name$='-orders']").fill("60")
    firm.locator("button[value=send]").click()
    firm.wait_for_url(re.compile(r"/sent/"))

    township.goto(report)
    ready(township)
    township.locator("[data-review-pass]").click()
    ready(township)
    county = visit("jiaqu")
    county.goto(report)
    ready(county)
    expect(county.locator("main")).to_contain_text("60")
    county.locator("[data-review-pass]").click()
    ready(county)
    county.goto(report)
    expect(county.locator("main")).to_contain_text("通过")

    for view, name in (("county", "甲区"), ("township", "东门街道")):
        now = cells(board, view, name)
        assert int(now[2]) == int(before[view][2]) + 1, f"{view}: one more is filed"
        assert float(now[4]) > float(before[view][4]), f"{view}: the rate rises"
    board.goto(f"/reporting/?form=order_report&period={WEEK}&by=list")
    ready(board)
    expect(board.locator(".list-table tbody")).to_contain_text("重点出口企业名单")


@pytest.mark.slow
@pytest.mark.timeout(900, func_only=True)
def test_a_pasted_list_shows_whom_it_hits_and_its_next_version_who_is_newly_hit(visit: Visit, tmp_path: Path) -> None:
    first, second = (LISTS / f"演示清单第{n}版.csv" for n in (1, 2))
    page = visit("shili")
    page.goto("/exposure/")
    ready(page)
    page.fill("#x-text", "\n".join(line.split(",")[0] for line in first.read_text(encoding="utf-8-sig").splitlines()))
    page.select_option("#x-partner", "USA")
    page.locator("form[action='/exposure/'] button[type=submit]").click()
    ready(page)
    said = page.locator("#answer")
    expect(said).to_contain_text(re.compile(r"涉及\d个县（市、区）[\d,]+家企业：[\d.,]+亿元，占出口[\d.]+%"))
    expect(page.locator("#exposure-bars canvas, #exposure-bars svg").first).to_be_attached()
    expect(page.locator("main")).to_contain_text("上限口径")
    expect(page.locator("main")).to_contain_text("企业确认")

    page.goto("/exposure/")
    page.set_input_files("#x-file", str(second))
    kept = page.locator("#x-compare option", has_text="演示清单").first
    page.select_option("#x-compare", kept.get_attribute("value"))
    page.locator("form[action='/exposure/'] button[type=submit]").click()
    ready(page)
    expect(page.locator("main")).to_contain_text(re.compile(r"比演示清单第1版新增影响您可看的企业[\d,]+家"))
    rows = opened(page, tmp_path, page.locator("a[href*='/exposure/newly/'][href*='export=xlsx']"))
    assert len(rows) > 1 and any("企业" in str(cell) for cell in rows[0])

    page.select_option("#x-book", page.locator("#x-book option", has_text="演示清单").first.get_attribute("value"))
    page.check("[name=replace]")
    page.get_by_role("button", name="存为草稿").click()
    ready(page)
    draft = page.url
    assert re.search(r"/lists/versions/\d+/", draft)
    page.get_by_role("link", name=re.compile("提请|报批|送审|提交")).first.click()
    ready(page)
    page.fill("[name=document]", "示例文〔2025〕21号")
    page.fill("[name=issued_on]", "2025-07-20")
    page.fill("[name=effective_on]", "2025-07-21")
    page.fill("[name=reason]", "第二版增加23个六位编码")
    page.locator("main form button[type=submit]").last.click()
    ready(page)
    other = visit("shiju")
    other.goto(draft)
    ready(other)
    other.locator("a[href*='/decide/']").click()
    ready(other)
    other.locator("[name=answer][value=approve]").check()
    other.locator("main form button[type=submit]").last.click()
    ready(other)
    other.goto(draft)
    expect(other.locator("main")).to_contain_text("示例文〔2025〕21号")
    other.goto(f"{draft.rstrip('/')}/difference/")
    ready(other)
    expect(other.locator("#answer")).to_contain_text("23")
