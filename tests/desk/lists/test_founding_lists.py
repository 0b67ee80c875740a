"""Founding systems that are lists: each test performs what the plan asks for, on its own data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.lists import actions, queries
from commercebrain.desk.lists.kinds import kind
from commercebrain.desk.lists.models import ListVersion
from commercebrain.desk.registry.models import Enterprise

pytestmark = pytest.mark.django_db


def test_s050_the_brand_bank_and_the_one_line_list_are_kept_by_approved_versions(
    house: House, browse: Callable[..., Client], approved: Callable[..., ListVersion], firms: list[Enterprise]
) -> None:
    bank = actions.create_book(kind("brand_cultivation"), house.people.planner, house.units.ningbo, "2025年品牌培育库")
    coached = {
        "enterprise": firms[0].uscc,
        "brand": "甬光",
        "technology": "低噪电机",
        "coach": "品牌指导站",
        "stage": "辅导中",
    }
    approved(bank, coached, on=date(2025, 3, 1), document="甬商务〔2025〕8号")
    approved(bank, {"enterprise": firms[1].uscc, "brand": "海纺"}, on=date(2025, 6, 1), document="甬商务〔2025〕20号")
    assert queries.members_on(bank, date(2025, 5, 31)).count() == 1
    line = actions.create_book(
        kind("same_line_products"),
        house.people.planner,
        house.units.ningbo,
        "同线同标同质产品",
        nomenclature="CN",
        edition="2025",
    )
    approved(
        line,
        {"code": "610910", "enterprise": firms[2].uscc, "name": "T恤衫", "goods": "一般消费品", "proof": "自我声明"},
    )
    client = browse(house.people.sister, "zh-hans")
    page = client.get(reverse("lists:books", args=["brand_cultivation"])).content.decode()
    assert "2025年品牌培育库" in page
    rows = client.get(reverse("lists:rows", args=[bank.pk])).content.decode()
    assert "甬光" in rows and "海纺" in rows and firms[0].name_zh in rows and "辅导中" in rows
    assert "T恤衫" in client.get(reverse("lists:rows", args=[line.pk])).content.decode()
    assert "第2版，自2025-06-01起施行，2行，覆盖2家企业、1个区县。" in rows
