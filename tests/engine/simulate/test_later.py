"""Time goes on: months after those that were simulated come in once, on their release days, and touch nothing earlier."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.simulate import later
from commercebrain.engine.simulate.key import read_key
from commercebrain.engine.simulate.others import simulate_others
from commercebrain.engine.simulate.responses import Help, works_from
from commercebrain.engine.simulate.world import month_number
from commercebrain.engine.simulate.write import simulate

FIRMS, LINES = 400, 6_000


def city_in(root: Path) -> Path:
    simulate(root, LINES, 0, "2025-01", "2025-06", firms=FIRMS)
    simulate_others(root, 0, "2025-01", "2025-06", firms=FIRMS)
    return root


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's lake as it was made; not to be written to."""
    return city_in(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def lake(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(untouched, tmp_path_factory.mktemp("later") / "lake")


def traded(root: Path, month: int) -> dict[str, int]:
    """Yuan exported by firm in a month, from the files in force."""
    files = RecordTable(root, record_dataset("declaration_lines")).files(None, [month])
    rows = duckdb.sql(
        f"SELECT uscc, sum(value_cny)::BIGINT FROM read_parquet({files!r}) WHERE flow = 'export' GROUP BY uscc"
    ).fetchall()
    return dict(rows)


def test_a_month_is_due_once_customs_have_released_it(lake: Path) -> None:
    assert later.due_months(lake, date(2025, 8, 17)) == []
    assert later.due_months(lake, date(2025, 8, 18)) == [202507]
    assert later.due_months(lake, date(2025, 10, 20)) == [202507, 202508, 202509]


def test_a_lake_without_the_invented_city_is_never_due_anything(tmp_path: Path) -> None:
    assert later.asked_of(tmp_path) is None and later.due_months(tmp_path, date(2026, 1, 1)) == []


def test_months_come_in_once_with_help_and_the_key_tells_of_them(lake: Path) -> None:
    trade = later.trade_in(lake)
    before = traded(lake, 202506)
    hit = [shock for shock in trade.shocks if shock.first == month_number("2025-06") and shock.kind in ("drop", "stop")]
    uscc = next(
        one.subject["uscc"] for one in hit
        if works_from(trade.city, Help(one.subject["uscc"], date(2025, 7, 1))) and one.factor(month_number("2025-08")) < 1
    )  # fmt: skip
    helps = [Help(uscc, date(2025, 7, 22), "visit")]
    made = [later.take_in(lake, month, helps) for month in later.due_months(lake, date(2025, 9, 20))]
    assert len(made) == 2 and all(700 < lines < 1_700 for lines in made)
    assert [later.take_in(lake, month, helps) for month in (202507, 202508)] == [0, 0]
    versions = {one.month: one for one in RecordTable(lake, record_dataset("declaration_lines")).months()}
    assert versions[202508].published == date(2025, 9, 18) and versions[202508].synthetic
    assert traded(lake, 202506) == before
    plain = trade.values(month_number("2025-08"))[(trade.city.flow == 0) & (trade.city.firm == trade.city.firms.uscc.index(uscc))].sum()  # fmt: skip
    assert traded(lake, 202508).get(uscc, 0) > plain
    key = read_key(lake)
    assert key["until"] == 202508 and key["asked"]["last"] == 202506
    assert key["helps"] == [{"uscc": uscc, "on": "2025-07-22", "measure": "visit", "works": True}]
    codes = {row["code"]: row for row in key["shocks"]}
    assert "202508" in {str(month) for month in codes["tariff_round_2025_stays"]["effect"]}
    orders = RecordTable(lake, record_dataset("order_lines")).months()
    assert {one.month for one in orders} >= {202507, 202508}


def test_a_killed_taking_in_is_finished_by_the_next(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(untouched, tmp_path / "lake")
    with monkeypatch.context() as broken:
        broken.setattr(later, "append_others", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            later.take_in(root, 202507)
    lines = traded(root, 202507)
    assert lines and later.due_months(root, date(2025, 8, 18)) == [202507]
    assert later.take_in(root, 202507) == 0
    assert traded(root, 202507) == lines and later.due_months(root, date(2025, 8, 18)) == []
    assert simulate(root, LINES, 0, "2025-01", "2025-06", firms=FIRMS).already
