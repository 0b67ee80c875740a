"""What a firm sees after sending: its own course, the middle of at least five others, nothing of a single one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from tests.desk.forms.filing.conftest import ANSWERS, MONDAY, asked, sent

from commercebrain.desk.forms.filing import actions, queries, trend
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.registry.models import Enterprise

pytestmark = pytest.mark.django_db


def peers(report: Report, many: int, industry: str = "1711") -> None:
    """Other firms that have reported both weeks, each with orders of its own."""
    rounds = list(Round.objects.order_by("opens_at"))
    for n in range(many):
        firm = Enterprise.objects.create(
            uscc=f"91990100MA000010{n:02d}"[:18], name_zh=f"示例同行{n}公司", unit=report.unit, region=report.county,
            synthetic=True, industry=industry,
        )  # fmt: skip
        for week, round_ in enumerate(rounds):
            orders = str(7_771 + 1_003 * n + 11 * week * n)
            sent(asked(round_, firm), {**ANSWERS, "orders_in_hand": orders})


def shown(report: Report, user: Any, browse: Any) -> str:
    actions.send(report, user, {**ANSWERS, "trend": "more", "orders_in_hand": "150"})
    page = browse(user, "zh-hans").get(f"/filing/{report.pk}/trend/", headers={"HX-Request": "true"})
    return re.sub(r"\s+", " ", page.content.decode())


def test_with_five_peers_the_middle_is_told_and_no_figure_of_any_of_them(
    report: Report, user: Any, browse: Any
) -> None:
    peers(report, 5)
    page = shown(report, user, browse)
    assert "同行（5家）居中的" in page and "150" in page and "<polyline" in page
    for n in range(5):
        assert str(7_771 + 1_003 * n) not in page.replace(",", "") and f"同行{n}公司" not in page


def test_with_four_peers_nothing_of_them_is_told(report: Report, user: Any, browse: Any) -> None:
    peers(report, 4)
    page = shown(report, user, browse)
    assert "不足5家" in page and 'class="others"' not in page and "150" in page


def test_peers_are_of_the_same_industry_where_there_are_enough(report: Report, user: Any) -> None:
    Enterprise.objects.filter(pk=report.enterprise_id).update(industry="3911")
    peers(report, 6)
    report.enterprise.industry = "3911"
    actions.send(report, user, {**ANSWERS, "trend": "more", "orders_in_hand": "150"})
    kind = queries.declared(report.round)
    told = trend.trends(report, kind, "zh")
    assert "同行（6家）" in told[0]["said"]  # of its own industry there are none: all that were asked


def test_there_is_no_trend_before_the_second_report(report: Report, user: Any, browse: Any) -> None:
    Report.objects.filter(round__period="2025-W29").delete()
    assert "从第二次填报起" in shown(report, user, browse)


def test_without_scripts_the_trend_is_a_page(report: Report, user: Any, browse: Any) -> None:
    actions.send(report, user, {**ANSWERS, "trend": "more", "orders_in_hand": "150"})
    page = browse(user).get(f"/filing/{report.pk}/trend/").content.decode()
    assert "<h1" in page and "150" in page


def test_earlier_rounds_of_another_office_do_not_break_the_course(report: Report, house: Any) -> None:
    other = Round.objects.get(period="2025-W29")
    Round.objects.create(
        form=other.form, period="2025-W28", unit=house.units.ningbo, declaration=other.declaration,
        opens_at=MONDAY - timedelta(days=14), due_at=MONDAY, locks_at=MONDAY,
    )  # fmt: skip
    assert trend.periods_of(report.round) == ["2025-W29", "2025-W30"]
