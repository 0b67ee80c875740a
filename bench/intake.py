"""Taking lines in: a workbook beside its bare read, a large file beside DuckDB's own load of it, bytes a line."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import xlsxwriter
from python_calamine import CalamineWorkbook

from bench._lines import LINES, MONTHS, SEED, THREADS, World
from bench.harness import Figure, interleaved_pairs, log, timed
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.lake.records.codes import code_list
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable

TITLE = "Intake with every check and the commit, beside the bare read of a workbook and DuckDB's own load of a file."
QUICK = False

XLSX_LINES = 100_000
PAIRS = int(os.environ.get("PAIRS", "3"))
_HEADINGS = {
    "month": "月份", "uscc": "统一社会信用代码", "hs10": "商品编码", "country": "国别（地区）", "mode": "监管方式", "flow": "进出口",
    "quantity": "数量", "value_cny": "人民币值", "value_usd": "美元值", "county": "所在县（市、区）",
}  # fmt: skip


def figures() -> Iterator[Figure]:
    """All figures of intake."""
    kept = os.environ.get("CBRAIN_BENCH_DIR", "")
    base = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="cbrain-bench-"))
    folder = base / f"intake-{LINES}-{SEED}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield from _workbook(folder)
        yield from _large(folder)
    finally:
        shutil.rmtree(folder / "lake", ignore_errors=True)
        if not kept:
            shutil.rmtree(base, ignore_errors=True)


class _Valid(World):
    """The benches' lines with codes that pass every check: invented credit codes, countries of the code list."""

    def __init__(self, lines: int, seed: int) -> None:
        super().__init__(lines, seed)
        self.firms = [synthetic("990101", number) for number in range(len(self.firms))]
        self.countries = sorted(set(code_list("countries").values()))[: len(self.countries)]


def _intake(folder: Path, file: Path) -> Callable[[], float]:
    """Seconds of an intake of ``file`` into a lake that holds nothing yet."""

    def run() -> float:
        shutil.rmtree(folder / "lake", ignore_errors=True)
        table = RecordTable(folder / "lake", record_dataset("declaration_lines"))
        table.create()
        seconds = timed(lambda: take_in(table, file, taken_in=dt.date(2026, 1, 20)))
        assert sum(v.rows for v in table.months()) > 0
        return seconds

    return run


def _workbook(folder: Path) -> Iterator[Figure]:
    path = folder / "lines.xlsx"
    if not path.exists():
        log(f"making a workbook of {XLSX_LINES:,} lines …")
        block = _Valid(2 * XLSX_LINES * MONTHS, SEED).block(MONTHS - 1)
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("明细")
            sheet.write_row(0, 0, [*_HEADINGS.values(), "计量单位", "备注"])
            for number, row in enumerate(zip(*_columns(block, XLSX_LINES), strict=True), 1):
                sheet.write_row(number, 0, [*row, "千克", f"第{number}行"])

    def bare() -> float:
        return timed(lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())

    pairs = interleaved_pairs(_intake(folder, path), bare, pairs=max(PAIRS, 5))
    ratio = statistics.median(own / other for own, other in pairs)
    yield Figure(
        "xlsx_ratio", ratio, 3, 1.5, "lower",
        f"Intake of a workbook of {XLSX_LINES:,} × 12 (found headings, every check, sorted, committed) ÷ reading the same "
        "sheet with python-calamine into lists; in one process in turn, median of the ratios.",
        {"lines": XLSX_LINES, "seed": SEED, "seconds": pairs},
    )  # fmt: skip


def _columns(block: MonthBlock, count: int) -> list[list[object]]:
    """The block's columns in the order of the headings, as a spreadsheet keeps them."""
    found: list[list[object]] = []
    for name in _HEADINGS:
        given = block.columns.get(name)
        if given is None:
            found.append([f"{block.month // 100}-{block.month % 100:02d}"] * count)
        elif isinstance(given, Coded):
            found.append([given.values[code] for code in given.codes[:count]])
        else:
            numbers = np.asarray(given[:count], dtype=np.float64) / (1000 if name == "quantity" else 1)
            found.append(numbers.tolist())
    return found


def _large(folder: Path) -> Iterator[Figure]:
    files = _large_files(folder)
    ratios: dict[str, float] = {}
    seconds: dict[str, object] = {}
    size = 0.0
    for file in files:

        def load(file: Path = file) -> float:
            database = folder / "loaded.duckdb"
            database.unlink(missing_ok=True)

            def run() -> None:
                with duckdb.connect(str(database), config={"threads": THREADS}) as connection:
                    connection.execute("SET enable_progress_bar = false")
                    connection.execute(f"CREATE TABLE lines AS SELECT * FROM '{file}'")
                    connection.execute("CHECKPOINT")

            spent = timed(run)
            database.unlink()
            return spent

        pairs = interleaved_pairs(_intake(folder, file), load, pairs=PAIRS)
        ratios[file.suffix] = statistics.median(own / other for own, other in pairs)
        seconds[file.suffix] = pairs
        log(f"{file.suffix}: {ratios[file.suffix]:.2f}")
        table = RecordTable(folder / "lake", record_dataset("declaration_lines"))
        size = sum(Path(name).stat().st_size for name in table.files()) / sum(v.rows for v in table.months())
    yield Figure(
        "load_ratio", max(ratios.values()), 3, 1.5, "lower",
        f"Intake of {LINES:,} lines of {MONTHS} months (digest, every check, sorted by month, committed) ÷ DuckDB's "
        "create table as select from the same file into a database file, checkpoint included, same threads; csv and "
        f"parquet each in turn, median of the ratios, the worse of the two ({ratios}).",
        {"lines": LINES, "seed": SEED, "threads": THREADS, "ratios": ratios, "seconds": seconds},
    )  # fmt: skip
    yield Figure(
        "bytes_per_line", size, 15, 11, "lower",
        "Bytes of the record's Parquet files ÷ lines, after the intake above.", {"lines": LINES, "seed": SEED},
    )  # fmt: skip


def _large_files(folder: Path) -> list[Path]:
    """The same lines as one csv and one parquet file, in the order of months and in no order within."""
    parquet, text = folder / "lines.parquet", folder / "lines.csv"
    if parquet.exists() and text.exists():
        return [text, parquet]
    log(f"making files of {LINES:,} lines of seed {SEED} …")
    world = _Valid(LINES, SEED)
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute("SET enable_progress_bar = false")
        for block in map(world.block, range(MONTHS)):
            arrays: dict[str, object] = {}
            select, joins = [f"'{block.month // 100}-{block.month % 100:02d}' AS month"], []
            for name, given in block.columns.items():
                if isinstance(given, Coded):
                    arrays[name] = np.asarray(given.codes, dtype=np.int32)
                    values = {
                        "code": np.arange(len(given.values), dtype=np.int32),
                        "text": np.array(given.values, object),
                    }
                    connection.register(f"v_{name}", values)
                    select.append(f"v_{name}.text AS {name}")
                    joins.append(f"JOIN v_{name} ON v_{name}.code = block.{name}")
                else:
                    arrays[name] = given
                    select.append(f"{name} / 1000.0 AS {name}" if name == "quantity" else name)
            connection.register("block", arrays)
            connection.execute(
                f"COPY (SELECT {', '.join(select)} FROM block {' '.join(joins)}) TO '{parts}/{block.month}.parquet'"
            )
        whole = f"SELECT {', '.join(_HEADINGS)} FROM read_parquet('{parts}/*.parquet')"
        connection.execute(f"COPY ({whole}) TO '{text}' (HEADER)")
        connection.execute(f"COPY ({whole}) TO '{parquet}' (COMPRESSION zstd)")
    shutil.rmtree(parts)
    return [text, parquet]
