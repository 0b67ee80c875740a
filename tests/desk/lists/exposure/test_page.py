"""The exposure page: what is pasted is found, kept and answered; each reader sees what is theirs and nothing else."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.test import Client
from django.urls import reverse
from tests.desk.lists.exposure.conftest import COUNTED, COUNTIES, REPORTED, WEEKLY, City, code_of, county_of

from commercebrain.desk.core.models import Draft
from commercebrain.desk.lists.exposure.answers import Asking
from commercebrain.desk.lists.exposure.questions import Question, keep
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.registry.models import CodeLink
from commercebrain.engine.lake.workbook import open_grids

PAGE = "/exposure/"
TWELVE = range(202407, 202507)


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-21")


@pytest.fixture
def signed(client: Client) -> Any:
    def sign(person: Any) -> Client:
        client.force_login(person)
        return client

    return sign


def ask(client: Client, text: str, **more: Any) -> str:
    """Pastes and follows to the answer; its address."""
    answer = client.post(PAGE, {"text": text, **more})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(answer["Location"])


def text_of(html: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode()))


def kept_list(
    city: City,
    codes: list[str],
    *,
    state: str = "approved",
    partner: str = "USA",
    name: str = "关税清单甲",
    kind: str = "tariff_list",
) -> ListVersion:
    """A list of the invented city's bureau with one version in force."""
    unit = city.people.cleared.memberships.get().unit
    book, _ = Book.objects.get_or_create(
        kind=kind,
        name_zh=name,
        unit=unit,
        defaults={"nomenclature": "CN", "partner": partner, "synthetic": True},
    )
    number = book.versions.count() + 1
    version = ListVersion.objects.create(
        book=book, number=number, state=state, effective_on=date(2025, 7, number), document="演示"
    )
    held = set(Member.objects.filter(book=book, removed=None).values_list("code", flat=True))
    Member.objects.bulk_create(
        Member(book=book, key=code, title=code, code=code, data={"code": code, "rate": 25}, added=number)
        for code in codes
        if code not in held
    )
    Member.objects.filter(book=book, removed=None).exclude(code__in=codes).update(removed=number)
    return version


def test_pasted_codes_are_answered_with_the_sums_of_the_lines(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    address = ask(client, "8471.30\n85076000", partner="USA", rate="25")
    page = client.get(address)
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "85076000"))
    sums_of_context = page.context["sums"]
    assert sums_of_context.value == sum(sums.values())
    assert sums_of_context.firms == len(sums)
    assert sums_of_context.duty == pytest.approx(sum(sums.values()) * 0.25)
    assert [(row.uscc, row.upper) for row in page.context["firms"]] == sorted(
        sums.items(), key=lambda one: (-one[1], one[0])
    )[:15]
    told = text_of(page.content)
    assert f"涉及{len(COUNTIES)}个县（市、区）{len(sums)}家企业" in told
    assert "A档" in told
    assert "合成数据" in told or "虚构" in told


def test_shares_of_all_exports_are_told_of_the_whole_and_of_each_firm(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "847130", partner="USA"))
    whole = city.sum(flow="export", month=TWELVE)
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    assert page.context["sums"].share == pytest.approx(sum(sums.values()) / sum(whole.values()))
    for row in page.context["firms"]:
        assert row.share == pytest.approx(sums[row.uscc] / whole[row.uscc])


def test_what_was_pasted_is_the_persons_own_and_the_same_twice_is_one(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    address = ask(client, "847130")
    assert ask(client, "847130") == address
    assert Draft.objects.filter(person=city.people.cleared).count() == 1
    client.force_login(city.people.county_director)
    page = client.get(address)
    assert page.context["answer"] is None
    assert "不是您的" in text_of(page.content)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "请粘贴编码"),
        ({"text": "今天天气很好，没有编码"}, "没有找到商品编码"),
        ({"text": "847130", "rate": "很高"}, "税率"),
        ({"text": "847130", "on": "2025-13-01"}, "日期"),
        ({"text": "847130", "partner": "美国?"}, "国别"),
        ({"text": "8" * 1_000_001}, "上限"),
        ({"version": "999999"}, ""),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_nothing_typed_is_lost(
    city: City, signed: Any, given: dict[str, str], said: str
) -> None:
    client = signed(city.people.cleared)
    answer = client.post(PAGE, given)
    if answer.status_code == 302:  # a version that is not there is told by the page of the answer
        answer = client.get(answer["Location"])
        assert "没有这个清单版本" in text_of(answer.content)
        return
    assert answer.status_code == 422
    assert said in text_of(answer.content)
    if len(given.get("text", "")) < 100:
        assert given["text"] in answer.content.decode()


def test_codes_that_do_not_exist_are_told_and_the_others_are_answered(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "税则号列 8471.30、7701.10、8507.60 各项", partner="USA"))
    told = text_of(page.content)
    assert "77" in " ".join(one.zh for one in page.context["answer"].given.faults)
    assert "7701" in told
    assert len(page.context["answer"].given.rows) == 2


def test_too_many_rows_are_refused_with_the_way_to_go(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    upload = io.BytesIO(("税号\n" + "\n".join(f"84{n % 90 + 10:02d}{n:04d}" for n in range(1, 30_001))).encode())
    upload.name = "long.csv"
    answer = client.post(PAGE, {"file": upload})
    assert answer.status_code == 422
    assert "请先在“清单”里导入" in text_of(answer.content)
    assert not Draft.objects.filter(person=city.people.cleared).exists()


def test_a_workbook_is_read_cell_by_cell(city: City, signed: Any) -> None:
    upload = io.BytesIO()
    with xlsxwriter.Workbook(upload) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([("税则号列", "商品名称"), (84713000, "电脑"), ("8507.60.00", "电池")]):
            sheet.write_row(place, 0, row)
    upload.seek(0)
    upload.name = "list.xlsx"
    client = signed(city.people.cleared)
    answer = client.post(PAGE, {"file": upload, "partner": "USA"})
    page = client.get(answer["Location"])
    assert {row.digits for row in page.context["answer"].given.rows} == {"84713000", "85076000"}
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "850760"))
    assert page.context["sums"].value == sum(sums.values())


def test_a_kept_version_is_asked_and_another_says_who_is_newly_hit(city: City, signed: Any) -> None:
    old = kept_list(city, ["84713000"], kind="export_control")
    new = kept_list(city, ["84713000", "85414300"], kind="export_control")
    client = signed(city.people.cleared)
    page = client.get(f"{PAGE}?version={new.pk}&compare={old.pk}")
    before = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    now = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "854143"))
    assert page.context["sums"].value == sum(now.values())
    newly = {code for code in now if code not in before}
    assert page.context["many_new"] == len(newly) > 0
    listed = client.get(f"/exposure/newly/?version={new.pk}&compare={old.pk}&change=new")
    assert {line["row"].uscc for line in listed.context["lines"]} == newly


def test_before_and_after_a_day_compares_months(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "847130", partner="USA", day="2025-01-01"))
    before = city.sum(flow="export", month=range(202401, 202413), country="USA", hs10=("847130",))
    after = city.sum(flow="export", month=range(202501, 202507), country="USA", hs10=("847130",))
    rows = page.context["around_rows"]
    assert [row["value"] * 10_000 for row in rows] == [sum(before.values()), sum(after.values())]
    assert [row["months"] for row in rows] == [12, 6]


def test_tables_are_taken_away_with_watermark_and_a_trail(city: City, signed: Any) -> None:
    from commercebrain.desk.core.models import Event

    client = signed(city.people.cleared)
    address = ask(client, "847130", partner="USA")
    query = address.partition("?")[2]
    answer = client.get(f"/exposure/firms/?{query}&export=csv")
    told = answer.content.decode("utf-8-sig")
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    assert told.count("示例") >= len(sums)
    assert "city-cleared" in told.splitlines()[-1] and "2025-07-21" in told.splitlines()[-1]
    assert Event.objects.filter(verb="data.exported", person=city.people.cleared, data__count=len(sums)).exists()
    for name in ("counties", "products"):
        grids, _hidden = open_grids("file.xlsx", client.get(f"/exposure/{name}/?{query}&export=xlsx").content)
        assert len([row for row in grids[0].rows if any(row)]) >= 2


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_firms(
    city: City, signed: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed(city.people.cleared)
    few, many = ask(client, "854143", partner="MEX"), ask(client, "第84章、第85章、第94章、第62章")
    client.get(few)
    with django_assert_max_num_queries(48) as first:
        client.get(few)
    with django_assert_max_num_queries(len(first.captured_queries) + 1):
        client.get(many)


def _names(city: City, but: set[int] | frozenset[int] = frozenset()) -> set[str]:
    left = {n: firm for n, firm in city.firms.items() if n not in but}
    return (
        {f"{firm.name_zh}<" for firm in left.values()}
        | {f"{firm.name_zh}," for firm in left.values()}
        | {code_of(n) for n in left}
    )


@pytest.mark.parametrize("name", ["uncleared", "county", "elsewhere", "nobody"])
def test_who_is_not_cleared_sees_no_firm_by_customs_lines(city: City, signed: Any, name: str) -> None:
    """Of the firms in its scope a unit reads what they reported to it, and nothing of the others."""
    version = kept_list(city, ["8471", "8507", "8541"])
    client = signed(getattr(city.people, name))
    scope = {"uncleared": set(COUNTIES), "county": {"990101"}}.get(name, set())
    own = {n for n in REPORTED if county_of(n) in scope}
    pages = [f"{PAGE}?version={version.pk}", ask(client, "8471 8507", partner="USA")]
    for address in pages:
        query = address.partition("?")[2]
        for place in (address, *(f"/exposure/{one}/?{query}" for one in ("firms", "newly", "counties", "products"))):
            for export in ("", "&export=csv"):
                told = client.get(place + export).content.decode("utf-8-sig")
                assert not [one for one in _names(city, own) if one in told], (place, export)


@pytest.mark.parametrize("name", ["uncleared", "county"])
def test_a_list_of_ones_own_tells_no_sums_without_clearance(city: City, signed: Any, name: str) -> None:
    client = signed(getattr(city.people, name))
    page = client.get(ask(client, "847130", partner="USA"))
    assert page.context["sums"].value is None
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    assert f"{sum(sums.values()) / 10_000:,.1f}" not in text_of(page.content)


def test_a_county_director_sees_the_firms_of_the_county_alone(city: City, signed: Any) -> None:
    client = signed(city.people.county_director)
    page = client.get(ask(client, "847130 850760", partner="USA"))
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "850760"), county="990101")
    assert {row.uscc for row in page.context["firms"]} == set(sums)
    others = {firm.name_zh for firm in city.firms.values() if firm.region.code != "990101"}
    assert not [one for one in others if f">{one}<" in page.content.decode()]


def test_a_firms_user_is_told_of_the_own_products_and_of_nobody_else(city: City, signed: Any) -> None:
    client = signed(city.people.firm)
    own = city.sum(
        flow="export", month=TWELVE, country="USA", hs10=("8471", "8507", "6203", "8541", "9403"), uscc=code_of(0)
    )
    page = client.get(ask(client, "第84章 第85章 第62章 第94章", partner="USA"))
    assert page.context["sums"] is None
    assert sum(one.value for one in page.context["own"]) == sum(own.values())
    told = page.content.decode()
    others = {firm.name_zh for n, firm in city.firms.items() if n} | {code_of(n) for n in city.firms if n}
    assert not [one for one in others if one in told]
    query = page.request["QUERY_STRING"]
    for place in ("firms", "newly", "counties", "products"):
        told = client.get(f"/exposure/{place}/?{query}&export=csv").content.decode("utf-8-sig")
        assert not [one for one in others if one in told]


def test_the_list_goes_into_a_draft_of_a_kept_list(city: City, signed: Any) -> None:
    version = kept_list(city, ["84713000"])
    client = signed(city.people.cleared)
    query = ask(client, "85414300 85076000").partition("?")[2]
    answer = client.post("/exposure/save/", {"pasted": query.partition("pasted=")[2][:20], "book": version.book_id})
    draft = version.book.versions.get(state="draft")
    assert answer["Location"] == f"/lists/versions/{draft.pk}/"
    rows = Member.objects.filter(book=version.book, removed=None)
    assert set(rows.values_list("code", flat=True)) == {"84713000", "85414300", "85076000"}
    client.force_login(city.people.county)
    refused = client.post("/exposure/save/", {"version": version.pk, "book": version.book_id})
    assert refused.status_code == 302 and "/lists/" not in refused["Location"]
    assert rows.count() == 3


def test_a_notice_excepts_codes_and_a_table_brings_rates_days_and_partners(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "税则号列：第84章，不包括8471.30。", partner="USA"))
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("84",))
    out = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    assert page.context["sums"].value == sum(sums.values()) - sum(out.values())
    table = "税号,国家,加征税率,生效日期\n8471.30,美国,10,2025-08-01\n8507.60,德国,很高,\n8541.43,火星,5,\n"
    upload = io.BytesIO(table.encode())
    upload.name = "list.csv"
    answer = client.post(PAGE, {"file": upload})
    page = client.get(answer["Location"])
    given = page.context["answer"].given
    assert [(row.digits, row.partner, row.rate) for row in given.rows] == [
        ("847130", "USA", 10.0),
        ("850760", "DEU", None),
    ]
    told = " ".join(one.zh for one in given.faults)
    assert "很高" in told and "火星" in told and "第3行第3列" in told and "第4行" in told
    later = client.get(f"{answer['Location']}&on=2025-07-31")
    german = city.sum(flow="export", month=TWELVE, country="DEU", hs10=("850760",))
    assert later.context["sums"].value == sum(german.values())


def test_a_firms_page_tells_the_lists_in_force_that_hit_it(city: City, signed: Any) -> None:
    version = kept_list(city, ["84713000"])
    kept_list(city, ["01012100"], name="关税清单乙")
    firm = city.firms[3]
    address = f"{reverse('registry:enterprise', args=[firm.pk])}?tab=exposure"
    own = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",), uscc=firm.uscc)
    page = signed(city.people.cleared).get(address)
    told = text_of(page.content)
    assert "关税清单甲第1版" in told and "关税清单乙" not in told
    assert f"{own[firm.uscc] / 10_000:,.1f}" in told
    assert f"version={version.pk}" in page.content.decode()
    mine = signed(city.people.firm).get(f"{reverse('registry:enterprise', args=[city.firms[0].pk])}?tab=exposure")
    assert "关税清单" not in text_of(mine.content) or "第1版" in text_of(mine.content)
    closed = text_of(signed(city.people.uncleared).get(address).content)
    assert f"{own[firm.uscc] / 10_000:,.1f}" not in closed


def test_the_notes_of_a_firms_own_answer_speak_of_its_own_trade_only(city: City, signed: Any) -> None:
    """That a code occurs in somebody's trade is not for a firm's user."""
    person = city.people.firm
    answer = Asking(person, Question(pasted=keep(person, {"text": "8471.30"}))).answer()
    assert answer.firms is not None
    assert set(answer.firms.base.firms) == {code_of(0)}
    own = city.sum(flow="export", month=TWELVE, uscc=code_of(0))
    assert answer.firms.base.all_trade == own[code_of(0)]


def test_a_county_reads_what_its_own_firms_reported_on_the_tier_that_is_named(city: City, signed: Any) -> None:
    client = signed(city.people.county)
    page = client.get(ask(client, "8471.30", partner="USA"))
    own = {code_of(n): 100_000 + n for n in REPORTED if county_of(n) == "990101"}
    assert {row.uscc: row.upper for row in page.context["firms"]} == own
    told = text_of(page.content)
    assert "B档" in told and "万美元" in told and "不予公布" in told
    listed = client.get(f"/exposure/firms/?{page.request['QUERY_STRING']}&export=csv").content.decode("utf-8-sig")
    assert "万美元" in listed and listed.count("91990100MA") == 0  # the credit code is a hidden column


def test_an_approved_list_tells_safe_sums_to_who_is_not_cleared(city: City, signed: Any) -> None:
    version = kept_list(city, ["84713000", "85076000"], partner="")
    sums = city.sum(flow="export", month=TWELVE, hs10=("847130", "850760"))
    for who in (city.people.uncleared, city.people.county):
        client = signed(who)
        page = client.get(f"{PAGE}?version={version.pk}")
        if who is city.people.county:  # the list is kept inside the city's bureau
            assert page.context["answer"] is None
            continue
        told = page.context["sums"]
        assert told.value in (None, sum(sums.values()))
        assert told.by["hs6"] == ()
        # With a partner or a day of one's own the same list could be asked twice and a firm be found by the difference.
        assert client.get(f"{PAGE}?version={version.pk}&on=2025-07-01").context["sums"].value is None
        assert client.get(f"{PAGE}?version={version.pk}&partner=USA").context["sums"].value is None


def test_people_and_orders_come_from_what_firms_reported(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "第84章、第85章、第62章、第94章"))
    hit = city.sum(flow="export", month=TWELVE)
    numbers = {code_of(n): n for n in city.firms}
    assert page.context["sums"].jobs == sum(10 + numbers[code] for code in hit if numbers[code] in COUNTED)
    assert page.context["sums"].without_jobs == sum(numbers[code] not in COUNTED for code in hit)
    query = page.request["QUERY_STRING"]
    listed = client.get(f"/exposure/firms/?{query}&reported=yes")
    rows = {line["row"].uscc: line["row"].orders for line in listed.context["lines"]}
    assert {code: (one.week, one.in_hand) for code, one in rows.items()} == {
        code_of(n): ("2025-W28", 2_000_000 + n) for n in WEEKLY
    }


def test_a_table_that_is_pasted_answers_as_the_same_table_uploaded(city: City, signed: Any) -> None:
    table = "税则号列,商品名称,国家（地区）,加征税率\n8471.30,电脑,美国,25\n8507.60,电池,德国,10\n"
    client = signed(city.people.cleared)
    upload = io.BytesIO(table.encode())
    upload.name = "list.csv"
    pasted = client.get(ask(client, table)).context["sums"]
    uploaded = client.get(client.post(PAGE, {"file": upload})["Location"]).context["sums"]
    american = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    german = city.sum(flow="export", month=TWELVE, country="DEU", hs10=("850760",))
    assert pasted.value == uploaded.value == sum(american.values()) + sum(german.values())
    assert pasted.duty == pytest.approx(sum(american.values()) * 0.25 + sum(german.values()) * 0.1)


def test_nobody_has_confirmed_what_no_firm_was_asked_of(city: City, signed: Any) -> None:
    """What matches digit for digit is certain by its codes, and is not told as confirmed by a firm."""
    client = signed(city.people.cleared)
    page = client.get(ask(client, "84713000", partner="USA"))
    sums = page.context["sums"]
    assert sums.confirmed is None and sums.sure == sums.value
    assert "尚无企业确认外方编码；编码全部逐位对应" in text_of(page.content)
    page = client.get(ask(client, "8471300100", partner="USA", nomenclature="USHTS"))
    foreign = page.context["sums"]
    assert (foreign.confirmed, foreign.sure) == (None, 0) and foreign.value == sums.value
    assert "尚无企业确认外方编码；其中逐位对应0.0万元" in text_of(page.content)


def test_a_list_without_rates_has_no_duty_which_is_not_one_of_nought(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    page = client.get(ask(client, "847130", partner="USA"))
    assert page.context["sums"].duty is None and {row.duty for row in page.context["firms"]} == {None}
    assert "清单没有写税率" in text_of(page.content)


def test_from_which_exposure_a_firm_counts_as_newly_hit_is_said(city: City, signed: Any) -> None:
    old, new = kept_list(city, ["84713000"]), kept_list(city, ["84713000", "85414300"])
    address = f"{PAGE}?version={new.pk}&compare={old.pk}"
    page = signed(city.people.cleared).get(address)
    assert "不低于其出口的5.0%且不低于1,000.0万元的，计为受影响" in text_of(page.content)
    before = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130",))
    now = city.sum(flow="export", month=TWELVE, country="USA", hs10=("847130", "854143"))
    whole = city.sum(flow="export", month=TWELVE)

    def hit(one: dict[str, int]) -> set[str]:
        return {code for code, value in one.items() if value >= 10_000_000 and value >= 0.05 * whole[code]}

    assert page.context["many_new"] == len(hit(now) - hit(before))


def test_a_threshold_in_yuan_is_not_held_against_orders_in_dollars(city: City, signed: Any) -> None:
    book = kept_list(city, ["85414300"]).book
    book.classification = "public"
    book.save()
    new = kept_list(city, ["85414300", "84713000"])
    old = book.versions.get(number=1)
    page = signed(city.people.county).get(f"{PAGE}?version={new.pk}&compare={old.pk}")
    told = text_of(page.content)
    assert "不低于其出口的5.0%的，计为受影响" in told
    assert page.context["many_new"] == sum(county_of(n) == "990101" for n in REPORTED)


def test_the_loaded_concordance_leads_codes_of_another_edition_over(city: City, signed: Any) -> None:
    client = signed(city.people.cleared)
    address = ask(client, "854140", partner="USA", nomenclature="HS", edition="2017")
    page = client.get(address)
    assert not page.context["sums"].touched and "没有装入HS2017与HS2022的对照表" in text_of(page.content)
    CodeLink.objects.create(
        list="product", from_edition="2017", from_code="854140", to_edition="2022", to_code="854143"
    )
    sums = city.sum(flow="export", month=TWELVE, country="USA", hs10=("854143",))
    led = client.get(address)
    assert led.context["sums"].value == sum(sums.values())
    assert "对照表" not in text_of(led.content)
