"""Corrections of datasets whose months have a key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.engine.lake.records.conftest import held, line, told, write_csv

from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.correcting import correct
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

DAY = date(2024, 2, 19)


def test_a_corrected_line_whose_key_stands_in_its_month_already_goes_back_to_quarantine(
    tmp_path: Path, lake: Lake
) -> None:
    keyed = record_dataset("declaration_lines").model_copy(
        update={"key": ("month", "uscc", "hs10", "country", "mode", "flow", "county")}
    )
    table = RecordTable(lake.root, keyed)
    lines = [line(n) for n in range(5)]
    wrong = [*lines[:4], lines[0] | {"country": "火星"}, lines[4] | {"country": "火星"}]
    report = take_in(table, write_csv(tmp_path / "a.csv", wrong), taken_in=DAY)
    assert (report.accepted, report.quarantined) == (4, 2)
    rows = lake.quarantine(report.batch)
    parent = next(row for row in table.store.query("batches") if row["batch"] == report.batch)
    fixes = {rows[0].id: str(lines[0]["country"]), rows[1].id: str(lines[4]["country"])}
    fixed = correct(table, parent, rows, fixes, taken_in=date(2024, 2, 20))
    assert (fixed.read, fixed.accepted, fixed.quarantined) == (2, 1, 1)
    assert [(q.row, q.field) for q in lake.quarantine(fixed.batch)] == [(6, "repeated__")]
    assert held(table) == told(lines)
