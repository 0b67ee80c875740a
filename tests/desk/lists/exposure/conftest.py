"""An invented city whose lines are plain Python rows beside the lake, so that a test can count exposure itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.engine.indicators.city import block, months, write
from tests.house import FIRM, House

from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.working.store import refresh_dataset

DATASET = "declaration_lines"
COUNTIES = {"990101": "甲区", "990102": "乙区", "990103": "丙区"}
FIRMS = 30
FIRST, LAST = 202306, 202506
PRODUCTS = ["8471300000", "8507600090", "6203429062", "8541430000", "9403200000"]
COUNTRIES = ["USA", "DEU", "VNM", "MEX"]

Line = dict[str, Any]


def code_of(number: int) -> str:
    """The credit code of an invented firm."""
    return FIRM if number == 0 else f"91990100MA{number:08d}"


def county_of(number: int) -> str:
    """Firms go round the counties."""
    return list(COUNTIES)[number % len(COUNTIES)]


def make_lines() -> list[Line]:
    """Two years of lines; the last two firms export nothing, one of them imports."""
    rng = np.random.default_rng(11)
    rows: list[Line] = []
    for month in months(FIRST, LAST):
        for number in range(FIRMS - 1):
            flow = "import" if number == FIRMS - 2 else "export"
            for _ in range(2):
                rows.append(
                    {
                        "month": month, "uscc": code_of(number), "hs10": PRODUCTS[int(rng.integers(len(PRODUCTS)))],
                        "country": COUNTRIES[int(rng.integers(len(COUNTRIES)))], "mode": "0110", "flow": flow,
                        "quantity": 1000, "value_cny": int(rng.integers(50_000, 900_000)),
                        "value_usd": 10_000, "county": county_of(number),
                    }
                )  # fmt: skip
    return rows


#: Firms that reported orders by goods and market, firms that reported in the week, firms whose employees are known.
REPORTED, WEEKLY, COUNTED = range(12), range(6), range(25)


def report(root: Path) -> None:
    """What firms said of themselves: orders in hand of one product for one market, the week's report, employees."""
    lines = [
        {"month": 202506, "reported": date(2025, 6, 25), "uscc": code_of(n), "hs10": PRODUCTS[0], "country": "USA",
         "orders_in_hand_usd": 100_000 + n, "new_orders_usd": 0, "cover": "under_1", "trend": "less", "price": "same",
         "county": county_of(n)}
        for n in REPORTED
    ]  # fmt: skip
    weeks = [
        {"month": 202507, "week": week, "reported": date(2025, 7, 10), "uscc": code_of(n), "orders_in_hand_usd": worth + n,
         "trend": "same", "cover": "from_1_to_3", "first_market": "USA", "difficulties": "无", "unchanged": "no",
         "county": county_of(n), "township": f"{county_of(n)}001"}
        for n in WEEKLY for week, worth in (("2025-W28", 2_000_000), ("2025-W27", 1_000_000))
    ]  # fmt: skip
    basics = [
        {"month": 202412, "reported": date(2025, 3, 1), "uscc": code_of(n), "employees": 10 + n, "exports_usd": 1_000,
         "turnover_cny": 1_000, "county": county_of(n), "township": f"{county_of(n)}001"}
        for n in COUNTED
    ]  # fmt: skip
    for code, rows in (("order_lines", lines), ("order_reports", weeks), ("firm_basics", basics)):
        dataset = record_dataset(code)
        RecordTable(root, dataset).append_months(
            [block(dataset, rows[0]["month"], rows)], published=date(2025, 7, 11), taken_in=date(2025, 7, 11),
            source="企业直报", synthetic=True,
        )  # fmt: skip


@dataclass(frozen=True)
class City:
    """The lines, the firms by number, who may see what of them."""

    lines: list[Line]
    firms: dict[int, Enterprise]
    people: SimpleNamespace
    region: Region
    units: dict[str, Unit]

    def sum(self, measure: str = "value_cny", **wanted: Any) -> dict[str, int]:
        """The measure by firm of the lines for which every column is (or begins with one of) what is wanted."""
        found: dict[str, int] = {}
        for line in self.lines:
            if all(_is(line[name], value) for name, value in wanted.items()):
                found[line["uscc"]] = found.get(line["uscc"], 0) + line[measure]
        return found


def _is(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, range):
        return held in wanted
    if isinstance(wanted, tuple):
        return any(str(held).startswith(one) for one in wanted)
    return bool(held == wanted)


@pytest.fixture(scope="session")
def lake_of_lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Line]]:
    """The lake with the lines, rolled up; not to be written to."""
    root = tmp_path_factory.mktemp("exposure") / "lake"
    Lake.create(root)
    lines = make_lines()
    write(root, lines)
    refresh_dataset(root, DATASET)
    report(root)
    return root, lines


@pytest.fixture
def city(house: House, lake_of_lines: tuple[Path, list[Line]], settings: Any, tmp_path: Path) -> City:
    """示例市 with counties, firms and people, reading that lake."""
    settings.LAKE_ROOT, lines = lake_of_lines
    settings.MEDIA_ROOT = tmp_path / "uploads"
    top: Region = house.units.sample.region
    counties = {
        code: Region.objects.create(code=code, name_zh=name, name_en=code, level="county", parent=top, synthetic=True)
        for code, name in COUNTIES.items()
    }
    units = {
        code: actions.create_unit(f"{region.name_zh}商务局", f"Bureau {code}", region, house.units.sample)
        for code, region in counties.items()
    }
    townships = {
        code: Township.objects.create(code=f"{code}001", name_zh=f"{region.name_zh}一街", region=region)
        for code, region in counties.items()
    }
    firms = {}
    for number in range(FIRMS):
        code = county_of(number)
        more = {"name_zh": f"示例{number}号公司", "unit": units[code], "region": counties[code], "synthetic": True,
                "township": townships[code], "size": "small", "industry": "3921"}  # fmt: skip
        firms[number], _ = Enterprise.objects.update_or_create(uscc=code_of(number), defaults=more)

    def person(name: str, role: str, unit: Unit) -> Person:
        made: Person = actions.create_person(name, None, name, name)
        actions.grant(made, unit, house.roles[role])
        return made

    people = SimpleNamespace(
        cleared=person("city-cleared", "plan_office", house.units.sample),
        uncleared=person("city-uncleared", "trade_section", house.units.sample),
        county=person("jia-county", "county_bureau", units["990101"]),
        county_director=person("jia-director", "director", units["990101"]),
        firm=house.people.firm,
        elsewhere=house.people.sister,
        nobody=house.people.nobody,
    )
    return City(lines, firms, people, top, units)
