"""The lake from a terminal: take in, list as of a day, export, correct."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
import typer
import xlsxwriter
from python_calamine import load_workbook
from typer.testing import CliRunner

from commercebrain.engine.lake.cli import intake, observations, quarantine

CSV = """指标,地区,时期,数值,单位,公布日期,来源,来源等级
出口额,宁波市,2024-05,"7,500,000",万元,2024-06-18,宁波海关,A
出口额,宁波市,2024年13月,1,万元,2024-06-18,宁波海关,A
"""


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("CBRAIN_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-21")
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    for command in (intake, observations, quarantine):
        app.command(command.__name__)(command)

    def call(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    (tmp_path / "表.csv").write_text(CSV, "utf-8")
    return call


def test_a_file_is_taken_in_listed_corrected_and_known_only_from_its_day(run, tmp_path):
    said = run("intake", "表.csv")
    assert "读到 2 条，入库 1 条" in said and "第 3 行" in said and "2024年13月" in said
    listed = [json.loads(line) for line in run("observations", "--format", "jsonl").splitlines()]
    assert [(row["value"], row["taken_in"]) for row in listed] == [("7500000", "2025-07-21")]
    assert run("observations", "--as-of", "2025-07-20", "--format", "jsonl") == ""

    run("quarantine", "--out", "隔离.xlsx")
    rows = load_workbook(str(tmp_path / "隔离.xlsx")).get_sheet_by_index(0).to_python()
    batch = str(rows[1][0]).split("-")[0]
    with xlsxwriter.Workbook(tmp_path / "更正.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, rows[0])
        page.write_row(1, 0, [*rows[1][:9], "2024-06"])
    assert "入库 1 条" in run("intake", "更正.xlsx", "--correct", batch)
    table = list(csv.DictReader(run("observations", "--format", "csv").splitlines()))
    assert [row["period"] for row in table] == ["2024-05", "2024-06"]
    assert "2024-06" in run("observations", "--region", "330200", "--indicator", "export_value")


def test_the_same_file_again_says_that_nothing_was_written(run):
    run("intake", "表.csv")
    assert "nothing was written" in run("intake", "表.csv", "--language", "en")


def test_a_bad_file_among_good_ones_is_told_and_the_others_come_in(run, tmp_path):
    (tmp_path / "坏.xlsx").write_bytes(b"")
    said = run("intake", "坏.xlsx", "表.csv", code=1)
    assert "是空的" in said and "入库 1 条" in said


def test_fields_the_sheet_lacks_are_given_and_what_was_assumed_is_told(run, tmp_path):
    (tmp_path / "短.csv").write_text("时期,数值,单位\n2024-05,7,亿元\n", "utf-8")
    said = run("intake", "短.csv", "--default", "indicator=export_value", "--default", "region=330200")
    assert "published=2025-07-21" in said and "grade=C" in said
    mapping = tmp_path / "对应.yaml"
    mapping.write_text("defaults: {indicator: import_value, region: '330200', grade: A}\n", "utf-8")
    shutil.copy(tmp_path / "短.csv", tmp_path / "短2.csv")
    assert "grade" not in run("intake", "短2.csv", "--mapping", "对应.yaml")


@pytest.mark.parametrize(
    "arguments",
    [
        ("intake", "表.csv", "--taken-in", "昨天"),
        ("intake", "表.csv", "--default", "grade"),
        ("intake", "表.csv", "--mapping", "表.csv"),
        ("observations", "--as-of", "2025-13-01"),
    ],
)
def test_an_argument_that_cannot_be_read_is_a_sentence(run, arguments):
    from commercebrain.engine.errors import UserError

    with pytest.raises(AssertionError) as failed:
        run(*arguments)
    assert "UserError" in str(failed.value) or isinstance(failed.value.args[0][1], UserError)
