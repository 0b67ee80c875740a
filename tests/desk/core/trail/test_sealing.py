"""Everything comes under exactly one seal, whatever the order of commits and however many seal at once."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.core.trail.log import START, at, events, history

from commercebrain.desk.core import events as log
from commercebrain.desk.core.models import Event, Seal, SealedEvent
from commercebrain.desk.core.trail import anchors, sealing
from commercebrain.desk.core.trail.canonical import FIELDS, event_bytes, event_digest, instant
from commercebrain.desk.core.trail.sealing import seal_events
from commercebrain.desk.core.trail.verifying import verify


@pytest.fixture(autouse=True)
def own_anchors(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "disk" / "anchors.txt"


def everything_is_sealed_once() -> bool:
    sealed = list(SealedEvent.objects.values_list("event_id", flat=True))
    return sorted(sealed) == sorted(Event.objects.values_list("pk", flat=True)) and len(sealed) == len(set(sealed))


def test_the_form_of_an_event_is_what_the_documentation_says():
    row = (7, datetime(2025, 7, 21, 9, 2, 3, tzinfo=timezone(timedelta(hours=8))), date(2025, 7, 21), "unit.created",
           3, None, "people.unit", "9", {"b": 1000.0, "a": "宁波"})  # fmt: skip
    expected = '[7,"2025-07-21T01:02:03.000000+00:00","2025-07-21","unit.created",3,null,"people.unit","9",{"a":"宁波","b":1000}]'
    assert event_bytes(row) == expected.encode()
    assert event_digest(row) == hashlib.sha256(expected.encode()).digest()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.dictionaries(st.text(max_size=6), JSON, max_size=4), moment=st.datetimes(timezones=st.just(UTC)))
def test_the_form_does_not_depend_on_how_the_database_hands_the_values_over(data, moment):
    row = [1, moment, date(2025, 1, 1), "a.b", None, 2, "x", "y", data]
    naive = [1, moment.replace(tzinfo=None).isoformat(" "), "2025-01-01", "a.b", None, 2, "x", "y", json.dumps(data)]
    assert event_bytes(row) == event_bytes(naive)
    assert instant(moment) == instant(moment.astimezone(timezone(timedelta(hours=8))))


@given(
    one=st.dictionaries(st.text(max_size=6), JSON, max_size=4),
    other=st.dictionaries(st.text(max_size=6), JSON, max_size=4),
)
def test_two_different_events_never_have_the_same_form(one, other):
    forms = [event_bytes([1, START, START.date(), "a.b", None, 2, "x", "y", data]) for data in (one, other)]
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert same <= (forms[0] == forms[1])
    assert (forms[0] == forms[1]) <= (one == other)


@pytest.mark.database
@pytest.mark.django_db
def test_what_is_sealed_verifies_and_a_second_sealing_finds_nothing(house, settings):
    history(4, 15, seed=1, person=house.people.clerk, unit=house.units.ningbo)
    with at(START + timedelta(days=5)):
        assert seal_events() == []
    assert everything_is_sealed_once()
    seals = list(Seal.objects.order_by("number"))
    assert [seal.number for seal in seals] == list(range(1, len(seals) + 1))
    assert all(after.previous == before.hash for before, after in pairwise(seals))
    assert seals[-1].total == Event.objects.count()
    verdict = verify(anchors.read(settings.AUDIT_ANCHORS))
    assert verdict.sound, [finding.en for finding in verdict.findings]
    assert (verdict.seals, verdict.events, verdict.open) == (len(seals), Event.objects.count(), 0)
    assert verdict.anchors == len(seals)


@pytest.mark.django_db
def test_a_long_log_is_sealed_in_batches_and_a_crash_between_them_does_no_harm(db, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 7)
    events(20, 3, START)
    with at(START + timedelta(days=30)):
        assert sealing._seal_batch(list(sealing.unsealed().values_list("pk", flat=True)[:7])).count == 7
    events(5, 4, START + timedelta(days=40))
    with at(START + timedelta(days=41)):
        monkeypatch.setattr(sealing, "LOOK", 10)
        assert [seal.count for seal in seal_events()] == [7, 3, 7, 1]
    assert everything_is_sealed_once()
    assert verify().sound


@pytest.mark.django_db
def test_an_event_that_commits_after_a_higher_one_was_sealed_comes_under_the_next_seal(db):
    events(3, 1, START)
    late = Event.objects.order_by("-pk").first()
    values = {name: getattr(late, name) for name in FIELDS if name != "id"}
    events(3, 2, START + timedelta(seconds=30))
    with sealing.transaction.atomic(), connection.cursor() as cursor:
        from commercebrain.desk.core.trail.triggers import lifted

        with lifted(connection):
            cursor.execute("DELETE FROM core_event WHERE id = %s", [late.pk])
    with at(START + timedelta(minutes=2)):
        assert [seal.count for seal in seal_events()] == [5]
    with at(START + timedelta(seconds=3)):
        Event.objects.bulk_create([Event(id=late.pk, **values)])
    for minutes in (3, 30):
        with at(START + timedelta(minutes=minutes)):
            seal_events(sweep=False)
    assert everything_is_sealed_once() and Seal.objects.first().first_event == late.pk
    assert verify().sound


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_several_sealers_at_once_miss_nothing_and_seal_nothing_twice(db, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 10)
    events(60, 5, datetime.now(UTC) - timedelta(minutes=5))
    gate, stop = threading.Barrier(4), threading.Event()

    def write() -> None:
        gate.wait()
        for n in range(40):
            with transaction.atomic():
                log.record("person.signed_in", ("people.person", str(n)), None)
        stop.set()
        connection.close()

    def seal() -> None:
        gate.wait()
        while not stop.is_set():
            seal_events()
        connection.close()

    threads = [threading.Thread(target=write), *(threading.Thread(target=seal) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_events(sweep=True)
    assert everything_is_sealed_once()
    assert verify().sound


@pytest.mark.django_db
def test_a_place_for_anchors_that_cannot_be_written_stops_no_sealing(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    settings.AUDIT_ANCHORS = tmp_path / "file" / "anchors.txt"
    events(2, 1, START)
    assert seal_events() and "audit anchors" in caplog.text


@given(
    seal=st.integers(1, 10**9),
    total=st.integers(0, 10**12),
    raw=st.binary(min_size=32, max_size=32),
    back=st.booleans(),
)
def test_an_anchor_is_read_back_as_it_was_written(seal, total, raw, back):
    anchor = anchors.Anchor("2025-07-21T01:02:03.123456+00:00", seal, total, raw.hex(), back)
    assert anchors.parse([str(anchor), ""]) == [anchor]


def test_a_line_that_is_no_anchor_is_named(tmp_path):
    path = tmp_path / "anchors.txt"
    path.write_text("\nseal 5\n")
    with pytest.raises(anchors.UserError, match="Line 2"):
        anchors.read(path)
