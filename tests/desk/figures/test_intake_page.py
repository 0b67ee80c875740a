"""Bringing figures in through the page: who may, for which regions, and what becomes of every row."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.core.models import Event, Job
from commercebrain.engine.lake import Lake

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]

HEADINGS = ["指标", "地区", "时期", "数值", "单位", "公布日期", "来源", "来源等级"]
GOOD = ["出口额", "宁波市", "2024年5月", "812.5", "亿元", "2024-06-18", "宁波海关", "A"]


def sheet(*rows: list[Any], name: str = "月报.xlsx", title: str | None = "宁波市外贸月报") -> SimpleUploadedFile:
    """An uploaded workbook as a section keeps it: a title over merged cells, then headings, then rows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("5月")
        top = 0
        if title:
            page.merge_range(0, 0, 0, len(HEADINGS) - 1, title)
            top = 1
        for r, row in enumerate([HEADINGS, *rows], top):
            for c, cell in enumerate(row):
                page.write(r, c, cell)
    return SimpleUploadedFile(name, buffer.getvalue())


MESSY = [
    GOOD,
    ["出口额", "宁波市", "2024年1-5月", "３，９８７．６", "亿元", "2024-06-18", "宁波海关", "A"],
    ["出口额", "宁波市", "2024年13月", "800", "亿元", "2024-06-18", "宁波海关", "A"],
    ["出口额", "宁波市", "2024年4月", "不详", "亿元", "2024-05-18", "宁波海关", "A"],
    ["飞船出口", "宁波市", "2024年4月", "5", "亿元", "2024-05-18", "宁波海关", "A"],
]


def take_in(client: Client, upload: SimpleUploadedFile) -> Job:
    answer = client.post(reverse("web:intake"), {"file": upload})
    job = Job.objects.latest("pk")
    assert answer.status_code == 302 and answer["Location"] == reverse("core:job", args=[job.pk])
    return job


@pytest.mark.parametrize("username", ["evaluator", "it", "admin", "nobody"])
def test_a_role_without_the_right_to_enter_sees_no_form_and_brings_nothing_in(
    house: House, own_lake: Lake, browse: Browse, username: str
) -> None:
    client = browse(getattr(house.people, username))
    page = client.get(reverse("web:intake"))
    assert page.status_code == 200 and 'type="file"' not in page.content.decode()
    assert "Ask the administrator" in page.content.decode()
    assert client.post(reverse("web:intake"), {"file": sheet(GOOD)}).status_code == 403
    assert own_lake.batches() == [] and not Job.objects.exists()


def test_nobody_sees_the_page_without_signing_in(own_lake: Lake, db: None) -> None:
    for name in ("web:intake", "web:figures", "web:cockpit", "web:systems"):
        answer = Client().get(reverse(name))
        assert answer.status_code == 302 and reverse("people:sign_in") in answer["Location"]


def test_good_rows_of_a_messy_sheet_come_in_and_each_bad_one_waits_with_its_reason(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    client = browse(house.people.clerk)
    job = take_in(client, sheet(*MESSY))
    assert job.state == Job.State.DONE
    told = {row.period: (str(row.value), row.region) for row in own_lake.observations(None)}
    assert told == {"2024-05": ("812.5", "330200"), "2024-01..05": ("3987.6", "330200")}
    [batch] = own_lake.batches()
    assert (batch.read, batch.accepted, batch.quarantined) == (5, 2, 3) and batch.by == "clerk"
    assert batch.taken_in == date(2025, 7, 21)
    page = client.get(reverse("web:batch", args=[batch.batch])).content.decode()
    for told_cell in ("5月", "2024年13月", "不详", "飞船出口"):
        assert told_cell in page
    assert page.count("<tr>") - 1 == len(own_lake.quarantine(batch.batch)) == 3
    assert client.get(reverse("web:intake")).content.decode().count("月报.xlsx") == 1


def test_the_same_file_twice_changes_nothing_and_is_no_second_event(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    client = browse(house.people.clerk)
    content = sheet(*MESSY).read()  # a workbook carries the second of its making: the same file means the same bytes
    first = take_in(client, SimpleUploadedFile("月报.xlsx", content))
    held, aside = own_lake.observations(None), own_lake.quarantine()
    second = take_in(client, SimpleUploadedFile("月报.xlsx", content))
    assert second.pk != first.pk and second.result["batch"] == first.result["batch"]
    assert (own_lake.observations(None), own_lake.quarantine()) == (held, aside)
    assert len(own_lake.batches()) == 1
    assert Event.objects.filter(verb="figures.taken_in").count() == 1


def test_a_figure_of_a_region_outside_the_scope_is_set_aside_not_taken(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    abroad = [GOOD[0], "绍兴市", *GOOD[2:]]
    take_in(browse(house.people.clerk), sheet(GOOD, abroad))
    assert [row.region for row in own_lake.observations(None)] == ["330200"]
    [fault] = own_lake.quarantine()
    assert fault.value == "绍兴市" and fault.sheet == "5月" and fault.row == 4


def test_a_county_brings_in_its_own_region_only(house: House, own_lake: Lake, browse: Browse) -> None:
    own = [GOOD[0], "海曙区", *GOOD[2:]]
    take_in(browse(house.people.county), sheet(own, GOOD))
    assert [row.region for row in own_lake.observations(None)] == ["330203"]
    assert [fault.value for fault in own_lake.quarantine()] == ["宁波市"]


def test_a_bureau_brings_in_figures_of_the_counties_below_its_region(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    take_in(browse(house.people.clerk), sheet([GOOD[0], "海曙区", *GOOD[2:]]))
    assert [row.region for row in own_lake.observations(None)] == ["330203"]


@pytest.mark.parametrize(
    ("upload", "word"),
    [
        (SimpleUploadedFile("信.docx", b"x"), "give csv / xlsx"),
        (SimpleUploadedFile("空.xlsx", b""), "is empty"),
        (SimpleUploadedFile("坏.xlsx", b"this is no workbook"), "is no valid xlsx file"),
    ],
)
def test_a_file_of_another_kind_is_told_in_a_sentence(
    house: House, own_lake: Lake, browse: Browse, upload: SimpleUploadedFile, word: str
) -> None:
    client = browse(house.people.clerk)
    answer = client.post(reverse("web:intake"), {"file": upload}, follow=True)
    assert answer.status_code == 200 and not own_lake.batches()
    assert word in answer.content.decode() and not Job.objects.exists()


def test_a_sheet_that_cannot_be_read_fails_as_a_job_with_a_sentence_and_leaves_nothing(
    house: House, own_lake: Lake, browse: Browse
) -> None:
    job = take_in(browse(house.people.clerk), SimpleUploadedFile("坏.csv", b"one\ntwo\n"))
    assert job.state == Job.State.FAILED and job.result["zh"] and job.result["en"]
    assert "坏.csv" in job.result["zh"] and job.result["code"] != "jobs.broken"
    assert own_lake.batches() == []


def test_no_file_is_asked_for_in_words(house: House, own_lake: Lake, browse: Browse) -> None:
    answer = browse(house.people.clerk).post(reverse("web:intake"), follow=True)
    assert "Choose a file first." in answer.content.decode()


def test_a_batch_is_not_found_by_who_may_not_enter(house: House, own_lake: Lake, browse: Browse) -> None:
    take_in(browse(house.people.clerk), sheet(*MESSY))
    address = reverse("web:batch", args=[own_lake.batches()[0].batch])
    assert browse(house.people.clerk).get(address).status_code == 200
    assert browse(house.people.evaluator).get(address).status_code == 404
    assert browse(house.people.clerk).get(reverse("web:batch", args=["f" * 64])).status_code == 404


def test_a_file_name_cannot_lead_out_of_the_uploads(
    house: House, own_lake: Lake, browse: Browse, settings: Any
) -> None:
    job = take_in(browse(house.people.clerk), sheet(GOOD, name="../../etc/月报.xlsx"))
    assert job.state == Job.State.DONE
    held = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert [path.name for path in held] == ["月报.xlsx"]
