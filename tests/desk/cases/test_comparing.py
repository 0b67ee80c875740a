"""Helped firms beside firms like them that were warned of and not helped: who is compared, what the rates and a page say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.desk.cases.conftest import CONTACT, MEASURE, warning
from tests.engine.indicators.city import block, months

from commercebrain.desk.cases import actions, comparing, following, rates
from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

pytestmark = pytest.mark.django_db
Ship = Callable[..., None]


@pytest.fixture
def ship(tmp_path: Path, settings: Any) -> Ship:
    """Puts exports of firms into a lake: the same before and after 2025-06 for each, in yuan a month."""
    settings.LAKE_ROOT, settings.MEDIA_ROOT = tmp_path / "lake", tmp_path / "uploads"
    Lake.create(settings.LAKE_ROOT)

    def go(sold: dict[Enterprise, tuple[int, int]]) -> None:
        dataset, blocks = record_dataset("declaration_lines"), []
        for month in months(202401, 202506):
            rows = [
                {
                    "month": month, "uscc": firm.uscc, "hs10": "8471300000", "country": "USA", "mode": "0110", "flow": "export",
                    "quantity": 1, "value_cny": amount, "value_usd": amount // 7, "county": firm.region.code,
                }
                for firm, both in sorted(sold.items(), key=lambda one: one[0].uscc)
                if (amount := both[month >= 202506])
            ]  # fmt: skip
            blocks.append(block(dataset, month, rows))
        table, day = RecordTable(settings.LAKE_ROOT, dataset), date(2025, 7, 20)
        table.append_months(blocks, published=day, taken_in=day, source="海关", synthetic=True)

    return go


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Enterprise, str]]:
    """The firms that were warned of, with their levels."""
    found: list[tuple[Enterprise, str]] = []
    monkeypatch.setattr(comparing, "FINDERS", [lambda _case: found])
    return found


def like(city: SimpleNamespace, number: int, unit: Any = None, **changes: Any) -> Enterprise:
    """A firm of the kind of the city's own firm."""
    firm: Enterprise = city.firm(number, unit or city.yi)
    return made_like(city, firm, **changes)


def made_like(city: SimpleNamespace, firm: Enterprise, **changes: Any) -> Enterprise:
    """The firm made to be of the kind of the city's own firm, but for the changes."""
    Enterprise.objects.filter(pk__in=(firm.pk, city.own.pk)).update(size="small", industry="1821")
    Enterprise.objects.filter(pk=firm.pk).update(**changes)
    firm.refresh_from_db()
    city.own.refresh_from_db()
    return firm


def helped(city: SimpleNamespace, firm: Enterprise | None = None, person: Any = None) -> Case:
    """A case whose measure took effect in May."""
    who, case = person or city.people.jia, warning(city, firm)
    actions.move(case, who, "acknowledge")
    actions.move(case, who, "contact", values=CONTACT)
    actions.move(case, who, "decide_measure", values=MEASURE)
    return actions.move(case, who, "take_effect", values={"measure_done": "2025-05-20"})


def pair(case: Case) -> dict[str, Any]:
    """What the follow-up after one month keeps of its pair."""
    kept: dict[str, Any] = case.follow_ups.get(periods=1).details.get("pair", {})
    return kept


def test_the_nearest_like_firm_that_was_warned_of_and_not_helped_is_compared(
    city: SimpleNamespace, ship: Ship, warned: list[tuple[Enterprise, str]]
) -> None:
    near, far = like(city, 8), like(city, 9)
    warned += [(far, "watch"), (near, "watch")]
    ship({city.own: (1_000_000, 1_000_000), near: (900_000, 300_000), far: (400_000, 400_000)})
    case = helped(city)
    assert following.check_due() == 1
    kept = pair(case)
    assert kept["helped"]["key"] == city.own.uscc and kept["helped"]["recovered"] is True
    assert kept["other"]["key"] == near.uscc and kept["other"]["recovered"] is False
    assert (kept["other"]["before"], kept["other"]["after"]) == (900_000.0, 300_000.0)
    line = Outgoing.objects.filter(dataset=rates.DATASET).order_by("-pk")[0].row
    assert (line["paired"], line["paired_recovered"], line["other_recovered"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("level", "changes", "sold"),
    [
        ("close_watch", {}, 900_000),
        ("watch", {"size": "large"}, 900_000),
        ("watch", {"industry": "2612"}, 900_000),
        ("watch", {}, 200_000),
        ("watch", {}, 0),
    ],
    ids=["another level", "another size", "another industry", "sold less than a third", "sold nothing"],
)
def test_a_firm_of_another_kind_is_not_compared(
    city: SimpleNamespace, ship: Ship, warned: list[tuple[Enterprise, str]], level: str, changes: dict[str, str], sold: int
) -> None:  # fmt: skip
    warned.append((like(city, 8, **changes), level))
    ship({city.own: (1_000_000, 1_000_000), warned[0][0]: (sold, sold)})
    case = helped(city)
    assert following.check_due() == 1 and pair(case) == {}
    line = Outgoing.objects.filter(dataset=rates.DATASET).order_by("-pk")[0].row
    assert (line["followed"], line["paired"], line["other_recovered"]) == (1, 0, 0)


def test_a_firm_that_was_helped_itself_or_stands_beside_another_case_is_not_compared(
    city: SimpleNamespace, ship: Ship, warned: list[tuple[Enterprise, str]]
) -> None:
    second, third = like(city, 8), like(city, 9)
    warned += [(city.own, "watch"), (second, "watch"), (third, "watch")]
    ship({city.own: (1_000_000, 1_000_000), second: (1_000_000, 1_000_000), third: (800_000, 800_000)})
    one, other = helped(city), helped(city, second, city.people.yi)
    assert following.check_due() == 2
    assert [pair(case).get("other", {}).get("key") for case in (one, other)] == [third.uscc, None]


def test_what_help_came_to_is_told_from_the_pairs_and_too_few_are_said_to_be_too_few(
    city: SimpleNamespace, ship: Ship, warned: list[tuple[Enterprise, str]]
) -> None:
    warned.append((like(city, 8), "watch"))
    ship({city.own: (1_000_000, 1_000_000), warned[0][0]: (900_000, 300_000)})
    case = helped(city)
    following.check_due()
    told = comparing.help_of([case.pk])
    assert (told.judged, told.recovered, len(told.pairs), told.effect) == (1, 1, 1, None)
    assert "1对" in told.words.zh
    firm = {"tier": "区", "size": "small", "industry": "18", "level": "watch", "before": 100.0}
    for number in range(24):
        kept = {
            "helped": {"key": f"h{number}", "after": 95.0 + number % 3, "recovered": True, **firm},
            "other": {"key": f"u{number}", "after": 60.0 + number % 5, "recovered": False, **firm},
        }
        made = warning(city)
        FollowUp.objects.create(
            case=made, enterprise=city.own, periods=1, figure="customs_export_value", first="2025-06", last="2025-06",
            due_on=date(2025, 7, 20), before=Decimal(100), after=Decimal(95), result="recovered", details={"pair": kept},
        )  # fmt: skip
    told = comparing.help_of(Case.objects.values_list("pk", flat=True))
    assert told.effect is not None and told.effect.told_apart and len(told.pairs) == 25


def test_the_firm_compared_with_is_told_on_no_page_and_in_no_answer(
    city: SimpleNamespace, ship: Ship, warned: list[tuple[Enterprise, str]], client: Any
) -> None:
    other = like(city, 8)
    warned.append((other, "watch"))
    ship({city.own: (1_000_000, 1_000_000), other: (900_000, 300_000)})
    case = helped(city)
    following.check_due()
    assert pair(case)["other"]["key"] == other.uscc
    for who in (city.people.jia, city.people.chief):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        for address in (f"/cases/{case.pk}/", f"/api/cases/{case.pk}"):
            answer = client.get(address)
            assert answer.status_code == 200 and other.uscc not in answer.content.decode()
