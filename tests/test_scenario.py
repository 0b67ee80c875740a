"""The demo's story, 08:40: every real number of it, from the official series in the project.

The tables go into a lake through the same intake as anything else, and every number is read through the one
``figure`` as it was known on the demo's Monday. The numbers on the right are the story's own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import commercebrain
from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.indicators import ALL, Figure, Reach, Snapshot, figure
from commercebrain.engine.indicators.growth import yoy
from commercebrain.engine.indicators.result import NoValue
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.names import Names
from commercebrain.engine.observations import Observation

MONDAY = date(2025, 7, 21)
NATION, ZHEJIANG, NINGBO = "100000", "330000", "330200"
TABLES = Path(commercebrain.__file__).parent / "catalogue" / "observations"
GOLD = Path(__file__).parent / "gold" / "targets.jsonl"

Read = Callable[..., Figure]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.create(tmp_path_factory.mktemp("story") / "lake", Names.of(load_catalogue()))
    for path in sorted(TABLES.glob("*.csv")):
        lake.intake(path, taken_in=MONDAY)
    return lake


@pytest.fixture(scope="module")
def read(lake: Lake) -> Read:
    """``read(code, period, region=Ningbo)``: the figure as it was known on the Monday."""
    catalogue: Catalogue = load_catalogue()
    known = Snapshot(lake, MONDAY)

    def read(code: str, period: str, region: str = NINGBO) -> Figure:
        found = figure(known, catalogue, code, region, period, reach=Reach(ALL, "public"), as_of=MONDAY)
        assert found.value is not None, found.reason_en
        return found

    return read


def said(value: Decimal | NoValue | None, places: int = 1) -> Decimal:
    """The value as the story prints it."""
    assert isinstance(value, Decimal), value
    return round(value, places)


def percent(rate: Decimal | NoValue | None) -> Decimal:
    assert isinstance(rate, Decimal), rate
    return round(rate * 100, 1)


def over(read: Read, code: str, months: tuple[int, ...], year: int, region: str = NINGBO) -> Decimal:
    """The sum of these months as customs published them."""
    return sum((read(code, f"{year}-{m:02d}", region).value or Decimal(0) for m in months), Decimal(0))


@pytest.mark.parametrize(
    ("code", "value", "growth"),
    [
        ("trade_value", "7218.0", "6.0"),
        ("export_value", "4904.4", "10.1"),
        ("import_value", "2313.6", "-1.9"),
    ],
)
def test_the_first_half_is_out(read: Read, code: str, value: str, growth: str) -> None:
    half = read(code, "2025-01..06")
    assert said(half.value) == Decimal(value)
    assert percent(half.known_growth) == Decimal(growth)
    assert half.unit == "亿元" and half.published == date(2025, 7, 18)


def test_january_and_february_apart_swing_and_together_tell(read: Read) -> None:
    assert percent(read("trade_value", "2025-01").known_growth) == Decimal("18.2")
    assert percent(read("trade_value", "2025-02").known_growth) == Decimal("-7.2")
    assert percent(read("trade_value", "2025-01..02").known_growth) == Decimal("7.4")


def test_exports_went_from_a_boom_to_a_standstill_while_the_rest_of_the_province_grew(read: Read) -> None:
    spring = yoy(*(over(read, "export_value", (3, 4), year) for year in (2025, 2024)))
    early_summer = yoy(*(over(read, "export_value", (5, 6), year) for year in (2025, 2024)))
    rest = yoy(
        *(
            over(read, "export_value", (5, 6), year, ZHEJIANG) - over(read, "export_value", (5, 6), year)
            for year in (2025, 2024)
        )
    )
    assert percent(spring) == Decimal("17.7")
    assert percent(early_summer) == Decimal("1.1")
    assert percent(rest) == Decimal("9.9")


def test_two_trillion_is_half_a_trillion_away(read: Read) -> None:
    """Last year's total carried on with the first half's own growth, against the promise."""
    promise = promised("T029") * 10000
    last_year, half = read("trade_value", "2024"), read("trade_value", "2025-01..06")
    assert promise == 20000
    assert last_year.value is not None and half.growth_computed is not None
    landing = last_year.value * (1 + half.growth_computed)
    assert said(landing, 0) == Decimal(15050)
    assert said((promise - landing) / 10000, 1) == Decimal("0.5")


def test_the_share_of_national_trade_holds(read: Read) -> None:
    now, base = read("trade_share_of_nation", "2025-01..06"), read("trade_share_of_nation", "2020")
    assert said(now.value, 2) == Decimal("3.31")
    assert base.value == Decimal("3.04")
    assert {row.region for row in now.sources} == {NATION, NINGBO}


def test_the_ratio_of_exports_to_imports_fails_quietly(read: Read) -> None:
    now, base = read("export_import_ratio", "2025-01..06"), read("export_import_ratio", "2020")
    assert said(now.value, 2) == Decimal("2.12")
    assert base.value == Decimal("1.9")
    assert promised("T039") == Decimal("1.5")


def test_the_year_before_is_the_published_total_and_the_difference_is_told(read: Read) -> None:
    year = read("trade_value", "2024")
    assert said(year.value) == Decimal("14202.5")
    assert said(year.summed) == Decimal("14221.5")
    assert "18.96" in year.note_zh


def test_nothing_in_the_story_was_public_only_later(lake: Lake) -> None:
    known: list[Observation] = lake.observations(MONDAY)
    assert max(row.published for row in known) == date(2025, 7, 18)
    assert not [row for row in known if row.period in ("2025", "2025-07", "2025-01..07")]


def promised(target: str) -> Decimal:
    """The number that the plan promises, from the labelled texts."""
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["id"] == target:
            return Decimal(str(row["target_value"]))
    raise AssertionError(target)
