"""示例市 with two counties, a township office in one of them, and firms that are asked every week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.house import House
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.forms import rounds
from commercebrain.desk.forms.models import Report, Round, Submission, TownshipOffice
from commercebrain.desk.people import actions
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms.kinds import FormKind, declaration_of

ANSWERS = {"orders_in_hand": "35", "trend": "same", "cover": "from_1_to_3", "first_market": "USA"}
MONDAY = datetime(2025, 7, 21, 0, 0, tzinfo=BEIJING)


def form_of(**more: Any) -> FormKind:
    """A weekly form of two questions for everybody, up to the county."""
    told: dict[str, Any] = {
        "code": "order_report", "name": {"zh": "企业订单情况表", "en": "Order report"}, "source": [{"doc": "x"}],
        "approval": "示例批准文号", "who": "known(county)", "every": "week", "opens": "monday 00:00", "due": "friday 17:00",
        "questions": [
            {"field": "orders_in_hand", "ask": {"zh": "在手订单", "en": "Orders"}, "type": "decimal", "unit": "万美元"},
            {"field": "note", "ask": {"zh": "备注", "en": "Remarks"}, "required": False},
        ],
        "lines": {
            "name": {"zh": "明细", "en": "Lines"}, "key": ["product"],
            "fields": [{"field": "product", "ask": {"zh": "商品", "en": "Product"}}],
        },
        "steps": ["firm", "township", "county"],
    }  # fmt: skip
    return FormKind.model_validate({**told, **more})


@pytest.fixture
def form() -> FormKind:
    """The weekly form."""
    return form_of()


@pytest.fixture
def city(house: House) -> SimpleNamespace:
    """Units, people and firms of the invented city: 甲区 with 东门街道's office, 乙区 without any."""
    top = house.units.sample
    regions = {
        code: Region.objects.create(
            code=code, name_zh=zh, name_en=en, level="county", parent=top.region, synthetic=True
        )
        for code, zh, en in (("990101", "甲区", "District A"), ("990102", "乙区", "District B"))
    }
    first = actions.create_unit("甲区商务局", "Bureau of District A", regions["990101"], top)
    second = actions.create_unit("乙区商务局", "Bureau of District B", regions["990102"], top)
    office = actions.create_unit("东门街道办事处", "East Gate Office", regions["990101"], first)
    gate = Township.objects.create(code="990101001", name_zh="东门街道", region=regions["990101"])
    south = Township.objects.create(code="990102001", name_zh="南塘镇", region=regions["990102"])
    TownshipOffice.objects.create(township=gate, unit=office)
    people = {}
    for name, role, unit in (
        ("city", "trade_section", top), ("chief", "director", top), ("jia", "county_bureau", first),
        ("jia2", "county_bureau", first), ("yi", "county_bureau", second), ("gate", "county_bureau", office),
    ):  # fmt: skip
        people[name] = actions.create_person(f"s-{name}", None, f"示例{name}", name.title(), home=unit)
        actions.grant(people[name], unit, house.roles[role])

    def firm(number: int, unit: Any, town: Any = None) -> Enterprise:
        made: Enterprise = Enterprise.objects.create(
            uscc=f"91990100MA00000{number:02d}X", name_zh=f"示例{number}号公司", unit=unit, region=unit.region,
            township=town, synthetic=True,
        )  # fmt: skip
        return made

    own = Enterprise.objects.get(uscc="91990100MA0000000D")
    Enterprise.objects.filter(pk=own.pk).update(unit=first, region=regions["990101"], township=gate)
    own.refresh_from_db()
    firms = SimpleNamespace(own=own, a=firm(1, first), b=firm(2, second, south), c=firm(3, second))
    return SimpleNamespace(
        unit=top, first=first, second=second, office=office, east=gate, south=south, firms=firms, regions=regions,
        user=house.people.firm, **people,
    )  # fmt: skip


@pytest.fixture
def opened(city: SimpleNamespace, form: FormKind) -> Round:
    """The round of this week, opened at the city's bureau."""
    dates = rounds.current_dates(form)
    assert dates is not None
    return rounds.open_round(form, city.unit, dates)[0]


@pytest.fixture
def past(city: SimpleNamespace, form: FormKind) -> Callable[..., Round]:
    """Makes a round of an earlier week for all firms."""

    def make(weeks: int, approval: str = "示例批准文号") -> Round:
        opens = MONDAY - timedelta(weeks=weeks)
        due = opens + timedelta(days=4, hours=17)
        period = "{}-W{:02d}".format(*opens.isocalendar()[:2])
        row = Round.objects.create(
            form=form.code, period=period, unit=city.unit, declaration=declaration_of(form), approval=approval,
            opens_at=opens, due_at=due, locks_at=due + timedelta(days=7), synthetic=True,
        )  # fmt: skip
        rounds.ask(row, rounds.who_reports(form, city.unit))
        return row

    return make


@pytest.fixture
def sent(city: SimpleNamespace) -> Callable[..., Submission]:
    """Sends a firm's report, as the firm's user would."""

    def send(round_: Round, firm: Enterprise, number: int = 1, by: Any = None, **more: Any) -> Submission:
        report = Report.objects.get(round=round_, enterprise=firm)
        moment = round_.opens_at + timedelta(hours=10)
        made: Submission = Submission.objects.create(
            report=report, number=number, answers=more.pop("answers", {"orders_in_hand": 35}), digest=f"d{number}",
            lines=more.pop("lines", [{"product": "850110"}]), sent_at=moment, sent_on=moment.date(),
            sent_by=by or city.user, asked=2,
        )  # fmt: skip
        values = {"state": "sent", "first_sent_at": report.first_sent_at or moment, "on_time": True, **more}
        Report.objects.filter(pk=report.pk).update(**values)
        return made

    return send
