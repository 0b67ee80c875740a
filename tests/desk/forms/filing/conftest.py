"""The weekly order report, asked of an invented firm: last week's is passed, this week's is open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.house import FIRM, House
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.forms.filing import facts, trend
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.people import actions as people
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Code, Enterprise
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms import declaration_of

MONDAY = datetime(2025, 7, 21, tzinfo=BEIJING)
ANSWERS: dict[str, Any] = {
    "orders_in_hand": "120", "trend": "same", "cover": "from_1_to_3", "first_market": "USA",
    "difficulties": ["tariffs"],
}  # fmt: skip
TYPED = {f"q-{code}": value for code, value in ANSWERS.items()}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Each test asks anew what is known of firms."""
    facts.KEPT.forget()
    trend.KEPT.forget()


def opened(house: House, week: str, opens: datetime = MONDAY, **more: Any) -> Round:
    """A round of the order report of the invented city; ``more`` are changes of the declaration."""
    kind = load_catalogue().forms["order_report"]
    return Round.objects.create(
        form="order_report", period=week, unit=house.units.sample, declaration={**declaration_of(kind), **more},
        approval="示例批准文号", opens_at=opens, due_at=opens + timedelta(days=4, hours=17),
        locks_at=opens + timedelta(days=11), synthetic=True,
    )  # fmt: skip


def asked(round_: Round, firm: Enterprise, **more: Any) -> Report:
    """A report asked of a firm, handled by its bureau."""
    values = {"unit": firm.unit, "county": firm.region, **more}
    return Report.objects.create(round=round_, enterprise=firm, **values)


def sent(report: Report, answers: dict[str, Any], **more: Any) -> Submission:
    """A submission of an earlier week, and its report passed."""
    moment = report.round.due_at - timedelta(hours=2)
    Report.objects.filter(pk=report.pk).update(
        state="passed", first_sent_at=moment, on_time=True, unchanged=more.pop("streak", 0)
    )
    return Submission.objects.create(
        report=report,
        number=1,
        answers=answers,
        digest="earlier",
        sent_at=moment,
        sent_on=moment.date(),
        asked=5,
        **more,
    )


@pytest.fixture
def countries(db: None) -> None:
    """Two markets."""
    for code, zh, en in (("USA", "美国", "United States"), ("DEU", "德国", "Germany")):
        Code.objects.create(list="country", edition="t", code=code, name_zh=zh, name_en=en, level="country or region")


@pytest.fixture
def firm(house: House) -> Enterprise:
    """The firm of the firm's user."""
    return Enterprise.objects.get(uscc=FIRM)


@pytest.fixture
def report(house: House, firm: Enterprise, countries: None) -> Report:
    """This week's, with last week's passed before."""
    sent(asked(opened(house, "2025-W29", MONDAY - timedelta(days=7)), firm), ANSWERS)
    made = asked(opened(house, "2025-W30"), firm)
    return Report.objects.select_related("round__unit", "enterprise__unit", "unit", "county").get(pk=made.pk)


@pytest.fixture
def user(house: House) -> Person:
    """The firm's user."""
    person: Person = house.people.firm
    return person


@pytest.fixture
def officer(house: House) -> Person:
    """Somebody of the bureau that handles the firm."""
    person = people.create_person("officer", None, "经办人", "Officer")
    people.grant(person, house.units.sample, house.roles["county_bureau"])
    return person
