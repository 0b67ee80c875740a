"""Who may see one county never sees another's firm: every address asked as every role, and the answers read for its traces.

One county's bureau (海曙) has a person of every role. Firms of the city itself, of the sister county, of another city and of
the county each bear marks that occur nowhere else: a name, a contact, an answer in a report, a signal, a case, lines of
customs trade. Every page, every reading operation of the API and every export is asked with the numbers of each place, and
again with filters that name the firm abroad; where a mark of another place stands in an answer, that is a leak. What may be
*found* by roles that find everything is the firm's name alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import Resolver404, resolve
from tests.answers import text_of
from tests.engine.indicators.city import months, write
from tests.house import make_house
from tests.web.pages import BACKEND, Address, walk
from tests.web.planted import Place, everything

from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Role
from commercebrain.desk.registry.models import Enterprise, EnterpriseContact
from commercebrain.engine.lake import Lake
from commercebrain.engine.working.store import refresh_dataset

pytestmark = pytest.mark.django_db
#: The places of the planters, here: the city, the county whose people ask, its sister county, another city.
WHERE = {"own": "ningbo", "lower": "haishu", "sister": "yinzhou", "foreign": "shaoxing"}
HERE = "lower"
#: What is known of a firm by its name alone, wherever it is, to roles that find everything.
FINDABLE = {"name", "code"}
ROLES = [
    "county_bureau", "firm", "director", "plan_office", "statistics_clerk", "trade_section", "township", "evaluator",
    "it_department", "administrator", "super_administrator",
]  # fmt: skip
#: Asked in every run, with filters that name the sister county's firm; the others, and those of the city's, in the long one.
ALWAYS = {"county_bureau", "firm"}
#: Addresses that are the same for all and take no question: asked once a role.
FIXED = {"api:openapi-json", "api_docs"}
#: Addresses that do something when they are asked for, or answer without end.
LEFT_OUT = {"set_language", "core:healthz", "people:sign_out"}


@dataclass
class Marked:
    """The house, the arguments of addresses by place, the marks by place and kind, and one person for every role."""

    house: Any
    values: dict[str, dict[str, Any]]
    marks: dict[str, dict[str, str]] = field(default_factory=dict)
    firms: dict[str, Enterprise] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def marked(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Marked]:
    """One database for all roles, rolled back at the end."""
    lake = tmp_path_factory.mktemp("nobody") / "lake"
    Lake.create(lake)
    with django_db_blocker.unblock(), override_settings(LAKE_ROOT=lake), transaction.atomic():
        house = make_house()
        made = Marked(house, {})
        for name, short in WHERE.items():
            unit = getattr(house.units, short)
            author = actions.create_person(f"author-{name}", None, f"暗记{name}经办", f"Author {name}", home=unit)
            actions.grant(author, unit, house.roles["trade_section"])
            place, values = Place(name, unit, unit.region, author), {}
            for planter in everything():
                values |= planter(house, place)
            made.values[name] = values
            mark(made, place)
        lines(made, lake)
        hire(made)
        yield made
        transaction.set_rollback(True)


def mark(made: Marked, place: Place) -> None:
    """Writes the marks of a place onto what the planters made there."""
    from commercebrain.desk.cases.models import Case, Note
    from commercebrain.desk.core import fulltext
    from commercebrain.desk.forms.models import Submission
    from commercebrain.desk.warnings.models import Signal

    letter = {"own": "乾", "lower": "坤", "sister": "坎", "foreign": "离"}[place.name]
    firm = Enterprise.objects.get(unit=place.unit, uscc__endswith="A", merged_into=None)
    told = {kind: f"暗记{letter}{word}" for kind, word in {
        "name": "企实业有限公司", "contact": "联系人某某", "answer": "备注某某", "signal": "预警某某", "case": "事项某某",
        "note": "意见某某",
    }.items()}  # fmt: skip
    firm.name_zh = told["name"]
    firm.save(update_fields=["name_zh"])
    fulltext.index("registry.enterprise", [(firm.pk, [firm.name_zh, firm.uscc])])
    EnterpriseContact.objects.filter(enterprise=firm).update(name=told["contact"])
    for sent in Submission.objects.filter(report__enterprise=firm):
        sent.answers = {**sent.answers, "note": told["answer"]}
        sent.save(update_fields=["answers"])
    signals = Signal.objects.filter(unit=place.unit)
    signals.update(sentence_zh=told["signal"], sentence_en=told["signal"])
    signals.exclude(enterprise=None).update(subject_zh=told["name"], subject_en=told["name"])
    cases = Case.objects.filter(unit=place.unit)
    cases.update(title_zh=told["case"], title_en=told["case"])
    Note.objects.filter(case__in=cases).update(text=told["note"])
    assert signals.exists() and cases.exists(), f"no planter makes a signal and a case of {place.name}"
    made.firms[place.name] = firm
    made.marks[place.name] = {**told, "code": firm.uscc}


def lines(made: Marked, lake: Any) -> None:
    """A year and a half of customs trade of the firms, each in its county, so that figures of firms could be told."""
    counties = {"own": "330203", "lower": "330203", "sister": "330212", "foreign": "330602"}
    write(lake, [
        {"month": month, "uscc": firm.uscc, "hs10": "8471300000", "country": "USA", "mode": "0110", "flow": "export",
         "quantity": 10, "value_cny": 7_654_321, "value_usd": 1_000_000, "county": counties[name]}
        for month in months(202401, 202506) for name, firm in made.firms.items()
    ])  # fmt: skip
    refresh_dataset(lake, "declaration_lines")


def hire(made: Marked) -> None:
    """One person for every role of the catalogue, in the county."""
    unit = made.house.units.haishu
    for code in ROLES:
        person = actions.create_person(f"role-{code}", None, f"某{code}", code, home=unit)
        firm = None
        if code == "firm":
            firm = Enterprise.objects.create(
                uscc="91330203MA0000001X", name_zh="本企业有限公司", unit=unit, region=unit.region
            )
        actions.grant(person, unit, made.house.roles[code], firm=firm)
        made.people[code] = person


def forbidden(made: Marked, role: Role) -> dict[str, str]:
    """The marks that a role at the county must not meet, by text, with where they are from."""
    found = {}
    for place, told in made.marks.items():
        for kind, text in told.items():
            if place == HERE and role.see and not role.for_firms:
                continue
            if kind in FINDABLE and role.find == "all" and not role.for_firms:
                continue
            found[text] = f"{kind} of {place}"
    return found


def is_list(address: str) -> bool:
    """Whether a list page stands at an address, which can be exported."""
    try:
        view = getattr(resolve(address).func, "view_class", None)
    except Resolver404:
        return False
    return view is not None and issubclass(view, ListPage)


def questions(
    made: Marked, address: Address, abroad: tuple[str, ...], plain: bool
) -> Iterator[tuple[str, frozenset[str]]]:
    """Every way in which an address is asked, and the marks that the question itself says.

    ``plain``: with the numbers of each place, and as exports; ``abroad`` are the places whose firm the filters name.
    """
    asked = set()
    for values in made.values.values() if plain else ():
        filled = address.fill(values)
        if filled not in asked:
            asked.add(filled)
            yield filled, frozenset()
            if is_list(filled):
                yield f"{filled}?export=csv", frozenset()
                yield f"{filled}?export=xlsx", frozenset()
    for place in () if address.name in FIXED else abroad:
        firm = made.firms[place]
        given = {
            "q": made.marks[place]["name"][:4], "county": firm.region.code, "region": firm.region.code,
            "unit": firm.unit_id, "enterprise": firm.pk, "firm": firm.pk, "uscc": firm.uscc,
            "indicator": "customs_export_value", "by": "uscc", "where": f"uscc:{firm.uscc}",
        }  # fmt: skip
        yield f"{address.fill(made.values[HERE])}?{urlencode(given)}", frozenset({made.marks[place]["code"]})


def chosen_there(made: Marked, role: Role, address: Address, mark: str) -> bool:
    """Whoever makes the account of a firm's user chooses the firm by its name, among those of the units managed."""
    managed = {"all": set(WHERE), "below": {HERE}}.get(role.manage if role.runs_system else "", set())
    return address.name == "people:grant" and mark in {made.marks[place]["name"] for place in managed}


#: What every run has asked for a role is not asked for it again.
LONG = [(code, ("own",), False) if code in ALWAYS else (code, ("sister", "own"), True) for code in ROLES]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("code", "abroad", "plain"),
    [(code, ("sister",), True) for code in sorted(ALWAYS)]
    + [pytest.param(*one, marks=pytest.mark.slow) for one in LONG],
)
def test_no_page_operation_export_or_figure_tells_a_role_of_a_county_about_another_s_firm(marked, code, abroad, plain):
    role = marked.house.roles[code]
    client = Client(raise_request_exception=False)
    client.force_login(marked.people[code], backend=BACKEND)
    marks, leaks, answered = forbidden(marked, role), [], 0
    for address in walk():
        if address.name in LEFT_OUT or address.name.startswith("people:sign"):
            continue
        for question, said in questions(marked, address, abroad, plain):
            point = transaction.savepoint()
            try:
                answer = client.get(question)
            finally:
                transaction.savepoint_rollback(point)
            text = text_of(answer)
            takes_no_question = answer.status_code == 405
            answered += answer.status_code == 200
            leaks += [
                f"{address.name} {question} ({answer.status_code}): {where}"
                for one, where in marks.items()
                if one in text and one not in said and not chosen_there(marked, role, address, one)
            ]
            if takes_no_question:
                break
    assert answered > (60 if plain else 15), "hardly anything was answered: the test asks nothing"
    assert not leaks, f"as {code} of 海曙:\n" + "\n".join(leaks)


def test_the_marks_are_told_to_those_who_may_read_them(marked):
    """The same reading finds the marks where they may stand: the test can fail."""
    person = SimpleNamespace(county=marked.people["county_bureau"], city=marked.house.people.planner)
    for who, place in ((person.county, HERE), (person.city, "sister")):
        client = Client()
        client.force_login(who, backend=BACKEND)
        firm, told = marked.firms[place], marked.marks[place]
        assert told["name"] in text_of(client.get(f"/enterprises/{firm.pk}/"))
        assert told["name"] in text_of(client.get("/enterprises/?export=csv"))


def test_every_role_of_the_catalogue_is_asked(marked):
    assert set(ROLES) == set(marked.house.roles)
