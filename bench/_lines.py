"""Lines for the benches, through the lake's trusted way in: skewed firms, products, partners, seasons, entries, exits.

The distributions are those of the reference measurements (20,000 firms by Zipf's law with exponent 1.05, at most 5,000
products, 200 partners, six modes, six counties, sixty months from 2021-01), so that the figures can be put beside them.
``CBRAIN_BENCH_DIR`` keeps what was made; without it a temporary folder is used and removed.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bench.harness import ROOT, log
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable

LINES = int(float(os.environ.get("LINES", "1e7")))
SEED = int(os.environ.get("SEED", "7"))
THREADS = 2
FIRST_YEAR, MONTHS, FIRMS = 2021, 60, 20_000
SOURCE = "bench"
_FESTIVAL = {2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17)}
_MODES = ["0110", "0615", "1039", "9610", "9710", "9810"]
_COUNTIES = [f"9901{n:02d}" for n in range(1, 7)]


@dataclass(frozen=True)
class Measure:
    """One row of a list of duties: a product of six digits from a country, per cent."""

    hs6: str
    country: str
    duty: float


class World:
    """Everything that stays from month to month, drawn once from a seed."""

    def __init__(self, lines: int, seed: int) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.firms = [synthetic("990101", number) for number in range(FIRMS)]
        chapters = np.sort(rng.choice(np.r_[1:77, 78:98], 5_000))
        pairs = zip(chapters, rng.integers(0, 10**8, 5_000), strict=True)
        self.hs10 = sorted({f"{chapter:02d}{rest:08d}" for chapter, rest in pairs})
        rng.shuffle(self.hs10)
        countries = sorted(load_catalogue().codes("countries"))
        self.countries = [str(code) for code in rng.permutation(countries)[:200]]
        self.county = rng.choice(6, FIRMS, p=[0.28, 0.22, 0.18, 0.15, 0.12, 0.05])
        self.weight = 1 / np.arange(1, FIRMS + 1) ** 1.05
        self.p_hs = 1 / np.arange(1, len(self.hs10) + 1) ** 0.9
        self.p_hs /= self.p_hs.sum()
        self.p_country = 1 / np.arange(1, 201) ** 1.1
        self.p_country /= self.p_country.sum()
        self.of_hs = rng.choice(len(self.hs10), (FIRMS, 8), p=self.p_hs)
        self.of_country = rng.choice(200, (FIRMS, 12), p=self.p_country)
        self.of_mode = rng.choice(6, (FIRMS, 2), p=[0.62, 0.04, 0.10, 0.08, 0.10, 0.06])
        self.imports = rng.beta(1, 4, FIRMS)
        self.size = rng.normal(9.5, 1.0, FIRMS)
        self.growth = rng.normal(0.004, 0.012, FIRMS)
        self.season = np.exp(rng.normal(0, 0.18, (FIRMS, 12)))
        self.breaks = np.where(rng.random(FIRMS) < 0.15, rng.integers(0, MONTHS, FIRMS), 10**6)
        self.break_size = np.exp(rng.choice([-1.6, -1.0, 0.7], FIRMS))
        self.entry = np.where(rng.random(FIRMS) < 0.25, rng.integers(0, MONTHS, FIRMS), 0)
        self.exit = np.where(rng.random(FIRMS) < 0.12, rng.integers(6, MONTHS, FIRMS), 10**6)
        trend = np.exp(0.004 * np.arange(MONTHS))
        self.rows = (trend / trend.sum() * lines).astype(int)
        self.rows[-1] += lines - self.rows.sum()

    def block(self, number: int) -> MonthBlock:
        """The lines of the month with this number, in order of months only (the draw goes on from the last one)."""
        rng, year, month = self.rng, FIRST_YEAR + number // 12, number % 12 + 1
        weight = self.weight * np.exp(self.growth * number) * self.season[:, month - 1]
        weight = weight * np.where(number >= self.breaks, self.break_size, 1.0)
        weight = weight * (1 - 0.55 * _festival_share(year, month)) * np.exp(rng.normal(0, 0.2, FIRMS))
        weight[(number < self.entry) | (number >= self.exit)] = 0
        many = int(self.rows[number])
        firm = np.repeat(np.arange(FIRMS, dtype=np.int32), rng.multinomial(many, weight / weight.sum()))
        rng.shuffle(firm)
        products, partners = 0.5 ** np.arange(8), 0.6 ** np.arange(12)
        usd = np.maximum(1, np.exp(self.size[firm] + rng.normal(0, 1.2, many))).astype(np.int64)
        rate = 6.4 + 0.8 * number / MONTHS
        columns = {
            "uscc": Coded(firm, self.firms),
            "hs10": Coded(self.of_hs[firm, rng.choice(8, many, p=products / products.sum())], self.hs10),
            "country": Coded(self.of_country[firm, rng.choice(12, many, p=partners / partners.sum())], self.countries),
            "mode": Coded(self.of_mode[firm, (rng.random(many) < 0.2).astype(int)], _MODES),
            "flow": Coded((rng.random(many) < self.imports[firm]).astype(np.int8), ["export", "import"]),
            "county": Coded(self.county[firm], _COUNTIES),
            "quantity": np.round(usd / np.exp(rng.normal(2, 0.5, many)), 2).__mul__(1000).round().astype(np.int64),
            "value_cny": (usd * rate).astype(np.int64),
            "value_usd": usd,
        }
        return MonthBlock(year * 100 + month, columns)

    def measures(self) -> list[Measure]:
        """2,000 products of six digits by country with a duty."""
        rng = np.random.default_rng(len(self.hs10))
        pick = rng.choice(len(self.hs10), 2000, p=self.p_hs)
        of = rng.choice(200, 2000, p=self.p_country)
        found = {(self.hs10[p][:6], self.countries[c]) for p, c in zip(pick, of, strict=True)}
        while len(found) < 2000:
            found.add((self.hs10[rng.integers(len(self.hs10))][:6], self.countries[rng.integers(200)]))
        duties = np.round(rng.gamma(2, 10, len(found)), 1)
        return [Measure(a, b, float(d)) for (a, b), d in zip(sorted(found), duties, strict=True)]


def _festival_share(year: int, month: int) -> float:
    """The share of the days from a week before Spring Festival to ten after that lie in a month."""
    first = dt.date(year, *_FESTIVAL[year])
    days = [first + dt.timedelta(k) for k in range(-7, 10)]
    return sum((d.year, d.month) == (year, month) for d in days) / len(days)


def last_day(month: int) -> dt.date:
    """The last day of a month yyyymm."""
    return dt.date(month // 100, month % 100, calendar.monthrange(month // 100, month % 100)[1])


@dataclass(frozen=True)
class Data:
    """A lake with lines, and where a bench may put its own files."""

    root: Path
    lines: int
    seed: int

    @property
    def table(self) -> RecordTable:
        """The lines' table."""
        return RecordTable(self.root / "lake", record_dataset("declaration_lines"))

    def world(self) -> World:
        """What the lines were drawn from, as it stood before the first month."""
        return World(self.lines, self.seed)


def _sent(data: Data) -> None:
    """The last month's lines as a Parquet file in no particular order, without what the lake adds."""
    columns = ", ".join(column for column in record_dataset("declaration_lines").columns if column != "month")
    last = max(version.month for version in data.table.months())
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(
            f"COPY (SELECT '{last // 100}-{last % 100:02d}' AS month, {columns} FROM read_parquet($1) ORDER BY hash(value_cny)) "
            f"TO '{data.root}/last-month.parquet' (FORMAT parquet, COMPRESSION zstd)",
            [data.table.files(months=[last])],
        )


@contextmanager
def lake_with(lines: int = LINES, seed: int = SEED) -> Iterator[Data]:
    """A lake that holds ``lines`` lines by month; made where ``CBRAIN_BENCH_DIR`` does not have it yet."""
    kept = os.environ.get("CBRAIN_BENCH_DIR", "")
    base = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="cbrain-bench-"))
    data = Data(base / f"lines-{lines}-{seed}", lines, seed)
    try:
        if not data.table.exists() or len(data.table.months()) < MONTHS:
            shutil.rmtree(data.root, ignore_errors=True)
            data.root.mkdir(parents=True)
            log(f"making {lines:,} lines of seed {seed} …")
            world = data.world()
            kept_back = MONTHS - 1
            dates = {"published": last_day, "taken_in": last_day, "source": SOURCE, "synthetic": True}
            data.table.append_months((world.block(number) for number in range(kept_back)), **dates)
            # The lake before its last month, and that month as the file that a provider sends.
            shutil.copytree(data.root / "lake", data.root / "before", copy_function=os.link)
            data.table.append_months([world.block(kept_back)], **dates)
            _sent(data)
        yield data
    finally:
        if not kept:
            shutil.rmtree(base, ignore_errors=True)


def coded_table(data: Data) -> Path:
    """The same lines as one integer-coded table of ten columns in a DuckDB file of its own: what is scanned barely."""
    path = data.root / "coded.duckdb"
    if path.exists():
        return path
    log("building the integer-coded DuckDB table …")
    beside = data.root / "coded.building.duckdb"
    beside.unlink(missing_ok=True)
    files = data.table.files()
    kinds = {"flow": "UTINYINT", "uscc": "USMALLINT", "hs10": "USMALLINT", "country": "UTINYINT", "mode": "UTINYINT"}
    kinds["county"] = "UTINYINT"
    with duckdb.connect(str(beside), config={"threads": THREADS, "memory_limit": "6GB"}) as connection:
        for column in kinds:
            connection.execute(
                f"CREATE TEMP TABLE d_{column} AS SELECT value, row_number() OVER (ORDER BY value) - 1 AS code "
                f"FROM (SELECT DISTINCT {column} AS value FROM read_parquet($1))",
                [files],
            )
        codes = ", ".join(f"d_{column}.code::{kind} AS {column}" for column, kind in kinds.items())
        joins = " ".join(f"JOIN d_{column} ON d_{column}.value = l.{column}" for column in kinds)
        connection.execute(
            f"CREATE TABLE lines AS SELECT l.month, {codes}, (l.quantity * 1000)::BIGINT AS quantity, value_cny, value_usd "
            f"FROM read_parquet($1) l {joins}",
            [files],
        )
        connection.execute("CHECKPOINT")
    beside.rename(path)
    return path


SCAN = "SELECT " + ", ".join(
    f"sum({column})"
    for column in (
        "month", "flow", "uscc", "hs10", "country", "mode", "county", "quantity", "value_cny", "value_usd",
    )
) + " FROM lines"  # fmt: skip


class BareScan:
    """The sum of all ten columns of :func:`coded_table`, warm, on :data:`THREADS` threads."""

    def __init__(self, data: Data) -> None:
        self._connection = duckdb.connect(
            str(coded_table(data)), read_only=True, config={"threads": THREADS, "memory_limit": "6GB"}
        )

    def __call__(self) -> float:
        """The seconds of one scan."""
        start = time.perf_counter()
        self._connection.execute(SCAN).fetchall()
        return time.perf_counter() - start

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


class Worker:
    """A process of its own that refreshes a lake's working store, so that its memory is its own."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench._refresh_worker", str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "CBRAIN_THREADS": str(THREADS)},
        )

    def ask(self, what: str, **more: str) -> dict[str, Any]:
        """``recompute``: all roll-ups from the coded months; ``refresh``: what is due; ``month``: take in ``file`` into the
        lake at ``root`` and refresh that. Seconds, peak memory, report."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, **more}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)
