"""Fixtures: real regions and units in a tree, and one person for every role.

浙江省商务厅 (zhejiang)
├─ 宁波市商务局 (ningbo)
│   ├─ 海曙区商务局 (haishu)
│   └─ 鄞州区商务局 (yinzhou)
└─ 绍兴市商务局 (shaoxing)
南京市商务局 (nanjing), in another province
示例市商务局 (sample), in the invented city, where the firm's user belongs
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person, Right, Role, Unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.lake import Lake
from tests.taped import once

PASSWORD = "Promise-2025-kept"

REGIONS = [
    ("100000", "全国", "China", "nation", None),
    ("330000", "浙江省", "Zhejiang", "province", "100000"),
    ("330200", "宁波市", "Ningbo", "city", "330000"),
    ("330203", "海曙区", "Haishu District", "county", "330200"),
    ("330212", "鄞州区", "Yinzhou District", "county", "330200"),
    ("330600", "绍兴市", "Shaoxing", "city", "330000"),
    ("320000", "江苏省", "Jiangsu", "province", "100000"),
    ("320100", "南京市", "Nanjing", "city", "320000"),
    ("990100", "示例市", "Sample City", "city", None),
]
UNITS = [
    ("zhejiang", "浙江省商务厅", "Zhejiang Department of Commerce", "330000", None),
    ("ningbo", "宁波市商务局", "Ningbo Bureau of Commerce", "330200", "zhejiang"),
    ("haishu", "海曙区商务局", "Haishu Bureau of Commerce", "330203", "ningbo"),
    ("yinzhou", "鄞州区商务局", "Yinzhou Bureau of Commerce", "330212", "ningbo"),
    ("shaoxing", "绍兴市商务局", "Shaoxing Bureau of Commerce", "330600", "zhejiang"),
    ("nanjing", "南京市商务局", "Nanjing Bureau of Commerce", "320100", None),
    ("sample", "示例市商务局", "Sample City Bureau of Commerce", "990100", None),
]
# Who: (user name, role, unit). "nobody" has an account and no role; "sister" works next door, in 绍兴; "neighbour" in the
# sister county 鄞州; "deputy" has no role and acts for the clerk this month; "firm" is the user of an invented firm;
# "root" manages everything, "admin" the units from 宁波 down.
PERSONS = [
    ("director", "director", "ningbo"),
    ("planner", "plan_office", "ningbo"),
    ("clerk", "statistics_clerk", "ningbo"),
    ("trader", "trade_section", "ningbo"),
    ("county", "county_bureau", "haishu"),
    ("evaluator", "evaluator", "ningbo"),
    ("it", "it_department", "ningbo"),
    ("admin", "administrator", "ningbo"),
    ("sister", "plan_office", "shaoxing"),
    ("province", "plan_office", "zhejiang"),
    ("nobody", None, None),
    ("neighbour", "county_bureau", "yinzhou"),
    ("deputy", None, None),
    ("firm", "firm", "sample"),
    ("root", "super_administrator", "zhejiang"),
]
FIRM = "91990100MA0000000D"


@dataclass
class House:
    """Everything by its short name: ``house.units.ningbo``, ``house.people.clerk``, ``house.roles["director"]``."""

    regions: dict[str, Region]
    units: SimpleNamespace
    roles: dict[str, Role]
    people: SimpleNamespace


def make_regions() -> dict[str, Region]:
    """A handful of regions by code."""
    made: dict[str, Region] = {}
    for code, zh, en, level, parent in REGIONS:
        made[code] = Region.objects.create(
            code=code,
            name_zh=zh,
            name_en=en,
            level=level,
            parent=made.get(parent or ""),
            synthetic=code >= "99",
        )
    return made


def make_units(regions: dict[str, Region]) -> SimpleNamespace:
    """The tree of units by short name."""
    made: dict[str, Unit] = {}
    for name, zh, en, region, parent in UNITS:
        made[name] = actions.create_unit(zh, en, regions[region], made.get(parent or ""))
    return SimpleNamespace(**made)


def make_roles() -> dict[str, Role]:
    """The roles of the catalogue by code."""
    actions.load_roles()
    return {role.code: role for role in Role.objects.all()}


def make_people(units: SimpleNamespace, roles: dict[str, Role]) -> SimpleNamespace:
    """One person for every role, a sister next door, a superior, and somebody without any role."""
    made: dict[str, Person] = {}
    for username, role, unit in PERSONS:
        made[username] = actions.create_person(username, PASSWORD, f"测试{username}", username.title())
        if role and unit:
            firm = own_firm(units) if role == "firm" else None
            actions.grant(made[username], getattr(units, unit), roles[role], firm=firm)
    lent = made["clerk"].memberships.get()
    actions.delegate(lent, made["deputy"], date(2025, 7, 1), date(2025, 7, 31), list(Right))
    return SimpleNamespace(**made)


def own_firm(units: SimpleNamespace) -> Enterprise:
    """The firm of the firm's user: invented, in the invented city."""
    return Enterprise.objects.get_or_create(
        uscc=FIRM,
        defaults={"name_zh": "示例一号公司", "unit": units.sample, "region": units.sample.region, "synthetic": True},
    )[0]


def make_house() -> House:
    """All of it, for fixtures of a wider scope than one test."""
    regions, roles = make_regions(), make_roles()
    units = make_units(regions)
    return House(regions, units, roles, make_people(units, roles))


def _part(request: pytest.FixtureRequest, name: str, make: Callable[..., Any], *needs: str) -> Any:
    """A part of the house where the test has one, else that part alone."""
    if "house" in request.fixturenames:
        return getattr(request.getfixturevalue("house"), name)
    return make(*map(request.getfixturevalue, needs))


@pytest.fixture
def regions(db: None, request: pytest.FixtureRequest) -> dict[str, Region]:
    """A handful of regions by code."""
    return cast("dict[str, Region]", _part(request, "regions", make_regions))


@pytest.fixture
def units(db: None, request: pytest.FixtureRequest) -> SimpleNamespace:
    """The tree of units by short name."""
    return cast("SimpleNamespace", _part(request, "units", make_units, "regions"))


@pytest.fixture
def roles(db: None, request: pytest.FixtureRequest) -> dict[str, Role]:
    """The roles of the catalogue by code."""
    return cast("dict[str, Role]", _part(request, "roles", make_roles))


@pytest.fixture
def people(db: None, request: pytest.FixtureRequest) -> SimpleNamespace:
    """One person for every role."""
    return cast("SimpleNamespace", _part(request, "people", make_people, "units", "roles"))


@pytest.fixture
def house(db: None) -> House:
    """All of it."""
    return cast("House", once(make_house))


@pytest.fixture
def empty_lake(settings: Any, tmp_path: Path) -> Lake:
    """A lake as set-up makes it, before anything came in."""
    settings.LAKE_ROOT = tmp_path / "lake"
    return Lake.create(settings.LAKE_ROOT)
