"""Personal answers: the firm reads its own; everybody else a mask, until a reason was given; what is told of customs
lines stands in a form only under an agreement that holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.answers import body
from tests.desk.forms.filing.conftest import (  # noqa: F401 - fixtures
    MONDAY,
    asked,
    countries,
    firm,
    nothing_remembered,
    officer,
    user,
)
from tests.house import House
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms import steps
from commercebrain.desk.forms.filing import actions, facts
from commercebrain.desk.forms.filing.reading import known_before
from commercebrain.desk.forms.models import Outgoing, Report, Round, Submission
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.declared import unlawful
from commercebrain.engine.forms import declaration_of
from commercebrain.engine.lake.records.schema import record_dataset

pytestmark = pytest.mark.django_db
CLERK, PHONE = "王小明", "0575-88881234"
ANSWERS = {"employees": "120", "exports_usd": "350", "turnover_cny": "2600", "clerk": CLERK, "phone": PHONE}


@pytest.fixture
def basics(house: House, firm: Any) -> Report:
    """The yearly form, asked of the firm."""
    kind = load_catalogue().forms["firm_basics"]
    round_ = Round.objects.create(
        form="firm_basics", period="2024", unit=house.units.sample, declaration=declaration_of(kind),
        approval="示例批准文号", opens_at=MONDAY, due_at=MONDAY.replace(day=25), locks_at=MONDAY.replace(day=30),
        synthetic=True,
    )  # fmt: skip
    made = asked(round_, firm)
    return Report.objects.select_related("round__unit", "enterprise__unit", "unit", "county").get(pk=made.pk)


def test_an_office_reads_a_mask_everywhere_and_the_rest_after_a_reason(
    basics: Report,
    user: Any,
    officer: Any,
    browse: Any,
) -> None:
    actions.send(basics, user, ANSWERS)
    own, office = browse(user, "zh-hans"), browse(officer, "zh-hans")
    addresses = [
        f"/forms/reports/{basics.pk}/", f"/filing/{basics.pk}/", f"/filing/{basics.pk}/sent/",
        f"/api/reporting/reports/{basics.pk}", f"/api/filing/reports/{basics.pk}",
        f"/api/filing/reports/{basics.pk}/submissions", "/forms/reports/?export=csv",
    ]  # fmt: skip
    for address in addresses:
        answer = office.get(address)
        text = body(answer).decode()
        assert answer.status_code == 200 and CLERK not in text and PHONE not in text, address
    assert "057****" in office.get(addresses[0]).content.decode()
    for address in (addresses[2], addresses[4]):
        assert PHONE in own.get(address).content.decode(), "the firm reads its own"
    assert not Event.objects.filter(verb="data.seen_for").exists()
    reveal = f"/forms/reports/{basics.pk}/reveal/"
    assert office.post(reveal, {"reason": ""}).status_code == 422
    assert office.post(reveal, {"reason": "核对联系人"}).status_code == 302
    assert PHONE in office.get(addresses[0]).content.decode()
    look = Event.objects.get(verb="data.seen_for")
    assert look.person == officer and look.data["reason"] == "核对联系人"


def test_neither_events_nor_the_lake_are_told(basics: Report, user: Any, officer: Any) -> None:
    actions.send(basics, user, ANSWERS)
    while (row := steps.pass_on(basics, officer)).state != "passed":
        basics.refresh_from_db()
    assert row.state == "passed" and Outgoing.objects.filter(dataset="firm_basics").exists()
    kept = [*Event.objects.values_list("data", flat=True), *Outgoing.objects.values_list("row", flat=True)]
    told = json.dumps(kept, ensure_ascii=False, default=str)
    assert CLERK not in told and PHONE not in told


def test_an_office_that_fills_in_for_the_firm_keeps_what_it_was_not_shown(
    basics: Report,
    user: Any,
    officer: Any,
) -> None:
    actions.send(basics, user, ANSWERS)
    actions.send(basics, officer, {**ANSWERS, "employees": "130", "clerk": "", "phone": ""})
    kept = Submission.objects.order_by("-number").first()
    assert kept is not None and kept.channel == "staff"
    assert (kept.answers["employees"], kept.answers["clerk"], kept.answers["phone"]) == (130, CLERK, PHONE)


@pytest.mark.parametrize(
    ("agreement", "expires", "own", "filled"),
    [("协议", "", True, "350"), ("协议", "2025-07-21", True, "350"), ("协议", "2025-07-20", True, None),
     ("", "", True, None), ("协议", "", False, None)],
)  # fmt: skip
def test_customs_figures_stand_in_the_firms_form_only_under_an_agreement_that_holds(
    basics: Report, monkeypatch: pytest.MonkeyPatch, agreement: str, expires: str, own: bool, filled: str | None
) -> None:
    held = record_dataset("declaration_lines").model_copy(update={"agreement": agreement, "expires": expires})
    assert bool(unlawful(held, MONDAY.date())) is (filled is None and own)
    real = facts.firm_facts

    def told(firms: Any, on: Any) -> Any:
        found = real(firms, on)
        column = found.column("exports_last_year")

        class Told:
            firms = found.firms

            def column(self, text: str) -> Any:
                if text != "exports_last_year":
                    return found.column(text)
                return type(column)(column.values + 3_500_000, ~column.known | True)

        return Told()

    monkeypatch.setattr(facts, "record_dataset", lambda code: held)
    monkeypatch.setattr(facts, "firm_facts", told)
    before = known_before(basics, load_catalogue().forms["firm_basics"], own)
    assert before.values.get("exports_usd") == filled
    assert before.facts.get("exports_last_year") == (None if filled is None and own else 3_500_000)
