"""The invented city in a lake: marked, with its key beside it, whole after every kill, and nowhere else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from commercebrain.engine.disclosure.declared import declared_tables
from commercebrain.engine.disclosure.store import Protections
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.simulate.cli import simulate_app
from commercebrain.engine.simulate.key import answer_key, key_path, read_key
from commercebrain.engine.simulate.others import recipes, simulate_others
from commercebrain.engine.simulate.write import released, simulate, write_folder
from commercebrain.engine.working.store import Working

ASKED = {"lines": 6_000, "seed": 1, "first": "2024-10", "last": "2025-03", "firms": 400}


def table(root: Path, code: str = "declaration_lines") -> RecordTable:
    return RecordTable(root, record_dataset(code))


def query(files: list[str], what: str) -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT {what} FROM read_parquet({files!r})").fetchall()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    simulate(root, **ASKED)
    return root


def test_all_lines_are_in_force_and_marked_synthetic(lake: Path) -> None:
    months = table(lake).months()
    assert [version.month for version in months] == [202410, 202411, 202412, 202501, 202502, 202503]
    assert all(version.synthetic and version.source == "海关" for version in months)
    assert sum(version.rows for version in months) == 6_000
    assert query(table(lake).files(), "bool_and(synthetic), count(*)") == [(True, 6_000)]


def test_every_line_lies_in_the_invented_city(lake: Path) -> None:
    counties = query(table(lake).files(), "DISTINCT county")
    assert {county for (county,) in counties} <= {f"99010{n}" for n in range(1, 7)}
    assert query(table(lake).files(), "count(*)")[0][0] == 6_000
    assert query(table(lake).files(), "bool_and(uscc LIKE '9199%')") == [(True,)]


def test_a_city_outside_the_invented_regions_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the declared counties real ones, nothing would be written."""
    from commercebrain.engine.enterprises import simulate as registry
    from commercebrain.engine.simulate import city, trade
    from commercebrain.engine.simulate.world import world

    real = {**world().registry, "counties": [{**row, "code": "330206"} for row in world().registry["counties"]]}
    monkeypatch.setattr(city, "world", lambda: type(world())(**{**world().__dict__, "registry": real}))
    city.city.cache_clear()
    trade.trade_of.cache_clear()
    try:
        with pytest.raises(ValueError, match="invented region"):
            simulate(tmp_path, **{**ASKED, "seed": 7})
        monkeypatch.setattr(registry, "synthetic", lambda region, number: f"91{region}M{number:09d}")
        with pytest.raises(ValueError, match="invented region"):
            simulate(tmp_path, **{**ASKED, "seed": 7})
    finally:
        city.city.cache_clear()
        trade.trade_of.cache_clear()
    assert not table(tmp_path).months()


def test_months_are_published_on_the_release_day(lake: Path) -> None:
    published = {version.month: version.published for version in table(lake).months()}
    assert published[202412] == date(2025, 1, 18) == released(202412)
    assert published[202501] == date(2025, 2, 18)


def test_a_restated_month_has_its_first_version_until_it_was_mended(lake: Path) -> None:
    def november(day: date | None) -> dict[str, int]:
        files = table(lake).files(day, {202411})
        rows = duckdb.sql(f"SELECT county, sum(value_cny) FROM read_parquet({files!r}) GROUP BY county").fetchall()
        return {county: int(value) for county, value in rows}

    first, now = november(date(2025, 1, 23)), november(None)
    assert not table(lake).files(date(2024, 12, 17), {202411})
    assert first["990104"] == pytest.approx(0.92 * now["990104"], rel=1e-4)
    assert {k: v for k, v in first.items() if k != "990104"} == {k: v for k, v in now.items() if k != "990104"}
    assert november(date(2025, 1, 24)) == now


def test_a_late_county_is_missing_until_it_was_delivered(lake: Path) -> None:
    early = query(table(lake).files(date(2025, 4, 18), {202503}), "DISTINCT county")
    later = query(table(lake).files(date(2025, 4, 25), {202503}), "DISTINCT county")
    assert {c for (c,) in later} - {c for (c,) in early} == {"990106"}


def test_the_working_store_is_current(lake: Path) -> None:
    reader = Working(lake).reader("declaration_lines")
    assert reader is not None
    assert reader.months == [202410, 202411, 202412, 202501, 202502, 202503]


def test_what_may_be_told_without_clearance_is_ready_for_every_month(lake: Path) -> None:
    kept = Protections(lake, declared_tables()["declaration_lines"])
    assert all(kept.month(one.month, [one.batch]) is not None for one in table(lake).months())


def test_a_month_of_the_city_taken_in_again_replaces_the_simulated_one(tmp_path: Path) -> None:
    simulate(tmp_path, **ASKED)
    kept = [one for one in table(tmp_path).months() if one.month == 202503]
    again = tmp_path / "202503.csv"
    duckdb.sql(
        "SELECT month, uscc, hs10, country, mode, flow, quantity, value_cny, value_usd, county "
        f"FROM read_parquet({list(kept[0].files)!r}) LIMIT 10"
    ).write_csv(str(again))
    report = Lake(tmp_path).intake(again, dataset="declaration_lines", taken_in=date(2025, 5, 20))
    (now,) = [one for one in table(tmp_path).months() if one.month == 202503]
    assert (report.accepted, now.rows, now.synthetic, now.source) == (10, 10, True, kept[0].source)
    assert [one.rows for one in table(tmp_path).months(date(2025, 5, 19)) if one.month == 202503] == [kept[0].rows]
    assert simulate(tmp_path, **ASKED).already


def test_the_key_lies_beside_the_data_and_not_in_it(lake: Path) -> None:
    key = read_key(lake)
    assert key["complete"] and key["synthetic"] is True
    assert key_path(lake).parent == lake
    assert {row["code"] for row in key["faults"]} == {"restated_2024_11", "late_2025_03"}
    columns = {row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet({table(lake).files()!r})").fetchall()}
    assert columns == {*record_dataset("declaration_lines").columns, "published", "taken_in", "batch", "source",
                       "synthetic"}  # fmt: skip


def test_totals_of_the_key_are_those_of_the_lines(lake: Path) -> None:
    found: dict[str, dict[str, int]] = {}
    rows = duckdb.sql(
        f"SELECT month // 100, flow, sum(value_cny) FROM read_parquet({table(lake).files()!r}) GROUP BY ALL"
    ).fetchall()
    for year, flow, value in rows:
        found.setdefault(str(year), {})[flow] = int(value)
    assert found == read_key(lake)["totals"]


def test_effects_in_the_key_are_those_in_the_lines(tmp_path: Path) -> None:
    """With lines enough for every firm, a firm's shocked month in the lines is the key's number."""
    write_folder(tmp_path, 12_000, 1, "2024-10", "2025-03", 400)
    checked = 0
    for shock in read_key(tmp_path)["shocks"]:
        if "uscc" not in shock["subject"]:
            continue
        for month, effect in shock["effect"].items():
            files = [str(path) for path in tmp_path.glob(f"{month}-*.parquet")]
            got = query(files, f"coalesce(sum(value_cny) FILTER (uscc = '{shock['subject']['uscc']}' "
                               "AND flow = 'export'), 0)")[0][0]  # fmt: skip
            assert int(got) == pytest.approx(effect["value_cny"], abs=2_000)  # rounding to yuan of many streams
            if shock["kind"] == "surge":
                assert effect["value_cny"] > 1.5 * effect["without"]
            else:
                assert effect["value_cny"] < 0.6 * effect["without"] + 1
            checked += 1
    assert checked > 5


def test_a_second_run_changes_nothing(lake: Path) -> None:
    before = [version.batch for version in table(lake).vintages()]
    again = simulate(lake, **ASKED)
    assert again.already
    assert [version.batch for version in table(lake).vintages()] == before


def test_another_city_cannot_be_put_on_top(lake: Path) -> None:
    with pytest.raises(UserError, match="--into") as fault:
        simulate(lake, **{**ASKED, "seed": 2})
    assert fault.value.code == "simulate.other"


def test_a_run_that_was_stopped_leaves_nothing_in_force_and_is_finished_by_the_next(tmp_path: Path) -> None:
    calls = iter(range(100))
    with pytest.raises(CancelledError):
        simulate(tmp_path, **ASKED, cancelled=lambda: next(calls) == 4)
    assert all(version.published < date(2025, 4, 19) for version in table(tmp_path).vintages())
    assert not read_key(tmp_path)["complete"]
    done = simulate(tmp_path, **ASKED)
    assert not done.already
    assert sum(version.rows for version in table(tmp_path).months()) == 6_000
    assert len(table(tmp_path).vintages()) == 8  # six months and two first versions


def test_a_run_killed_before_its_last_word_makes_no_line_twice(tmp_path: Path) -> None:
    simulate(tmp_path, **ASKED)
    key = read_key(tmp_path)
    key_path(tmp_path).write_text(json.dumps({**key, "complete": False}))
    simulate(tmp_path, **ASKED)
    assert len(table(tmp_path).vintages()) == 8
    assert read_key(tmp_path)["complete"]


def test_the_key_is_the_same_whatever_was_written(tmp_path: Path, lake: Path) -> None:
    from commercebrain.engine.simulate.key import Asked
    from commercebrain.engine.simulate.trade import Trade
    from commercebrain.engine.simulate.world import month_number

    asked = Asked(6_000, 1, 400, 202410, 202503)
    fresh = json.loads(json.dumps(answer_key(Trade(1, 400, month_number("2025-03")), asked)))
    assert {**fresh, "complete": True} == read_key(lake)


def test_small_data_sets_are_filled_once_and_marked(tmp_path: Path) -> None:
    made = simulate_others(tmp_path, 1, "2025-04", "2025-06", 2_000)
    wanted = {code for code, dataset in record_datasets().items() if dataset.provider != "海关"}
    assert set(made) == {*recipes()["datasets"], recipes()["orders"]["dataset"]}
    assert set(made) <= wanted
    for code, rows in made.items():
        dataset = record_dataset(code)
        months = table(tmp_path, code).months()
        assert rows > 0, code
        assert sum(version.rows for version in months) == rows
        assert all(version.synthetic for version in months)
        files = table(tmp_path, code).files()
        assert query(files, f"bool_and(starts_with({dataset.place}, '9901'))") == [(True,)]
        if dataset.key:
            keys = ", ".join(dataset.key)
            once = duckdb.sql(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM read_parquet({files!r}))").fetchall()
            assert once == [(rows,)], code
        for name, column in dataset.columns.items():
            if column.type == "choice":
                assert {value for (value,) in query(files, f"DISTINCT {name}")} <= {*column.of, None}, (code, name)
            if column.required:
                assert query(files, f"count(*) FILTER ({name} IS NULL)") == [(0,)], (code, name)
    assert set(simulate_others(tmp_path, 1, "2025-04", "2025-06", 2_000).values()) == {0}


def test_the_verb_fills_a_lake_and_prints_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LAKE", str(tmp_path / "lake"))
    run = CliRunner()
    asked = ["--lines", "4000", "--from", "2025-01", "--to", "2025-03", "--firms", "300"]
    made = run.invoke(simulate_app, asked)
    assert made.exit_code == 0, made.output
    assert "4000" in made.output
    assert "未改动" in run.invoke(simulate_app, asked).output
    key = json.loads(run.invoke(simulate_app, ["--key"]).stdout)
    assert key["asked"]["lines"] == 4_000
    files = run.invoke(simulate_app, [*asked, "--out", str(tmp_path / "files"), "--key"])
    assert files.exit_code == 0, files.output
    assert sorted(p.name for p in (tmp_path / "files").glob("*.parquet")) == [f"20250{n}-1.parquet" for n in (1, 2, 3)]


def test_a_folder_without_a_city_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cbrain simulate --lines") as fault:
        read_key(tmp_path)
    assert fault.value.code == "simulate.no_key"
