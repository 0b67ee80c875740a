"""Rows written by a kept statement: the same as by saving, whatever the model, and the same faults."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Upper
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from commercebrain.desk.core.inserts import insert
from commercebrain.desk.core.models import Draft, Event
from commercebrain.desk.core.models.fulltext import SearchEntry
from commercebrain.desk.core.prepared import prepared
from commercebrain.desk.core.statements import cursor_for
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registers.models import Entry, EntryState

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SAID_BY_THE_CLOCK = {"id", "at", "kept_at", "created_at", "updated_at", "until"}


def _event(house, **more) -> Event:
    given = {
        "verb": "person.signed_in", "business_date": date(2025, 7, 21), "subject_type": "x", "subject_id": "1",
        "person": house.people.director, "data": {"名": ["“值”", 1, None, 2.5, True]},
    }  # fmt: skip
    return Event(**{**given, **more})


def _entry(house, key: str = "k") -> Entry:
    return Entry(
        register="export_base", key=key, title="基地 100%", data={"name": "基地"}, unit=Unit.objects.first(),
        valid_from=date(2025, 1, 1), created_by=house.people.director, synthetic=True,
    )  # fmt: skip


def _told(row) -> dict:
    fresh = type(row)._base_manager.get(pk=row.pk)
    return {
        one.attname: getattr(fresh, one.attname)
        for one in row._meta.concrete_fields
        if one.attname not in SAID_BY_THE_CLOCK
    }


def test_a_row_is_the_one_that_saving_writes(house):
    def twins():
        yield _event(house), _event(house)
        yield (
            _event(house, person=None, unit=Unit.objects.first(), data={}),
            _event(house, person=None, unit=Unit.objects.first(), data={}),
        )
        yield _entry(house, "one"), _entry(house, "two")
        held = Entry.objects.first()
        state = {"entry": held, "data": {"a": "b"}, "changed_by": house.people.admin, "reason": "%s", "unit": held.unit}
        yield EntryState(version=1, **state), EntryState(version=2, **state)
        yield (
            SearchEntry(subject_type="x", subject_id=2**40, text="\n字\n", grams="字"),
            SearchEntry(subject_type="x", subject_id=2**40 + 1, text="\n字\n", grams="字"),
        )
        yield (
            Draft(person=house.people.director, address="/a/", values={}),
            Draft(person=house.people.director, address="/b/", values={}),
        )

    apart = {"key", "version", "subject_id", "address"}  # what must differ between two rows
    for ours, theirs in twins():
        insert(ours)
        theirs.save(force_insert=True)
        assert ours.pk is not None
        assert not ours._state.adding
        assert ours._state.db == theirs._state.db
        mine, wanted = _told(ours), _told(theirs)
        assert {k: v for k, v in mine.items() if k not in apart} == {k: v for k, v in wanted.items() if k not in apart}
        again = type(ours)._base_manager.get(pk=ours.pk)
        for one in ours._meta.concrete_fields:  # the row in hand says what was written, the clock's columns too
            assert getattr(ours, one.attname) == getattr(again, one.attname), one


def test_one_statement_is_asked_and_it_brings_the_key(house):
    insert(_event(house))
    with CaptureQueriesContext(connection) as seen:
        row = _event(house)
        insert(row)
    assert len(seen) == 1
    assert Event.objects.order_by("-pk").first() == row


def test_a_key_that_is_taken_is_the_same_fault_and_the_rest_goes_on(house):
    insert(_entry(house))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(_entry(house))
    insert(_entry(house, "another"))
    assert Entry.objects.filter(register="export_base").count() == 2


def test_a_fault_inside_of_a_transaction_marks_it_as_broken(house):
    insert(_entry(house))
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        with pytest.raises(IntegrityError):
            insert(_entry(house))
        Entry.objects.count()


def test_what_the_statement_cannot_hold_is_saved_the_usual_way(house):
    row = _event(house, verb=Upper(Value("seen")))
    insert(row)
    assert Event.objects.get(pk=row.pk).verb == "SEEN"
    given = Draft(pk=4711, person=house.people.director, address="/c/", values={})
    insert(given)
    assert Draft.objects.get().pk == 4711


def test_whoever_listens_to_the_saving_hears_of_it(house):
    heard = []

    def listen(instance, created, **_more):
        heard.append((instance, created))

    post_save.connect(listen, sender=Draft)
    try:
        row = Draft(person=house.people.director, address="/d/", values={})
        insert(row)
    finally:
        post_save.disconnect(listen, sender=Draft)
    assert heard == [(row, True)]


def test_a_row_beside_one_that_is_not_there_yet_is_refused(house):
    with pytest.raises(ValueError, match="unsaved related object"):
        insert(_event(house, person=Person(username="nobody")))


def test_a_statement_is_kept_by_the_database_and_answers_as_before(house):
    @prepared
    def named(name: str, after: int):
        return Person.objects.filter(username=name, pk__gt=after).values_list("pk", flat=True)

    director = house.people.director
    for _time in range(8):  # PostgreSQL changes to a general plan after five
        assert named(director.username, 0) == [director.pk]
        assert named("nobody of this name", 0) == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            kept = [one for (one,) in cursor.fetchall() if "people_person" in one and "username" in one]
        assert len(kept) == 1


def test_behind_a_pooler_nothing_is_kept(house, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with cursor_for(connection) as cursor:
        cursor.execute("SELECT %s + 1", [7])
        assert cursor.fetchone()[0] == 8
    assert type(cursor_for(connection).cursor) is type(connection.cursor().cursor)
