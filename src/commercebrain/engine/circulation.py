"""The two circulations 双循环 of firms: exports from declaration lines, sales at home and exports turned to domestic sale
as the firms report them. What was not reported is missing, never zero; sums that would tell about a firm are withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from commercebrain.engine.lake.opened import reading
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.periods import Period

DATASET = "dual_circulation"
#: A sum is told of at least so many firms, the largest of which holds at most this share of it.
FEWEST, LARGEST = 3, Decimal("0.85")
SYNTHETIC_SOURCE = "示例市合成演示数据（虚构）"


@dataclass(frozen=True, slots=True)
class Report:
    """What a firm reported of a quarter, in whole yuan; None: it left the field empty."""

    uscc: str
    county: str
    domestic: int | None
    turned: int | None
    published: date
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A firm's quarter in whole yuan. ``reported`` is False where it sent nothing; ``exports`` is None where the
    quarter's lines are not all on file."""

    uscc: str
    county: str
    exports: int | None
    domestic: int | None
    turned: int | None
    reported: bool

    @property
    def domestic_share(self) -> Decimal | None:
        """Sales at home in exports and sales at home together, a fraction; None where one of them is missing."""
        if self.exports is None or self.domestic is None or self.exports + self.domestic == 0:
            return None
        return Decimal(self.domestic) / (self.exports + self.domestic)


@dataclass(frozen=True, slots=True)
class Total:
    """A county's (or the city's) sums in whole yuan over the firms that reported; ``firms`` have exports or a report.

    ``withheld``: the sums would tell about a single firm.
    """

    region: str
    firms: int
    reporting: int
    domestic: int | None
    turned: int | None
    withheld: bool = False

    @property
    def rate(self) -> Decimal | None:
        """The share of firms that reported."""
        return Decimal(self.reporting) / self.firms if self.firms else None


def quarters(root: Path, as_of: date | None = None) -> list[Period]:
    """The quarters of which anything was reported, the newest first."""
    table = RecordTable(root, record_dataset(DATASET))
    months = {version.month for version in table.months(as_of)} if table.exists() else set()
    return [Period.of_quarter(month // 100, month % 100 // 3) for month in sorted(months, reverse=True)]


def reports(root: Path, quarter: Period, as_of: date | None = None) -> dict[str, Report]:
    """By credit code what was reported of ``quarter`` as known on a day; a later report replaces an earlier one."""
    table = RecordTable(root, record_dataset(DATASET))
    if not table.exists():
        return {}
    wanted = quarter.last[0] * 100 + quarter.last[1]
    found: dict[str, Report] = {}
    with reading() as connection:
        for version in sorted((v for v in table.months(as_of) if v.month == wanted), key=lambda v: v.rank):
            rows = connection.execute(
                "SELECT uscc, county, domestic_cny, turned_cny FROM read_parquet(?)", [list(version.files)]
            ).fetchall()
            for uscc, county, domestic, turned in rows:
                found[uscc] = Report(uscc, county, domestic, turned, version.published, version.synthetic)
    return found


def joined(told: Mapping[str, Report], exports: Mapping[str, tuple[str, int]] | None) -> list[Row]:
    """Every firm that exported or reported: ``exports`` is credit code → (county, yuan), None where lines are missing."""
    rows = []
    for uscc in sorted({*told, *(exports or {})}):
        one = told.get(uscc)
        county, value = (exports or {}).get(uscc, (one.county if one else "", 0))
        rows.append(
            Row(
                uscc, one.county if one else county, None if exports is None else value,
                one.domestic if one else None, one.turned if one else None, one is not None,
            )
        )  # fmt: skip
    return rows


def totals(rows: Iterable[Row], city: str) -> list[Total]:
    """The city's sums, then its counties'. A county whose sums would tell about a firm is withheld, and where it is the
    only one, so is the county with the fewest reports besides: the city's sum would tell it by subtraction."""
    by_county: dict[str, list[Row]] = {}
    for row in rows:
        by_county.setdefault(row.county, []).append(row)
    every = [row for some in by_county.values() for row in some]
    counties = {county: _total(county, some) for county, some in sorted(by_county.items())}
    unsafe = {county for county, some in by_county.items() if not _safe(some)}
    if len(unsafe) == 1 and len(counties) > 1:
        others = [total for county, total in counties.items() if county not in unsafe]
        unsafe.add(min(others, key=lambda total: (total.reporting, total.region)).region)
    whole = (
        _total(city, every) if _safe(every) and len(unsafe) < max(len(counties), 1) else _hidden(_total(city, every))
    )
    return [whole, *(_hidden(total) if total.region in unsafe else total for total in counties.values())]


def _safe(rows: Sequence[Row]) -> bool:
    """Whether sums over these firms tell about none of them; where nobody reported there is nothing to tell."""
    for field in ("domestic", "turned"):
        values = [value for row in rows if (value := getattr(row, field)) is not None]
        if values and (len(values) < FEWEST or max(values) > LARGEST * sum(values)):
            return False
    return True


def _hidden(total: Total) -> Total:
    return Total(total.region, total.firms, total.reporting, None, None, withheld=True)


def _total(region: str, rows: Sequence[Row]) -> Total:
    sent = [row for row in rows if row.reported]
    turned = _sum(row.turned for row in sent)
    return Total(region, len(rows), len(sent), _sum(row.domestic for row in sent), turned)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def simulate(
    root: Path, quarter: Period, exports: Mapping[str, tuple[str, int]], published: date, seed: int = 0
) -> int:
    """Invented reports of the invented city's firms for a quarter, marked synthetic; how many. A second time: none.

    About two firms in three report; sales at home lie around a half of exports, and one in five turned exports homewards.
    """
    table = RecordTable(root, record_dataset(DATASET))
    month = quarter.last[0] * 100 + quarter.last[1]
    if table.exists() and any(version.month == month for version in table.vintages()):
        return 0
    if foreign := [uscc for uscc, (county, _value) in exports.items() if not county.startswith("99")]:
        raise ValueError(f"{foreign[0]} is no invented firm")
    chance = np.random.default_rng([seed, month])
    firms = sorted(exports)
    sent = [uscc for uscc in firms if chance.random() < 0.66]
    counties = sorted({exports[uscc][0] for uscc in sent})
    value = np.array([exports[uscc][1] for uscc in sent], dtype=np.float64)
    domestic = (value * np.exp(chance.normal(-0.7, 0.8, len(sent)))).round().astype(np.int64)
    turned = np.ma.masked_array((domestic * chance.uniform(0.02, 0.25, len(sent))).round().astype(np.int64))
    turned[chance.random(len(sent)) < 0.8] = 0
    turned[chance.random(len(sent)) < 0.1] = np.ma.masked
    columns: dict[str, Any] = {
        "uscc": Coded(np.arange(len(sent)), sent),
        "county": Coded(np.array([counties.index(exports[uscc][0]) for uscc in sent]), counties),
        "domestic_cny": domestic,
        "turned_cny": turned,
    }
    made = table.append_months(
        iter([MonthBlock(month, columns)]), published=published, taken_in=published, source=SYNTHETIC_SOURCE,
        by="simulate", synthetic=True,
    )  # fmt: skip
    return sum(version.rows for version in made)
