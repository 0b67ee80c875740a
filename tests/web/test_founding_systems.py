"""One test for each founding system that is said to work: it performs what the plans ask for, on its own data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.house import House
from tests.real import PLANS

from commercebrain.desk.plans import actions, queries
from commercebrain.desk.plans.models import Document, Finding, Target, Task
from commercebrain.desk.plans.outlook import assessments
from commercebrain.engine.lake import Lake

pytestmark = pytest.mark.django_db

NINGBO = "001_028b0ab762920143.txt"
SHAOXING_CITY = "002_56215197aaa548a9.txt"
SHAOXING_INVEST = "003_c98ee514b40ac4d4.txt"
Browse = Callable[..., Client]


@pytest.fixture
def plan(house: House, settings: Any, tmp_path: Path) -> Callable[..., Document]:
    """A plan read by the product itself and accepted by a reviewer."""
    settings.MEDIA_ROOT = tmp_path / "uploads"

    def take(name: str, unit: str) -> Document:
        document = actions.import_document(PLANS / name, unit=getattr(house.units, unit), person=None)
        actions.read_document(document)
        found = list(Finding.objects.filter(document=document).values_list("pk", flat=True))
        actions.accept(house.people.province, document, found)
        return document

    return take


def test_s001_an_indicator_table_becomes_targets_with_base_value_unit_and_year_followed_to_that_year(
    house: House, plan: Callable[..., Document], figures: Path
) -> None:
    plan(NINGBO, "ningbo")
    row = Target.objects.get(indicator_text="货物贸易出口与进口比例", finding__row__quote_type="table_row")
    assert (row.base_value, row.base_year, row.value, row.unit_text, row.target_year) == (
        Decimal("1.9"), 2020, Decimal("1.5"), ":1", 2025,
    )  # fmt: skip
    state = next(s for s in assessments(house.people.director, date(2025, 7, 21)) if s.target.pk == row.pk)
    assert state.assessment.value_now is not None and state.assessment.value_now.period.year > 2020


def test_s005_the_responsibility_list_names_leads_by_the_triangle_and_rows_without_a_lead(
    house: House, plan: Callable[..., Document], browse: Browse
) -> None:
    document = plan(SHAOXING_CITY, "shaoxing")
    listed = Task.objects.filter(document=document, finding__row__list="annex2")
    assert listed.count() == 23
    joint = listed.get(title__startswith="打造“全球时尚纺织之都”")
    assert joint.lead_units or joint.responsible_units
    assert listed.filter(lead_units=[]).exclude(responsible_units=[]).exists()
    led = [task for task in listed if task.lead_units]
    assert led and all(len(task.lead_units) >= 1 for task in led)
    page = browse(house.people.province).get(reverse("plans:task", args=[led[0].pk])).content.decode()
    assert led[0].lead_units[0] in page


def test_s006_the_first_listed_unit_leads_where_the_document_says_so(plan: Callable[..., Document]) -> None:
    document = plan(SHAOXING_INVEST, "shaoxing")
    task = Task.objects.get(document=document, title__startswith="建立一批具有“绍兴辨识度”")
    assert task.lead_units == ["市投资促进中心"]
    assert task.responsible_units[:2] == ["市台办", "市侨联"]


def test_s008_tasks_past_their_deadline_are_followed_until_they_are_marked_done(
    house: House, plan: Callable[..., Document]
) -> None:
    document = plan(SHAOXING_CITY, "shaoxing")
    task = queries.late_tasks(house.people.province, date(2025, 7, 21)).filter(document=document).first()
    assert task is not None
    actions.mark_done(house.people.province, task)
    assert task not in list(queries.late_tasks(house.people.province, date(2025, 7, 21)))


def test_s025_a_new_month_of_customs_figures_moves_the_series_and_the_cockpit(
    house: House, browse: Browse, empty_lake: Lake, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    sheet = "指标,地区,时期,数值,单位,来源,等级,发布日期\n" + "".join(
        f"出口额,宁波市,{period},{value},亿元,宁波海关,A,{published}\n"
        for period, value, published in (
            ("2024-01..05", "3650.2", "2024-06-18"),
            ("2025-01..05", "4080.1", "2025-06-18"),
            ("2025-01..06", "4904.4", "2025-07-18"),
            ("2024-01..06", "4455.1", "2024-07-18"),
        )
    )
    clerk = browse(house.people.clerk)
    sent = clerk.post(reverse("web:intake"), {"file": SimpleUploadedFile("海关.csv", sheet.encode())})
    assert sent.status_code == 302
    page = clerk.get(reverse("web:series", args=["export_value", "330200"])).content.decode()
    assert "4,904.4" in page and "+10.1%" in page
    earlier = clerk.get(
        reverse("web:series", args=["export_value", "330200"]), {"as_of": "2025-07-01"}
    ).content.decode()
    assert "4,904.4" not in earlier, "on 1 July the clerk had not brought it in yet"


def test_s161_series_of_several_sources_stand_in_one_place_each_with_its_own_source(
    house: House, browse: Browse, figures: Path
) -> None:
    page = browse(house.people.director).get(reverse("web:series", args=["trade_value", "330200"])).content.decode()
    assert "海关总署" in page and "宁波市商务发展" in page
    listed = browse(house.people.director).get(reverse("web:figures"), {"region": "330200"}).content.decode()
    assert listed.count("/figures/") > 20


def test_s164_a_figure_of_another_calibre_is_shown_beside_the_target_and_never_counts_for_it(
    house: House, plan: Callable[..., Document], browse: Browse, figures: Path
) -> None:
    plan("004_841f20586f01442f.txt", "zhejiang")
    states = assessments(house.people.province, date(2025, 7, 21))
    state = next(s for s in states if s.assessment.code == "other_calibre")
    assert state.state == "not_measurable" and state.assessment.landing is None
    page = browse(house.people.province).get(reverse("plans:target", args=[state.target.pk])).content.decode()
    assert "never compared with the target" in page
