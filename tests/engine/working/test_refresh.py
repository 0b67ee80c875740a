"""A refresh changes what depends on new months and nothing else, and ends where a full rebuild ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.depth import examples
from tests.engine.rollups.lines import append, block, draw, everything, months_of, same, table_at, texts

from commercebrain.engine.errors import CancelledError
from commercebrain.engine.indicators.conditions import parse
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.rollups.conditions import Counted
from commercebrain.engine.working.columns import Columns, DamagedError, packed, write_columns
from commercebrain.engine.working.months import in_order
from commercebrain.engine.working.store import RefreshReport, Working

CODE = "declaration_lines"
COUNTED = [Counted("exports", "value_cny", parse("flow == 'export'")), Counted("all", "lines", parse(None))]


def refresh(table: RecordTable, **options: object) -> RefreshReport:
    return Working(table.root).refresh(table, **{"counted": COUNTED, **options})  # type: ignore[arg-type]


def said(table: RecordTable) -> dict[str, object]:
    reader = Working(table.root).reader(CODE)
    assert reader is not None
    base = {}
    for one in COUNTED:
        held = reader.indicator_base(one.code)
        assert held is not None
        order = np.argsort(held.counties)
        base[one.code] = held.months, held.values[:, order].tolist()
    return {**everything(reader), "base": base, "months": reader.months}


def rebuilt(table: RecordTable) -> dict[str, object]:
    """What a store says that is built at once from nothing, beside the one there is."""
    kept = table.root / "working"
    aside = table.root / "aside"
    kept.rename(aside)
    try:
        refresh(table)
        return said(table)
    finally:
        shutil.rmtree(kept)
        aside.rename(kept)


step = st.tuples(
    st.lists(st.integers(0, 39), min_size=1, max_size=3, unique=True),  # months that come, or come again
    st.integers(0, 40),  # the first firm of those that trade: new ones appear later
    st.integers(0, 2**31),
)


@settings(max_examples=examples(5), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(start=st.integers(0, 39), steps=st.lists(step, min_size=1, max_size=4))
def test_months_one_by_one_end_where_a_rebuild_ends(start: int, steps: list[tuple[list[int], int, int]]) -> None:
    months = months_of(202203, 40)
    with tempfile.TemporaryDirectory() as folder:
        table = table_at(Path(folder))
        rng = np.random.default_rng(start)
        append(table, {month: draw(rng, 25) for month in months[:: start + 1]})
        refresh(table)
        for number, (which, first, seed) in enumerate(steps):
            rng = np.random.default_rng(seed)
            coming = {months[n]: draw(rng, 25, firms=range(first, first + 20), products=25 + number) for n in which}
            append(table, coming, published=date(2025, 2, 1) + timedelta(days=number))
            report = refresh(table)
            assert set(report.months) == set(coming)
        now = said(table)
        same(now, rebuilt(table))


def test_only_what_depends_on_a_month_is_computed_again(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    rng = np.random.default_rng(1)
    months = months_of(202001, 60)
    append(table, {month: draw(rng, 20) for month in months})
    refresh(table)
    before = Working(tmp_path).reader(CODE)
    assert before is not None
    append(table, {202106: draw(rng, 20)}, published=date(2025, 3, 1))
    report = refresh(table)
    after = Working(tmp_path).reader(CODE)
    assert after is not None
    assert report.months == report.rolled == (202106,)
    changed = [m for m in months if after.versions[m].rollup != before.versions[m].rollup]
    looked_back = [m for m in months if after.versions[m].panel != before.versions[m].panel]
    years = [y for y in after.manifest.years if after.manifest.years[y] != before.manifest.years[y]]
    assert changed == [202106]
    assert looked_back == months_of(202106, 37)
    assert years == [2021]
    assert after.manifest.recent == before.manifest.recent
    assert not refresh(table).changed
    assert before.arrays("total")["value_cny"].sum() != after.arrays("total")["value_cny"].sum()


def test_a_reader_keeps_what_it_opened_while_months_come_in(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    rng = np.random.default_rng(2)
    append(table, {month: draw(rng, 30) for month in months_of(202401, 14)})
    refresh(table)
    reader = Working(tmp_path).reader(CODE)
    assert reader is not None
    first = texts(reader, "county")
    append(table, {202408: draw(rng, 30)}, published=date(2025, 4, 1))
    refresh(table, rebuild=True)
    assert texts(reader, "county_country")  # a table that was not looked at before: its files are still there
    assert texts(reader, "county") == first
    newer = Working(tmp_path).reader(CODE)
    assert newer is not None
    assert texts(newer, "county") != first


def test_new_conditions_are_counted_without_touching_roll_ups(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {month: draw(np.random.default_rng(3), 30) for month in months_of(202401, 3)})
    refresh(table)
    before = Working(tmp_path).reader(CODE)
    report = refresh(table, counted=[*COUNTED, Counted("usa", "value_usd", parse("country == 'USA'"))])
    after = Working(tmp_path).reader(CODE)
    assert before is not None
    assert after is not None
    assert report.months == ()
    assert {m: s.rollup for m, s in before.versions.items()} == {m: s.rollup for m, s in after.versions.items()}
    base = after.indicator_base("usa")
    assert before.indicator_base("usa") is None
    assert base is not None
    usa = after.dictionary("country").index("USA")
    arrays = after.arrays("country")
    assert base.values.sum() == arrays["value_usd"][arrays["country"] == usa].sum()


def test_the_shipped_indicators_are_counted_in_one_pass(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {202412: draw(np.random.default_rng(3), 50)})
    report = Working(tmp_path).refresh(table)
    assert report.left_out == ()
    reader = Working(tmp_path).reader(CODE)
    assert reader is not None
    for code in report.indicators:
        assert reader.indicator_base(code) is not None


def test_a_damaged_or_missing_file_is_made_again_from_the_record(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {month: draw(np.random.default_rng(5), 30) for month in months_of(202401, 14)})
    refresh(table)
    whole = said(table)
    folder = tmp_path / "working" / CODE
    lines = sorted((folder / "lines").iterdir())
    os.truncate(lines[0], lines[0].stat().st_size - 100)
    sorted((folder / "rollups").iterdir())[3].unlink()
    with pytest.raises(DamagedError):
        Columns(lines[0])
    refresh(table, recompute=True)
    same(said(table), whole)


def test_a_store_of_another_layout_is_made_again(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {202401: draw(np.random.default_rng(6), 30)})
    for _ in range(5):
        refresh(table, recompute=True)
    whole = said(table)
    folder = tmp_path / "working" / CODE
    for path in folder.glob("manifest*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "layout": 0}))
    assert Working(tmp_path).reader(CODE) is None
    refresh(table)
    same(said(table), whole)
    refresh(table, recompute=True)
    same(said(table), whole)


def test_a_lost_dictionary_is_made_again(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {202401: draw(np.random.default_rng(6), 30)})
    refresh(table)
    whole = said(table)
    next((tmp_path / "working" / CODE / "dict").glob("hs10.*")).unlink()
    assert Working(tmp_path).reader(CODE) is None or said(table)["total"] == whole["total"]  # still held in memory
    refresh(table)
    same(said(table), whole)


def test_a_refresh_that_is_stopped_changes_nothing(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {month: draw(np.random.default_rng(7), 30) for month in months_of(202401, 4)})
    refresh(table)
    whole = said(table)
    append(table, {202405: draw(np.random.default_rng(8), 30)})
    steps: list[tuple[int, int]] = []
    with pytest.raises(CancelledError):
        refresh(table, progress=lambda done, of: steps.append((done, of)), cancelled=lambda: len(steps) > 1)
    same(said(table), whole)
    refresh(table)
    assert said(table)["months"] == months_of(202401, 5)


KILLED = """
import sys
from pathlib import Path
from commercebrain.engine.working.months import in_order
from commercebrain.engine.working.store import Working
from tests.engine.rollups.lines import table_at
from tests.engine.working.test_refresh import COUNTED
root = Path(sys.argv[1])
print("ready", flush=True)
Working(root).refresh(table_at(root), counted=COUNTED)
"""


@pytest.mark.slow
def test_a_killed_refresh_leaves_the_old_answers_and_the_next_one_completes(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    rng = np.random.default_rng(9)
    append(table, {month: draw(rng, 40) for month in months_of(202301, 24)})
    refresh(table)
    old = said(table)
    append(table, {month: draw(rng, 40) for month in months_of(202501, 4)})
    for pause in (0.0, 0.2):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)], stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if len(said(table)["months"]) == 24:  # type: ignore[arg-type]
            same(said(table), old)
    refresh(table)
    same(said(table), rebuilt(table))
    named = Working(tmp_path).reader(CODE)
    assert named is not None
    files = [p for p in (tmp_path / "working" / CODE / "lines").iterdir() if not p.name.startswith(".")]
    assert len(files) <= 28 + 4


def test_two_refreshes_at_once_take_turns(tmp_path: Path) -> None:
    table = table_at(tmp_path)
    append(table, {month: draw(np.random.default_rng(10), 40) for month in months_of(202401, 6)})
    reports: list[RefreshReport] = []
    both = [threading.Thread(target=lambda: reports.append(refresh(table_at(tmp_path)))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(len(report.months) for report in reports) == [0, 6]


@given(st.lists(st.tuples(st.sampled_from(["<u1", "<u2", "<i4", "<i8", "<f8"]), st.integers(0, 300)), max_size=6))
@settings(max_examples=examples(25), deadline=None)
def test_a_file_of_arrays_gives_back_what_was_written(shapes: list[tuple[str, int]]) -> None:
    rng = np.random.default_rng(len(shapes))
    arrays = {f"a{n}": rng.integers(0, 100, many).astype(kind) for n, (kind, many) in enumerate(shapes)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.cols"
        size = write_columns(path, arrays, {"note": "数"})
        held = Columns(path, size)
        assert held.facts == {"note": "数"}
        for name, array in arrays.items():
            np.testing.assert_array_equal(held.read(name), array)
            into = np.empty(len(array), np.int64)
            np.testing.assert_array_equal(held.read(name, into), array.astype(np.int64))
        for name, array in arrays.items():
            np.testing.assert_array_equal(held.mapped(name), array)
            np.testing.assert_array_equal(held.read(name), array)
        with pytest.raises(DamagedError):
            Columns(path, size + 1)


@given(st.lists(st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**62), 2**62)), max_size=40))
@settings(max_examples=examples(50), deadline=None)
def test_few_large_numbers_among_small_ones_come_back_whole(values: list[int]) -> None:
    given_values = np.array(values, np.int64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.cols"
        write_columns(path, packed("v", given_values))
        held = Columns(path)
        assert held.names == ("v",)
        assert held.shape("v") == (len(values),)
        np.testing.assert_array_equal(held.read("v"), given_values)
        np.testing.assert_array_equal(held.mapped("v"), given_values)
        np.testing.assert_array_equal(held.read("v", np.empty(len(values), np.int64)), given_values)


@pytest.mark.parametrize("kept", [1, 2])
def test_lines_at_hand_say_what_the_record_says(tmp_path: Path, kept: int) -> None:
    table = table_at(tmp_path)
    rng = np.random.default_rng(11)
    append(table, {202401: draw(rng, 40, firms=range(20))})
    refresh(table)
    lines = draw(rng, 60, firms=range(5, 40), big=True)
    append(table, {202402: lines})
    (version,) = [version for version in table.months() if version.month == 202402]
    # Half of the lines are not what the record counts: then it is read.
    at_hand = block(202402, lines[: len(lines) // kept])
    report = refresh(table, fresh={(version.batch, 202402): at_hand})
    assert report.months == (202402,)
    same(said(table), rebuilt(table))


@given(st.lists(st.integers(0, 2**40), max_size=300), st.integers(0, 3))
@settings(max_examples=examples(30), deadline=None)
def test_keys_are_ordered_by_digits_and_lines_of_one_key_keep_their_order(keys: list[int], few: int) -> None:
    values = np.array([key % (3 if few else 2**41) for key in keys], np.int64)
    in_turn, order = in_order(values, int(values.max(initial=0)) + 1)
    np.testing.assert_array_equal(order, np.argsort(values, kind="stable"))
    np.testing.assert_array_equal(in_turn, np.sort(values))


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"layout": 3}', "\udcff\udcfe"])
def test_a_broken_manifest_counts_as_nothing_built_and_the_next_refresh_makes_it_again(
    tmp_path: Path, broken: str
) -> None:
    rng = np.random.default_rng(3)
    table = table_at(tmp_path)
    append(table, {202401: draw(rng, 40), 202402: draw(rng, 40)})
    refresh(table)
    before = said(table)
    layout = json.loads((tmp_path / "working" / CODE / "manifest.json").read_text("utf-8"))["layout"]
    text = broken.replace("3", str(layout))
    for file in (tmp_path / "working" / CODE).glob("manifest*.json"):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Working(tmp_path).reader(CODE) is None
    refresh(table)
    same(said(table), before)
    refresh(table, rebuild=True)
    same(said(table), before)
