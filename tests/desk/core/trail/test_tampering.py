"""A hundred random tamperings by somebody who administers the database, a hundred found, with the place named."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from tests.desk.core.trail.log import START, at, history

from commercebrain.desk.core.models import Event, Seal, SealedEvent
from commercebrain.desk.core.trail import anchors
from commercebrain.desk.core.trail.canonical import FIELDS, event_digest, root, seal_hash
from commercebrain.desk.core.trail.sealing import seal_events
from commercebrain.desk.core.trail.triggers import lifted
from commercebrain.desk.core.trail.verifying import Verdict, verify

pytestmark = [pytest.mark.django_db, pytest.mark.database]
Dice = random.Random


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def any_event(dice: Dice) -> Event:
    return Event.objects.get(pk=dice.choice(list(Event.objects.order_by("pk").values_list("pk", flat=True))))


def change_a_field(dice: Dice) -> str:
    event = any_event(dice)
    column, value = dice.choice(
        [
            ("at", event.at + timedelta(microseconds=1)),
            ("business_date", event.business_date - timedelta(days=1)),
            ("verb", "plan.rejected"),
            ("person_id", None if event.person_id else Event.objects.exclude(person=None).first().person_id),
            ("unit_id", None if event.unit_id else Event.objects.exclude(unit=None).first().unit_id),
            ("subject_id", event.subject_id + "0"),
            ("subject_type", "people.unit"),
            ("data", '{"name": "x"}'),
        ]
    )
    sql(f"UPDATE core_event SET {column} = %s WHERE id = %s", value, event.pk)
    return f"Event {event.pk} "


def change_a_field_and_its_digest(dice: Dice) -> str:
    event = any_event(dice)
    sql("UPDATE core_event SET subject_id = '999' WHERE id = %s", event.pk)
    digest = event_digest(Event.objects.filter(pk=event.pk).values_list(*FIELDS).get())
    sql("UPDATE core_sealedevent SET digest = %s WHERE event_id = %s", digest, event.pk)
    return f"seal {SealedEvent.objects.get(pk=event.pk).seal_id} "


def change_and_compute_the_seal_anew(dice: Dice) -> str:
    seal_number = int(change_a_field_and_its_digest(dice).split()[1])
    repair(seal_number, seal_number)
    return ""  # the next seal, or the anchor, gives it away


def change_and_compute_the_chain_anew(dice: Dice) -> str:
    seal_number = int(change_a_field_and_its_digest(dice).split()[1])
    repair(seal_number, Seal.objects.first().number)
    return f"Seal {seal_number} differs from its anchor"


def repair(first: int, last: int) -> None:
    """What a forger who knows the program does: hashes of these seals computed anew."""
    for number in range(first, last + 1):
        seal = Seal.objects.get(pk=number)
        before = Seal.objects.filter(pk=number - 1).first()
        digests = list(SealedEvent.objects.filter(seal=seal).order_by("pk").values_list("event_id", "digest"))
        seal.count, seal.root = len(digests), root(bytes(digest) for _, digest in digests)
        seal.first_event, seal.last_event = digests[0][0], digests[-1][0]
        seal.total = (before.total if before else 0) + seal.count
        seal.previous = before.hash if before else ""
        seal.hash = seal_hash(seal.number, seal.count, seal.total, seal.first_event, seal.last_event, seal.root,
                              seal.previous, seal.sealed_at)  # fmt: skip
        sql("UPDATE core_seal SET count=%s, total=%s, first_event=%s, last_event=%s, root=%s, previous=%s, hash=%s WHERE "
            "number=%s", seal.count, seal.total, seal.first_event, seal.last_event, seal.root, seal.previous, seal.hash,
            number)  # fmt: skip


def remove(dice: Dice) -> str:
    event = any_event(dice)
    sql("DELETE FROM core_event WHERE id = %s", event.pk)
    return f"Event {event.pk} "


def remove_with_its_place_in_the_seal(dice: Dice) -> str:
    event = any_event(dice)
    seal = SealedEvent.objects.get(pk=event.pk).seal_id
    sql("DELETE FROM core_event WHERE id = %s", event.pk)
    sql("DELETE FROM core_sealedevent WHERE event_id = %s", event.pk)
    return f"Seal {seal} "


def free_id(dice: Dice) -> int:
    taken = set(Event.objects.values_list("pk", flat=True))
    return dice.choice([number for number in range(1, max(taken) + 2) if number not in taken])


def put_in(dice: Dice) -> str:
    """An entry that never was, at any time of the past, with an id from a gap or after the last."""
    number = free_id(dice)
    moment = START + timedelta(days=dice.randrange(8), seconds=dice.randrange(40))
    sql("INSERT INTO core_event (id, at, business_date, verb, subject_type, subject_id, data) VALUES (%s, %s, %s, "
        "'plan.accepted', 'registry.enterprise', '1', '{}')", number, moment, moment.date())  # fmt: skip
    if dice.random() < 0.5:  # found also after the worker has sealed it in good faith
        with at(START + timedelta(days=9, minutes=20)):
            seal_events(sweep=True)
    return f"Event {number} "


def put_in_and_seal(dice: Dice) -> str:
    number = free_id(dice)
    moment = START + timedelta(days=dice.randrange(8))
    sql("INSERT INTO core_event (id, at, business_date, verb, subject_type, subject_id, data) VALUES (%s, %s, %s, "
        "'plan.accepted', 'registry.enterprise', '1', '{}')", number, moment, moment.date())  # fmt: skip
    seal = dice.choice(list(Seal.objects.values_list("number", flat=True)))
    digest = event_digest(Event.objects.filter(pk=number).values_list(*FIELDS).get())
    sql("INSERT INTO core_sealedevent (event_id, seal_id, digest) VALUES (%s, %s, %s)", number, seal, digest)
    return f"eal {seal} "


def swap(dice: Dice) -> str:
    one = any_event(dice)
    other = dice.choice(list(Event.objects.exclude(verb=one.verb)))
    for event, verb in ((one, other.verb), (other, one.verb)):
        sql("UPDATE core_event SET verb = %s WHERE id = %s", verb, event.pk)
    return f"Event {one.pk} "


def swap_seals_of_two_events(dice: Dice) -> str:
    one = SealedEvent.objects.get(pk=any_event(dice).pk)
    other = dice.choice(list(SealedEvent.objects.exclude(seal=one.seal_id)))
    sql("UPDATE core_sealedevent SET seal_id = %s WHERE event_id = %s", other.seal_id, one.pk)
    sql("UPDATE core_sealedevent SET seal_id = %s WHERE event_id = %s", one.seal_id, other.pk)
    return f"eal {one.seal_id} "


def cut_the_tail(dice: Dice) -> str:
    first = dice.randrange(2, Seal.objects.first().number + 1)
    sql("DELETE FROM core_event WHERE id IN (SELECT event_id FROM core_sealedevent WHERE seal_id >= %s)", first)
    sql("DELETE FROM core_sealedevent WHERE seal_id >= %s", first)
    sql("DELETE FROM core_seal WHERE number >= %s", first)
    return f"remembers seal {first} "


def cut_the_tail_and_go_on(dice: Dice) -> str:
    cut_the_tail(dice)
    history(3, 4, seed=dice.randrange(10**6), start=START + timedelta(days=20))
    return ""


def change_a_seal(dice: Dice) -> str:
    seal = dice.choice(list(Seal.objects.all()))
    column, value = dice.choice(
        [("sealed_at", seal.sealed_at + timedelta(seconds=1)), ("count", seal.count + 1), ("root", "0" * 64),
         ("total", seal.total - 1), ("previous", "f" * 64), ("hash", "a" * 64), ("last_event", seal.last_event + 1)]
    )  # fmt: skip
    sql(f"UPDATE core_seal SET {column} = %s WHERE number = %s", value, seal.number)
    return f"eal {seal.number}"


def remove_a_seal(dice: Dice) -> str:
    seal = dice.choice(list(Seal.objects.exclude(pk=Seal.objects.first().number)))
    sql("DELETE FROM core_sealedevent WHERE seal_id = %s", seal.number)
    sql("DELETE FROM core_seal WHERE number = %s", seal.number)
    return f"Seal {seal.number} is missing"


TAMPERINGS: tuple[Callable[[Dice], str], ...] = (
    change_a_field, change_a_field_and_its_digest, change_and_compute_the_seal_anew, change_and_compute_the_chain_anew,
    remove, remove_with_its_place_in_the_seal, put_in, put_in_and_seal, swap, swap_seals_of_two_events, cut_the_tail,
    cut_the_tail_and_go_on, change_a_seal, remove_a_seal,
)  # fmt: skip


def test_of_a_hundred_random_tamperings_a_hundred_are_found(house, settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    history(9, 8, seed=11, person=house.people.clerk, unit=house.units.ningbo)
    with at(START + timedelta(days=9)):
        for number in (3, 11):  # gaps, as transactions that were rolled back leave them
            event = Event.objects.create(
                pk=None, business_date=START.date(), verb="x.y", subject_type="x", subject_id=str(number)
            )
            with lifted(connection):
                sql("DELETE FROM core_event WHERE id = %s", event.pk)
            Event.objects.create(business_date=START.date(), verb="x.y", subject_type="x", subject_id=str(number))
    with at(START + timedelta(days=9, minutes=10)):
        seal_events()
    remembered = anchors.read(settings.AUDIT_ANCHORS)
    assert verify(remembered).sound
    unseen: list[str] = []
    for number in range(100):
        dice = Dice(number)
        tampering = TAMPERINGS[number % len(TAMPERINGS)]
        verdict, hint = tampered(tampering, dice, remembered)
        told = " / ".join(finding.en for finding in verdict.findings)
        if verdict.sound or hint not in f"{told} ":
            unseen.append(f"{number} {tampering.__name__} {hint!r}: {told}")
    assert unseen == []
    assert verify(remembered).sound  # each was rolled back: the log is as it was


def tampered(tampering: Callable[[Dice], str], dice: Dice, remembered: list[anchors.Anchor]) -> tuple[Verdict, str]:
    """What verification says after a tampering, which is taken back."""

    class TakeBack(Exception):  # noqa: N818 - ends the transaction
        pass

    found: list[tuple[Verdict, str]] = []
    try:
        with transaction.atomic():
            with lifted(connection):
                hint = tampering(dice)
            found.append((verify(remembered), hint))
            raise TakeBack
    except TakeBack:
        return found[0]


def test_without_anchors_a_cut_tail_goes_unnoticed_and_with_them_it_does_not(db, settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    history(5, 3, seed=1)
    remembered = anchors.read(settings.AUDIT_ANCHORS)
    with lifted(connection):
        cut_the_tail(Dice(1))
    assert verify().sound
    assert {finding.code for finding in verify(remembered).findings} == {"cut"}


def test_after_a_restore_the_anchors_above_the_restored_head_hold_no_longer(db, settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    history(5, 3, seed=1)
    with lifted(connection):
        sql("DELETE FROM core_event WHERE id IN (SELECT event_id FROM core_sealedevent WHERE seal_id >= 3)")
        sql("DELETE FROM core_sealedevent WHERE seal_id >= 3")
        sql("DELETE FROM core_seal WHERE number >= 3")
    assert not verify(anchors.read(settings.AUDIT_ANCHORS)).sound
    anchors.note_restore(anchors.head())
    history(2, 3, seed=2, start=START + timedelta(days=20))
    assert verify(anchors.read(settings.AUDIT_ANCHORS)).sound
