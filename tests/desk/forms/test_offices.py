"""Which unit stands for a township comes from a list, named by whoever manages both."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.models import Event, ImportRow, ImportRun
from commercebrain.desk.forms.models import TownshipOffice
from commercebrain.desk.people.actions import create_unit
from commercebrain.desk.registry.models import Township

pytestmark = pytest.mark.django_db


@pytest.fixture
def townships(house: Any) -> dict[str, Township]:
    haishu, yinzhou = house.units.haishu.region, house.units.yinzhou.region
    rows = (("330203001", "南门街道", haishu), ("330203002", "江厦街道", haishu), ("330212001", "下应街道", yinzhou))
    return {code: Township.objects.create(code=code, name_zh=name, region=place) for code, name, place in rows}


def upload(house: Any, *rows: str, by: str = "admin") -> ImportRun:
    person = getattr(house.people, by)
    found = find_importer("forms.township_offices", "", person)
    assert found is not None
    text = "\r\n".join(["乡镇街道,审核单位", *rows])
    run: ImportRun = actions.upload(found, SimpleUploadedFile("乡镇.csv", text.encode()), person)
    run.refresh_from_db()
    return run


def test_offices_are_named_renamed_and_taken_back_by_a_list(house: Any, townships: dict[str, Township]) -> None:
    region, above = house.units.haishu.region, house.units.haishu
    first, second = (create_unit(name, name, region, above) for name in ("南门街道办事处", "江厦街道办事处"))
    run = upload(house, "330203001,南门街道办事处", "江厦街道,江厦街道办事处")
    assert run.counts["new"] == 2
    actions.apply(run, house.people.admin)
    assert {row.township.code: row.unit for row in TownshipOffice.objects.all()} == {
        "330203001": first, "330203002": second,
    }  # fmt: skip
    assert Event.objects.filter(verb="office.named").count() == 2
    again = upload(house, "330203001,江厦街道办事处", "330203002,江厦街道办事处")
    assert (again.counts["changed"], again.counts["unchanged"]) == (1, 1)
    actions.apply(again, house.people.admin)
    assert TownshipOffice.objects.get(township=townships["330203001"]).unit == second
    run.refresh_from_db()
    actions.undo(again, house.people.admin)
    assert TownshipOffice.objects.get(township=townships["330203001"]).unit == first


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("没有的街道,海曙区商务局", "乡镇街道", "不是本系统中的乡镇街道"),
        ("330203001,没有的办事处", "审核单位", "没有“没有的办事处”"),
        ("330203001,绍兴市商务局", "审核单位", "没有“绍兴市商务局”"),
        ("330212001,海曙区商务局", "乡镇街道", "须在同一区县"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(
    house: Any, townships: dict[str, Township], row: str, column: str, why: str
) -> None:
    run = upload(house, row)
    refused = ImportRow.objects.get(run=run, state="refused")
    assert why in refused.why_zh and refused.column == column
    assert not TownshipOffice.objects.exists()


def test_only_who_manages_units_names_offices(house: Any) -> None:
    for name in ("planner", "county", "firm", "nobody"):
        with pytest.raises(PermissionDenied):
            find_importer("forms.township_offices", "", getattr(house.people, name))
