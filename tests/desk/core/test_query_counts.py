"""A list costs the same queries for one row and for fifty, and no more than is pinned here."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from tests.queries import assert_queries, queries_of

from commercebrain.desk.core.models import Event, Job, SavedView
from commercebrain.desk.people import actions
from commercebrain.desk.registry.models import Enterprise, Region

pytestmark = pytest.mark.django_db


def firms(house, n):
    return Enterprise.objects.create(
        uscc=f"9133020000{n:08d}", name_zh=f"公司{n}", region=house.regions["330200"], unit=house.units.ningbo
    )


def persons(house, n):
    actions.grant(actions.create_person(f"more{n}", None, "人"), house.units.ningbo, house.roles["trade_section"])


def units(house, n):
    actions.create_unit(f"科{n}", f"Section {n}", house.regions["330200"], house.units.ningbo)


def regions(house, n):
    Region.objects.create(
        code=f"3399{n:02d}", name_zh=f"区{n}", name_en="", level="county", parent=house.regions["330200"]
    )


def jobs(house, n):
    Job.objects.create(kind="plans.read", person=house.people.admin)


def events(house, n):
    Event.objects.create(
        verb="person.signed_in", unit=house.units.ningbo, person=house.people.admin, business_date=date(2025, 7, 21),
        subject_type="people.person", subject_id=str(n),
    )  # fmt: skip


def views(house, n):
    SavedView.objects.create(
        person=house.people.director,
        address="/regions/",
        list_title="地区",
        name=f"v{n}",
        shared_with=house.units.ningbo,
    )


def signals(house, n):
    from datetime import datetime

    from commercebrain.desk.warnings.models import Signal
    from commercebrain.engine.clock import BEIJING

    return Signal.objects.create(
        rule="R201", bureau=house.units.ningbo, unit=house.units.haishu, subject_kind="firm", subject=f"x{n}", subject_zh=f"公司{n}",
        region=house.regions["330203"], level="watch", period="2025-06", sentence_zh="下降", sentence_en="fell", declaration={},
        cause=f"market:{n % 7}", cause_zh="市场", opened_on=date(2025, 7, 21), last_held_on=date(2025, 7, 21),
        opened_at=datetime(2025, 7, 21, 6, tzinfo=BEIJING),
    )  # fmt: skip


# Every list over the database: what makes a row, and how many queries one look may cost (sign-in, scope, frame included).
PINNED = {
    "registry:enterprises": (firms, 16),
    "registry:regions": (regions, 12),
    "people:persons": (persons, 12),
    "people:units": (units, 11),
    "core:jobs": (jobs, 14),
    "core:events": (events, 12),
    "core:views": (views, 11),
    "warnings:signals": (signals, 19),
}


@pytest.mark.parametrize("name", PINNED)
def test_a_list_costs_the_same_for_one_row_and_for_fifty(client, house, name):
    make, most = PINNED[name]
    person = house.people.planner if name in ("registry:enterprises", "warnings:signals") else house.people.admin
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name)
    make(house, 1)
    client.get(address)  # what a process or a session asks once
    one = len(queries_of(client, address))
    for n in range(2, 52):
        make(house, n)
    client.get(address)
    many = len(queries_of(client, address))
    assert many <= one + 1, f"{one} queries for one row, {many} for fifty"  # a second page has to be counted
    assert_queries(client, address, most)


# Lists whose rows need more than one line to make, and pages of one thing: what a look may cost on a quiet house.
PAGES = {
    "warnings:rules": 13,
    "warnings:evaluations": 15,
    "warnings:quiet": 13,
    "plans:documents": 13,
    "plans:tasks": 11,
    "plans:facts": 11,
    "audits:findings": 17,
    "notices:notices": 9,
    "registers:registers": 9,
    "cases:cases": 14,
    "cases:board": 14,
    "cases:calendar": 14,
    "cases:map": 14,
    "cases:requests": 14,
    "ranking:rankings": 14,
    "responsibility:parts": 11,
    "responsibility:adjustments": 10,
    "responsibility:updates": 10,
    "responsibility:assignments": 10,
    "responsibility:needs": 10,
    "responsibility:work": 28,  # one for lists that wait, three for reports, five for signals, rules and cases
}


@pytest.mark.parametrize("name", PAGES)
def test_a_list_costs_no_more_queries_than_pinned(client, house, name):
    client.force_login(house.people.planner, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name)
    client.get(address)
    assert_queries(client, address, PAGES[name])


DETAILS = {
    "registry:enterprise": (
        lambda house: firms(house, 1).pk,
        19,
    ),  # one for signals, cases and reports that are open on it
    "registry:region": (lambda house: "330200", 12),
    "warnings:signal": (lambda house: signals(house, 1).pk, 14),
    "warnings:rule": (lambda house: "R201", 18),
    "people:person": (lambda house: house.people.planner.pk, 12),
    "people:unit": (lambda house: house.units.ningbo.pk, 11),
    "registers:list": (lambda house: "export_base", 13),
}


@pytest.mark.parametrize("name", DETAILS)
def test_a_page_of_one_thing_costs_no_more_queries_than_pinned(client, house, name):
    make, most = DETAILS[name]
    client.force_login(house.people.planner, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=[make(house)])
    client.get(address)
    assert_queries(client, address, most)
