"""What rules are evaluated on: the firms of the bureau's area, the lists in force with the version before, places by name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.desk.lists.conftest import approved, tariff  # noqa: F401 - fixtures
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings import facts, queries
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import Signal

pytestmark = pytest.mark.django_db
PC, MOTOR = {"code": "8471.30.01", "name": "便携式电脑", "rate": 25}, {"code": "8501.10.20", "name": "电机", "rate": 10}


def test_firms_are_those_of_the_bureau_in_business(house: House, firms: Any, empty_lake: Any) -> None:
    firms[0].status = Enterprise.Status.CLOSED
    firms[0].save()
    Enterprise.objects.filter(pk=firms[1].pk).update(size="small", tags=["aeo"], established_on=date(2010, 5, 1))
    told = facts.register(house.units.ningbo, MONDAY)
    assert list(told.firms) == [firms[1].uscc, firms[2].uscc] and told.names[0].zh == "宁波1号公司"
    assert told.columns["county"].values.tolist() == ["330203", "330212"]  # type: ignore[union-attr]
    assert told.columns["size"].known.tolist() == [True, False]  # type: ignore[union-attr]
    assert list(facts.register(house.units.haishu, MONDAY).firms) == [firms[1].uscc]
    assert list(facts.register(house.units.shaoxing, MONDAY).firms) == []
    city = facts.city(house.units.ningbo, MONDAY)
    assert list(city.frame("firm").keys) == [firms[1].uscc, firms[2].uscc]
    assert city.frame("firm").about(1).county_name.zh == "鄞州区"  # type: ignore[union-attr]


def test_a_list_hits_newly_while_its_version_is_young(house: House, tariff: Any, approved: Any) -> None:
    approved(tariff, PC, on=date(2025, 3, 1))
    approved(tariff, MOTOR, on=MONDAY)
    unit = house.units.ningbo

    def digits(rows: Any) -> list[str]:
        return sorted(row.digits for row in rows)

    young = facts.lists_on(unit, MONDAY)
    assert digits(young.products["tariff_list"]) == ["84713001", "85011020"]
    assert digits(young.before["tariff_list"]) == ["84713001"]
    old = facts.lists_on(unit, MONDAY + timedelta(days=93))
    assert digits(old.before["tariff_list"]) == digits(old.products["tariff_list"])
    first = facts.lists_on(unit, date(2025, 3, 2))
    assert digits(first.products["tariff_list"]) == ["84713001"] and list(first.before["tariff_list"]) == []
    assert "tariff_list" not in facts.lists_on(house.units.nanjing, MONDAY).products


def test_without_any_figures_an_evaluation_finds_nothing_and_says_what_it_could_not_judge(
    house: House, firms: Any, in_use: Any, empty_lake: Any
) -> None:
    in_use(declared("R900"))
    done = evaluate(house.units.ningbo, MONDAY)
    assert (done.state, done.hits, done.unknown) == ("done", 0, {"R900": 3})


@pytest.mark.parametrize(
    ("person", "many"),
    [("director", 2), ("trader", 2), ("province", 2), ("evaluator", 2), ("county", 1), ("neighbour", 1), ("sister", 0),
     ("firm", 0), ("nobody", 0), ("admin", 0), ("it", 0), ("root", 0), ("deputy", 2)],
)  # fmt: skip
def test_signals_are_read_by_the_units_in_sight_alone_and_never_by_a_firm(
    house: House, firms: Any, in_use: Any, run: Any, person: str, many: int
) -> None:
    in_use(declared("R900"))
    run(of_firms(firms, [-0.5, 0, -0.5]))
    firm = house.people.firm.memberships.get()
    firm.firm = firms[0]
    firm.save()
    who = getattr(house.people, person)
    assert queries.signals(who).count() == many
    assert sum(one.count for one in queries.grouped(who)) == many
    assert queries.headline(who).open == many
    assert queries.of_firm(firms[0], who).exists() == (many == 2 or person == "county")
    assert Signal.objects.visible_to(who).count() == many
