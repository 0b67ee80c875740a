"""The invented plan of 示例市: read by the product's own reader, broken down with a shortfall, reported on with a gap."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.house import House

import commercebrain
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.actions import create_person, create_unit, grant
from commercebrain.desk.people.models import Unit
from commercebrain.desk.plans.models import Target
from commercebrain.desk.plans.outlook import outlook
from commercebrain.desk.registry.models import Region
from commercebrain.desk.responsibility import queries
from commercebrain.desk.responsibility.demo import play
from commercebrain.desk.responsibility.models import Adjustment, Allocation, Need, Update

CATALOGUE = Path(commercebrain.__file__).parent / "catalogue"
COUNTIES = ["甲区", "乙区", "丙区", "丁市", "戊市", "己县"]


@pytest.mark.django_db
def test_the_invented_plan_shows_a_shortfall_adjustments_and_a_missing_month_and_twice_changes_nothing(
    house: House, empty_lake: Any
) -> None:
    story = yaml.safe_load((CATALOGUE / "demo.yaml").read_text(encoding="utf-8"))
    told = {"name_zh": "示例市", "name_en": "Example City", "level": "city", "synthetic": True}
    city, _made = Region.objects.get_or_create(code="990100", defaults=told)
    bureau = Unit.objects.filter(name_zh="示例市商务局").first() or create_unit("示例市商务局", "Example City", city)
    for number, name in enumerate(COUNTIES, 1):
        row = {"name_zh": name, "name_en": name, "level": "county", "synthetic": True}
        county, _made = Region.objects.get_or_create(code=f"99010{number}", defaults=row)
        Region.objects.filter(pk=county.pk).update(parent=city)
        if not Unit.objects.filter(name_zh=f"{name}商务局").exists():
            create_unit(f"{name}商务局", name, county, bureau)
    person = create_person("shili", None, "示例")
    grant(person, bureau, house.roles["plan_office"])
    named = {row["key"]: row["name"]["zh"] for row in story["units"]}
    for _again in range(2):
        play(
            story["invented_plan"], CATALOGUE / "samples" / "invented", lambda key: Unit.objects.get(name_zh=named[key])
        )
        assert (Allocation.objects.count(), Update.objects.count(), Need.objects.count()) == (16, 17, 1)
        assert sorted(Adjustment.objects.values_list("state", flat=True)) == ["approved", "proposed"]
    exports = Target.objects.get(indicator_text="货物贸易出口额")
    last = queries.breakdown(person, exports, outlook(person)).last
    assert last is not None and last.shortfall == Decimal(430) and last.open == ("990102",)
    assert Target.objects.get(indicator_text="实际使用外资额").in_force(today()).value == 6
    missing = [line for line in queries.lines(person) if line.round.missing]
    assert [(str(line.assignment.unit.name_zh), len(line.round.missing)) for line in missing] == [("甲区商务局", 1)]
