"""``cbrain figure`` and ``cbrain explain``: any indicator from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from tests.engine.indicators import city
from typer.testing import CliRunner

from commercebrain.cli import app
from commercebrain.engine.errors import UserError
from commercebrain.engine.working.store import refresh_dataset

ASKED = ["customs_export_value", "--period", "2024-01:2024-02", "--by", "county"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    for month in (202301, 202302, 202401, 202402):
        city.write(root, city.make_lines(month, 60, 5))
    refresh_dataset(root, "declaration_lines")
    return root


@pytest.fixture(autouse=True)
def home(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(lake))
    monkeypatch.setenv("CBRAIN_TODAY", "2024-07-01")


def run(*words: str) -> str:
    done = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_figure_is_printed_with_its_vintage_source_and_synthetic_mark(lake: Path) -> None:
    told = run("figure", *ASKED, "--transform", "yoy")
    assert "2024年1-2月" in told
    assert "990103" in told
    assert "截至 2024-07-01 所知" in told
    assert "rollup:county" in told
    assert "合成数据" in told
    assert "synthetic data" in run("figure", *ASKED, "--language", "en")


def test_the_terminal_names_columns_and_values_and_tells_the_unit_of_what_is_compared(lake: Path) -> None:
    asked = ["figure", "customs_export_value", "--period", "2024-01:2024-02", "--by", "county,country"]
    told = run(*asked, "--transform", "yoy")
    assert "990101 甲区" in told and "USA 美国" in told and "基数 亿元" in told
    english = run(*asked, "--language", "en")
    assert "990101 Jia District" in english and "USA United States" in english and "base" not in english


def test_csv_json_and_parquet_hold_the_same_rows(lake: Path, tmp_path: Path) -> None:
    text = run("figure", *ASKED, "--format", "csv").splitlines()
    told = json.loads(run("figure", *ASKED, "--format", "json"))
    run("figure", *ASKED, "--format", "parquet", "--out", str(tmp_path / "f.parquet"))
    stored = duckdb.sql(f"SELECT period, county, value FROM '{tmp_path / 'f.parquet'}' ORDER BY ALL").fetchall()
    assert len(text) - 1 == len(told["rows"]) == len(stored) == 8
    assert told["request"] == {
        "code": "customs_export_value",
        "region": "990100",
        "period": "2024-01:2024-02",
        "by": "county",
    }
    exports = [n for n in city.make_lines(202401, 60, 5) if n["flow"] == "export" and n["county"] == stored[0][1]]
    assert stored[0][2] == pytest.approx(sum(n["value_cny"] for n in exports) / 1e8)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, form: str) -> None:
    for place in (tmp_path / "nowhere" / "f", tmp_path):
        with pytest.raises(UserError) as fault:
            run("figure", *ASKED, "--format", form, "--out", str(place))
        assert fault.value.code == "cli.cannot_write" and str(place) in fault.value.en


def test_a_request_that_cannot_be_answered_is_told_in_a_sentence() -> None:
    for words, code in (
        (["figure", "customs_export_valu", "--period", "2024"], "catalogue.unknown_indicator"),
        (["figure", "customs_export_value", "--period", "2024", "--by", "contry"], "request.unknown_dimension"),
        (["figure", *ASKED, "--format", "xml"], "cli.format"),
        (["figure", *ASKED, "--format", "parquet"], "cli.parquet_needs_out"),
        (["figure", *ASKED, "--engine", "oracle"], "engine.unknown"),
    ):
        with pytest.raises(UserError) as fault:
            run(*words)
        assert fault.value.code == code


def test_explain_tells_definition_query_vintages_roll_up_and_lines() -> None:
    told = run("explain", *ASKED, "--language", "en")
    for part in (
        "sum(value_cny)  where flow == 'export'",
        "202401  2024-02-18",
        "county: the fewest rows",
        "FROM county",
    ):
        assert part in told
    whole = city.make_lines(202401, 60, 5) + city.make_lines(202402, 60, 5)
    assert f"lines {sum(n['flow'] == 'export' for n in whole)}  " in told
    formula = run("explain", "customs_export_import_ratio", "--period", "2024-01", "--lines", "0")
    assert "customs_export_value = sum(value_cny)" in formula
    assert "【明细】" not in formula


def test_an_indicator_of_published_figures_is_asked_and_explained_in_the_same_way() -> None:
    told = run("figure", "export_value", "--region", "330600", "--period", "2024")
    assert "observations" in told
    assert "出口" in run("explain", "export_value", "--region", "330600", "--period", "2024")
