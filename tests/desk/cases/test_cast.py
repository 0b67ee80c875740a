"""The demonstration's cast works on what it began and on what opened by itself, never on what a user began."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from tests.desk.cases.conftest import warning

from commercebrain.desk.cases import actions
from commercebrain.desk.cases.demo import Cast, Course, begun, of_cast, work_on
from commercebrain.desk.cases.models import Case
from commercebrain.operations.demo import story

pytestmark = pytest.mark.django_db
FRIDAY = date(2025, 7, 25)


def by_hand(city: SimpleNamespace) -> Case:
    """A response to a warning that the county's officer began."""
    return actions.start(
        "warning_response", unit=city.jia, region=city.own.region, title="走访", enterprise=city.own, person=city.people.jia,
        synthetic=True,
    )  # fmt: skip


def test_a_case_that_a_user_began_or_took_over_is_left_to_the_user(city: SimpleNamespace) -> None:
    people, course = city.people, Course(story()["warnings"]["course"])
    cast = Cast(people.trade, {city.jia.pk: people.jia})
    opened = warning(city)  # by itself
    own = begun(by_hand(city))
    taken_over = begun(by_hand(city))
    actions.hand_over(taken_over, people.jia, people.jia2, "由我接手")
    users = by_hand(city)
    assert set(of_cast(Case.objects.all())) == {opened, own, taken_over}
    assert work_on(cast, course, FRIDAY) == 6
    stages = dict(Case.objects.values_list("pk", "stage"))
    assert [stages[one.pk] for one in (opened, own)] == ["measure", "measure"]
    assert [stages[one.pk] for one in (taken_over, users)] == ["opened", "opened"]
    assert work_on(cast, course, FRIDAY) == 0


def test_in_a_demonstration_made_before_all_its_invented_cases_are_the_casts(city: SimpleNamespace) -> None:
    before = by_hand(city)
    assert list(of_cast(Case.objects.all())) == [before]
    later = begun(by_hand(city))
    users = by_hand(city)
    assert set(of_cast(Case.objects.all())) == {before, later} and users not in of_cast(Case.objects.all())
