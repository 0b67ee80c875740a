"""A month of which lines wait in quarantine is never shown as a complete one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.engine.lake.records.conftest import line, write_csv

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake import Lake
from commercebrain.engine.working.store import refresh_dataset

CODE = "declaration_lines"
EVERYTHING = Reach(ALL, "confidential")
DAYS = {month: date(month // 100, month % 100, 20) for month in (202301, 202302, 202401, 202402)}


def ask(lake: Lake, as_of: date = date(2025, 7, 21), rollups: bool = True, **more: object) -> FigureTable:
    given: dict[str, object] = {"first": "2024-01", "last": "2024-02", "by": ("county",), **more}
    request = Request("customs_export_value", "990100", as_of=as_of, **given)  # type: ignore[arg-type]
    return table(Sources(Rows([]), lake.root), load_catalogue(), request, reach=EVERYTHING, rollups=rollups)


def flags(found: FigureTable) -> dict[int, set[str]]:
    told: dict[int, set[str]] = {}
    for period, flag, masked in zip(
        found.columns["period"].tolist(), found.columns["flag"].tolist(), found.columns["value"].mask, strict=True
    ):
        if not masked:
            told.setdefault(period, set()).add(flag)
    return told


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Fourteen lines of February 2024, of which ten name no country that there is."""
    lake = Lake.create(tmp_path / "lake")
    for month, day in DAYS.items():
        lines = [line(n, month) for n in range(0, 28, 2)]
        if month == 202402:
            lines = [*lines[:4], *(one | {"country": "火星"} for one in lines[4:])]
        lake.intake(write_csv(tmp_path / f"{month}.csv", lines), CODE, taken_in=day)
    refresh_dataset(lake.root, CODE)
    return lake


@pytest.mark.parametrize("rollups", [True, False])
def test_every_figure_that_the_month_goes_into_is_flagged_and_the_month_is_named(lake: Lake, rollups: bool) -> None:
    level = ask(lake, rollups=rollups)
    assert flags(level) == {202401: {"normal"}, 202402: {"incomplete"}}
    assert [note.en for note in level.notes] == [
        "Lines of 2024-02 wait for corrections and are not counted yet; figures of them are incomplete."
    ]
    growth = ask(lake, rollups=rollups, transform="yoy", options={"single_months": "1"})
    assert flags(growth)[202402] == {"incomplete"} and "incomplete" not in flags(growth)[202401]
    after = ask(lake, rollups=rollups, transform="ytd")
    assert flags(after)[202402] == {"incomplete"}
    assert ask(lake, first="2023-01", last="2023-02").notes == ()


def test_a_base_with_lines_waiting_marks_the_growth_from_it(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    for month in (202301, 202401):
        lines = [line(n, month) for n in range(0, 8, 2)]
        if month == 202301:
            lines[0] |= {"mode": "9999"}
        lake.intake(write_csv(tmp_path / f"{month}.csv", lines), CODE, taken_in=DAYS[month])
    found = ask(lake, last="2024-01", transform="yoy", options={"single_months": "1"}, by=())
    assert flags(found) == {202401: {"incomplete"}}


def test_once_corrected_the_month_is_complete_and_on_earlier_days_it_stays_what_it_was(lake: Lake) -> None:
    batch = lake.quarantine()[0].batch
    faults = lake.quarantine(batch)
    some = lake.reimport(batch, {faults[0].id: "USA"}, taken_in=date(2024, 3, 1))
    assert some.accepted == 1
    assert flags(ask(lake))[202402] == {"incomplete"}  # nine still wait, now beside another version
    rest = {fault.id: "USA" for fault in lake.quarantine(batch)}
    again = lake.reimport(batch, {**rest, faults[1].id: "金星"}, taken_in=date(2024, 3, 2))
    assert (again.accepted, again.quarantined) == (8, 1)
    assert flags(ask(lake))[202402] == {"incomplete"}  # one waits under the correction's own batch
    (last,) = lake.quarantine()
    lake.reimport(last.batch, {last.id: "USA"}, taken_in=date(2024, 3, 3))
    assert flags(ask(lake))[202402] == {"normal"} and ask(lake).notes == ()
    assert flags(ask(lake, as_of=date(2024, 3, 2)))[202402] == {"incomplete"}


def test_a_month_that_is_sent_again_whole_waits_for_nothing(lake: Lake, tmp_path: Path) -> None:
    lines = [line(n, 202402) for n in range(0, 28, 2)]
    lake.intake(write_csv(tmp_path / "again.csv", lines), CODE, taken_in=date(2024, 3, 1))
    assert flags(ask(lake))[202402] == {"normal"}


def test_a_line_whose_month_cannot_be_read_counts_for_all_months_of_its_file(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    lines = [line(0, 202401), line(2, 202402), line(4, month="2024-13")]
    lake.intake(write_csv(tmp_path / "a.csv", lines), CODE, taken_in=date(2024, 3, 1))
    assert flags(ask(lake)) == {202401: {"incomplete"}, 202402: {"incomplete"}}
