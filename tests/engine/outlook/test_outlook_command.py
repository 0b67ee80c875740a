"""``cbrain outlook``, ``cbrain nowcast`` and ``cbrain foresight``: the same answers as from Python, in a terminal."""

from __future__ import annotations

import csv
import doctest
import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from tests.engine.indicators import city
from typer.testing import CliRunner

import commercebrain.engine.outlook as package
from commercebrain.cli import app
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.lake import Lake
from commercebrain.engine.outlook import forecast, series_set
from commercebrain.engine.working.store import refresh_dataset

EXPORTS = "customs_export_value"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    Lake.create(root)
    city.build(root, count=120, first=202101, last=202406)
    refresh_dataset(root, "declaration_lines")
    return root


@pytest.fixture(autouse=True)
def home(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(lake))
    monkeypatch.setenv("CBRAIN_TODAY", "2024-07-21")


def run(*words: str) -> str:
    done = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_example_of_the_package_on_a_plain_array_is_true() -> None:
    assert doctest.testmod(package).attempted > 3
    assert doctest.testmod(package).failed == 0


def test_the_terminal_gives_the_digits_of_the_python_function(lake: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("outlook", EXPORTS, "--by", "county", "--format", "csv"))))
    found = series_set(
        Sources(Lake(lake), lake), load_catalogue(), EXPORTS, "990100", by=("county",), as_of=date(2024, 7, 21),
        reach=Reach(ALL, "confidential"),
    )  # fmt: skip
    told = forecast(found.values, found.first, 6)
    assert len(rows) == 6 * len(found)
    for row in rows:
        at = found.keys.index((row["county"],))
        assert float(row["point"]) == told.point[at, int(row["horizon"]) - 1]
        assert float(row["low95"]) <= float(row["low80"]) <= float(row["point"]) <= float(row["high80"])
        assert float(row["last"]) == pytest.approx(found.values[at, -1])
    assert [row["month"] for row in rows[:6]] == ["202407", "202408", "202409", "202410", "202411", "202412"]


def test_the_screen_shows_last_value_expectation_verdict_and_what_comes_with_its_bands() -> None:
    told = run("outlook", EXPORTS, "--by", "county", "--horizon", "2")
    for part in ("报关出口额", "应为", "判断", "2024-07", "990101 甲区", "合成数据", "截至 2024-07-21 所知", "80%"):
        assert part in told
    english = run("outlook", EXPORTS, "--language", "en", "--horizon", "2")
    assert "expected" in english and "synthetic data" in english


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_are_readable_in_a_terminal_of_100_columns(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for words in (["outlook", EXPORTS], ["outlook", EXPORTS, "--by", "county"]):
        told = run(*words, "--language", language)
        assert max(cell_len(line) for line in told.splitlines()) <= 100
        assert "…" not in told
    wide = run("outlook", EXPORTS, "--language", language, "--horizon", "2")
    assert re.search(r"[\d.,]+–[\d.,]+ │", wide), "where there is room the interval stands side by side"


def test_series_left_out_as_too_small_are_counted() -> None:
    every, large = (run("outlook", EXPORTS, "--by", "county", "--least", least) for least in ("0", "1e9"))
    assert "未列" not in every and "另有 4 个序列" in large


def test_too_little_history_is_an_answer() -> None:
    told = json.loads(run("outlook", EXPORTS, "--months", "8", "--format", "json"))
    assert {row["reason"] for row in told["rows"]} == {"too_short"}
    assert told["rows"][0]["point"] is None
    assert "历史太短" in run("outlook", EXPORTS, "--months", "8")


def test_a_word_that_is_not_known_and_a_file_that_cannot_be_written_are_told_in_a_sentence(tmp_path: Path) -> None:
    for words, code in (
        (["outlook", "customs_export_valu"], "catalogue.unknown_indicator"),
        (["outlook", EXPORTS, "--by", "contry"], "request.unknown_dimension"),
        (["outlook", EXPORTS, "--last", "2024-13"], "series.month"),
        (["outlook", EXPORTS, "--last", "2024-08"], "series.month"),
        (["outlook", EXPORTS, "--as-of", "2024-07-22"], "as_of.future"),
        (["nowcast", EXPORTS, "--as-of", "2024-07-22"], "as_of.future"),
        (["foresight", "keep", "--as-of", "2024-07-22"], "as_of.future"),
        (["foresight", "score", "--as-of", "2024-07-22"], "as_of.future"),
        (["outlook", EXPORTS, "--format", "xml"], "cli.format"),
        (["outlook", EXPORTS, "--out", str(tmp_path / "f")], "cli.table_to_file"),
        (["outlook", EXPORTS, "--format", "csv", "--out", str(tmp_path / "no" / "f")], "cli.cannot_write"),
        (["foresight", "score", "--truth", "last"], "cli.truth"),
        (["foresight", "score", "--indicator", "customs_export_valu"], "catalogue.unknown_indicator"),
        (["nowcast", EXPORTS, "--quarter", "2024-05"], "nowcast.no_quarter"),
        (["nowcast", EXPORTS, "--from", "customs_export_valu"], "catalogue.unknown_indicator"),
        (["nowcast", EXPORTS, "--since", "2024-08-01"], "nowcast.since"),
        (["nowcast", "stock_total"], "nowcast.not_additive"),
    ):
        with pytest.raises(UserError) as fault:
            run(*words)
        assert fault.value.code == code


def test_forecasts_are_kept_and_scored_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = run("foresight", "keep", "--origins", "2", "--language", "en")
    assert " sets, " in kept and "0 rows new" not in kept
    assert "0 rows new" in run("foresight", "keep", "--language", "en")
    told = json.loads(run("foresight", "score", "--indicator", EXPORTS, "--horizons", "--format", "json"))
    assert {row["horizon"] for row in told} >= {0, 1} and all(np.isfinite(row["smape"]) for row in told)
    monkeypatch.setenv("COLUMNS", "100")
    shown = run("foresight", "score", "--horizons")
    assert "去年同月法" in shown and max(cell_len(line) for line in shown.splitlines()) <= 100


def test_a_nowcast_is_printed_with_what_moved_it() -> None:
    asked = ["nowcast", EXPORTS, "--quarter", "2024-Q2", "--from", "customs_import_value"]
    told = json.loads(run(*asked, "--as-of", "2024-06-25", "--since", "2024-05-25", "--format", "json"))
    assert told["known"] == 2 and told["low80"] < told["value"] < told["high80"] and told["synthetic"]
    moved = sum(one["impact"] for one in told["news"]) + told["revisions"]
    assert moved == pytest.approx(told["value"] - told["before"])
    assert {one["indicator"] for one in told["news"]} == {EXPORTS, "customs_import_value"}
    shown = run(*asked, "--as-of", "2024-06-25", "--since", "2024-05-25")
    assert "2024年二季度" in shown and "前期数据修订" in shown
    whole = json.loads(run(*asked, "--format", "json"))
    assert whole["known"] == 3 and whole["low95"] == whole["value"] == whole["high95"]
