"""The pages of lists: from the kind to a version and back, by whoever may, in both languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.house import House

from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.kinds import kind
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.registry.models import Enterprise

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
PC = {"code": "8471.30.01", "name": "便携式电脑", "rate": 25}
MOTOR = {"code": "8501.10.40", "name": "电动机", "rate": 10}


def test_every_kind_is_offered_with_what_counts_it_and_registers_lead_to_their_pages(
    house: House, browse: Browse
) -> None:
    page = browse(house.people.planner, "zh-hans").get(reverse("lists:kinds")).content.decode()
    for name in ("关税清单", "重点出口企业名单", "年度展会目录", "同线同标同质产品名录"):
        assert name in page
    assert "/registers/exhibition/" in page and "涉及企业数" in page
    there = browse(house.people.planner).get(reverse("lists:books", args=["exhibition"]))
    assert there.status_code == 302 and there["Location"] == "/registers/exhibition/"
    offered = browse(house.people.firm, "zh-hans").get(reverse("lists:kinds")).content.decode()
    assert "重点出口企业名单" not in offered and "关税清单" in offered


def test_the_first_line_says_version_day_rows_and_what_they_cover(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC, MOTOR)
    page = browse(house.people.director, "zh-hans").get(reverse("lists:book", args=[tariff.pk])).content.decode()
    assert "第1版，自2025-07-15起施行，2行，覆盖2个商品编码、2章。" in page
    assert "测试planner" in page and "测试province" in page and "通知1号" in page
    tab = browse(house.people.director).get(reverse("lists:book", args=[tariff.pk]) + "?tab=rows").content.decode()
    assert "84713001" in tab and "电动机" in tab


def test_a_version_is_drafted_proposed_and_approved_through_the_pages(
    tariff: Book, house: House, browse: Browse
) -> None:
    planner, province = browse(house.people.planner), browse(house.people.province)
    sent = planner.post(reverse("lists:draft", args=[tariff.pk]))
    version = ListVersion.objects.get(book=tariff)
    assert sent["Location"] == reverse("lists:version", args=[version.pk])
    made = planner.post(
        reverse("lists:row_new", args=[version.pk]), {"code": "8471.30.01", "name": "便携式电脑", "rate": "25"}
    )
    assert made.status_code == 302, made.content.decode()
    wrong = planner.post(reverse("lists:row_new", args=[version.pk]), {"code": "8471.3", "rate": "x"})
    assert wrong.status_code == 422
    row = Member.objects.get(book=tariff)
    assert planner.get(reverse("lists:row_edit", args=[version.pk, row.pk])).status_code == 200
    edited = planner.post(
        reverse("lists:row_edit", args=[version.pk, row.pk]), {"code": "84713001", "name": "手提电脑"}
    )
    assert edited.status_code == 302
    told = {"document": "公告1号", "issued_on": "2025-07-10", "effective_on": "2025-07-15"}
    assert planner.post(reverse("lists:propose", args=[version.pk]), {}).status_code == 422
    assert planner.post(reverse("lists:propose", args=[version.pk]), told).status_code == 302
    own = planner.post(reverse("lists:decide", args=[version.pk]), {"answer": "approve"})
    assert own.status_code in (403, 422)
    waiting = province.get(reverse("responsibility:work")).content.decode()
    assert reverse("lists:version", args=[version.pk]) in waiting
    assert province.post(reverse("lists:decide", args=[version.pk]), {"answer": "approve"}).status_code == 302
    version.refresh_from_db()
    assert version.state == "approved" and queries.members_on(tariff).get().title == "手提电脑"
    page = planner.get(reverse("lists:row", args=[Member.objects.get(book=tariff, removed=None).pk])).content.decode()
    assert "公告1号" in page and "Planner" in page and "Province" in page


def test_the_difference_to_any_version_names_old_and_new_values_and_what_is_newly_covered(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    first = approved(tariff, {"code": "8471", "name": "整个品目", "rate": 25}, MOTOR, on=date(2025, 3, 1))
    approved(tariff, {**MOTOR, "rate": 25}, on=date(2025, 4, 1))
    third = approved(tariff, PC, {"code": "9401.61.40", "name": "座椅"}, on=date(2025, 5, 1))
    page = (
        browse(house.people.planner)
        .get(reverse("lists:difference", args=[third.pk]), {"to": first.pk})
        .content.decode()
    )
    assert "Against version 1: 2 rows in, 0 out, 1 changed." in page and "1 row covers anew." in page
    assert "10.00 % → 25.00 %" in page
    nearest = browse(house.people.planner).get(reverse("lists:difference", args=[third.pk])).content.decode()
    assert "Against version 2: 2 rows in" in nearest


def test_drafts_and_internal_lists_stay_with_the_units_that_keep_them(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    version = approved(tariff, PC)
    row = Member.objects.get(book=tariff)
    for name in ("county", "neighbour", "sister", "nobody", "firm"):
        client = browse(getattr(house.people, name))
        for address in (
            reverse("lists:book", args=[tariff.pk]), reverse("lists:rows", args=[tariff.pk]),
            reverse("lists:version", args=[version.pk]), reverse("lists:row", args=[row.pk]),
        ):  # fmt: skip
            assert client.get(address).status_code == 404, (name, address)
        listed = client.get(reverse("lists:books", args=["tariff_list"])).content.decode()
        assert "301清单三" not in listed and "list 3" not in listed


def test_a_public_list_shows_its_approved_versions_to_everybody_with_a_role_and_no_draft(
    house: House, browse: Browse, approved: Callable[..., ListVersion], firms: list[Enterprise]
) -> None:
    book = actions.create_book(
        kind("same_line_products"),
        house.people.planner,
        house.units.ningbo,
        "三同产品",
        nomenclature="CN",
        edition="2025",
    )
    tee = {"code": "610910", "enterprise": firms[0].uscc, "name": "T恤衫", "goods": "一般消费品"}
    approved(book, tee)
    draft = actions.draft(book, house.people.planner)
    secret = rows.put(draft, house.people.planner, {**tee, "code": "620520", "name": "未公开"})
    for name in ("county", "sister", "firm"):
        client = browse(getattr(house.people, name))
        page = client.get(reverse("lists:rows", args=[book.pk])).content.decode()
        assert "T恤衫" in page and "未公开" not in page
        assert client.get(reverse("lists:version", args=[draft.pk])).status_code == 404
        assert client.get(reverse("lists:row", args=[secret.pk])).status_code == 404
        assert client.get(reverse("lists:version_rows", args=[draft.pk])).status_code == 404
    assert browse(house.people.nobody).get(reverse("lists:book", args=[book.pk])).status_code == 404


def test_no_user_of_a_firm_reads_a_list_of_firms_even_a_public_one(
    house: House, browse: Browse, approved: Callable[..., ListVersion], firms: list[Enterprise]
) -> None:
    book = actions.create_book(kind("service_firms"), house.people.planner, house.units.ningbo, "综服企业名单")
    version = approved(book, {"enterprise": firms[0].uscc, "level": "municipal"})
    row = Member.objects.get(book=book)
    client = browse(house.people.firm)
    for address in ("book", "rows"):
        assert client.get(reverse(f"lists:{address}", args=[book.pk])).status_code == 404
    assert client.get(reverse("lists:version", args=[version.pk])).status_code == 404
    assert client.get(reverse("lists:row", args=[row.pk])).status_code == 404
    assert browse(house.people.sister).get(reverse("lists:book", args=[book.pk])).status_code == 200


def test_a_firms_page_tells_its_lists_with_the_decision_and_who_approved_it(
    fair: Book, house: House, browse: Browse, approved: Callable[..., ListVersion], firms: list[Enterprise]
) -> None:
    approved(fair, *({"enterprise": firm.uscc, "session": 137} for firm in firms), document="参展通知")
    approved(fair, out=(f"{firms[0].uscc}｜137",), on=date(2025, 7, 18), document="退展函")
    place = reverse("registry:enterprise", args=[firms[0].pk]) + "?tab=lists"
    page = browse(house.people.planner).get(place).content.decode()
    assert "第137届广交会" in page and "参展通知" in page and "Province" in page and "已取消" in page
    county = browse(house.people.county).get(place).content.decode()
    assert "广交会" not in county, "the county does not see the city's internal list"


def test_rows_are_filtered_searched_and_exported_to_files_that_open(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    from python_calamine import CalamineWorkbook

    approved(tariff, PC, MOTOR, {"code": "9401.61.40", "name": "座椅", "rate": 10, "partner": ""})
    client, place = browse(house.people.planner), reverse("lists:rows", args=[tariff.pk])
    assert "84713001" not in client.get(place, {"code": "85"}).content.decode()
    assert "85011040" not in client.get(place, {"rate_from": "20"}).content.decode()
    assert "便携式电脑" in client.get(place, {"q": "电脑"}).content.decode()
    bad = client.get(place, {"on": "昨天"}).content.decode()
    assert "is no day" in bad
    assert "No version was in force on 2025-01-01." in client.get(place, {"on": "2025-01-01"}).content.decode()
    file = client.get(place, {"export": "xlsx", "sort": "code"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:4]] == ["84713001", "85011040", "94016140"]
    assert client.get(place, {"export": "csv"}).content.decode("utf-8-sig").count("\n") >= 4


def test_from_a_row_one_edits_takes_out_and_puts_back_in_the_open_draft(
    tariff: Book, house: House, browse: Browse, approved: Callable[..., ListVersion]
) -> None:
    approved(tariff, PC)
    client, row = browse(house.people.planner), Member.objects.get(book=tariff)
    place = reverse("lists:row", args=[row.pk])
    version = actions.draft(tariff, house.people.planner)
    out = reverse("lists:row_remove", args=[version.pk, row.pk])
    assert out in client.get(place).content.decode()
    assert out not in browse(house.people.evaluator).get(place).content.decode()
    assert client.post(out, {"reason": ""}).status_code == 422
    assert client.post(out, {"reason": "已排除"}).status_code == 302
    back = reverse("lists:row_back", args=[version.pk, row.pk])
    page = client.get(place).content.decode()
    assert back in page and out not in page
    assert client.post(back).status_code == 302 and queries.version_rows(version).count() == 1


def test_codes_are_found_in_pasted_text_shown_first_and_written_when_told_to(
    tariff: Book, house: House, browse: Browse
) -> None:
    version = actions.draft(tariff, house.people.planner)
    rows.put(version, house.people.planner, PC)
    client, place = browse(house.people.planner), reverse("lists:paste", args=[version.pk])
    text = "Subheadings 8471.30.01, 8501.10.40, 9401.61.40 and 7712.34.56 are covered."
    shown = client.post(place, {"text": text, "rate": "25"}).content.decode()
    assert "2 new" in shown and "1 left out" in shown, shown
    assert queries.version_rows(version).count() == 1, "nothing is written before it is said"
    done = client.post(place, {"text": text, "rate": "25", "write": "1"})
    assert done.status_code == 302
    assert sorted(queries.version_rows(version).values_list("code", flat=True)) == ["84713001", "85011040", "94016140"]
    assert "No product code" in client.post(place, {"text": "会议定于7月21日召开。"}).content.decode()


def test_a_page_of_rows_costs_the_same_for_few_and_for_many(
    fair: Book, house: House, browse: Browse, approved: Callable[..., ListVersion], firms: list[Enterprise]
) -> None:
    client = browse(house.people.planner)
    counted = []
    for many in (1, 3):
        approved(fair, *({"enterprise": firm.uscc, "session": 100 + many} for firm in firms[:many]))
        client.get(reverse("lists:rows", args=[fair.pk]))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("lists:rows", args=[fair.pk]))
        counted.append(len(asked))
    assert counted[0] == counted[1], counted


def test_the_search_box_finds_lists_in_sight_by_name_and_initials(tariff: Book, house: House, browse: Browse) -> None:
    place = reverse("lists:book", args=[tariff.pk])
    for text in ("301", "清单三", "Section"):
        assert place in browse(house.people.planner).get("/search/", {"q": text}).content.decode(), text
    assert place not in browse(house.people.sister).get("/search/", {"q": "301"}).content.decode()


def test_a_list_is_begun_described_and_closed_through_its_forms(house: House, browse: Browse) -> None:
    client = browse(house.people.planner)
    sent = client.post(
        reverse("lists:new", args=["tariff_list"]),
        {"name_zh": "欧盟反倾销", "unit": house.units.ningbo.pk, "nomenclature": "EUCN", "edition": "2025"},
    )
    book = Book.objects.get()
    assert sent["Location"] == reverse("lists:book", args=[book.pk]) and book.classification == "internal"
    again = client.post(
        reverse("lists:new", args=["tariff_list"]),
        {"name_zh": "欧盟反倾销", "unit": house.units.ningbo.pk, "nomenclature": "EUCN"},
    )
    assert again.status_code == 422
    assert (
        client.post(
            reverse("lists:edit", args=[book.pk]), {"name_zh": "欧盟反补贴", "nomenclature": "EUCN"}
        ).status_code
        == 302
    )
    assert (
        client.post(reverse("lists:close", args=[book.pk]), {"on": "2025-07-21", "reason": "不再维护"}).status_code
        == 302
    )
    book.refresh_from_db()
    assert (book.name_zh, book.closed_on) == ("欧盟反补贴", date(2025, 7, 21))
