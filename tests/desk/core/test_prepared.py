"""Queries put into SQL once: they give what the query set gives, whatever the values, and refuse what they cannot hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commercebrain.desk.core.models import Draft, Event
from commercebrain.desk.core.prepared import changing, filled, prepared, removing
from commercebrain.desk.people import scopes
from commercebrain.desk.people.models import Membership, Person, Right, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_models_come_with_what_was_selected_along_and_without_another_query(house):
    held = scopes._memberships(house.people.director.pk, date(2025, 7, 21))
    asked = Membership.objects.in_force(date(2025, 7, 21)).filter(person=house.people.director)
    assert held == list(asked.order_by("unit__path", "role__code"))
    with CaptureQueriesContext(connection) as seen:
        assert held[0].role.code
        assert held[0].unit.region.code
    assert not seen.captured_queries


def test_the_same_query_is_asked_with_other_values(house):
    @prepared
    def named(name: str, on: date):
        return Unit.objects.filter(name_zh=name).filter(Q(closed_on=None) | Q(closed_on__gt=on)).order_by("pk")

    for unit in Unit.objects.all():
        rows = Unit.objects.filter(name_zh=unit.name_zh).filter(Q(closed_on=None) | Q(closed_on__gt=date(2025, 7, 21)))
        assert named(unit.name_zh, date(2025, 7, 21)) == list(rows.order_by("pk"))
    assert len(named._plans) == 1


def test_moments_dates_and_structures_come_back_as_the_query_set_gives_them(house):
    moment = timezone.now()
    Draft.objects.create(person=house.people.director, address="/x/", values={"a": ["1"]}, opened={"b": ["2"]})

    @prepared
    def since(person: int, at: datetime):
        return Draft.objects.filter(person=person, kept_at__gte=at)

    (row,) = since(house.people.director.pk, moment)
    assert row.values == {"a": ["1"]}
    assert row.kept_at == Draft.objects.get().kept_at
    assert row.kept_at.tzinfo is not None
    assert since(house.people.director.pk, moment + timedelta(days=1)) == []


def test_values_lists_are_rows_or_single_values(house):
    @prepared
    def flat(name: str):
        return Person.objects.filter(username=name).values_list("pk", flat=True)

    @prepared
    def rows(name: str):
        return Person.objects.filter(username=name).values_list("pk", "username")

    person = house.people.director
    assert flat(person.username) == [person.pk]
    assert flat.first("nobody of this name") is None
    assert rows(person.username) == [(person.pk, person.username)]


def test_none_and_truth_belong_to_the_query_and_lists_of_any_length_are_asked(house):
    @prepared
    def some(keys: list[int], parent: None, active: bool):
        return (
            Unit.objects.filter(pk__in=keys, successor=parent)
            .filter(Q(closed_on=None) if active else Q())
            .order_by("pk")
        )

    keys = sorted(Unit.objects.filter(closed_on=None, successor=None).values_list("pk", flat=True))
    for count in range(len(keys) + 1):
        assert [one.pk for one in some(keys[:count], None, True)] == keys[:count]
        assert [one.pk for one in some(filled(keys[:count]), None, False)] == keys[:count]


def test_texts_may_begin_with_a_value_whatever_signs_it_holds(house):
    @prepared
    def beginning(text: str):
        return Person.objects.filter(username__startswith=text).values_list("username", flat=True)

    for name in ("100%_of", "100xyof", "back\\slash"):
        Person.objects.create(username=name)
    for text in ("100", "100%", "100%_", "100x", "back\\", "_"):
        asked = Person.objects.filter(username__startswith=text)
        assert sorted(beginning(text)) == sorted(asked.values_list("username", flat=True))


def test_a_value_that_is_no_parameter_is_refused_when_the_query_is_made(house):
    @prepared
    def hidden(name: str):
        return Person.objects.filter(username=name.upper() + "x")

    with pytest.raises(TypeError, match="no parameter"):
        hidden("director")
    with pytest.raises(TypeError, match="cannot be filled"):
        hidden(1.5)


@pytest.mark.django_db(transaction=True)
def test_a_row_is_held_inside_of_a_transaction_only(house):
    @prepared
    def held(pk: int):
        return Unit.objects.select_for_update().filter(pk=pk).order_by()

    pk = Unit.objects.first().pk
    with transaction.atomic():
        assert held.first(pk).pk == pk
    with pytest.raises(transaction.TransactionManagementError):
        held(pk)


def test_rows_are_changed_and_removed_as_by_the_query_set(house):
    @changing
    def renamed(pk: int, name: str, seen: int):
        return Unit.objects.filter(pk=pk, version=seen), {"name_en": name, "version": F("version") + 1}

    @removing
    def gone(person: int, addresses: list[str]):
        return Draft.objects.filter(person=person, address__in=addresses)

    unit = Unit.objects.first()
    assert renamed(unit.pk, "Another", unit.version) == 1
    assert renamed(unit.pk, "Too late", unit.version) == 0
    unit.refresh_from_db()
    assert unit.name_en == "Another"
    for address in ("/a/", "/b/", "/c/"):
        Draft.objects.create(person=house.people.director, address=address, values={})
    assert gone(house.people.director.pk, ["/a/", "/c/", "/d/"]) == 2
    assert [one.address for one in Draft.objects.all()] == ["/b/"]


def test_a_fault_inside_of_a_transaction_marks_it_as_broken(house):
    @changing
    def doubled(pk: int, name: str):
        return Person.objects.filter(pk=pk), {"username": name}

    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        doubled(house.people.admin.pk, house.people.director.username)
    with transaction.atomic():
        assert doubled(house.people.admin.pk, "another") == 1


def test_a_scope_asked_in_prepared_words_admits_the_same_rows(house):
    @prepared
    def seen(everything: bool, units: list[int], firms: list[int]):
        return Event.objects.inside(scopes.reaching(everything, units, firms), Right.SEE).order_by("pk")

    for n, unit in enumerate(Unit.objects.all()):
        Event.objects.create(
            verb="person.signed_in", unit=unit, business_date=date(2025, 7, 21), subject_type="x", subject_id=str(n)
        )
    for person in Person.objects.all():
        extent = scopes.extent_of(person, Right.SEE, date(2025, 7, 21))
        asked = Event.objects.inside(
            scopes.Extent(None, extent.everything, extent.units, firms=extent.firms), Right.SEE
        ).order_by("pk")
        assert seen(*extent.reach) == list(asked)


class FilledLists(TestCase):
    """Lists that are padded hold the same numbers, in few lengths."""

    @given(st.sets(st.integers(0, 10**6), max_size=40))
    def test_same_numbers_in_a_length_of_a_power_of_two(self, numbers):
        row = filled(numbers)
        assert set(row) == numbers
        assert not row or len(row) & (len(row) - 1) == 0
        assert len(row) < 2 * max(1, len(numbers))
