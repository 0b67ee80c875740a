"""The log: sentences in both languages, written once, read in scope."""

from __future__ import annotations

import string

import pytest
from django.utils import translation

from commercebrain.desk.core import events, queries
from commercebrain.desk.core.models import Event, Job

pytestmark = pytest.mark.django_db


def test_every_verb_has_both_sentences_and_its_own_code_style():
    assert len(events.verbs()) >= 15
    for code, verb in events.verbs().items():
        noun, _, done = code.partition(".")
        assert noun and done and verb.zh and verb.en, code
        for text in (verb.zh, verb.en):
            list(string.Formatter().parse(text))


def test_an_event_is_told_in_the_readers_language(house):
    event = events.record("unit.created", house.units.ningbo, house.people.clerk, name="甲", name_en="A")
    with translation.override("zh-hans"):
        assert events.sentence(event) == "测试clerk新建了单位甲"
    with translation.override("en"):
        assert events.sentence(event) == "Clerk added the unit A"


def test_what_nobody_did_was_done_by_the_system(house):
    event = events.record("job.cancel_asked", ("core.job", "1"), None, job="读取", job_en="Read")
    with translation.override("en"):
        assert events.sentence(event).startswith("The system")
    with translation.override("zh-hans"):
        assert events.sentence(event).startswith("系统")


def test_an_unknown_verb_and_missing_data_are_refused(house):
    with pytest.raises(KeyError, match=r"plan\.eaten"):
        events.record("plan.eaten", house.units.ningbo, None)
    with pytest.raises(KeyError, match="name_en"):
        events.record("unit.created", house.units.ningbo, None, name="甲")
    assert not Event.objects.filter(subject_type="people.unit", verb="unit.created", data={"name": "甲"}).exists()


def test_a_verb_no_longer_declared_is_still_shown(house):
    event = Event.objects.create(business_date="2025-07-21", verb="old.verb", subject_type="x", subject_id="1")
    assert "old.verb" in events.sentence(event)


def test_text_from_outside_with_braces_is_shown_as_it_is(house):
    event = events.record("unit.created", house.units.ningbo, house.people.clerk, name="{0}{x}", name_en="{y}")
    with translation.override("zh-hans"):
        assert events.sentence(event).endswith("{0}{x}")


def test_events_are_neither_changed_nor_removed(house):
    event = Event.objects.first()
    event.verb = "unit.moved"
    for attempt in (
        event.save,
        event.delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(verb="x"),
        lambda: Event.objects.filter(pk=event.pk).update(verb="x"),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_one_reads_the_events_of_units_in_sight_and_ones_own(house):
    rows = {
        name: events.record(
            "unit.created", getattr(house.units, name), None, getattr(house.units, name), name="x", name_en="x"
        )
        for name in ("zhejiang", "ningbo", "haishu", "shaoxing")
    }
    own = events.record("person.signed_in", house.people.nobody, house.people.nobody)

    def sees(who, event):
        return queries.events_visible_to(getattr(house.people, who)).filter(pk=event.pk).exists()

    for who, seen in {
        "director": {"ningbo", "haishu"},
        "county": {"haishu"},
        "sister": {"shaoxing"},
        "province": {"zhejiang", "ningbo", "haishu", "shaoxing"},
        "admin": {"ningbo", "haishu"},
        "root": {"zhejiang", "ningbo", "haishu", "shaoxing"},
        "nobody": set(),
    }.items():
        assert {name for name, event in rows.items() if sees(who, event)} == seen, who
    assert sees("nobody", own) and sees("root", own) and not sees("admin", own) and not sees("director", own)
    near = events.record("person.signed_in", house.people.clerk, house.people.clerk)
    assert sees("admin", near) and not sees("director", near) and not sees("sister", near)


def test_jobs_and_events_in_sight_are_those_that_a_plain_reading_of_the_rule_gives(house):
    """Row by row, person by person: the query admits what the sentence of the rule admits."""
    units, people = vars(house.units), vars(house.people)
    for name, unit in units.items():
        events.record("unit.created", unit, people["clerk"], unit, name=name, name_en=name)
    for person in people.values():
        events.record("person.signed_in", person, person)
        Job.objects.create(kind="test.kind", person=person)
    Job.objects.create(kind="test.kind")
    below = {unit.pk: {u.pk for u in units.values() if u.path.startswith(unit.path)} for unit in units.values()}
    for person in people.values():
        held = list(person.memberships.select_related("role").all())
        lent = [row.membership for row in person.acting_for.select_related("membership__role").all()]
        everything = any(row.role.manage == "all" for row in held)
        seen = set().union(
            *(
                below[r.unit_id] if r.role.see == "below" else {r.unit_id}
                for r in held + lent
                if r.role.see and not r.firm
            )
        )
        managed = set().union(*(below[r.unit_id] for r in held if r.role.manage == "below"))
        near = {p.pk for p in people.values() if any(m.unit_id in managed for m in p.memberships.all())}
        expected = {
            e.pk
            for e in Event.objects.all()
            if everything or e.person_id == person.pk or e.unit_id in seen | managed
            or (e.unit_id is None and e.person_id in near)
        }  # fmt: skip
        assert set(queries.events_visible_to(person).values_list("pk", flat=True)) == expected, person.username
        jobs = {j.pk for j in Job.objects.all() if everything or j.person_id == person.pk or j.person_id in near}
        assert set(queries.jobs_visible_to(person).values_list("pk", flat=True)) == jobs, person.username
