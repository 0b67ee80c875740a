"""A target's page and its state: real promises with real figures, and no verdict where the figures carry none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.house import House

from commercebrain.desk.plans import actions
from commercebrain.desk.plans.models import Document, Target
from commercebrain.desk.plans.outlook import TargetState, assessments, outlook, terms_of
from commercebrain.engine.errors import UserError

ZHEJIANG = "004_841f20586f01442f.txt"


@pytest.fixture
def ningbo(read: Callable[..., Document], figures: Path) -> Document:
    document = read()
    actions.accept_unattended(document)
    return document


def one(house: House, code: str, on: date | None = None) -> TargetState:
    rows = [row for row in assessments(house.people.province, on) if row.target.indicator == code]
    assert rows, f"no live target of {code}"
    return rows[0]


@pytest.mark.django_db
def test_the_promise_of_two_trillion_says_where_it_lands_in_the_first_line(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    state = one(house, "trade_value")
    assert state.state == "off_path"
    page = sign_in(house.people.director, "zh-hans").get(f"/targets/{state.target.pk}/").content.decode()
    assert "按现有走势测算约1.46–1.51万亿元，差约0.5万亿元，可能性不足1%。" in page
    for number in ("71.0%", "89.8%", "43.2%", "80.0%", "36.1%", "48.0%", "+72.9%"):
        assert number in page, number
    assert state.target.quote.split("\n")[0] in page
    assert f"/plans/{ningbo.pk}/#f{state.target.finding_id}" in page
    assert "14,221.48" in page and "14,202.5" in page  # summed months beside the published figure
    assert "2023年缺报" in page and 'data-chart="path"' in page


@pytest.mark.django_db
def test_the_same_page_in_english(ningbo: Document, house: House, sign_in: Callable[..., Client]) -> None:
    state = one(house, "trade_value")
    page = sign_in(house.people.director).get(f"/targets/{state.target.pk}/").content.decode()
    assert (
        "On the present course it lands at about 1.46–1.51 trillion yuan, about 0.5 trillion yuan short; the chance is under 1%."
        in page
    )


@pytest.mark.django_db
def test_a_promise_that_holds_and_one_that_fails_quietly(ningbo: Document, house: House) -> None:
    assert one(house, "trade_share_of_nation").state == "on_path"
    ratio = one(house, "export_import_ratio")
    assert ratio.state == "off_path" and ratio.terms.direction == "down"
    assert ratio.assessment.value is not None and round(ratio.assessment.value, 2) == Decimal("2.12")


@pytest.mark.django_db
def test_without_figures_every_target_is_not_measurable_and_has_no_colour(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client], empty_lake: Path
) -> None:
    document = read()
    actions.accept_unattended(document)
    rows = assessments(house.people.province)
    assert rows and {row.state for row in rows} == {"not_measurable"}
    assert all(row.assessment.landing is None and row.assessment.chance is None for row in rows)
    target = next(row.target for row in rows if row.target.indicator == "trade_value")
    page = sign_in(house.people.director).get(f"/targets/{target.pk}/").content.decode()
    assert "cbrain intake" in page and "Monthly statistics of customs" in page
    assert "state-off_path" not in page and 'data-chart="path"' not in page


@pytest.mark.django_db
def test_a_break_of_calibre_gives_no_verdict_and_names_the_missing_bridge(
    read: Callable[..., Document], house: House, sign_in: Callable[..., Client], figures: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("CBRAIN_TODAY", "2026-03-31")
    document = read(ZHEJIANG, unit="zhejiang")
    actions.accept_unattended(document)
    state = one(house, "online_retail")
    assert state.state == "not_measurable" and state.assessment.code == "calibre_break"
    page = sign_in(house.people.province, "zh-hans").get(f"/targets/{state.target.pk}/").content.decode()
    assert "口径有断点" in page and "衔接数" in page and "达成概率" not in page


@pytest.mark.django_db
def test_figures_of_another_calibre_are_shown_and_never_compared(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    rows = [row for row in assessments(house.people.province) if row.assessment.code == "other_calibre"]
    assert rows
    page = sign_in(house.people.province).get(f"/targets/{rows[0].target.pk}/").content.decode()
    assert "Disagreements and other calibres" in page and "state-not_measurable" in page


@pytest.mark.django_db
def test_an_earlier_day_knows_only_what_was_known_then(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    now, then = one(house, "trade_value"), one(house, "trade_value", date(2022, 6, 30))
    assert now.assessment.value_now.period.text == "2024"
    assert then.assessment.value_now is None or then.assessment.value_now.period.text < "2024"
    client = sign_in(house.people.director)
    page = client.get(f"/targets/{now.target.pk}/?as_of=2022-06-30").content.decode()
    assert "an earlier state" in page and "14,202.5" not in page
    assert client.get(f"/targets/{now.target.pk}/?as_of=2031-01-01").status_code == 400
    assert client.get(f"/targets/{now.target.pk}/?as_of=soon").status_code == 400


@pytest.mark.django_db
def test_the_page_tells_how_the_answer_moved_from_what_was_known_each_time(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    found = one(house, "trade_value")
    answers = outlook(house.people.province).moved(found)
    told = [answer.through.last for answer in answers if answer.through]
    assert told[-1] == (2025, 6)
    assert told == sorted(set(told))
    early = one(house, "trade_value", answers[-2].day)
    assert early.assessment.landing == answers[-2].assessment.landing
    page = sign_in(house.people.province).get(f"/targets/{found.target.pk}/").content.decode()
    assert 'id="moved"' in page
    assert 'data-chart="moved"' in page
    assert f'href="?as_of={answers[0].day}"' in page


@pytest.mark.django_db
def test_the_months_of_this_year_still_to_come_are_drawn_with_their_band(ningbo: Document, house: House) -> None:
    found = one(house, "trade_value")
    months = found.assessment.season
    ahead = [point for point in months if point.forecast is not None]
    assert [point.period.last[1] for point in ahead] == [7, 8, 9, 10, 11, 12]
    assert ahead[-1].forecast == found.assessment.landing.point
    assert all(point.low80 < point.forecast < point.high80 for point in ahead)


@pytest.mark.django_db
def test_what_a_reader_may_not_see_moves_no_answer_of_theirs(ningbo: Document, house: House) -> None:
    view = outlook(house.people.nobody)
    target = one(house, "trade_value").target
    state = view.state(target)
    assert not state.measurable
    assert view.moved(state) == []
    known, helped_by = view.known("trade_share_of_nation", "330200")
    assert [figure for figure in known if figure.value is not None] == []
    every = [row for peer in helped_by.peers for part in peer for row in part] + [
        r for p in helped_by.parts or () for r in p
    ]
    assert [figure for figure in every if figure.value is not None] == []


@pytest.mark.django_db
def test_an_agreed_schedule_counts_before_the_straight_line(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    state = one(house, "trade_value")
    client = sign_in(house.people.planner)
    fields = {f"y{year}": "" for year in range(2021, 2026)} | {"y2024": "1.4", "y2025": "2"}
    assert client.post(f"/targets/{state.target.pk}/", fields).status_code == 302
    agreed = one(house, "trade_value").assessment
    assert agreed.schedule_agreed is not None and agreed.schedule_agreed.value == Decimal("1.4")
    assert agreed.ahead is not None and agreed.ahead > 0 > state.assessment.ahead
    assert sign_in(house.people.evaluator).post(f"/targets/{state.target.pk}/", fields).status_code == 403
    with pytest.raises(UserError):
        actions.agree_schedule(None, state.target, {2031: Decimal(1)})


@pytest.mark.django_db
def test_the_list_says_first_how_many_cannot_be_measured(
    ningbo: Document, house: House, sign_in: Callable[..., Client]
) -> None:
    rows = assessments(house.people.director)
    unmeasured = sum(not row.measurable for row in rows)
    client = sign_in(house.people.director)
    page = client.get("/targets/").content.decode()
    assert f"{len(rows)} targets: {unmeasured} cannot be measured yet" in page
    only = client.get("/targets/?state=off_path").content.decode()
    assert "1.46" not in only and "state-off_path" in only and "state-not_measurable" not in only
    sheet = client.get("/targets/?export=csv").content.decode("utf-8-sig")
    assert sheet.count("\n") >= len(rows)


@pytest.mark.django_db
def test_all_targets_are_assessed_with_few_queries_and_once(
    ningbo: Document, read: Callable[..., Document], house: House
) -> None:
    for name, unit in (
        ("000_ef1ba93025f3a1e3.txt", "shaoxing"),
        ("002_56215197aaa548a9.txt", "shaoxing"),
        (ZHEJIANG, "zhejiang"),
    ):
        actions.accept_unattended(read(name, unit=unit))
    assert Target.objects.count() > 150
    with CaptureQueriesContext(connection) as spent:
        first = assessments(house.people.province)
    # What is asked about the person besides is remembered within a request.
    of_targets = [q for q in spent if 'FROM "plans_' in q["sql"] or 'FROM "responsibility_' in q["sql"]]
    assert len(of_targets) == 2  # the targets, and the adjustments that decide what is in force
    again = assessments(house.people.province)
    assert all(
        one.assessment is other.assessment
        for one, other in zip(first, again, strict=True)
        if one.indicator and one.target.region
    )


@pytest.mark.django_db
def test_a_stranger_sees_no_figure(ningbo: Document, house: House) -> None:
    assert assessments(house.people.nobody) == []
    target = Target.objects.filter(indicator="trade_value").first()
    assert outlook(house.people.nobody).state(target).state == "not_measurable"


@pytest.mark.django_db
def test_the_terms_are_the_promise(ningbo: Document, house: House) -> None:
    terms = terms_of(one(house, "trade_value").target)
    assert (terms.value, terms.unit, terms.target_year, terms.base_year) == (Decimal(2), "万亿元", 2025, 2020)
    assert terms.series_en == "Monthly statistics of customs" and terms.period is None


@pytest.mark.django_db
def test_what_the_catalogue_declares_better_decides_where_the_plan_says_nothing(ningbo: Document, house: House) -> None:
    Target.objects.filter(indicator="export_import_ratio").update(direction="up", comparator="=")
    ratio = one(house, "export_import_ratio")
    assert ratio.terms.direction == "down" and ratio.state == "off_path"
