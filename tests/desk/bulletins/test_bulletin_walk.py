"""From one uploaded sheet to the printed page: what the sheet says is what the document says, and nothing more."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document
from python_calamine import CalamineWorkbook
from tests.desk.bulletins.conftest import COUNTIES
from tests.house import House

from commercebrain.desk.bulletins import sample
from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.core.models import Event, Job
from commercebrain.desk.people.models import Person
from commercebrain.engine.lake import Lake
from commercebrain.engine.periods import Period

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
JUNE = Period.parse("2025-06")


def sheet(silent: tuple[str, ...] = (), month: Period = JUNE) -> bytes:
    return sample.sheet("示例市", COUNTIES, month, silent)


def upload(client: Client, person: Person, content: bytes | None, month: str = "2025-06", **more: Any) -> Job:
    unit = person.memberships.get().unit
    told: dict[str, Any] = {"unit": unit.pk, "indicator": "export_value", "month": month} | more
    if content is not None:
        told["file"] = SimpleUploadedFile("六月快报.xlsx", content)
    answer = client.post(reverse("bulletins:new"), told)
    job = Job.objects.filter(kind="bulletins.issue").latest("pk")
    assert answer.status_code == 302 and answer["Location"] == reverse("core:job", args=[job.pk])
    return job


def printed(client: Client, row: Bulletin) -> tuple[list[str], list[list[str]]]:
    """The paragraphs and the table of the Word file, opened again."""
    answer = client.get(reverse("bulletins:docx", args=[row.pk]))
    assert answer.status_code == 200 and "bulletin.docx" in answer["Content-Disposition"]
    file = Document(io.BytesIO(answer.content))
    [table] = file.tables
    return [p.text for p in file.paragraphs], [[cell.text for cell in line.cells] for line in table.rows]


def test_one_upload_becomes_a_word_file_whose_numbers_are_those_of_the_sheet(
    own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    client, content = browse(clerk), sheet()
    job = upload(client, clerk, content)
    assert job.state == Job.State.DONE, job.result
    row = Bulletin.objects.get()
    assert job.result["url"] == reverse("bulletins:bulletin", args=[row.pk])
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    told = {line[0]: line[1:] for line in rows if line[0] in COUNTIES.values()}
    _paragraphs, table = printed(client, row)
    assert table[0] == ["区县", "当月（亿元）", "同比（%）", "累计（亿元）", "同比（%）", "拉动（百分点）", "占比（%）", "增速位次"]  # fmt: skip
    assert len(table) == 8 and table[1][0] == "全市"
    for line in table[2:]:
        month, growth, total, total_growth = (Decimal(str(value)) for value in told[line[0]])
        assert [Decimal(text.replace("−", "-")) for text in line[1:5]] == [month, growth, total, total_growth]
    assert Decimal(table[1][3].replace(",", "")) == sum(Decimal(str(line[2])) for line in told.values())


def test_the_pulls_of_the_printed_table_add_up_to_the_printed_growth(
    own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    client = browse(clerk)
    upload(client, clerk, sheet())
    row = Bulletin.objects.get()
    total = Decimal(row.content["total"]["ytd_growth"]["value"]) * 100
    assert abs(sum(Decimal(line["pull"]["value"]) for line in row.content["lines"]) - total) < Decimal("1e-15")
    base = sum(sample.total(code, 2024, 6) for code in COUNTIES)
    now = sum(sample.total(code, 2025, 6) for code in COUNTIES)
    assert abs(total - (now / base - 1) * 100) < Decimal("1e-15")


def test_the_figures_come_in_as_a_flash_of_the_unit_and_the_issue_is_an_event(
    own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    upload(browse(clerk), clerk, sheet())
    rows = [r for r in own_lake.observations(None) if r.period in ("2025-06", "2025-01..06")]
    assert len(rows) == 12 and {r.flag for r in rows} == {"flash"}
    assert {r.source for r in rows} == {"示例市商务局月度快报（export_value）"}
    event = Event.objects.get(verb="bulletin.issued")
    assert event.person == clerk and event.data["late"] == 0


def test_a_county_without_a_report_has_a_dash_a_note_and_no_estimate(
    own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    client = browse(clerk)
    upload(client, clerk, sheet(silent=("990106",)))
    row = Bulletin.objects.get()
    assert row.late == ["己县"]
    paragraphs, table = printed(client, row)
    assert table[-1] == ["己县", *["—"] * 7]
    assert table[1][1:] == ["—", "—", "—", "—", "", "", ""]
    assert any("己县截至印发时未报送" in text for text in paragraphs)
    assert any("合计暂缺" in text for text in paragraphs)
    page = client.get(reverse("bulletins:bulletin", args=[row.pk])).content.decode()
    assert "己县截至印发时未报送" in page and "演示数据" in page


def test_a_revision_is_shown_on_the_page_and_a_new_issue_says_what_changed(
    own_lake: Lake, clerk: Person, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browse(clerk)
    upload(client, clerk, sheet(silent=("990106",)))
    first = Bulletin.objects.get()
    page = reverse("bulletins:bulletin", args=[first.pk])
    assert "revised since this issue" not in client.get(page).content.decode()
    refused = client.post(reverse("bulletins:again", args=[first.pk]))
    assert refused.status_code == 409 or "No figure has changed" in refused.content.decode()
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-23")
    upload(client, clerk, sheet())
    second = Bulletin.objects.get(revision=2)
    assert second.number == first.number == 1 and second.late == []
    told = client.get(reverse("bulletins:bulletin", args=[second.pk])).content.decode()
    assert "What changed against issue 1" in told and "己县" in told
    # the first issue stays as it was printed
    _paragraphs, table = printed(client, first)
    assert table[-1][1] == "—"


def test_a_revision_outside_the_sheet_marks_the_sentence_that_it_touches(
    own_lake: Lake, clerk: Person, browse: Browse, tmp_path: Any
) -> None:
    client = browse(clerk)
    upload(client, clerk, sheet())
    row = Bulletin.objects.get()
    path = tmp_path / "revised.csv"
    line = [
        "export_value",
        "990101",
        "2025-01..06",
        "1",
        "亿元",
        "2025-07-21",
        "示例市商务局月度快报（export_value）",
        "A",
        "修订数",
    ]
    head = "指标,地区,时期,数值,单位,公布日期,来源,来源等级,数据标志"
    path.write_text(head + "\n" + ",".join(line) + "\n", encoding="utf-8")
    report = own_lake.intake(path, taken_in=date(2025, 7, 21))
    assert report.quarantined == 1  # the same publication cannot say two things
    line[5] = "2025-07-20"
    line[6] = "示例海关"
    line[3] = "700"
    path.write_text(head + "\n" + ",".join(line) + "\n", encoding="utf-8")
    assert own_lake.intake(path, taken_in=date(2025, 7, 21)).accepted == 1
    page = client.get(reverse("bulletins:bulletin", args=[row.pk])).content.decode()
    assert page.count("bulletin-touched") == 0  # the newer publication still counts


def test_the_same_sheet_twice_is_one_issue(own_lake: Lake, clerk: Person, browse: Browse) -> None:
    client, content = browse(clerk), sheet()
    first, second = upload(client, clerk, content), upload(client, clerk, content)
    assert first.result["url"] == second.result["url"] and Bulletin.objects.count() == 1


def test_numbers_count_up_through_the_year_of_a_unit(own_lake: Lake, clerk: Person, browse: Browse) -> None:
    client = browse(clerk)
    for month in ("2025-04", "2025-05"):
        upload(client, clerk, None, month=month)
    upload(client, clerk, sheet())
    assert list(Bulletin.objects.order_by("pk").values_list("month", "number")) == [
        ("2025-04", 1), ("2025-05", 2), ("2025-06", 3),
    ]  # fmt: skip


def test_a_sheet_of_another_month_is_refused_with_a_sentence(own_lake: Lake, clerk: Person, browse: Browse) -> None:
    other = sample.sheet("示例市", COUNTIES, Period.parse("2025-05"))
    job = upload(browse(clerk), clerk, other)
    assert job.state == Job.State.FAILED and "2025年6月" in job.result["zh"]
    assert not Bulletin.objects.exists()


def test_figures_of_another_city_in_the_sheet_are_set_aside(
    house: House, own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    names = {**COUNTIES, "990106": "海曙区"}
    upload(browse(clerk), clerk, sample.sheet("示例市", names, JUNE))
    row = Bulletin.objects.get()
    assert row.aside == 2 and row.late == ["己县"]
    assert not [r for r in own_lake.observations(None) if r.region == "330203"]


def test_who_may_not_enter_for_a_city_gets_no_form(house: House, own_lake: Lake, clerk: Person, browse: Browse) -> None:
    for name in ("evaluator", "it", "nobody", "county", "firm"):
        client = browse(getattr(house.people, name))
        assert client.get(reverse("bulletins:new")).status_code == 403, name
    told = {"unit": clerk.memberships.get().unit.pk, "indicator": "export_value", "month": "2025-06"}
    answer = browse(house.people.clerk).post(reverse("bulletins:new"), told)  # a clerk of another city
    assert answer.status_code in (403, 422) and not Job.objects.filter(kind="bulletins.issue").exists()


def test_a_bulletin_is_seen_by_its_unit_and_not_next_door(
    house: House, own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    upload(browse(clerk), clerk, sheet())
    row = Bulletin.objects.get()
    for name in ("bulletins:bulletin", "bulletins:docx"):
        assert browse(house.people.clerk).get(reverse(name, args=[row.pk])).status_code == 404
    assert browse(clerk).get(reverse("bulletins:bulletins")).content.decode().count("2025-01") >= 1


def test_every_number_of_the_text_is_listed_with_its_figure(own_lake: Lake, clerk: Person, browse: Browse) -> None:
    client = browse(clerk)
    upload(client, clerk, sheet())
    row = Bulletin.objects.get()
    page = client.get(reverse("bulletins:bulletin", args=[row.pk])).content.decode()
    pieces = [p for sentence in row.content["sentences"] for p in sentence if "what" in p]
    assert len(pieces) >= 8
    for piece in pieces:
        assert reverse("web:series", args=["export_value", piece["region"]]) in page


def test_the_sample_sheet_is_offered_for_the_invented_city_alone(
    house: House, own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    answer = browse(clerk).get(reverse("bulletins:sample"))
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert any("合成演示数据" in str(cell) for line in rows for cell in line)
    assert browse(house.people.clerk).get(reverse("bulletins:sample")).status_code == 403
