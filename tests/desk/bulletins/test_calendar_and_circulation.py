"""The release calendar and the two circulations: within scope, and late said as late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.desk.bulletins.conftest import COUNTIES
from tests.house import FIRM, House

from commercebrain.desk.bulletins import circulation
from commercebrain.desk.bulletins.calendar import calendar, month_span
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.circulation import simulate
from commercebrain.engine.lake import Lake
from commercebrain.engine.periods import Period
from commercebrain.engine.releases import State

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
FIRMS = {FIRM: ("990101", 9_000_000)} | {f"91990100MA00001{n:03d}": (c, 1_000_000 + n * 1000)
         for n in range(60) for c in [list(COUNTIES)[n % 6]]}  # fmt: skip


def test_the_calendar_says_who_is_late_and_by_how_many_working_days(
    house: House, own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    for number, (code, name) in enumerate(COUNTIES.items()):
        if number < 2:
            actions.create_unit(f"{name}商务局", f"Bureau {code}", Region.objects.get(code=code), house.units.sample)
    actions.grant(clerk, house.units.sample, house.roles["plan_office"])  # who sees the units below
    rows = [row for row in calendar(clerk, date(2025, 7, 1), date(2025, 7, 31)) if row.release.by == "unit"]
    assert [(row.region.code, row.status.state, row.status.late) for row in rows] == [
        ("990101", State.LATE, 5), ("990102", State.LATE, 5),
    ]  # fmt: skip
    page = browse(clerk).get(reverse("bulletins:releases")).content.decode()
    assert "Bureau 990101" in page and "by 5 working days" in page
    may = [row for row in calendar(clerk, date(2025, 6, 1), date(2025, 6, 30)) if row.release.by == "unit"]
    assert [(row.status.state, row.status.actual) for row in may] == [(State.OUT, date(2025, 6, 12))] * 2


def test_nobody_without_a_role_has_a_calendar(house: House, own_lake: Lake, browse: Browse) -> None:
    assert calendar(house.people.nobody, *month_span(date(2025, 7, 21), 2)) == []
    assert browse(house.people.nobody).get(reverse("bulletins:releases")).status_code == 200


def test_a_calendar_shows_the_regions_in_sight_and_those_above_them(house: House, own_lake: Lake) -> None:
    codes = {row.region.code for row in calendar(house.people.clerk, date(2025, 7, 1), date(2025, 7, 31))}
    assert codes == {"100000", "330000", "330200", "330203", "330212"}  # the counties below it have to report


@pytest.fixture
def told(own_lake: Lake) -> Period:
    """A quarter that about two firms in three reported."""
    quarter = Period.parse("2025-Q2")
    assert simulate(own_lake.root, quarter, FIRMS, date(2025, 7, 15)) > 20
    return quarter


def test_whoever_sees_internal_figures_gets_sums_and_no_firm(house: House, clerk: Person, told: Period) -> None:
    seen = circulation.read(clerk, told)
    assert seen.totals[0][0].code == "990100" and len(seen.totals) == 7
    assert seen.rows == []


def test_whoever_has_clearance_gets_the_firms_with_not_reported_said(
    house: House, city: Region, told: Period, browse: Browse
) -> None:
    director = actions.create_person("shiju", None, "示例局长", "Director of the invented city")
    actions.grant(director, house.units.sample, house.roles["director"])
    seen = circulation.read(director, told)
    assert len(seen.rows) == seen.totals[0][1].reporting  # no lines are held here, so only reports are known
    assert all(row.exports is None for row in seen.rows)
    page = browse(director).get(reverse("bulletins:circulation")).content.decode()
    assert "sales at home" in page and "invented city" in page


def test_a_firms_user_sees_the_own_firm_alone(house: House, city: Region, told: Period, browse: Browse) -> None:
    rows = circulation.read(house.people.firm, told).rows
    assert {row.uscc for row in rows} <= {FIRM} and circulation.read(house.people.firm, told).totals == []
    assert browse(house.people.firm).get(reverse("bulletins:circulation")).status_code == 200


def test_another_citys_office_sees_neither_sums_nor_firms(house: House, city: Region, told: Period) -> None:
    for name in ("clerk", "director", "nobody", "county"):
        seen = circulation.read(getattr(house.people, name), told)
        assert (list(seen.totals), list(seen.rows)) == ([], []), name
