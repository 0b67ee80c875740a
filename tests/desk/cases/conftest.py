"""示例市 with two counties, a section of the bureau, firms of its own, and people who work on cases."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.house import House
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.cases import actions
from commercebrain.desk.cases.models import Case
from commercebrain.desk.people import actions as people_actions
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.enterprises.uscc import synthetic


@pytest.fixture
def city(house: House) -> SimpleNamespace:
    """Units, people and firms of the invented city: 甲区 and 乙区 below the bureau, whose section is 外贸科."""
    return make_city(house)


def make_city(house: House) -> SimpleNamespace:
    """The same for tests that plant it once."""
    top = house.units.sample
    regions = {
        code: Region.objects.create(
            code=code, name_zh=zh, name_en=en, level="county", parent=top.region, synthetic=True
        )
        for code, zh, en in (("990101", "甲区", "District A"), ("990102", "乙区", "District B"))
    }
    first = people_actions.create_unit("甲区商务局", "Bureau of District A", regions["990101"], top)
    second = people_actions.create_unit("乙区商务局", "Bureau of District B", regions["990102"], top)
    section = people_actions.create_unit("示例市商务局外贸科", "Trade section", top.region, top)
    people = {}
    for name, role, unit in (
        ("chief", "director", top), ("trade", "trade_section", section), ("trade2", "trade_section", section),
        ("jia", "county_bureau", first), ("jia2", "county_bureau", first), ("yi", "county_bureau", second),
    ):  # fmt: skip
        people[name] = people_actions.create_person(f"s-{name}", None, f"示例{name}", name.title(), home=unit)
        people_actions.grant(people[name], unit, house.roles[role])
    people["firm"] = house.people.firm
    own = Enterprise.objects.get(uscc="91990100MA0000000D")
    own.unit, own.region = first, regions["990101"]
    own.save()

    def firm(number: int, unit: Any) -> Enterprise:
        made: Enterprise = Enterprise.objects.create(
            uscc=synthetic("990100", number),
            name_zh=f"示例{number}号公司",
            unit=unit,
            region=unit.region,
            synthetic=True,
        )
        return made

    return SimpleNamespace(
        top=top, jia=first, yi=second, section=section, regions=regions, people=SimpleNamespace(**people), own=own,
        firm=firm, other=firm(7, second), house=house,
    )  # fmt: skip


def warning(city: SimpleNamespace, enterprise: Enterprise | None = None, **more: Any) -> Case:
    """A response to a warning about a firm, opened by the system."""
    firm = enterprise or city.own
    return actions.start(
        "warning_response", unit=city.top, region=firm.region, title=("在手订单下降", "Orders fall"), enterprise=firm,
        **{"level": "watch", **more},
    )  # fmt: skip


CONTACT = {"contacted_on": "2025-07-21", "contact_way": "visit", "finding": "orders_lost"}
MEASURE = {"measure_kind": "credit_insurance", "measure_due": "2025-08-08"}
