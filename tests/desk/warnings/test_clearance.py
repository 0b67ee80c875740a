"""What customs know of a single firm is told to whoever is cleared for its region, and to nobody else, wherever it stands."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from tests.answers import text_of
from tests.desk.warnings.conftest import declared, of_firms

from commercebrain.desk.core.figures import cleared_regions
from commercebrain.desk.core.models import Event
from commercebrain.desk.core.search import search
from commercebrain.desk.people import actions as people
from commercebrain.desk.warnings import clearance, evidence, queries, telling
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import BackTest, Signal
from commercebrain.desk.warnings.notifying import tell
from commercebrain.engine.indicators import ALL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_lake")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
DAY = date(2025, 7, 21)
#: The figures of customs as the sentence and the evidence tell them, and those of the firm's own report.
CUSTOMS, OWN, OWN_SAID = ("83.7%", "7,654万", "7.65 million", "0.837"), "62%", "下降62%"
SAY = {
    "say": {"zh": "{name}出口{exports}，同比{exports_growth}，在手订单{orders_growth_4}", "en": "{name}: exports {exports}, {exports_growth}; orders {orders_growth_4}"},
    "when": "exports_growth <= -fall and exports >= 0 and orders_growth_4 <= 0",
}  # fmt: skip
BRIEF = {"brief": {"zh": "{name}在手订单{orders_growth_4}", "en": "{name}: orders {orders_growth_4}"}}


@pytest.fixture
def director(house: Any) -> Any:
    """A person of 海曙 whose role is cleared."""
    person = people.create_person("cleared-there", None, "海曙局领导", "Director there", home=house.units.haishu)
    people.grant(person, house.units.haishu, house.roles["director"])
    return person


@pytest.fixture
def raised(house: Any, firms: Any, in_use: Any) -> SimpleNamespace:
    """A signal of a firm of 海曙 that speaks of customs, one whose rule declares a brief, both told to the unit."""
    in_use(declared("R900", **SAY, case="warning_response", opens="by_person"))
    in_use(declared("R901", **SAY, **BRIEF))
    frame = of_firms(firms[:1], [-0.837], exports=[Decimal(76_540_000)], orders_growth_4=[-0.62])
    evaluate(house.units.ningbo, DAY, frames={"firm": frame})
    tell(house.units.ningbo.pk, DAY)
    found = {row.rule: row for row in Signal.objects.all()}
    assert all(any(one in row.sentence_zh for one in CUSTOMS) for row in found.values()), "nothing to be kept back"
    return SimpleNamespace(plain=found["R900"], brief=found["R901"], firm=firms[0])


def said(answer: Any) -> str:
    """What an answer says, the minus sign of the pages as the one of the data."""
    return text_of(answer).replace("−", "-")


def addresses(raised: SimpleNamespace) -> list[str]:
    """Wherever a signal, or what it says, is told."""
    firm, rows = raised.firm.pk, (raised.plain.pk, raised.brief.pk)
    return [
        "/", "/work/", "/warnings/", "/warnings/?state=all", "/warnings/?columns=sentence,cause", "/warnings/panel/",
        "/warnings/?export=csv", "/warnings/?export=xlsx", "/rules/R900/", "/notices/", "/events/",
        *(f"/warnings/{pk}/" for pk in rows), *(f"/enterprises/{firm}/{tab}" for tab in ("", "?tab=whole", "?tab=warnings", "?tab=history")),
        "/api/signals", "/api/feed/signals", *(f"/api/signals/{pk}" for pk in rows), "/api/events", "/api/notices",
    ]  # fmt: skip


def read(person: Any, raised: SimpleNamespace, language: str) -> dict[str, str]:
    client = Client()
    client.force_login(person, backend=BACKEND)
    client.cookies["language"] = language
    answers = {address: client.get(address, follow=True) for address in addresses(raised)}
    return {address: said(answer) for address, answer in answers.items() if answer.status_code == 200}


@pytest.mark.parametrize(("who", "language"), [("county", "zh-hans"), ("trader", "en")])
def test_nobody_without_clearance_meets_a_customs_figure_of_a_firm(house, raised, who, language):
    told = read(getattr(house.people, who), raised, language)
    assert {"/warnings/", "/api/signals", "/warnings/?export=csv", f"/warnings/{raised.plain.pk}/"} <= set(told)
    assert not {address: one for address, text in told.items() for one in CUSTOMS if one in text}
    assert "企业级海关数据仅限有权限人员查看" in told["/api/signals"] and OWN in told["/api/signals"]


def test_whoever_is_cleared_for_the_firm_s_region_reads_them(house, raised, director):
    for person in (director, house.people.planner):
        told = read(person, raised, "zh-hans")
        for address in ("/warnings/", "/warnings/?export=csv", f"/warnings/{raised.plain.pk}/", "/warnings/panel/", "/api/signals", f"/api/signals/{raised.plain.pk}"):  # fmt: skip
            assert "83.7%" in told[address], address
        assert "企业级海关数据" not in told[f"/warnings/{raised.plain.pk}/"]


def test_a_clearance_for_another_region_opens_nothing_here(house, raised):
    person = people.create_person("cleared-away", None, "鄞州局领导", "Director away", home=house.units.yinzhou)
    people.grant(person, house.units.yinzhou, house.roles["director"])
    people.grant(person, house.units.haishu, house.roles["county_bureau"])
    told = read(person, raised, "zh-hans")
    assert told["/warnings/"] and not [one for text in told.values() for one in CUSTOMS if one in text]


def test_what_the_firm_reported_stays_and_what_is_kept_back_is_named(house, raised):
    row = queries.signals(house.people.county).get(pk=raised.brief.pk)
    facts = {fact.name: fact for fact in evidence.terms(row)}
    kept = [fact for fact in facts.values() if fact.withheld]
    assert len(kept) == 2 and not any(fact.value for fact in kept)
    assert [fact.value for fact in facts.values() if not fact.withheld] == [OWN_SAID]
    assert clearance.sentence(row)["zh"] == f"{raised.firm.name_zh}在手订单{OWN_SAID}"
    assert evidence.withheld(row) and not evidence.missing(row)
    assert evidence.pictures(house.people.county, row) == []


def test_events_and_notices_say_no_more_than_anybody_may_read(raised):
    rows = Event.objects.filter(verb__startswith="signal")
    assert rows.filter(verb="signal.opened").count() == 2
    for row in rows:
        assert not any(one in json.dumps(row.data, ensure_ascii=False) for one in CUSTOMS), row.verb


def test_a_figure_cannot_be_asked_for_by_searching_for_it(house, raised):
    client = Client()
    client.force_login(house.people.county, backend=BACKEND)
    assert client.get("/warnings/?q=83.7").context["lines"] == []
    assert len(client.get("/warnings/?q=R900").context["lines"]) == 1
    hits = search(house.people.county, raised.firm.name_zh)
    assert hits and not any(one in str(hit) for hit in hits for one in CUSTOMS)


def test_a_row_that_nobody_asked_for_is_told_in_brief(raised):
    assert not any(one in telling.told(raised.plain)["sentence"] for one in CUSTOMS)
    raised.plain.declaration = {}  # what is not known to be open counts as confidential
    assert "企业级海关数据" in clearance.sentence(raised.plain)["zh"]


def test_a_county_s_own_figures_are_told_to_whoever_sees_the_signal(house, raised):
    row = queries.signals(house.people.county).get(pk=raised.plain.pk)
    row.subject_kind, row.sentence_zh = "county", "海曙区当月出口同比-12%"
    assert clearance.sentence(row)["zh"] == row.sentence_zh
    assert not any(one["withheld"] for one in clearance.terms(row))


def test_firms_found_and_missed_by_a_back_test_are_named_to_whoever_is_cleared(house, raised, director):
    case = {"key": raised.firm.uscc, "name": {"zh": raised.firm.name_zh, "en": "x"}, "month": 202401, "shown": 202403}
    BackTest.objects.create(
        rule="R201", unit=house.units.ningbo, first="2024-01", last="2025-02", truth="exports_fall", made_on=DAY,
        result={"found": [case], "missed": [case], "false_examples": [case]},
    )  # fmt: skip
    for person, named in ((house.people.county, False), (house.people.trader, False), (director, True)):
        client = Client()
        client.force_login(person, backend=BACKEND)
        page = said(client.get(f"/rules/R201/?unit={house.units.ningbo.pk}"))
        assert ("2024-03" in page) is named, person
        assert raised.firm.uscc not in said(client.get("/api/rules/R201/back-tests"))


def test_the_mark_of_the_query_is_the_reach_of_the_person(house, raised, director):
    row = Signal.objects.get(pk=raised.plain.pk)
    for person in (director, house.people.planner, house.people.province, house.people.sister, house.people.county):
        codes = cleared_regions(person)
        for region in (one for one in house.regions.values() if not one.synthetic):
            raised.firm.region = region
            raised.firm.save(update_fields=["region"])
            (marked,) = clearance.marked(Signal.objects.filter(pk=row.pk), person)
            assert clearance.cleared(marked) is (codes is ALL or region.code in codes), (person, region)
