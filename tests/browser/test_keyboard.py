"""Every journey by keyboard alone: reached by Tab, shown by a ring, done by Enter, Space and the arrows."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SIZE, ready
from tests.browser.keyboard import Hands
from tests.browser.prepared import UNITS, table
from tests.browser.site import Site

Visit = Callable[..., Page]
# The smallest picture there is: one point.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def address_of(site: Site, name: str) -> str:
    """The address of a row that was prepared."""
    return site.addresses[name][1]


def test_signing_in_with_a_password_and_a_one_time_code(visit: Visit, site: Site) -> None:
    page = visit()
    page.goto("/accounts/sign-in/")

    def password() -> None:
        expect(page.locator("#id_username")).to_be_focused()
        page.keyboard.type("xinren")
        page.keyboard.press("Tab")
        page.keyboard.type(site.password)
        page.keyboard.press("Enter")

    password()
    ready(page)
    hands = Hands(page).open("/accounts/security/")
    hands.follow(hands.link("启用动态口令"))
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    hands.begin().write("六位数字", pyotp.TOTP(secret).now())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    recovery = page.locator(".recovery-codes code").first.inner_text()

    hands.page.keyboard.press("/")  # the head of the page, and on to the account's menu
    hands.reach(page.locator(".topbar [data-bs-toggle=dropdown]"))
    page.keyboard.press("Enter")
    hands.follow(page.locator(".topbar form[action*='sign-out'] button"))
    page.goto("/accounts/sign-in/")
    password()
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#fault")).to_be_visible()
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(recovery)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(re.compile("驾驶舱|我的工作"))


@pytest.mark.parametrize(
    ("language", "found"), [("zh-hans", "统一社会信用代码"), pytest.param("en", "Credit code", marks=pytest.mark.slow)]
)
def test_finding_a_firm_by_the_initials_of_its_name(visit: Visit, language: str, found: str) -> None:
    page = visit("shili" if language != "en" else "yingwen")
    hands = Hands(page).open("/enterprises/")
    if language == "en" and page.locator("html").get_attribute("lang") != "en":
        page.keyboard.press("/")
        hands.reach(page.locator(".language-switch button"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        ready(page)
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    page.keyboard.type("slwf")
    expect(page.locator("#search-hits a").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#search-hits a").first).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("示例万丰" if language != "en" else re.compile("示例万丰|Wanfeng"))
    expect(page.locator("main")).to_contain_text(found)


@pytest.mark.slow
def test_filtering_a_list_saving_and_sharing_the_view_and_taking_the_rows_out(visit: Visit) -> None:
    page = visit("shili")
    hands = Hands(page).open("/enterprises/")
    everything = page.locator("#answer").inner_text()
    hands.reach(page.locator(".filter button[aria-labelledby~=label-status]"))
    page.keyboard.press("Enter")
    hands.tick(page.locator(".filter input[name=status][value=closed]"))
    page.keyboard.press("Tab")
    for _ in range(8):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("status=closed"))
    expect(page.locator(".list-foot")).not_to_contain_text("2,000")
    hands.reach(page.locator(".list-tools").get_by_role("button", name="视图"))
    page.keyboard.press("Enter")
    hands.reach(page.locator("#view-name"))
    page.keyboard.type("注销的企业")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    hands.open("/views/")
    assert everything
    hands.follow(hands.link("注销的企业"))
    hands.begin()
    hands.choose(page.locator("#unit"), "示例市商务局")
    hands.reach(hands.button("保存"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("dl.fields")).to_contain_text("示例市商务局")
    hands.begin().follow(hands.link("打开列表"))
    expect(page).to_have_url(re.compile("status=closed"))

    hands.begin().reach(page.locator(".list-tools").get_by_role("button", name="导出"))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator("a[href*='export=xlsx']")).to_be_focused()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith(".xlsx")


@pytest.mark.slow
def test_two_who_edit_the_same_firm_and_the_second_chooses_what_stands(visit: Visit, site: Site) -> None:
    firm = address_of(site, "registry:enterprise_edit")
    first, second = visit("jiaqu"), visit("zhuren")
    one, other = Hands(first).open(firm), Hands(second).open(firm)
    for hands, name in ((one, "Shili First Co., Ltd."), (other, "Shili Second Co., Ltd.")):
        hands.write("英文名称", name)
        hands.reach(hands.button("保存"))
        with hands.page.expect_navigation():
            hands.press("Enter")
    expect(first.locator("main")).to_contain_text("Shili First Co., Ltd.")
    expect(second.locator(".conflict-row")).to_have_count(1)
    expect(second.locator(".conflict-form")).to_contain_text("Shili First Co., Ltd.")
    other.tick(second.locator(".conflict-row input[value=mine]"))
    other.follow(other.button("按所选保存"))
    expect(second.locator("main")).to_contain_text("Shili Second Co., Ltd.")


def test_a_list_is_taken_in_seen_first_applied_and_undone(visit: Visit) -> None:
    page = visit("admin")
    page.on("dialog", lambda asked: asked.accept())  # the browser's own question; Enter says yes
    hands = Hands(page).open("/imports/")
    hands.follow(page.locator("main a[href='/imports/new/people.units/']"))
    rows = [["宁波市商务局键盘处", "Keyboard Section", "330200", "宁波市商务局"]]
    hands.begin().attach(page.locator("main input[type=file]"), "机构.csv", "text/csv", table(UNITS, rows))
    hands.follow(hands.button("上传并比对"))
    expect(hands.button("应用")).to_be_visible(timeout=60_000)
    expect(page.locator(".import-counts dd").first).to_have_text("1")
    hands.begin().reach(hands.button("应用"))
    page.keyboard.press("Enter")
    expect(hands.button("撤销导入")).to_be_visible(timeout=60_000)
    hands.begin().reach(hands.button("撤销导入"))
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("已撤销", timeout=60_000)


def test_a_change_of_a_register_fact_is_asked_for_and_decided_by_somebody_else(visit: Visit, site: Site) -> None:
    page = visit("jiaqu")
    hands = Hands(page).open(address_of(site, "registry:change_ask"))
    hands.write("地址", "示例市甲区键盘路1号")
    hands.write("理由", "登记机关的变更通知")
    hands.follow(hands.button("提交申请"))
    page = visit("shili")
    hands = Hands(page).open("/enterprises/changes/?sort=-number")
    hands.follow(page.locator("tbody a[href^='/enterprises/changes/']"))
    hands.begin().tick(hands.main.get_by_label("同意"))
    hands.follow(hands.button("审定"))
    expect(page.locator("#answer")).to_contain_text("同意")


@pytest.mark.slow
def test_a_target_is_broken_down_to_counties(visit: Visit, site: Site) -> None:
    page = visit("shili")
    hands = Hands(page).open(address_of(site, "responsibility:breakdown"))
    cells = page.locator(".breakdown tbody tr td:nth-last-child(4) input")
    for place in range(2):
        hands.reach(cells.nth(place))
        page.keyboard.press("Control+a")
        page.keyboard.type(str(700 + place))
    hands.write("理由", "按上年比重分解")
    hands.follow(hands.button("保存"))
    expect(page.locator("main")).to_contain_text("1,401")


@pytest.mark.slow
def test_a_month_that_is_not_green_needs_its_reason(visit: Visit, site: Site) -> None:
    page = visit("shili")
    hands = Hands(page).open(address_of(site, "responsibility:update"))
    hands.tick(hands.main.get_by_label(re.compile("^黄")))
    hands.write("工作进展", "走访企业30家")
    hands.follow(hands.button("保存"))
    expect(page.locator("#form-faults")).to_be_focused()
    hands.write("理由", "两家企业订单推迟")
    hands.follow(hands.button("保存"))
    expect(page.locator("main")).to_contain_text("两家企业订单推迟")


@pytest.mark.slow
def test_an_adjustment_is_proposed_and_lives_only_with_its_approval(visit: Visit, site: Site) -> None:
    page = visit("shili")
    hands = Hands(page).open(address_of(site, "responsibility:propose"))
    hands.write("新目标值", "2900")
    hands.write("理由", "外需走弱")
    hands.follow(hands.button("提出"))
    expect(page.locator("#answer")).to_contain_text("待")
    proposal = page.url
    page = visit("zhuren")
    hands = Hands(page).open(proposal)
    hands.follow(hands.link("登记批准"))
    hands.begin().write("批准文号", "示政发〔2025〕99号")
    hands.day("批准日期", "2025-07-18")
    hands.attach(hands.main.get_by_label("批准文件"), "批复.png", "image/png", DOT)
    hands.follow(page.locator("main .form-foot button[type=submit]"))
    expect(page.locator("#answer")).to_contain_text("示政发〔2025〕99号")


@pytest.mark.slow
def test_a_token_is_made_seen_once_and_revoked(visit: Visit) -> None:
    page = visit("waimao")
    page.on("dialog", lambda asked: asked.accept())
    hands = Hands(page).open("/accounts/security/")
    hands.follow(hands.link("新建接口令牌"))
    hands.begin().write("用途", "键盘报表")
    hands.follow(hands.button("新建令牌"))
    expect(page.locator("code.secret")).to_contain_text("cbt_")
    hands.begin().reach(page.get_by_role("button", name=re.compile("键盘报表")))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("已撤销")


@pytest.mark.slow
def test_a_session_on_another_computer_is_ended(visit: Visit, browser: Browser, site: Site) -> None:
    away = browser.new_context(viewport=SIZE, base_url=site.address)
    try:
        elsewhere = away.new_page()
        site.sign_in(elsewhere, "waimao")
        page = visit("waimao")
        hands = Hands(page).open("/accounts/security/")
        ends = page.locator("form[action*='/accounts/sessions/'] button[aria-label]")
        expect(ends).not_to_have_count(0)
        number = ends.count()
        hands.follow(ends)
        expect(ends).to_have_count(number - 1)
    finally:
        away.close()


@pytest.mark.slow
def test_work_is_delegated_in_english(visit: Visit) -> None:
    page = visit("yingwen")
    hands = Hands(page).open("/delegations/")
    if page.locator("html").get_attribute("lang") != "en":
        page.keyboard.press("/")
        hands.reach(page.locator(".language-switch button"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
    hands.begin().follow(page.locator("main a[href='/delegations/new/']"))
    hands.begin()
    hands.choose(page.locator("main select[name=person]"), "New colleague")
    hands.reach(page.locator("main input[name=ends]"))
    page.keyboard.type("08012025")
    hands.follow(page.locator("main form button[type=submit]"))
    expect(page.locator("main")).to_contain_text("New colleague")


@pytest.mark.slow
def test_a_third_party_writes_a_remark_on_what_it_sees(visit: Visit, site: Site) -> None:
    page = visit("pinggu")
    hands = Hands(page).open(address_of(site, "people:annotate"))
    hands.write("批注内容", "请补充分年进度。")
    hands.follow(hands.button("保存批注"))
    expect(page.locator("main")).to_contain_text("请补充分年进度。")


@pytest.mark.slow
def test_notices_are_opened_and_marked_as_read(visit: Visit) -> None:
    page = visit("jiaqu")
    hands = Hands(page).open("/notices/")
    for _ in range(20):  # the worker writes notices every few seconds
        if page.locator("main tbody a").count():
            break
        page.wait_for_timeout(1000)
        hands.open("/notices/")
    hands.follow(page.locator("main tbody a"))
    hands.open("/notices/").follow(hands.button("全部标为已读"))
    expect(page.locator("#answer")).to_contain_text("有0条未读通知")
