"""The log: sentences in both languages, written once, read in scope."""

from __future__ import annotations

import string

import pytest
from django.utils import translation

from commercebrain.desk.core import events, queries
from commercebrain.desk.core.models import Event

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
