"""Profiles: somebody else's file into a declared dataset, no number changed, nothing left out in silence."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.catalogue.cli import catalogue_app
from commercebrain.engine.catalogue.profiles import Profile
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import ALL, Reach, figure
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.profiles import prepare, take_in_profile
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

DATA = Path(__file__).parents[4] / "shared" / "data"
DAY = date(2025, 7, 21)
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real series (../shared/data) are not here")

IMPORTS = """month,partner,hs2,value_usd,duty_usd
2018-07,CHINA,00,300,30
2018-07,CHINA,84,200,25
2018-07,CHINA,85,100,5
2018-08,CHINA,84,50,4
"""


def profile(**changes: Any) -> Profile:
    return Profile.model_validate(
        {
            "code": "example",
            "name": {"zh": "例", "en": "Example"},
            "file": "imports.csv",
            "dataset": "us_imports",
            "source": "例",
            "columns": {
                "month": "month",
                "country": "partner",
                "hs2": "hs2",
                "value_usd": "value_usd",
                "duty_usd": "duty_usd",
            },
            "values": {"country": {"CHINA": "CHN"}},
            "drop": [{"column": "hs2", "values": ["00"], "because": {"zh": "合计", "en": "total"}}],
            "unique": ["month", "country", "hs2"],
            "published": "2021-08-05",
            **changes,
        }
    )


def put(folder: Path, text: str, name: str = "imports.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def prepared(folder: Path, text: str, **changes: Any) -> tuple[Any, list[dict[str, str]]]:
    target = folder / "out.csv"
    done = prepare(profile(**changes), put(folder, text), target, taken_in=DAY)
    with target.open(encoding="utf-8", newline="") as file:
        return done, list(csv.DictReader(file))


def lines(root: Path, code: str, sql: str) -> list[tuple[Any, ...]]:
    """An SQL question over the lines in force of a dataset (``lines``)."""
    table = RecordTable(root, record_dataset(code))
    files = [str(name) for version in table.months() for name in version.files]
    whole = [name if Path(name).is_absolute() else str(next(root.rglob(Path(name).name))) for name in files]
    return duckdb.sql(
        f"WITH lines AS (SELECT * FROM read_parquet({whole!r}, hive_partitioning=false)) {sql}"
    ).fetchall()


def test_totals_are_left_out_and_counted(tmp_path: Path) -> None:
    done, rows = prepared(tmp_path, IMPORTS)
    assert (done.read, done.written, dict(done.dropped)) == (4, 3, {"合计": 1})
    assert sum(int(row["value_usd"]) for row in rows) == 350
    assert {row["country"] for row in rows} == {"CHN"}


def test_an_exact_repetition_is_counted_and_a_contradiction_stops_the_file(tmp_path: Path) -> None:
    done, rows = prepared(tmp_path, IMPORTS + "2018-08,CHINA,84,50,4\n")
    assert (done.repeated, len(rows)) == (1, 3)
    with pytest.raises(UserError, match="row 6 contradicts"):
        prepared(tmp_path, IMPORTS + "2018-08,CHINA,84,51,4\n")


def test_a_word_or_a_column_that_nobody_explained_stops_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ATLANTIS"):
        prepared(tmp_path, IMPORTS + "2018-08,ATLANTIS,84,50,4\n")
    with pytest.raises(UserError, match="duty_usd"):
        prepared(tmp_path, IMPORTS.replace("duty_usd", "duties"))
    with pytest.raises(UserError, match="no file"):
        prepare(profile(), tmp_path / "elsewhere.csv", tmp_path / "out.csv", taken_in=DAY)


def test_lines_come_in_once_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, IMPORTS)
    first = take_in_profile(profile(), tmp_path, tmp_path / "lake", taken_in=DAY)
    assert first.report is not None
    assert (first.report.accepted, first.report.quarantined, first.report.already) == (3, 0, False)
    again = take_in_profile(profile(), tmp_path, tmp_path / "lake", taken_in=DAY)
    assert again.report is not None and again.report.already
    assert lines(tmp_path / "lake", "us_imports", "SELECT sum(value_usd), count(*) FROM lines") == [(350, 3)]


RETAIL = "period,retail,yoy\n2012-1-2,33668.6,14.7\n2012-03,15650.2,15.2\n"
SERIES = {
    "file": "retail.csv",
    "dataset": "observations",
    "columns": {"period": "period"},
    "values": {},
    "drop": [],
    "unique": [],
    "series": [{"columns": {"value": "retail", "growth": "yoy"}, "set": {"indicator": "retail_sales", "unit": "亿元"}}],
    "rewrite": {"period": [{"match": r"(\d{4})-1-2", "to": r"\1-01..02"}]},
    "constants": {"region": "100000", "grade": "B"},
    "published": {"months": 1, "day": 18},
}


def test_january_and_february_written_as_one_date_are_the_joint_figure(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    prepare(profile(**SERIES), put(tmp_path, RETAIL, "retail.csv"), target, taken_in=DAY)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["period"], row["published"]) for row in rows] == [
        ("2012-01..02", "2012-03-18"),
        ("2012-03", "2012-04-18"),
    ]


def test_figures_that_are_not_published_yet_wait(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    done = prepare(profile(**SERIES), put(tmp_path, RETAIL, "retail.csv"), target, taken_in=date(2012, 4, 1))
    assert (done.written, done.later) == (1, 1)


def test_every_profile_fills_what_its_dataset_requires() -> None:
    catalogue = load_catalogue()
    assert {"us_imports", "us_imports_hts10", "section301_products", "china_macro", "china_retail"} <= set(
        catalogue.profiles
    )
    for one in catalogue.profiles.values():
        dataset = catalogue.records.get(one.dataset)
        if dataset is not None:
            required = {name for name, column in dataset.columns.items() if column.required}
            assert required <= set(one.targets), one.code


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with every real series that a profile explains."""
    root = tmp_path_factory.mktemp("real") / "lake"
    for one in load_catalogue().profiles.values():
        taken = take_in_profile(one, DATA, root, taken_in=DAY)
        assert taken.report is not None and taken.report.quarantined == 0, one.code
        assert taken.prepared.read == taken.prepared.written // max(len(one.series), 1) + taken.prepared.repeated + (
            taken.prepared.later + taken.prepared.dropped.total()
        ), one.code
    return root


@real
def test_american_imports_are_the_chapters_and_not_the_totals(lake: Path) -> None:
    totals: dict[tuple[str, str], int] = {}
    chapters: dict[tuple[str, str], int] = defaultdict(int)
    with (DATA / "trade_series" / "us_imports_by_country_hs2_monthly_2013_2021.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            key = (row["month"], row["partner"])
            if row["hs2"] == "00":
                totals[key] = int(row["value_usd"])
            else:
                chapters[key] += int(row["value_usd"])
    wrong = {key for key in totals if totals[key] != chapters[key]}
    # In the source's last month the total counts every chapter twice: a sum over “00” would be wrong there.
    assert {month for month, _ in wrong} == {"2021-06"}
    assert all(totals[key] == 2 * chapters[key] for key in wrong)
    ((value, months, codes),) = lines(
        lake, "us_imports",
        "SELECT sum(value_usd), count(DISTINCT month), count(DISTINCT hs2) FROM lines WHERE country = 'CHN'",
    )  # fmt: skip
    assert value == sum(total for (_, partner), total in chapters.items() if partner == "CHINA")
    assert (months, codes) == (102, 98)


@real
def test_the_tariff_on_american_imports_from_china_rises_with_the_lists(lake: Path) -> None:
    rate = dict(
        lines(
            lake,
            "us_imports",
            "SELECT month, sum(duty_usd) / sum(value_usd) FROM lines WHERE country = 'CHN' GROUP BY 1",
        )
    )
    assert rate[201806] < 0.04 < 0.09 < rate[201912]
    first = dict(lines(lake, "section301_products", "SELECT list, min(effective) FROM lines GROUP BY 1"))
    assert first["list_1"] == date(2018, 7, 6) and first["list_4a"] == date(2019, 9, 1)
    ((count,),) = lines(lake, "section301_products", "SELECT count(*) FROM lines")
    assert count == 12_223


@real
def test_american_lines_match_their_lists_by_the_first_eight_digits(lake: Path) -> None:
    products = {hts for (hts,) in lines(lake, "section301_products", "SELECT hts8 FROM lines WHERE list = 'list_3'")}
    rows = lines(lake, "us_imports_hts10", "SELECT hts10, value_usd FROM lines")
    assert len(rows) == 14_422 and all(len(code) == 10 for code, _ in rows)
    own = sum(value for code, value in rows if code[:8] in products)
    six = {code[:6] for code in products}
    bound = sum(value for code, value in rows if code[:6] in six)
    assert bound / own == pytest.approx(1.19, abs=0.02)  # six digits overstate the list: two figures are shown


@real
def test_retail_sales_of_january_and_february_are_one_figure(lake: Path) -> None:
    found = figure(
        Lake(lake), load_catalogue(), "retail_sales", "100000", "2012-01..02",
        reach=Reach(ALL, "public"),
    )  # fmt: skip
    assert found.value == Decimal("33668.6")
    alone = figure(Lake(lake), load_catalogue(), "retail_sales", "100000", "2012-01", reach=Reach(ALL, "public"))
    assert alone.value is None


@real
def test_exports_and_imports_of_customs_are_not_swapped() -> None:
    with (DATA / "trade_series" / "gacc_region_monthly_2024_2025.csv").open(encoding="utf-8", newline="") as file:
        (zhejiang,) = [r for r in csv.DictReader(file) if (r["adcode"], r["month"]) == ("330000", "2024-02")]
    shipped = Path(__file__).parents[3] / "src" / "commercebrain" / "catalogue" / "observations" / "customs.csv"
    with shipped.open(encoding="utf-8", newline="") as file:
        ours = {
            r["indicator"]: Decimal(r["value"])
            for r in csv.DictReader(file)
            if (r["region"], r["period"]) == ("330000", "2024-01..02")
        }
    assert ours["export_value"] == Decimal(zhejiang["export_ytd_10k_cny"])
    # As Hangzhou Customs printed them for January and February of 2024: 5,991.0 and 2,177.7 亿元.
    assert abs(ours["export_value"] / 10_000 - Decimal("5991.0")) < Decimal("0.1")
    assert abs(ours["import_value"] / 10_000 - Decimal("2177.7")) < Decimal("0.1")


def test_the_command_takes_in_what_there_is_and_names_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-21")
    file = tmp_path / "data" / load_catalogue().profiles["us_imports"].file
    file.parent.mkdir(parents=True)
    file.write_text(IMPORTS, encoding="utf-8")
    result = CliRunner().invoke(catalogue_app, ["load-series", str(tmp_path / "data"), "--language", "en"])
    assert result.exit_code == 0, result.output
    assert "3 taken in" in result.output and "1 left out: 全部商品的合计行，不是一章" in result.output
    assert "china_macro: no file macro/" in result.output
    assert (
        "already"
        in CliRunner().invoke(catalogue_app, ["load-series", str(tmp_path / "data"), "--language", "en"]).output
    )
