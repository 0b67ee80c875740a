"""Lists in the small house: a tariff list of Ningbo and a list of firms, with shortcuts through their decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from tests.house import House
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.lists import actions, rows
from commercebrain.desk.lists.kinds import kind
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.registry.models import Enterprise


@pytest.fixture
def tariff(house: House) -> Book:
    """An empty tariff list of the United States, kept by Ningbo."""
    return actions.create_book(
        kind("tariff_list"), house.people.planner, house.units.ningbo, "对美301清单三", "Section 301 list 3",
        nomenclature="USHTS", edition="2018", partner="USA",
    )  # fmt: skip


@pytest.fixture
def firms(house: House) -> list[Enterprise]:
    """Three firms: two in 海曙, one in 鄞州."""
    made = []
    for number, (unit, check) in enumerate((("haishu", "E"), ("haishu", "H"), ("yinzhou", "L"))):
        place = getattr(house.units, unit)
        made.append(
            Enterprise.objects.create(
                uscc=f"9133020000000000{number}{check}", name_zh=f"宁波{number}号公司", unit=place, region=place.region
            )
        )
    return made


@pytest.fixture
def fair(house: House) -> Book:
    """An empty list of firms at the Canton fair, kept by Ningbo."""
    return actions.create_book(kind("canton_fair"), house.people.planner, house.units.ningbo, "第137届广交会")


@pytest.fixture
def approved(house: House) -> Callable[..., ListVersion]:
    """Takes a list through one version: rows in, keys out, proposed by the planner, approved by the province."""

    def make(
        book: Book,
        *typed: Mapping[str, Any],
        out: tuple[str, ...] = (),
        on: date = date(2025, 7, 15),
        document: str = "通知1号",
    ) -> ListVersion:
        version = actions.draft(book, house.people.planner)
        done = rows.fill(version, house.people.planner, typed)
        assert not done.refused, [str(fault.zh) for _place, fault in done.refused]
        rows.take_out(version, house.people.planner, rows.held_by_key(version, out).values(), "已取消")
        actions.propose(
            version, house.people.planner, document=document, effective_on=on, issued_on=on, reason="按公告更新"
        )
        return actions.decide(version, house.people.province, approve=True)

    return make
