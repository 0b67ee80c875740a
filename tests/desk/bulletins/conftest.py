"""The invented city with its six counties, the months before the bulletin's in an own lake."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.house import House
from tests.real import browse  # noqa: F401 - a fixture

from commercebrain.desk.bulletins import sample
from commercebrain.desk.figures.queries import names
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.lake import Lake
from commercebrain.engine.periods import Period

COUNTIES = {
    "990101": "甲区", "990102": "乙区", "990103": "丙区", "990104": "丁市", "990105": "戊市", "990106": "己县",
}  # fmt: skip


@pytest.fixture
def city(house: House) -> Region:
    """示例市 with its counties."""
    top: Region = house.units.sample.region
    for code, name in COUNTIES.items():
        Region.objects.create(code=code, name_zh=name, name_en=code, level="county", parent=top, synthetic=True)
    return top


@pytest.fixture
def clerk(house: House, city: Region) -> Person:
    """Who issues the invented city's bulletin."""
    person: Person = actions.create_person("shili", None, "示例市统计科", "Clerk of the invented city")
    actions.grant(person, house.units.sample, house.roles["statistics_clerk"])
    return person


@pytest.fixture
def own_lake(settings: Any, tmp_path: Path, city: Region) -> Lake:
    """A lake that holds the invented counties' months up to May 2025."""
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.MEDIA_ROOT = tmp_path / "uploads"
    lake = Lake.create(settings.LAKE_ROOT)
    path = tmp_path / "before.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(sample.history(COUNTIES, 2024, Period.parse("2025-05")))
    report = lake.intake(path, taken_in=date(2025, 6, 20), names=names(None))
    assert report.quarantined == 0 and report.accepted > 150
    return lake
