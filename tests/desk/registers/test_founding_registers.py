"""The registers that the founding documents ask for, each doing what its clause says."""

from __future__ import annotations

from typing import Any

import pytest

from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.declared import register
from commercebrain.engine.catalogue import Register

pytestmark = pytest.mark.django_db


def declared(code: str) -> Register:
    found = register(code)
    assert found is not None
    return found


def enter(house: Any, code: str, **row: Any) -> Any:
    return actions.create(declared(code), house.people.planner, row, unit=house.units.ningbo)


def titles(client: Any, code: str, query: str = "") -> list[str]:
    return [line["row"].title for line in client.get(f"/registers/{code}/?{query}").context["lines"]]


def test_s040_the_catalogue_of_fairs_is_renewed_every_year_and_earlier_years_stay(house: Any, browse: Any) -> None:
    for year in (2024, 2025):
        enter(house, "exhibition", name="示例博览会", year=year, country="USA", market="traditional")
    enter(house, "exhibition", name="东盟展", year=2025, country="IDN", market="rcep", key_fair="yes")
    client = browse(house.people.trader)
    assert titles(client, "exhibition", "year_from=2025&year_to=2025") == ["东盟展", "示例博览会"]
    assert titles(client, "exhibition", "year_from=2024&year_to=2024") == ["示例博览会"]
    assert titles(client, "exhibition", "market=rcep&year_from=2025") == ["东盟展"], (
        "for the diversification of markets"
    )


def test_s041_the_catalogue_of_imports_keeps_every_edition(house: Any, browse: Any) -> None:
    first = enter(house, "import_product", name="数控机床", edition=2024, kind="equipment", hs="845710")
    enter(house, "import_product", name="数控机床", edition=2025, kind="equipment", hs="845710")
    enter(house, "import_product", name="低碳工艺", edition=2025, kind="technology")
    client = browse(house.people.trader)
    assert titles(client, "import_product", "edition_from=2025") == ["低碳工艺", "数控机床"]
    actions.withdraw(first, declared("import_product"), house.people.planner, first.version, "移出目录")
    assert titles(client, "import_product", "hs=845710") == ["数控机床"]
    assert queries.states(first).count() == 1


def test_s023_warning_points_are_registered_by_kind_level_and_county(house: Any, browse: Any) -> None:
    enter(house, "warning_point", name="文具协会预警点", kind="association", level="provincial", county="330203")
    enter(house, "warning_point", name="轴承预警点", kind="firm", level="municipal", county="330212")
    client = browse(house.people.trader)
    assert titles(client, "warning_point", "level=provincial") == ["文具协会预警点"]
    assert titles(client, "warning_point", "kind=firm&kind=body") == ["轴承预警点"]
    assert len(titles(client, "warning_point", "county=330200")) == 2
    assert titles(browse(house.people.sister), "warning_point") == [], "an internal register is read within scope"


def test_s048_warehouses_abroad_are_listed_with_their_link_to_the_pilot_zone(house: Any, browse: Any) -> None:
    from commercebrain.engine.enterprises import uscc

    code = next(c for last in uscc.ALPHABET if uscc.is_valid(c := "91330200144056951" + last))
    enter(house, "overseas_warehouse", name="汉堡仓", operator=code, country="DEU", area=12000, linked="yes")
    enter(house, "overseas_warehouse", name="洛杉矶仓", operator=code, country="USA", area=30000, linked="no")
    client = browse(house.people.trader)
    assert titles(client, "overseas_warehouse", "linked=yes") == ["汉堡仓"]
    assert titles(client, "overseas_warehouse", "area_from=20000") == ["洛杉矶仓"]


def test_s157_liaison_stations_stand_in_a_register_with_masked_contacts(house: Any, browse: Any) -> None:
    enter(house, "liaison_station", name="硅谷海外引才联络站", country="USA", purpose="talent", phone="001-650-0000000")
    client = browse(house.people.sister)
    assert titles(client, "liaison_station", "purpose=talent") == ["硅谷海外引才联络站"]
    assert client.get("/api/registers/liaison_station").json()["items"][0]["data"]["phone"] == "001****"
