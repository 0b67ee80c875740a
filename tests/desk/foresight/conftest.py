"""An invented city with two and a half years of lines, taken in once; who may see its firms and who may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.house import House
from tests.real import browse, figures, official_lake  # noqa: F401 - fixtures

from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.lake import Lake
from commercebrain.engine.simulate.write import simulate

CITY = "990100"
COUNTIES = {"990101": "甲区", "990102": "乙区", "990103": "丙区", "990104": "丁市", "990105": "戊市", "990106": "己县"}


@pytest.fixture(scope="session")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake; not to be written to."""
    root = tmp_path_factory.mktemp("foresight") / "lake"
    Lake.create(root)
    simulate(root, 8_000, 3, firms=80, first="2022-01", last="2025-06")
    return root


@pytest.fixture
def city(house: House, lines: Path, settings: Any, tmp_path: Path) -> Region:
    """示例市 with its counties, reading that lake."""
    settings.LAKE_ROOT = lines
    settings.MEDIA_ROOT = tmp_path / "uploads"
    top: Region = house.units.sample.region
    for code, name in COUNTIES.items():
        Region.objects.create(code=code, name_zh=name, name_en=code, level="county", parent=top, synthetic=True)
    return top


def _person(house: House, role: str) -> Person:
    made: Person = actions.create_person(f"new-{role}", None, "示例市", "Of the invented city")
    actions.grant(made, house.units.sample, house.roles[role])
    return made


@pytest.fixture
def cleared(house: House, city: Region) -> Person:
    """Who may see single firms of the invented city."""
    return _person(house, "plan_office")


@pytest.fixture
def uncleared(house: House, city: Region) -> Person:
    """Who may see its internal figures, but no single firm."""
    return _person(house, "trade_section")
