"""A small city for tests: lines of four years, a month that never came, a month that was restated, firms that come
and go, zero bases. Plain Python rows beside the table, so that a twin can count them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.lake.records.schema import RecordDataset, record_dataset, record_datasets
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable

Line = dict[str, Any]
FIRMS = [f"91990100MA{n:08d}" for n in range(60)]
#: Codes such that every shipped indicator has lines: the beginnings that its groups name, filled up with zeros.
PRODUCTS = sorted(
    {prefix.ljust(10, "0") for group in load_catalogue().groups.values() for prefix in group.prefixes[:2]}
    | {"8703231010", "8703800000", "8507600090", "6203429062", "2710192200", "0901110000"}
)
COUNTRIES = [
    "USA",
    "DEU",
    "JPN",
    "VNM",
    "THA",
    "BRA",
    "RUS",
    "ZAF",
    "AUS",
    "KOR",
    "GBR",
    "IND",
    "MEX",
    "ARE",
    "HKG",
    "TWN",
    "SGP",
    "MYS",
    "IDN",
    "FRA",
    "ITA",
    "POL",
    "CZE",
    "HUN",
    "NLD",
    "CAN",
    "CHL",
    "SAU",
    "NGA",
]
MODES = ["0110", "0615", "1039", "9610", "9710", "9810", "1210"]
COUNTIES = ["990101", "990102", "990103", "990104"]
MISSING, RESTATED = 202308, 202311


def months(first: int, last: int) -> list[int]:
    """Every month from ``first`` to ``last`` (yyyymm)."""
    every = range(first // 100 * 12 + first % 100 - 1, last // 100 * 12 + last % 100)
    return [n // 12 * 100 + n % 12 + 1 for n in every]


def published(month: int) -> date:
    """The 18th of the month after."""
    year, after = divmod(month // 100 * 12 + month % 100, 12)
    return date(year, after + 1, 18)


def make_lines(month: int, count: int, seed: int) -> list[Line]:
    """Lines of one month; firms differ in size, some products are not sold before 2023."""
    rng = np.random.default_rng(seed * 1_000_003 + month)
    firm = np.minimum(rng.zipf(1.4, count) - 1, len(FIRMS) - 1)
    rows = []
    for n in range(count):
        product = PRODUCTS[rng.integers(len(PRODUCTS))]
        if product.startswith("8507") and month < 202301:
            product = PRODUCTS[0]
        rows.append(
            {
                "month": month,
                "uscc": FIRMS[firm[n]],
                "hs10": product,
                "country": COUNTRIES[int(len(COUNTRIES) * rng.random() ** 2)],
                "mode": MODES[rng.integers(len(MODES))],
                "flow": "export" if rng.random() < 0.7 else "import",
                "quantity": int(rng.integers(1, 5_000_000)),
                "value_cny": int(rng.integers(0, 3_000_000)),
                "value_usd": int(rng.integers(0, 400_000)),
                "county": COUNTIES[int(firm[n]) % len(COUNTIES)],
            }
        )
    return rows


def make_other_lines(dataset: RecordDataset, month: int, count: int, seed: int) -> list[Line]:
    """Lines of any declared dataset, whatever its columns: few values of each, some of them missing where they may be."""
    rng = np.random.default_rng([seed, month, *dataset.code.encode()])
    rows = []
    for n in range(count):
        row: Line = {"month": month}
        for name, column in dataset.columns.items():
            if not column.required and rng.random() < 0.1:
                row[name] = None
            elif column.type == "month":
                row[name] = month
            elif column.type == "date":
                row[name] = date(month // 100, month % 100, 1 + int(rng.integers(28)))
            elif column.type == "uscc":
                row[name] = FIRMS[int(rng.integers(len(FIRMS)))]
            elif column.type == "region":
                row[name] = COUNTIES[int(rng.integers(len(COUNTIES)))]
            elif column.type == "choice":
                row[name] = sorted(column.of)[int(rng.integers(len(column.of)))]
            elif column.type == "code":
                row[name] = _code(column.list or "", column.digits, rng)
            elif column.type == "text":
                row[name] = f"{name}{int(rng.integers(20))}-{n}"
            else:
                row[name] = int(rng.integers(0, 2_000_000))
        rows.append(row)
    keyed = {tuple(row[name] for name in dataset.key): row for row in rows} if dataset.key else dict(enumerate(rows))
    return list(keyed.values())


def _code(kind: str, digits: tuple[int, ...], rng: np.random.Generator) -> str:
    several = {
        "countries": [*COUNTRIES, "CHN", "HKG"],
        "products": PRODUCTS,
        "industries": ["1311", "1700", "2621", "3921", "5132", "6420"],
    }[kind]
    value = several[int(rng.integers(len(several)))]
    return value[: max(digits)] if digits else value


def build_others(root: Path, *, count: int = 40, first: int = 202301, last: int = 202406, seed: int = 7) -> None:
    """Every other declared dataset under ``root``; one month of each was sent twice, the second time with other lines."""
    for code, dataset in record_datasets().items():
        if code == "declaration_lines":
            continue
        table = RecordTable(root, dataset)
        sent = [month for month in months(first, last) if month != MISSING]
        for batch, seeds in ((sent, seed), ([RESTATED], seed + 1)):
            table.append_months(
                [block(dataset, month, make_other_lines(dataset, month, count, seeds)) for month in batch],
                published=published if seeds == seed else date(2024, 3, 1),
                taken_in=published if seeds == seed else date(2024, 3, 1),
                source="test",
                synthetic=True,
            )


def block(dataset: RecordDataset, month: int, lines: Sequence[Line]) -> MonthBlock:
    """The lines as a block; a quantity counts thousandths."""
    columns: dict[str, Any] = {}
    for name, column in dataset.columns.items():
        if column.type == "month":
            continue
        given = [line[name] for line in lines]
        missing = np.array([value is None for value in given])
        if column.type in ("integer", "decimal"):
            numbers = np.array([value or 0 for value in given], dtype=np.int64)
            columns[name] = np.ma.MaskedArray(numbers, mask=missing) if missing.any() else numbers
        elif column.type == "date":
            days = np.array([value or date(2000, 1, 1) for value in given], dtype="datetime64[D]")
            columns[name] = np.ma.MaskedArray(days, mask=missing) if missing.any() else days
        else:
            values = sorted({value for value in given if value is not None})
            at = {value: n for n, value in enumerate(values)}
            columns[name] = Coded(np.array([at.get(value, -1) for value in given], dtype=np.int64), values)
    return MonthBlock(month, columns)


def write(root: Path, lines: Iterable[Line], *, taken_in: date | None = None, later: date | None = None) -> RecordTable:
    """Takes the lines in as one batch; ``later`` publishes them on that day instead of the month's own."""
    dataset = record_dataset("declaration_lines")
    table = RecordTable(root, dataset)
    by_month: dict[int, list[Line]] = {}
    for line in lines:
        by_month.setdefault(line["month"], []).append(line)
    table.append_months(
        [block(dataset, month, rows) for month, rows in sorted(by_month.items())],
        published=later or published,
        taken_in=taken_in or later or published,
        source="customs",
        synthetic=True,
    )
    return table


def build(root: Path, *, count: int = 300, first: int = 202201, last: int = 202506, seed: int = 7) -> list[Line]:
    """The city's record under ``root``; the lines now in force. :data:`MISSING` never came, :data:`RESTATED` was
    restated on 1 March 2024 (its first version had other lines)."""
    kept = [month for month in months(first, last) if month != MISSING]
    write(root, [line for month in kept for line in make_lines(month, count, seed)])
    restated = make_lines(RESTATED, count + 50, seed + 1)
    write(root, restated, later=date(2024, 3, 1))
    return [line for month in kept if month != RESTATED for line in make_lines(month, count, seed)] + restated
