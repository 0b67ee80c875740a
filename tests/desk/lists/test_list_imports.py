"""Lists brought in as files: right rows reach the draft, each wrong one keeps its place, value and reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.house import House

from commercebrain.desk.core.imports import actions as imports
from commercebrain.desk.core.imports import find_importer
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.lists import actions, queries
from commercebrain.desk.lists.models import Book, ListVersion, Member

pytestmark = pytest.mark.django_db
HEAD = ["税则号列", "商品名称", "国家（地区）或分组", "加征税率", "生效日期"]


def workbook(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("清单")
        for number, row in enumerate([head, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def take_in(version: ListVersion, person: Any, data: bytes, name: str = "清单.xlsx") -> ImportRun:
    found = find_importer("lists.rows", str(version.pk), person)
    assert found is not None
    run: ImportRun = imports.upload(found, SimpleUploadedFile(name, data), person)
    run.refresh_from_db()
    return run


def test_rows_reach_the_draft_and_the_wrong_ones_are_told_with_sheet_row_column_value_and_reason(
    tariff: Book, house: House
) -> None:
    version = actions.draft(tariff, house.people.planner)
    run = take_in(
        version,
        house.people.planner,
        workbook(
            ["8471.30.01", "便携式电脑", "USA", 25, "2025-07-15"],
            [1012100, "纯种马", "USA", 10, ""],
            ["77010000", "没有这一章", "USA", 10, ""],
            ["8501.10.40", "电动机", "USA", "很高", ""],
            ["84713001", "同一行", "USA", 25, ""],
            ["84713001", "另一国", "MEX", 25, ""],
        ),
    )
    told = {
        row.row: (row.sheet, row.column, row.value, row.why_zh)
        for row in ImportRow.objects.filter(run=run, state="refused")
    }
    assert set(told) == {4, 5, 6}, told
    assert told[4][:3] == ("清单", "税则号列", "77010000") and "77" in told[4][3]
    assert told[5][:3] == ("清单", "加征税率", "很高") and "不是数值" in told[5][3]
    assert "第 2 行重复" in told[6][3]
    imports.apply(run, house.people.planner)
    assert sorted(queries.version_rows(version).values_list("code", "data__partner")) == [
        ("01012100", "USA"), ("84713001", "MEX"), ("84713001", "USA"),
    ]  # fmt: skip
    pc = Member.objects.get(code="84713001", data__partner="USA")
    assert str(pc.valid_from) == "2025-07-15" and pc.title == "便携式电脑"


def test_a_file_changes_what_it_names_and_its_undo_puts_the_draft_back(
    tariff: Book, house: House, approved: Callable[..., ListVersion]
) -> None:
    approved(
        tariff,
        {"code": "84713001", "name": "便携式电脑", "rate": 25},
        {"code": "85011040", "name": "电动机", "rate": 10},
    )
    version = actions.draft(tariff, house.people.planner)
    run = take_in(
        version, house.people.planner,
        "税则号列,加征税率\n8471.30.01,7.5\n9401.61.40,10\n85011040,10\n".encode(), "清单.csv",
    )  # fmt: skip
    assert {key: run.counts[key] for key in ("new", "changed", "unchanged", "refused")} == {
        "new": 1, "changed": 1, "unchanged": 1, "refused": 0,
    }  # fmt: skip
    imports.apply(run, house.people.planner)
    pc = queries.version_rows(version).get(code="84713001")
    assert (pc.data["rate"], pc.data["name"], pc.added) == ("7.50", "便携式电脑", 2)
    assert queries.members_on(tariff).get(code="84713001").data["rate"] == "25.00"
    run.refresh_from_db()
    imports.undo(run, house.people.planner)
    assert (queries.came_in(version).count(), queries.went_out(version).count()) == (0, 0)


def test_nothing_is_imported_into_a_version_that_waits_for_approval(tariff: Book, house: House) -> None:
    version = actions.draft(tariff, house.people.planner)
    first = take_in(version, house.people.planner, "税则号列\n8471.30.01\n".encode(), "a.csv")
    imports.apply(first, house.people.planner)
    actions.propose(version, house.people.planner, document="公告", effective_on="2025-07-15")
    late = take_in(version, house.people.planner, "税则号列\n8501.10.40\n".encode(), "b.csv")
    assert late.counts["refused"] == 1
    assert ImportRow.objects.get(run=late).why_zh.startswith("这一版已不在起草")
    with pytest.raises(Exception):  # noqa: B017 - 403 for whoever does not keep the list
        take_in(version, house.people.county, "税则号列\n8501.10.40\n".encode(), "c.csv")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_rows_with_three_thousand_wrong_ones_are_each_taken_or_told(
    tariff: Book, house: House
) -> None:
    version = actions.draft(tariff, house.people.planner)
    lines, wrong = [], 0
    for number in range(100_000):
        code = f"{1 + number % 76:02d}{10_000 + number // 76:06d}{number % 76:02d}"
        rate: Any = 25
        if number % 100 in (7, 47, 93):
            wrong += 1
            code, rate = [("77010000", 25), (f"{code[:6]}x1", 25), (code, "很高")][wrong % 3]
        lines.append([code, f"商品{number}", "USA", rate, "2025-07-15"])
    assert wrong == 3_000
    run = take_in(version, house.people.planner, workbook(*lines))
    assert (run.counts["refused"], run.counts["new"]) == (3_000, 97_000), run.counts
    told = ImportRow.objects.filter(run=run, state="refused")
    assert (
        not told.filter(column="").exists()
        and not told.filter(value="").exists()
        and not told.filter(why_zh="").exists()
    )
    imports.apply(run, house.people.planner)
    assert queries.version_rows(version).count() == 97_000
    assert Member.objects.filter(book=tariff, title="商品7").count() == 0
