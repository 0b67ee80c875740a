"""Which figures a person sees: public everywhere, internal within the own regions and beside them, confidential with clearance."""

from __future__ import annotations

import pytest

from commercebrain.desk.core.figures import reach_for
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Right, Role
from commercebrain.engine.indicators import ALL, Reach

pytestmark = pytest.mark.django_db
PLACES = ["100000", "330000", "330200", "330203", "330212", "330600", "320100"]
# Whether internal figures of each place are seen: nation, 浙江, 宁波, 海曙, 鄞州, 绍兴, 南京.
INTERNAL = {
    "director": "..xxxx.",
    "clerk": "..xxxx.",
    "county": "...xx..",
    "neighbour": "...xx..",
    "it": "..xxxx.",
    "sister": "..x..x.",
    "province": ".xxxxx.",
    "deputy": "..xxxx.",
    "evaluator": "..xxxx.",
    "firm": ".......",
    "nobody": ".......",
    "admin": ".......",
}


@pytest.mark.parametrize("who", INTERNAL)
def test_internal_figures_are_seen_in_the_own_regions_below_them_and_beside_them(house, who):
    if who == "province":  # 浙江's sister 江苏 is beside it, too
        assert reach_for(house.people.province).sees("320000", "internal")
    reach = reach_for(getattr(house.people, who))
    assert "".join("x" if reach.sees(place, "internal") else "." for place in PLACES) == INTERNAL[who]


def test_confidential_figures_need_a_clearance_and_only_where_the_role_reaches(house):
    for who, places in {"director": "..xxx..", "planner": "..xxx..", "clerk": ".......", "sister": ".....x."}.items():
        reach = reach_for(getattr(house.people, who))
        assert "".join("x" if reach.sees(place, "confidential") else "." for place in PLACES) == places, who


def test_a_clearance_is_not_lent(house):
    from datetime import date

    planner, it = house.people.planner, house.people.it
    actions.delegate(planner.memberships.get(), it, date(2025, 7, 21), date(2025, 7, 22), [Right.SEE], by=planner)
    reach = reach_for(it)
    assert reach.sees("330203", "internal") and not reach.sees("330203", "confidential")


def test_public_figures_are_seen_everywhere_by_whoever_sees_anything(house):
    for who in ("county", "firm", "evaluator", "deputy"):
        assert all(reach_for(getattr(house.people, who)).sees(place, "public") for place in PLACES)
    for who in ("nobody", "admin", "root"):
        assert not any(reach_for(getattr(house.people, who)).sees(place, "public") for place in PLACES)


def test_who_sees_everything_sees_internal_figures_of_all_and_confidential_ones_with_clearance(house):
    wide = Role.objects.create(code="wide", name_zh="全域", name_en="Wide", see="all")
    actions.grant(house.people.nobody, house.units.ningbo, wide)
    assert reach_for(house.people.nobody) == Reach(ALL, "internal")
    wide.clearance = True
    wide.save()
    assert reach_for(house.people.nobody) == Reach(ALL, "confidential")
