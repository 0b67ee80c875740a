"""``cbrain plan read``: tables on the terminal, JSON lines, a workbook, and what it says when a file
cannot be read.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from rich.console import Console
from tests.engine.plantext.documents import docx_bytes
from tests.engine.plantext.scoring import PLANS, gold_rows, score
from typer.testing import CliRunner

from commercebrain.engine.plantext.cli import plan_app
from commercebrain.engine.plantext.render import (
    COLUMNS,
    as_text,
    print_tables,
    to_jsonl,
    to_xlsx,
    write_whole,
)

PLAN = (
    "某市商务发展“十四五”规划\n\n一、主要目标\n\n到2025年，全市外贸出口总额达到3000亿元以上。\n\n二、重点任务\n\n"
    "1. 引进外资。扩大利用外资规模。（牵头单位：市商务局；责任单位：市财政局）\n"
)
TASK = {
    "type": "task",
    "doc": "规划.txt",
    "id": "T1",
    "number": 1,
    "title": "=1+1 引进外资",
    "lead_units": ["市商务局"],
    "responsible_units": [],
    "quote": "[red]1. 引进外资[/red]",
    "confidence": 0.97,
}
TARGET = {
    "type": "target",
    "doc": "规划.txt",
    "indicator": "出口额",
    "target_value": 3000,
    "target_value_high": None,
    "period": [2021, 2025],
    "quote": "http://a 出口突破3000亿元",
}


def run(*arguments: object, language: str = "zh") -> tuple[int, str, str]:
    result = CliRunner().invoke(plan_app, ["read", *map(str, arguments)], env={"CBRAIN_LANGUAGE": language})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "规划.txt"
    path.write_text(PLAN, encoding="utf-8")
    return path


# --- forms ---------------------------------------------------------------------------------------------


def test_json_lines_keep_chinese_and_every_key() -> None:
    lines = to_jsonl([TASK, TARGET]).splitlines()
    assert [json.loads(line) for line in lines] == [TASK, TARGET]
    assert "市商务局" in lines[0]


def test_a_workbook_has_one_sheet_a_kind_with_chinese_headings_and_numbers() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx([TASK, TARGET], ("target", "task"))))
    assert book.sheet_names == ["目标", "任务"]
    targets, tasks = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert targets[0] == [column.zh for column in COLUMNS["target"]]
    first = dict(zip(targets[0], targets[1], strict=True))
    assert first["目标值"] == 3000 and first["期间"] == "2021–2025" and first["目标值上限"] == ""
    assert dict(zip(tasks[0], tasks[1], strict=True))["牵头单位"] == "市商务局"


def test_a_quote_that_looks_like_a_formula_or_a_link_stays_text() -> None:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(to_xlsx([TASK, TARGET], ("target", "task")))) as archive:
        sheets = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
    assert b"<f>" not in sheets and b"<hyperlink" not in sheets
    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx([TASK], ("task",))))
    assert "=1+1 引进外资" in book.get_sheet_by_index(0).to_python()[1]


def test_a_table_shows_the_rows_as_they_are_and_the_counts() -> None:
    page = io.StringIO()
    print_tables(Console(file=page, width=200), [TASK, {**TASK, "title": "[bold]另一项[/bold]"}], ("task",))
    shown = page.getvalue()
    assert "规划.txt · 任务 2" in shown and "合计：任务 2" in shown
    assert "[bold]另一项[/bold]" in shown


def test_values_are_written_as_one_would_write_them() -> None:
    assert [as_text(v) for v in (None, [2021, 2025], ["甲局", "乙局"], 2386.36, 3000.0, 1)] == [
        "", "2021–2025", "甲局、乙局", "2386.36", "3000", "1",
    ]  # fmt: skip


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    write_whole(target, b"old")
    with pytest.raises(TypeError):
        write_whole(target, "no bytes")  # type: ignore[arg-type]
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


# --- the command ---------------------------------------------------------------------------------------


def test_read_gives_targets_facts_and_tasks_as_json_lines(plan: Path) -> None:
    code, out, err = run(plan, "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert {row["type"] for row in rows} >= {"target", "task"}
    for row in rows:
        assert row["doc"] == "规划.txt" and 0 <= row["confidence"] <= 1
        assert PLAN[row["start"] : row["end"]].replace("\n", "") == row["quote"]


def test_kinds_can_be_chosen_and_repeated(plan: Path) -> None:
    _, out, _ = run(plan, "--format", "jsonl", "--kind", "task")
    assert {json.loads(line)["type"] for line in out.splitlines()} == {"task"}
    _, out, _ = run(plan, "--format", "jsonl", "--kind", "task", "--kind", "target", "--kind", "task")
    assert [json.loads(line)["type"] for line in out.splitlines()].count("task") == 1


def test_a_workbook_goes_to_the_named_file(plan: Path, tmp_path: Path) -> None:
    target = tmp_path / "目标.xlsx"
    code, out, err = run(plan, "--format", "xlsx", "--out", target)
    assert (code, out) == (0, "")
    assert "目标.xlsx" in err and "任务 1" in err
    assert CalamineWorkbook.from_path(target).sheet_names == ["目标", "事实", "任务"]


def test_a_workbook_without_a_file_is_asked_for(plan: Path) -> None:
    code, out, err = run(plan, "--format", "xlsx")
    assert (code, out) == (2, "") and "--out" in err


def test_a_file_that_cannot_be_read_is_one_sentence_on_standard_error(tmp_path: Path) -> None:
    empty = tmp_path / "空.docx"
    empty.write_bytes(b"")
    code, out, err = run(empty, "--format", "jsonl")
    assert (code, out) == (2, "")
    assert err.strip().splitlines() == ["文件“空.docx”是空的（0 字节），请重新取得原文件。"]
    assert "is empty" in run(empty, language="en")[2]


def test_a_bad_file_does_not_stop_the_others(plan: Path, tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "没有.txt", plan, "--format", "jsonl")
    assert code == 1 and "没有.txt" in err
    assert {json.loads(line)["doc"] for line in out.splitlines()} == {"规划.txt"}


def test_an_output_that_cannot_be_written_is_said_before_anything_is_read(plan: Path, tmp_path: Path) -> None:
    code, _, err = run(plan, "--format", "jsonl", "--out", tmp_path / "无此文件夹" / "a.jsonl")
    assert code == 2 and "文件夹" in err


def test_the_same_plan_reads_the_same_as_docx_and_html(plan: Path, tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    for line in PLAN.split("\n\n"):
        document.add_paragraph(line.strip())
    (tmp_path / "规划.docx").write_bytes(docx_bytes(document))
    body = "".join(f"<p>{line.strip()}</p>" for line in PLAN.split("\n\n"))
    (tmp_path / "规划.html").write_text(f'<!doctype html><meta charset="utf-8">{body}', encoding="utf-8")
    said = []
    for name in ("规划.txt", "规划.docx", "规划.html"):
        rows = [json.loads(line) for line in run(tmp_path / name, "--format", "jsonl")[1].splitlines()]
        said.append([(row["type"], row["quote"], row.get("target_value"), row.get("lead_units")) for row in rows])
    assert said[0] and said[0] == said[1] == said[2]


def test_a_sample_plan_given_as_docx_keeps_its_scores(tmp_path: Path) -> None:
    import docx

    rows = []
    for path in PLANS:
        document, table = docx.Document(), None
        for line in path.read_text("utf-8").split("\n"):
            cells = line.split("\t")
            if len(cells) > 1:
                if table is None or len(table.columns) != len(cells):
                    table = document.add_table(rows=0, cols=len(cells))
                for cell, text in zip(table.add_row().cells, cells, strict=True):
                    cell.text = text
            elif line.strip():
                document.add_paragraph(line)
                table = None
        target = tmp_path / f"{path.stem}.docx"
        target.write_bytes(docx_bytes(document))
        _, out, err = run(target, "--format", "jsonl")
        assert err == ""
        rows += [{**json.loads(line), "doc": path.name} for line in out.splitlines()]
    for kind, must in (("target", 0.95), ("fact", 0.93), ("task", 0.98)):
        scores, missed, _ = score(kind, gold_rows(kind), rows)
        assert scores["detection"]["f1"] >= must, [row["id"] for row in missed]


@pytest.mark.parametrize("path", PLANS, ids=lambda p: p.name[:3])
def test_every_row_of_the_sample_plans_stands_where_it_says(path: Path) -> None:
    text = path.read_text("utf-8")
    _, out, _ = run(path, "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows
    for row in rows:
        assert text[row["start"] : row["end"]].replace("\n", "") == row["quote"], row
